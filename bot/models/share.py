"""What a person shows others of their list, and the record of the message that shows it."""

from typing import Literal, get_args

from pydantic import Field

from bot.models._base import Instant, Model
from bot.models.connection import Owner

Column = Literal[
    "name",
    "expires",
    "status",
    "finding",
    "last_used",
    "created_by",
    "accounts",
    "members",
    "masked",
    "where",
]
COLUMNS: tuple[Column, ...] = get_args(Column)
"""Every column that can be shared, in the order in which they stand."""

DEFAULT_COLUMNS: tuple[Column, ...] = ("name", "expires", "status", "finding")
"""What is shared unless more is chosen: nothing that names people or places."""

Mark = Literal["now", "soon", "later", "none"]
"""How soon somebody must act on a token, as the dot before a row says."""


class Cell(Model):
    """What stands in one place of a row: words, a moment, or words before a moment.

    Slack draws a moment in each reader's own zone.
    """

    text: str = ""
    at: Instant | None = None


class Row(Model):
    """One token as others see it: a cell for each column, and nothing else about it.

    `mark` is None where the expiry is not among the columns.
    """

    cells: tuple[Cell, ...]
    mark: Mark | None = None


class SharedList(Model):
    """A list as a channel sees it: frozen, with nothing in it that is not shown.

    `query` is the filter in its canonical text. Of `total` tokens that it lets through, the first
    ones are `rows`; `soon` and `expired` count those that need somebody, where the columns tell so.
    Of `places`, `missing` could not be read in full. `as_of` is when the oldest reading was made.
    """

    owner: Owner
    query: str
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[Row, ...] = ()
    total: int
    soon: int = 0
    expired: int = 0
    places: int
    missing: int = 0
    as_of: Instant

    @property
    def headline(self) -> "SharedList":
        """The list without its rows: what is still said of it once they are outdated."""
        return self.model_copy(update={"rows": ()})


class Share(Model):
    """A list that was shared in a channel; what it showed is kept without its rows.

    `ts` is empty until it is known that the message was posted. `connections` are the ids of those
    that its rows were read with. `posted_at` is when its rows were posted, or last updated.
    """

    id: str
    owner: Owner
    channel: str
    channel_name: str
    ts: str = ""
    permalink: str = ""
    shown: SharedList
    connections: frozenset[str]
    posted_at: Instant
    outdated: bool = False


class Offer(Model):
    """What would be posted: a list as its preview showed it, and where.

    `connections` are as in `Share`; `share` is the id of the share that it would take the place of,
    empty for a new one. With `rings` the channel is reminded of such tokens instead, which are read
    with all of `connections`.
    """

    channel: str
    channel_name: str
    shown: SharedList
    connections: frozenset[str]
    share: str = ""
    rings: bool = False
