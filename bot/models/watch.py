"""What is to be rung, by which rules, and to whom."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from bot.models._base import Instant, Model
from bot.models.connection import Owner
from bot.models.share import Column

EXPIRED = 0
"""The threshold that rings once a token has expired; every other one is in days before that."""

DEFAULT_THRESHOLDS = (30, 14, 7, 3, 1, EXPIRED)
DEFAULT_HOUR = 9
DEFAULT_WORKDAYS = frozenset({1, 2, 3, 4, 5})

MOST_THRESHOLDS = 12
LOOSEST = 365
"""The loosest threshold that there can be, in days."""

CHANNEL_COLUMNS: frozenset[Column] = frozenset({"name", "expires"})
"""What a channel sees of every token that rings there: without it a reminder says nothing."""

Mode = Literal["unasked", "all", "mine", "off"]
"""Which tokens ring. `unasked` until the person has chosen: one summary, then only the urgent."""


def _descending(thresholds: tuple[int, ...]) -> tuple[int, ...]:
    if not all(EXPIRED <= days <= LOOSEST for days in thresholds):
        raise ValueError(f"a threshold is 0 (expired) to {LOOSEST} days")
    return tuple(sorted(set(thresholds), reverse=True))


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError("no such time zone") from error
    return zone


Thresholds = Annotated[
    tuple[int, ...],
    AfterValidator(_descending),
    Field(min_length=1, max_length=MOST_THRESHOLDS),
]
"""Days before the expiry, loosest first, each once."""

Workday = Annotated[int, Field(ge=1, le=7)]
"""A weekday as ISO 8601 numbers them: Monday is 1."""

Zone = Annotated[str, AfterValidator(_known)]
"""The IANA name of a time zone."""


class Watch(Model):
    """One person's wish to be reminded.

    `channel` is where it rings, None for the owner's DM. `mine` names the creators and accounts
    whose tokens ring in mode `mine`. `connections` are the ids of those it looks through, None for
    all that the owner has. `query` is a filter in its canonical text. `fallback` is who else hears
    what nobody answered. `own_zone`: the person chose the zone; otherwise it follows Slack's.
    `columns` is what a channel sees of a token; a person sees all. `changed_at` is when the
    settings last changed.
    """

    id: str
    owner: Owner
    channel: str | None = None
    mode: Mode = "unasked"
    mine: tuple[str, ...] = ()
    connections: tuple[str, ...] | None = None
    query: str = ""
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    hour: Annotated[int, Field(ge=0, le=23)] = DEFAULT_HOUR
    workdays: Annotated[frozenset[Workday], Field(min_length=1)] = DEFAULT_WORKDAYS
    zone: Zone = "UTC"
    own_zone: bool = False
    fallback: str | None = None
    columns: tuple[Column, ...] = ()
    created_at: Instant
    changed_at: Instant
    version: int = 1

    @model_validator(mode="after")
    def _rings_for_somebody(self) -> Self:
        if self.mode == "mine" and not self.mine:
            raise ValueError("whose tokens are mine?")
        if self.channel is not None and not set(self.columns) >= CHANNEL_COLUMNS:
            raise ValueError("a channel has to see what expires, and when")
        return self
