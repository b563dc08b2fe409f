"""What a person wants to see: the filters of a list, as a record."""

import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.models._base import Model
from bot.models.token import Status

HOUR = timedelta(hours=1)
LONGEST_SPAN = timedelta(days=3650)

Sort = Literal["expiry", "used", "name", "created"]
Operator = Literal[">", ">=", "<", "<=", "="]

_COMPARE: dict[Operator, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def _whole_hours(value: timedelta) -> timedelta:
    if not HOUR <= value <= LONGEST_SPAN or value % HOUR:
        raise ValueError("a span is 1 hour to 10 years, in whole hours")
    return value


Span = Annotated[timedelta, AfterValidator(_whole_hours)]
"""A length of time that a filter names: whole hours, at most ten years."""

Text = Annotated[str, Field(min_length=1)]


class Comparison(Model):
    """A number to compare with, such as `>5`."""

    operator: Operator
    number: int = Field(ge=0)

    def holds(self, value: int) -> bool:
        """Tell whether a value passes."""
        return _COMPARE[self.operator](value, self.number)


class Query(Model):
    """The filters of a list. All that are set must hold; an empty one does not filter.

    Several values of one filter mean any of them, except `text`, of which every word must be
    found. No statuses means the usual: active, and expired within the last week.
    """

    sources: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    expiring: Span | None = None
    unused: Span | None = None
    life: Literal["short", "long"] | None = None
    creator: tuple[Text, ...] = ()
    name: tuple[Text, ...] = ()
    consumer: tuple[Text, ...] = ()
    kind: tuple[Text, ...] = ()
    shared: Comparison | None = None
    sort: Sort = "expiry"
    text: tuple[Text, ...] = ()

    @property
    def needs_everything(self) -> bool:
        """Tell whether expired and revoked tokens must be asked for too."""
        return bool(self.statuses - {"active"})

    @property
    def filters(self) -> bool:
        """Tell whether anything is filtered; an order alone filters nothing."""
        return self != Query(sort=self.sort)
