"""What changes with time: everything here is a function of the moment that it is asked for.

All times are epoch milliseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """An expiry that holds from a moment on; None means that the token never expires."""

    at: int
    expires_at: int | None


def in_force(renewals: Iterable[Renewal], now: int) -> Renewal | None:
    """Return the latest renewal that has happened, None when there was none."""
    return max((r for r in renewals if r.at <= now), key=lambda r: r.at, default=None)


def latest_use(first: int | None, every: int | None, now: int) -> int | None:
    """Return when something was last used.

    `first` is the only use, or with `every` the start of a steady one. None before the first.
    """
    if first is None or first > now:
        return None
    return first if every is None else now - (now - first) % every


def kept_renewed(expires_at: int, *, life: int, lead: int, until: int) -> tuple[Renewal, ...]:
    """Plan the renewals of a well-kept token: each `lead` before its expiry, for another life.

    `lead` must be shorter than `life`; the last expiry is at or after `until`.
    """
    renewals = []
    while expires_at < until:
        at, expires_at = expires_at - lead, expires_at - lead + life
        renewals.append(Renewal(at=at, expires_at=expires_at))
    return tuple(renewals)
