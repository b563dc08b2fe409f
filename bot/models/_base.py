"""The common ground of all models: frozen, strict about fields, silent about input."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]
"""A moment, always in UTC."""


class Model(BaseModel):
    """A frozen record. A validation error never quotes the input: it may hold a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
