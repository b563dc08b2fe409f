"""Time in words: spans, distances from now, and moments in a person's zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_UNITS = (
    ("year", timedelta(days=365), 2),
    ("month", timedelta(days=30), 3),
    ("day", timedelta(days=1), 2),
    ("hour", timedelta(hours=1), 1),
    ("minute", timedelta(minutes=1), 1),
)
"""A unit, its length, and from how many of it on it is used: 47 hours, then 2 days."""


def count(number: int, thing: str) -> str:
    """Return a number and its noun, such as `1 token` or `1,204 tokens`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit, rounded down: `3 days`."""
    length = abs(length)
    for unit, size, least in _UNITS:
        if length >= size * least:
            return count(length // size, unit)
    return count(length // timedelta(seconds=1), "second")


def exact_span(length: timedelta) -> str:
    """Return a length of whole hours without rounding: `14 days`, `36 hours`."""
    days, rest = divmod(length, timedelta(days=1))
    return count(length // timedelta(hours=1), "hour") if rest else count(days, "day")


def relative(moment: datetime, now: datetime) -> str:
    """Return how far away a moment is: `in 3 days`, `now`, `2 hours ago`."""
    if abs(moment - now) < timedelta(seconds=1):
        return "now"
    return f"in {span(moment - now)}" if moment > now else f"{span(now - moment)} ago"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something happened; a moment that is still to come is `just now`."""
    return relative(moment, now) if now - moment >= timedelta(seconds=1) else "just now"


def zone_of(name: str) -> tzinfo:
    """Return an IANA zone by name, UTC when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


def stamp(moment: datetime, zone: str) -> str:
    """Return a moment as printed where Slack draws no dates: `2026-12-05 09:00 CET`."""
    try:
        local = moment.astimezone(zone_of(zone))
    except OverflowError:
        local = moment.astimezone(UTC)
    name = local.tzname() or "UTC"
    return f"{local:%Y-%m-%d %H:%M} {name if name[0].isalpha() else f'UTC{name}'}"
