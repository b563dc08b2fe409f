"""Which tokens a watch is about."""

from collections.abc import Callable
from datetime import datetime
from typing import get_args

from bot.models.query import Query
from bot.models.token import Status, Token
from bot.models.watch import Watch
from bot.rules.select import select

Matches = Callable[[Token, datetime], bool]
"""Whether a filter lets a token through at a moment."""


def matches_all(_token: Token, _now: datetime) -> bool:
    """Let every token through."""
    return True


def matches_query(query: Query) -> Matches:
    """Return the filter that a query means to a watch.

    Its status and time left do not count: thresholds rule those, and a token that expires must not
    fall silent because it no longer matches.
    """
    lasting = query.model_copy(update={"statuses": frozenset(get_args(Status)), "expiring": None})
    if not lasting.model_copy(update={"statuses": frozenset()}).filters:
        return matches_all
    return lambda token, now: bool(select(lasting, (token,), now).rows)


def includes(watch: Watch, token: Token, now: datetime, matches: Matches) -> bool:
    """Tell whether a watch is about a token, by its mode and its filter."""
    if watch.mode == "off":
        return False
    if watch.mode == "mine" and not (
        token.created_by in watch.mine or any(name in watch.mine for name in token.accounts)
    ):
        return False
    return matches(token, now)
