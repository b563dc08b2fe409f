"""Tables: docs.slack.dev/reference/block-kit/blocks/table-block and data-table-block."""

from collections.abc import Iterator

from sandbox.slack import limits
from sandbox.slack.types import Json
from sandbox.slack.validate.rich_text import RICH_TEXT
from sandbox.slack.validate.schema import (
    Check,
    array,
    boolean,
    choice,
    every,
    fields,
    integer,
    number,
    problem,
    rule,
    text,
    union,
)

_PLAIN_CELLS: dict[str, Check] = {
    "raw_text": fields({"text": text()}),
    "raw_number": fields({"value": number, "text": text()}),
}
_CELLS = union({**_PLAIN_CELLS, "rich_text": RICH_TEXT})
_COLUMN = fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})


def _column_or_null(value: object, at: str) -> Iterator[str]:
    if value is not None:
        yield from _COLUMN(value, at)


TABLE = fields(
    {
        "rows": array(
            array(_CELLS, least=1, most=limits.TABLE_COLUMNS), least=1, most=limits.TABLE_ROWS
        )
    },
    {
        "block_id": text(limits.ID),
        "column_settings": array(_column_or_null, most=limits.TABLE_COLUMNS),
    },
)


@rule
def _rectangular(value: Json, at: str) -> Iterator[str]:
    rows = value["rows"]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            yield problem("all rows must have the same number of cells", f"{at}/rows/{index}")
    for index, cell in enumerate(rows[0]):
        yield from union(_PLAIN_CELLS)(cell, f"{at}/rows/0/{index}")
    if value.get("row_header_column_index", 0) >= len(rows[0]):
        yield problem(
            f"must be less than or equal to {len(rows[0]) - 1}", f"{at}/row_header_column_index"
        )
    if _characters(rows) > limits.DATA_TABLE_TEXT:
        yield problem(f"no more than {limits.DATA_TABLE_TEXT} characters allowed", f"{at}/rows")


def _characters(value: object) -> int:
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    if isinstance(value, dict):
        own = value.get("text")
        rest = [item for name, item in value.items() if name != "text"]
        return (len(own) if isinstance(own, str) else _characters(own)) + _characters(rest)
    return 0


DATA_TABLE = every(
    fields(
        {
            "caption": text(),
            "rows": array(
                array(_CELLS, least=1, most=limits.DATA_TABLE_COLUMNS),
                least=2,
                most=limits.DATA_TABLE_ROWS,
            ),
        },
        {
            "block_id": text(limits.ID),
            "page_size": integer(1, limits.DATA_TABLE_PAGE),
            "row_header_column_index": integer(0),
        },
    ),
    _rectangular,
)
