"""The coming quarter at a glance: a square for each week, then the weeks in which something ends."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from bot.blocks._advice import some_names
from bot.blocks._kit import Block, header
from bot.blocks._rich import emoji, foreign, line, rich, words
from bot.blocks._text import Json
from bot.rules.findings import Urgency, urgency
from bot.rules.timeline import Week
from bot.rules.times import count

_NAMES = 300
_NEAR = ("This week", "Next week")
_TO_SUNDAY = timedelta(days=6)

_SQUARES: dict[Urgency, str] = {
    "now": "large_red_square",
    "soon": "large_orange_square",
    "later": "large_yellow_square",
    "none": "large_blue_square",
}
_NOTHING = "white_large_square"


def timeline_blocks(weeks: Sequence[Week], now: datetime) -> list[Block]:
    """Return a square for each week, and a line for each in which something expires."""
    number = sum(len(week.tokens) for week in weeks)
    busy = [
        line(*_week(week, now, _name(week.monday, index)))
        for index, week in enumerate(weeks)
        if week.tokens
    ]
    total = f"   {count(number, 'token')} expire{'s' if number == 1 else ''}" if busy else ""
    return [
        header("The coming quarter"),
        rich(
            line(*_strip(weeks, now), words(f"{total or '   Nothing expires'}\n")),
            *busy,
        ),
    ]


def _strip(weeks: Sequence[Week], now: datetime) -> Iterator[Json]:
    """Yield a square for each week, with the month before its first."""
    month = 0
    for week in weeks:
        if week.monday.month != month:
            lead = "   " if month else ""
            yield words(f"{lead}{week.monday:%b} ")
            month = week.monday.month
        yield emoji(_square(week, now))


def _square(week: Week, now: datetime) -> str:
    return _SQUARES[urgency(week.tokens[0], now)] if week.tokens else _NOTHING


def _name(monday: date, index: int) -> str:
    """Return what a week is called: by its distance, or by its first and last day."""
    if index < len(_NEAR):
        return _NEAR[index]
    sunday = monday + _TO_SUNDAY
    month = "" if monday.month == sunday.month else f"{sunday:%b} "
    return f"{monday:%b} {monday.day} to {month}{sunday.day}"


def _week(week: Week, now: datetime, name: str) -> Iterator[Json]:
    yield emoji(_square(week, now))
    yield words(f" {name}: ", bold=True)
    yield foreign(some_names(week.tokens), _NAMES)
    yield words("\n")
