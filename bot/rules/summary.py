"""The advice on a whole list: each kind of finding once, with the tokens that it is about. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bot.models.listing import Limits
from bot.models.token import Token
from bot.rules.findings import USUAL, Finding, Kind, Names, Severity, findings

ORDER: tuple[Kind, ...] = (
    "expiring_in_use",
    "expired_in_use",
    "expiring",
    "never_used",
    "unused",
    "no_expiry",
    "widely_shared",
    "same_name",
)
"""What needs somebody first comes first."""


class Advice(NamedTuple):
    """One kind of finding, and the tokens in which it was found."""

    kind: Kind
    severity: Severity
    advice: str
    tokens: tuple[Token, ...]


def summary(
    tokens: Iterable[Token], now: datetime, names: Names, limits: Limits = USUAL
) -> tuple[Advice, ...]:
    """Return the advice on tokens, most important first; tokens stay in their order."""
    found: dict[Kind, list[tuple[Finding, Token]]] = {kind: [] for kind in ORDER}
    for token in tokens:
        for each in findings(token, now, limits=limits, names=names):
            found[each.kind].append((each, token))
    return tuple(
        Advice(kind, pairs[0][0].severity, pairs[0][0].advice, tuple(t for _, t in pairs))
        for kind, pairs in found.items()
        if pairs
    )
