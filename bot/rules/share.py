"""Sharing: what of a list leaves a person's own eyes, decided before it is shown or stored."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.models.connection import Owner
from bot.models.listing import Limits, Listing
from bot.models.query import Query
from bot.models.share import COLUMNS, DEFAULT_COLUMNS, Cell, Column, Row, Share, SharedList
from bot.models.token import Token
from bot.rules.findings import Names, findings, names_of, urgency
from bot.rules.places import where
from bot.rules.query import format_query
from bot.rules.select import Selection

MOST_ROWS = 50
"""How many rows a shared list has at the most."""

OUTDATED_AFTER = timedelta(days=7)
"""When the rows of a shared list are taken down: nobody shall act on what was so last week."""

ENDS_AFTER = timedelta(days=90)
"""When a shared list is forgotten; its message stays, without rows."""

WIDTHS: dict[Column, int] = {
    "name": 60,
    "expires": 32,
    "status": 8,
    "finding": 60,
    "last_used": 22,
    "created_by": 40,
    "accounts": 80,
    "members": 80,
    "masked": 12,
    "where": 60,
}
"""How many characters a cell has at the most."""

# Slack takes 10,000 characters in a table; the head and the dots need a few as well.
_TABLE_CHARACTERS = 9_500
_PEOPLE = 3
_NOT_REPORTED = Cell(text="not reported")


class _Context(NamedTuple):
    now: datetime
    names: Names
    limits: Limits


def allowed(wanted: Iterable[str], policy: Collection[str]) -> tuple[Column, ...]:
    """Return which of the wanted columns may be shared, in their usual order."""
    chosen = set(wanted) & set(policy)
    return tuple(column for column in COLUMNS if column in chosen)


def usual_columns(policy: Collection[str]) -> tuple[Column, ...]:
    """Return the columns that are shared unless others are chosen; nothing if none may be."""
    return allowed(DEFAULT_COLUMNS, policy) or allowed(COLUMNS, policy)


def capacity(columns: Iterable[Column]) -> int:
    """Return how many rows fit one message, whatever is in them."""
    return min(MOST_ROWS, _TABLE_CHARACTERS // sum(WIDTHS[column] for column in columns))


def freeze(
    listing: Listing,
    selection: Selection,
    query: Query,
    *,
    owner: Owner,
    columns: Sequence[Column],
) -> SharedList:
    """Return a list as others see it: the first rows, and of those the columns alone."""
    shown = selection.rows[: capacity(columns)]
    context = _Context(listing.now, names_of(shown, listing.tokens, listing.now), listing.limits)
    dated = "expires" in columns
    return SharedList(
        owner=owner,
        query=format_query(query),
        columns=tuple(columns),
        rows=tuple(_row(token, columns, context) for token in shown),
        total=len(selection.rows),
        soon=selection.soon if dated else 0,
        expired=selection.expired if dated or "status" in columns else 0,
        places=len(listing.coverage),
        missing=len(listing.missing),
        as_of=listing.oldest or listing.now,
    )


def row_of(
    token: Token, columns: Sequence[Column], now: datetime, names: Names, limits: Limits
) -> Row:
    """Return one token as others see it. `names` are those of the list that it was in."""
    return _row(token, columns, _Context(now, names, limits))


def _row(token: Token, columns: Sequence[Column], context: _Context) -> Row:
    return Row(
        cells=tuple(_CELLS[column](token, context) for column in columns),
        mark=urgency(token, context.now) if "expires" in columns else None,
    )


def read_with(listing: Listing, tokens: Iterable[Token]) -> frozenset[str]:
    """Return the ids of the connections that tokens of a listing were read with."""
    connections: dict[tuple[str, str], set[str]] = {}
    for each in listing.coverage:
        place = (each.target.id, each.connection_label)
        connections.setdefault(place, set()).add(each.connection_id)
    targets: dict[int, str] = {}
    found: set[str] = set()
    for token in tokens:
        # The id of a target is a hash, and the tokens of a reading share one target object.
        target_id = targets.setdefault(id(token.target), token.target.id)
        found |= connections.get((target_id, listing.via.get(token.key, "")), set())
    return frozenset(found)


def ages_at(share: Share) -> datetime:
    """Return when something is to be done about a shared list."""
    return share.posted_at + (ENDS_AFTER if share.outdated else OUTDATED_AFTER)


def _name(token: Token, _context: _Context) -> Cell:
    return Cell(text=token.display_name)


def _expires(token: Token, context: _Context) -> Cell:
    if token.revoked:
        return Cell(text="revoked")
    if token.expires_at is None:
        return Cell(text="never") if token.reports("expires_at") else _NOT_REPORTED
    over = token.status(context.now) == "expired"
    return Cell(text="expired" if over else "", at=token.expires_at)


def _status(token: Token, context: _Context) -> Cell:
    return Cell(text=token.status(context.now))


def _finding(token: Token, context: _Context) -> Cell:
    advice = findings(token, context.now, limits=context.limits, names=context.names)
    return Cell(text=", ".join(finding.short for finding in advice))


def _last_used(token: Token, _context: _Context) -> Cell:
    if not token.reports("last_used_at"):
        return _NOT_REPORTED
    return Cell(at=token.last_used_at) if token.last_used_at else Cell(text="never")


def _created_by(token: Token, _context: _Context) -> Cell:
    return Cell(text=token.created_by or "") if token.reports("created_by") else _NOT_REPORTED


def _accounts(token: Token, _context: _Context) -> Cell:
    return _several(token.accounts) if token.reports("accounts") else _NOT_REPORTED


def _members(token: Token, _context: _Context) -> Cell:
    return _several(token.members) if token.reports("members") else _NOT_REPORTED


def _masked(token: Token, _context: _Context) -> Cell:
    return Cell(text=token.masked or "") if token.reports("masked") else _NOT_REPORTED


def _where(token: Token, _context: _Context) -> Cell:
    return Cell(text=where(token.target))


def _several(people: Sequence[str]) -> Cell:
    """Name a few; the others are only counted, so that their names stay where they are."""
    more = len(people) - _PEOPLE
    shown = ", ".join(people[:_PEOPLE])
    return Cell(text=f"{shown} and {more:,} more" if more > 0 else shown)


_CELLS: dict[Column, Callable[[Token, _Context], Cell]] = {
    "name": _name,
    "expires": _expires,
    "status": _status,
    "finding": _finding,
    "last_used": _last_used,
    "created_by": _created_by,
    "accounts": _accounts,
    "members": _members,
    "masked": _masked,
    "where": _where,
}
