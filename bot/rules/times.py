"""Time in words: spans, distances from now, and moments in a person's zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_UNITS = (
    ("year", 365 * 86_400, 2, 86_400),
    ("month", 30 * 86_400, 3, 86_400),
    ("day", 86_400, 2, 3_600),
    ("hour", 3_600, 1, 60),
    ("minute", 60, 1, 1),
)
"""A unit, its seconds, from how many of it on it is used (47 hours, then 2 days), and to how many
seconds a length is rounded before it is measured in it."""


def count(number: int, thing: str) -> str:
    """Return a number and its noun, such as `1 token` or `1,204 tokens`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit, rounded down: `3 days`.

    What is a few minutes short of three days is three days all the same, as on the calendar that
    stands beside it.
    """
    length = abs(length)
    seconds = length.days * 86_400 + length.seconds
    for unit, size, least, grain in _UNITS:
        nearest = (seconds + grain // 2) // grain * grain
        if nearest >= size * least:
            return count(nearest // size, unit)
    return count(seconds, "second")


def exact_span(length: timedelta) -> str:
    """Return a length of whole hours without rounding: `14 days`, `36 hours`."""
    days, rest = divmod(length, timedelta(days=1))
    return count(length // timedelta(hours=1), "hour") if rest else count(days, "day")


def relative(moment: datetime, now: datetime) -> str:
    """Return how far away a moment is: `in 3 days`, `now`, `2 hours ago`."""
    ahead = moment - now
    if abs(ahead) < _SECOND:
        return "now"
    return f"in {span(ahead)}" if moment > now else f"{span(ahead)} ago"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something happened; a moment that is still to come is `just now`."""
    return relative(moment, now) if now - moment >= _SECOND else "just now"


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
    printed = local.replace(tzinfo=None).isoformat(" ", "minutes")
    return f"{printed} {name if name[0].isalpha() else f'UTC{name}'}"
