"""The rows of a shared list: the cells of a table, or lines where Slack takes no table.

Preview and message are drawn here, by the same functions.
"""

from collections.abc import Iterator, Sequence

from bot.blocks._kit import Block, table
from bot.blocks._rich import date, foreign, line, rich, words
from bot.blocks._rows import dot
from bot.blocks._text import Json
from bot.models.share import Cell, Column, Row, SharedList
from bot.rules.share import WIDTHS

HEADS: dict[Column, str] = {
    "name": "Token",
    "expires": "Expires",
    "status": "Status",
    "finding": "Note",
    "last_used": "Last used",
    "created_by": "Created by",
    "accounts": "Accounts",
    "members": "Members",
    "masked": "Masked text",
    "where": "Where",
}
"""What stands above each column, and for what it is called where it is chosen."""

_LINES = 10
"""How many lines stand in one block: 50 rows must leave room for others."""


def as_table(shown: SharedList, zone: str) -> list[Block]:
    """Return the rows as a table."""
    rows = ([rich(line(*cell)) for cell in _cells(shown.columns, row, zone)] for row in shown.rows)
    return [table([HEADS[column] for column in shown.columns], rows)]


def as_lines(shown: SharedList, zone: str) -> list[Block]:
    """Return the rows as a line each."""
    lines = [line_of(shown.columns, row, zone) for row in shown.rows]
    return [rich(*lines[start : start + _LINES]) for start in range(0, len(lines), _LINES)]


def _cells(columns: Sequence[Column], row: Row, zone: str) -> list[list[Json]]:
    """Return what stands in each cell; the first begins with the dot that says how urgent it is."""
    cells = [
        list(_cell(column, cell, zone)) for column, cell in zip(columns, row.cells, strict=True)
    ]
    if row.mark is not None:
        cells[0] = [dot(row.mark), words(" "), *cells[0]]
    return cells


def _cell(column: Column, cell: Cell, zone: str) -> Iterator[Json]:
    if cell.text or cell.at is None:
        yield foreign(cell.text, WIDTHS[column])
    if cell.at is not None:
        yield date(cell.at, zone, lead=" " if cell.text else "")


def line_of(columns: Sequence[Column], row: Row, zone: str) -> Json:
    """Return a row as one line."""
    parts: list[Json] = []
    for column, cell in zip(columns, _cells(columns, row, zone), strict=True):
        lead = f" · {HEADS[column]}: " if parts else ""
        parts += [words(lead), *cell] if lead else cell
    return line(*parts)
