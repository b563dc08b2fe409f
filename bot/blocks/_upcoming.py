"""Reminders to come, in words: when, of which tokens, and by which rule."""

from collections.abc import Sequence

from bot.blocks._coverage import places
from bot.blocks._rich import date, foreign, line, words
from bot.blocks._text import Json, plain
from bot.models.notice import Blind, Item, Reason
from bot.models.watch import EXPIRED
from bot.rules.preview import Planned
from bot.rules.times import count

_NAME = 60
_NAMED = 2
_TEXT = 400

_UNUSUAL: dict[Reason, str] = {
    "newly known": "known too late for its own slot",
    "missed": "late",
    "snooze ended": "its snooze ends",
    "first look": "at the first look",
}


def next_line(planned: Planned | None, zone: str, *, looked: bool = True) -> Json:
    """Return the next reminder in one line; `looked` tells whether anybody has looked yet."""
    if planned is None and not looked:
        return line(words("I have not looked yet: the first look is on its way."))
    if planned is None:
        return line(words("No reminder is in sight."))
    when = date(planned.when, zone, lead="Next reminder: ")
    return line(when, words(", about "), foreign(about(planned), _TEXT))


def about(planned: Planned) -> str:
    """Return what a reminder is about, as part of a sentence."""
    if planned.items:
        return of_tokens(planned.items)
    if planned.summary is not None:
        return "what the first look finds"
    return unseen(planned.blind)


def unseen(blind: Sequence[Blind]) -> str:
    """Name the places whose silence means nothing."""
    named = places(each.target for each in blind)
    return f"{'a place' if len(blind) == 1 else 'places'} that I cannot look at: {named}"


def of_tokens(items: Sequence[Item]) -> str:
    """Name the first tokens, and count the others."""
    named = ", ".join(plain(item.token.display_name, _NAME) for item in items[:_NAMED])
    more = len(items) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def rule(item: Item) -> str:
    """Return by which rule a token rings, and why then if that is unusual."""
    days = item.threshold
    by = "once it has expired" if days == EXPIRED else f"{count(days, 'day')} before it expires"
    unusual = _UNUSUAL.get(item.why.reason)
    return f"{by}; {unusual}" if unusual else by
