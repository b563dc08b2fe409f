"""What is delivered, and what comes back."""

from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from sandbox.slack.types import Json

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One payload. `retry_num` counts the attempts before this one, `retry_reason` says why."""

    kind: Kind
    payload: Json
    accepts_response: bool = False
    retry_num: int = 0
    retry_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Ack:
    """How the app acknowledged.

    `error` is None, `operation_timeout` (nothing came in time) or `dispatch_failed` (nobody was
    there, or it failed); `body` is what the app answered with, JSON or text, if anything.
    `retry` is false when the app asked not to be sent this again.
    """

    status: int | None = None
    elapsed_ms: int = 0
    error: str | None = None
    body: object = None
    retry: bool = True

    def as_json(self) -> Json:
        """Return it for the control API."""
        return {k: v for k, v in asdict(self).items() if k != "retry"}


class Transport(Protocol):
    """One of the two ways."""

    @property
    def name(self) -> str:
        """`socket` or `http`."""
        ...

    @property
    def connected(self) -> int:
        """How many connections the app holds; over HTTP 1 once it proved its URL."""
        ...

    async def deliver(self, envelope: Envelope) -> Ack:
        """Send one payload and wait for its acknowledgement."""
        ...

    async def close(self) -> None:
        """Stop."""
        ...
