"""Places that could not be looked at for so long that their silence means nothing."""

from collections.abc import Iterator, Mapping, Sequence

from bot.blocks._coverage import places
from bot.blocks._kit import Block, context
from bot.blocks._rich import date, emoji, foreign, line, rich, words
from bot.blocks._text import where
from bot.blocks.problems import problem_line
from bot.models.listing import Problem
from bot.models.notice import Blind
from bot.rules.times import count, stamp

_SHOWN = 5
_WHERE = 80
_REASON = 450

_OURS = {
    "stale": "The service is down or throttling: I have only what it said before.",
    "truncated": "It holds more tokens than I read at a time.",
    "empty": "It lists no tokens any more, though it did before.",
    "unopened": "I cannot open its connection: the bot's key was changed or lost.",
}
"""What else than an error of the service keeps a reading from being complete."""


def blind_blocks(
    blind: Sequence[Blind], *, zone: str, command: str, titles: Mapping[str, str]
) -> Iterator[Block]:
    """Yield what could not be looked at, since when, why, and what to do."""
    for each in blind[:_SHOWN]:
        what, since = _what(each), date(each.since, zone, lead=" since ", bold=True)
        yield rich(
            line(
                emoji("warning"),
                words(f" I could not {what} ", bold=True),
                foreign(where(each.target), _WHERE, bold=True),
                since,
                words(". Until I can, silence does not mean that nothing expires there."),
            ),
            line(foreign(_reason(each, command, titles), _REASON)),
        )
    if len(blind) > _SHOWN:
        yield context(f"And {count(len(blind) - _SHOWN, 'more place')}: {command} list")


def blind_text(blind: Sequence[Blind], zone: str) -> str:
    """Return the same in one sentence."""
    since = stamp(min(each.since for each in blind), zone)
    named = places(each.target for each in blind)
    return f"I could not look at {named} since {since}: silence there means nothing."


def _what(blind: Blind) -> str:
    return "read all of" if blind.problem == "truncated" else "look at"


def _reason(blind: Blind, command: str, titles: Mapping[str, str]) -> str:
    if blind.problem in _OURS:
        reason = _OURS[blind.problem]
        return (
            f"{reason} Connect again: {command} connect" if blind.problem == "unopened" else reason
        )
    problem = Problem(kind=blind.problem, source=blind.target.source)
    return problem_line(problem, command=command, titles=titles)
