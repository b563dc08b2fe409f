"""What was read: one target's answer, and a person's whole list with what is missing in it."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.errors import (
    PermissionMissingError,
    ThrottledError,
    UpstreamError,
)
from bot.models._base import Instant, Model
from bot.models.target import Target
from bot.models.token import Token


class Problem(Model):
    """Why a target could not be read: an `UpstreamError` as a record."""

    kind: str
    source: str
    code: str = ""
    status: int = 0
    request_id: str = ""
    permission: str = ""
    retry_after: float | None = None

    @classmethod
    def of(cls, error: UpstreamError) -> "Problem":
        """Keep the facts of an error."""
        return cls(
            kind=error.kind,
            source=error.source,
            code=error.code,
            status=error.status,
            request_id=error.request_id,
            permission=error.permission if isinstance(error, PermissionMissingError) else "",
            retry_after=error.retry_after if isinstance(error, ThrottledError) else None,
        )


class Reading(Model):
    """One target's tokens at one moment. `truncated` means that there were more than we read.

    `everything` tells whether expired and revoked tokens were asked for too.
    """

    target: Target
    tokens: tuple[Token, ...]
    read_at: Instant
    everything: bool = True
    truncated: bool = False


class Limits(Model):
    """From when on a token is unused, and from how many users on it is widely shared.

    `unused_after` without use is unused; `shared_more_than` so many is widely.
    """

    unused_after: timedelta = timedelta(days=90)
    shared_more_than: int = 5


State = Literal["fresh", "stale", "failed"]


class Coverage(Model):
    """How one target of a listing was read.

    `fresh` within the last minute, `stale` from an earlier reading because the service is down or
    throttling (`problem` says which), `failed` not at all.
    """

    connection_id: str
    connection_label: str
    target: Target
    state: State
    read_at: Instant | None = None
    truncated: bool = False
    problem: Problem | None = None


class Listing(Model):
    """All that a person's connections can read, one row per token key, and what they could not."""

    tokens: tuple[Token, ...]
    coverage: tuple[Coverage, ...]
    now: Instant
    via: dict[str, str] = Field(default_factory=dict)
    """Token key to the label of the connection whose reading it came from."""
    connections: int = 0
    """How many connections were read, with or without targets."""
    unreadable: int = 0
    """How many stored connections could not be opened with the keys at hand."""
    limits: Limits = Limits()
    """By what its tokens are judged."""

    @property
    def missing(self) -> tuple[Coverage, ...]:
        """The targets that gave nothing, or less than all."""
        return tuple(c for c in self.coverage if c.state == "failed" or c.truncated)

    @property
    def oldest(self) -> Instant | None:
        """When the oldest reading in it was made."""
        times = [c.read_at for c in self.coverage if c.read_at is not None]
        return min(times, default=None)
