"""A listed authentication token: one row, the same model for every source."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.models._base import Instant, Model
from bot.models.target import Target

_KEPT = 3
_MASK = "•" * 6

SHORT_LIFE = timedelta(days=1)
"""A token that lives this long or less is short-lived: counted per target, and never rung."""

Status = Literal["active", "expired", "revoked"]


def mask(text: str | None) -> str | None:
    """Mask token text again, whatever came: at most three characters survive at each end."""
    if not text:
        return None
    if len(text) <= 4 * _KEPT:
        return _MASK
    return f"{text[:_KEPT]}{_MASK}{text[-_KEPT:]}"


def token_key(source: str, *parts: str) -> str:
    """Return the identity of a token, independent of the connection that it was read through.

    Parts are joined by `/`, with `/` and `%` in them escaped, so that no two lists of parts agree.
    """
    return f"{source}:{'/'.join(map(_escape, parts))}"


def key_within(key: str, part: str) -> str:
    """Return the identity that has one part more."""
    return f"{key}/{_escape(part)}"


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


class Token(Model):
    """One token, as far as its source reports it.

    A field named in `not_reported` is unknown: it is None or empty because the source says
    nothing, which is never the same as "unused" or "nobody". Otherwise `expires_at=None` means
    that it never expires, and `last_used_at=None` that it was never used.
    """

    source: str
    key: str
    id: str
    target: Target
    name: str | None = None
    masked: str | None = None
    kind: str | None = None
    revoked: bool = False
    created_at: Instant | None = None
    updated_at: Instant | None = None
    expires_at: Instant | None = None
    last_used_at: Instant | None = None
    created_by: str | None = None
    creator_type: str | None = None
    consumer: str | None = None
    consumer_type: str | None = None
    provider: str | None = None
    provider_id: str | None = None
    accounts: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    not_reported: frozenset[str] = frozenset()

    def reports(self, field: str) -> bool:
        """Tell whether the source says anything about a field."""
        return field not in self.not_reported

    def status(self, now: datetime) -> Status:
        """Return revoked, else expired, else active."""
        if self.revoked:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active"

    @property
    def short_lived(self) -> bool:
        """Tell whether it lives a day or less."""
        made, ends = self.created_at, self.expires_at
        return made is not None and ends is not None and ends - made <= SHORT_LIFE

    @property
    def display_name(self) -> str:
        """What a person recognises it by. IDaaS reports no name: provider, consumer, end of id."""
        if self.name:
            return self.name
        parts: Iterable[str | None] = (self.provider, self.consumer, f"…{self.id[-6:]}")
        return " · ".join(part for part in parts if part)

    @property
    def shared_with(self) -> int | None:
        """How many may use it; None when the source does not say."""
        if not self.reports("members") and not self.reports("accounts"):
            return None
        return max(len(self.members), len(self.accounts))
