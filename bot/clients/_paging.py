"""Reading a list page by page, to its end or to where it is enough."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from bot.errors import BrokenAnswerError

PAGE_SIZE = 100
MOST_ROWS = 5_000

# A server may give fewer rows a page than asked for; 20 is the usual default of these APIs.
_MOST_PAGES = MOST_ROWS // 20

_Row = TypeVar("_Row")


async def read_pages(
    source: str, fetch: Callable[[str | None], Awaitable[tuple[Sequence[_Row], str | None]]]
) -> tuple[list[_Row], bool]:
    """Return all rows, `MOST_ROWS` at most, and whether there were more.

    `fetch` takes a page's token, None for the first, and returns its rows and the next token.
    Raises `BrokenAnswerError` when a token comes twice: it would go round for ever.
    """
    rows: list[_Row] = []
    seen: set[str] = set()
    token: str | None = None
    for _ in range(_MOST_PAGES):
        page, token = await fetch(token)
        rows += page
        if token is None or len(rows) >= MOST_ROWS:
            break
        if token in seen:
            raise BrokenAnswerError(source, detail="repeated nextToken")
        seen.add(token)
    return rows[:MOST_ROWS], token is not None or len(rows) > MOST_ROWS


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """Wait for all tasks of a group; raise the first error as it is, and stop the others."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        first = errors.exceptions[0]
    else:
        return
    raise first
