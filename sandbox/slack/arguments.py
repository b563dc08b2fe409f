"""The arguments of one call, as forms or JSON bring them."""

import json
from dataclasses import dataclass

from sandbox.slack.errors import SlackError
from sandbox.slack.parsing import parse
from sandbox.slack.types import Json

_FALSE = ("", "0", "false")


@dataclass(frozen=True)
class Arguments:
    """What was given, and the token that it came with."""

    given: Json
    token: str

    def text(self, name: str) -> str:
        """Return an argument as text; "" when it was not given."""
        value = self.given.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """Return an argument that the method cannot do without."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", messages=[f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; forms send 1, 0, true or false."""
        return self.text(name).lower() not in _FALSE

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise SlackError("invalid_arguments", messages=[f"{name} must be a number"]) from None

    def parsed(self, name: str, error: str) -> object:
        """Return an argument that forms bring as JSON text; None when absent."""
        value = self.given.get(name)
        if value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except ValueError:
            raise SlackError(error) from None
