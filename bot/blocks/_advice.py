"""The advice on a whole list, as Home shows it: one line for each kind of finding."""

from collections.abc import Iterable, Mapping, Sequence

from bot.blocks._kit import Block, header
from bot.blocks._rich import bullets, emoji, foreign, line, rich, words
from bot.blocks._text import Json, plain
from bot.models.listing import Limits
from bot.models.token import Token
from bot.rules.findings import Kind
from bot.rules.select import SOON
from bot.rules.summary import Advice
from bot.rules.times import count, exact_span

_NAMED = 3
_NAME = 60
_NAMES = 300

SIGNS = {"urgent": "rotating_light", "warning": "warning", "notice": "information_source"}

_DO: Mapping[Kind, tuple[str, str]] = {
    "expiring_in_use": ("Renew it before then.", "Renew them before then."),
    "expired_in_use": (
        "Whatever used it is probably failing now.",
        "Whatever used them is probably failing now.",
    ),
    "expiring": (
        "Renew it if something still needs it.",
        "Renew what is still needed, and let the rest lapse.",
    ),
    "never_used": ("Delete it if nobody is about to.", "Delete what nobody is about to use."),
    "unused": ("Ask whether anything still needs it.", "Ask whether anything still needs them."),
    "no_expiry": ("A leaked copy works for ever: set an expiry.",) * 2,
    "widely_shared": ("Give each user or job its own.",) * 2,
    "same_name": ("Renewed or copied? Delete what was replaced.",) * 2,
}
"""What to do, for one token and for several."""


def advice_blocks(advice: Sequence[Advice], limits: Limits) -> list[Block]:
    """Return it; nothing when there is none."""
    if not advice:
        return []
    return [header("Worth a look"), rich(bullets(_line(each, limits) for each in advice))]


def some_names(tokens: Iterable[Token]) -> str:
    """Name the first tokens, each name once, and count the others."""
    names = list(dict.fromkeys(plain(token.display_name, _NAME) for token in tokens))
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {more:,} more" if more > 0 else shown


def _line(each: Advice, limits: Limits) -> Json:
    one = len(each.tokens) == 1
    return line(
        emoji(SIGNS[each.severity]),
        words(
            f" {count(len(each.tokens), 'token')} {_seen(each.kind, limits, one=one)}: ", bold=True
        ),
        foreign(some_names(each.tokens), _NAMES),
        words(f". {_DO[each.kind][not one]}"),
    )


def _seen(kind: Kind, limits: Limits, *, one: bool) -> str:
    expire, soon = ("expires" if one else "expire"), exact_span(SOON)
    said: Mapping[Kind, str] = {
        "expiring_in_use": f"in use {expire} within {soon}",
        "expired_in_use": "expired while in use",
        "expiring": f"{expire} within {soon}",
        "never_used": f"{'was' if one else 'were'} never used",
        "unused": f"unused for {exact_span(limits.unused_after)} or more",
        "no_expiry": f"never {expire}",
        "widely_shared": f"shared by more than {limits.shared_more_than}",
        "same_name": "whose name occurs more than once",
    }
    return said[kind]
