"""One token as a row: the cells of a table, or a paragraph where Slack takes no table."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.blocks._kit import Block, table
from bot.blocks._rich import cell, date, emoji, foreign, line, rich, words
from bot.blocks._text import Json, where
from bot.models.listing import Limits
from bot.models.token import Token
from bot.rules.findings import USUAL, Names, Urgency, findings, urgency
from bot.rules.times import ago, relative

HEAD = ("Token", "Expires", "Last used", "Where", "Note")

_NAME = 60
_WHERE = 60
_NOTE = 60

_MARKERS: dict[Urgency, str] = {
    "now": "red_circle",
    "soon": "large_orange_circle",
    "later": "large_yellow_circle",
    "none": "white_circle",
}
_BOLD: frozenset[Urgency] = frozenset({"now", "soon"})


class _Row(NamedTuple):
    name: list[Json]
    expires: list[Json]
    used: list[Json]
    where: list[Json]
    note: list[Json]


def dot(urgency: Urgency) -> Json:
    """Return the coloured dot that says how soon somebody must act."""
    return emoji(_MARKERS[urgency])


def marker(token: Token, now: datetime) -> Json:
    """Return a token's dot."""
    return dot(urgency(token, now))


def expiry(token: Token, now: datetime, zone: str) -> list[Json]:
    """Return when a token ends, from now and as a date."""
    return _expiry(token, now, zone, bold=urgency(token, now) in _BOLD)


def _expiry(token: Token, now: datetime, zone: str, *, bold: bool) -> list[Json]:
    if token.revoked:
        return [words("revoked")]
    if token.expires_at is None:
        return [words("never" if token.reports("expires_at") else "not reported")]
    ended = token.status(now) == "expired"
    distance = relative(token.expires_at, now)
    return [
        words(f"expired {distance}" if ended else distance, bold=bold),
        date(token.expires_at, zone, lead=", "),
    ]


def expiry_words(token: Token, now: datetime) -> str:
    """Return when a token ends, as part of a sentence."""
    if token.revoked:
        return "revoked"
    if token.expires_at is None:
        return "never expires" if token.reports("expires_at") else "expiry not reported"
    verb = "expired" if token.status(now) == "expired" else "expires"
    return f"{verb} {relative(token.expires_at, now)}"


def last_use(token: Token, now: datetime) -> str:
    """Return when a token was last used, in words."""
    if not token.reports("last_used_at"):
        return "not reported"
    return ago(token.last_used_at, now) if token.last_used_at else "never"


def _row(token: Token, now: datetime, zone: str, names: Names, limits: Limits) -> _Row:
    level = urgency(token, now)
    bold = level in _BOLD
    advice = findings(token, now, limits=limits, names=names)
    return _Row(
        name=[dot(level), words(" "), foreign(token.display_name, _NAME, bold=bold)],
        expires=_expiry(token, now, zone, bold=bold),
        used=[words(last_use(token, now))],
        where=[foreign(where(token.target), _WHERE)],
        note=[foreign(", ".join(finding.short for finding in advice), _NOTE)] if advice else [],
    )


def as_table(
    tokens: Sequence[Token], now: datetime, zone: str, names: Names, limits: Limits = USUAL
) -> list[Block]:
    """Return tokens as a table."""
    rows = (_row(token, now, zone, names, limits) for token in tokens)
    return [table(HEAD, (list(map(cell, row)) for row in rows))]


def as_paragraphs(
    tokens: Sequence[Token], now: datetime, zone: str, names: Names, limits: Limits = USUAL
) -> list[Block]:
    """Return tokens as one paragraph each."""
    blocks = []
    for row in (_row(token, now, zone, names, limits) for token in tokens):
        note = [words(" · "), *row.note] if row.note else []
        rest = [words("\nLast used: "), *row.used, words(" · "), *row.where, *note]
        blocks.append(rich(line(*row.name, words("  "), *row.expires, *rest)))
    return blocks
