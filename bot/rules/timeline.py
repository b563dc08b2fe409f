"""What expires in the coming quarter, week by week. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bot.models.token import Token
from bot.rules.times import zone_of

WEEKS = 13
"""A quarter."""

_WEEK = timedelta(weeks=1)


class Week(NamedTuple):
    """A week, from its Monday in the reader's zone, and what expires in it, soonest first."""

    monday: date
    tokens: tuple[Token, ...]


def timeline(tokens: Iterable[Token], now: datetime, zone: str) -> tuple[Week, ...]:
    """Return this week and the twelve after it, with the live tokens that expire from now on.

    Short-lived tokens are left out: they come and go all the time.
    """
    local = zone_of(zone)
    today = now.astimezone(local).date()
    monday = today - timedelta(days=today.weekday())
    weeks: list[list[Token]] = [[] for _ in range(WEEKS)]
    ahead = (
        (token.expires_at, token)
        for token in tokens
        if token.expires_at is not None
        # A day more than a quarter: the zone decides below.
        and now < token.expires_at < now + (WEEKS + 1) * _WEEK
        and not token.revoked
        and not token.short_lived
    )
    for ends, token in sorted(ahead, key=lambda each: each[0]):
        number = (ends.astimezone(local).date() - monday) // _WEEK
        if number < WEEKS:
            weeks[number].append(token)
    return tuple(Week(monday + n * _WEEK, tuple(some)) for n, some in enumerate(weeks))
