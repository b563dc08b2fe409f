"""What happened in the workspace, told at once to whoever listens."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.slack.types import Json


@dataclass(frozen=True)
class Change:
    """One event of the stream; `audience` holds the people who see it, None means everyone."""

    event: Json
    audience: frozenset[str] | None = None

    def seen_by(self, user: str | None) -> bool:
        """Tell whether a person sees it; None stands for whoever sees all."""
        return user is None or self.audience is None or user in self.audience


class Changes:
    """Passes each change to every listener, in order."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Change], None]] = []

    def publish(self, event: Json, audience: frozenset[str] | None = None) -> None:
        """Tell the listeners. They must not block."""
        change = Change(event, audience)
        for listener in tuple(self._listeners):
            listener(change)

    @contextlib.contextmanager
    def listening(self, listener: Callable[[Change], None]) -> Iterator[None]:
        """Call `listener` with each change inside this context."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)
