"""The fields of a control call, read tolerantly."""

import math
from dataclasses import dataclass
from typing import get_args

from sandbox.faults import Kind
from sandbox.slack.errors import WrongRequestError
from sandbox.slack.types import Json


@dataclass(frozen=True)
class Fields:
    """What was sent; every reader raises WrongRequestError for what it cannot use."""

    given: Json

    def value(self, name: str) -> object:
        """Return a field as it came."""
        return self.given.get(name)

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        value = self.given.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise WrongRequestError(f"{name} must be a text")
        return value

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if not value:
            raise WrongRequestError(f"{name} is missing")
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value."""
        return self.given.get(name) in (True, "true", "1", 1)

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number."""
        value = self.given.get(name, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise WrongRequestError(f"{name} must be a number")
        return float(value)

    def whole(self, name: str) -> int | None:
        """Return a whole number, or None when absent."""
        return None if self.given.get(name) is None else int(self.number(name))

    def mapping(self, name: str) -> Json:
        """Return an object; empty when absent."""
        value = self.given.get(name) or {}
        if not isinstance(value, dict):
            raise WrongRequestError(f"{name} must be an object")
        return value

    def kind(self) -> Kind:
        """Return the kind of a fault."""
        value = self.needed("kind")
        for kind in get_args(Kind):
            if value == kind:
                found: Kind = kind
                return found
        raise WrongRequestError(f"kind must be one of {', '.join(get_args(Kind))}")
