"""How tolerant we are of what a source writes: of odd fields very, of a row without an id not.

A field that cannot be read is `UNKNOWN` and ends in `Token.not_reported`: "we do not know" must
never turn into "never expires" or "shared with nobody".
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
)

from bot.clients._answer import Answer
from bot.errors import BrokenAnswerError
from bot.models.source import SourceInfo
from bot.models.target import Target
from bot.models.token import Token, mask
from bot.slices import Slices

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253_402_300_799_999  # 9999-12-31, the last day that datetime knows
_LONGEST_PAGE_TOKEN = 4096  # it goes into a URL
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,30}")


class Unknown(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""A field that the source left out or wrote in a way that we cannot read."""


def _well_formed(text: str) -> str:
    if text.isascii():
        return text
    # JSON may carry half a surrogate pair, as when a server cuts a name within an emoji. Such a
    # string cannot be encoded, and one colleague's token name would break everybody's list.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _written(value: object) -> str | None:
    """Return a string or number as text, None for anything else."""
    if isinstance(value, str):
        return _well_formed(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def parse_id(value: object) -> str:
    """Return an id; raise ValueError when there is none."""
    text = (_written(value) or "").strip()
    if not text:
        raise ValueError("no id")
    return text


def parse_page_token(value: object) -> str | None:
    """Return the token of the next page, None on the last: missing, null and empty alike."""
    text = _written(value)
    if (text is None and value is not None) or len(text or "") > _LONGEST_PAGE_TOKEN:
        raise ValueError("not a page token")
    return text if text and text.strip() else None


def parse_text(value: object) -> str | Unknown | None:
    """Return text as it is written; null and blank are None."""
    if value is None:
        return None
    text = _written(value)
    if text is None:
        return UNKNOWN
    return text if text.strip() else None


def parse_masked(value: object) -> str | Unknown | None:
    """Return token text masked again, whatever came: the text itself goes no further."""
    text = parse_text(value)
    return text if text is UNKNOWN else mask(text and text.strip())


def parse_texts(value: object) -> tuple[str, ...] | Unknown:
    """Return a list of texts; a list that is not there is not an empty one."""
    if not isinstance(value, list):
        return UNKNOWN
    texts = []
    for item in value:
        text = parse_text(item)
        if text is UNKNOWN:
            return UNKNOWN
        if text is not None:
            texts.append(text)
    return tuple(texts)


def parse_flag(value: object) -> bool | Unknown:
    """Return a boolean, also when it is written as text or number."""
    written = value.strip().lower() if isinstance(value, str) else value
    match written:
        case True | 1 | "true" | "1":
            return True
        case False | 0 | "false" | "0":
            return False
        case _:
            return UNKNOWN


def parse_time(value: object) -> datetime | Unknown | None:
    """Return a moment from epoch milliseconds, None for one that never is.

    Never is: absent, null, blank, 0, negative, or after the year 9999.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return _moment(value)
    if value is None:
        return None
    if isinstance(value, float) and math.isfinite(value):
        return _moment(int(value))
    written = value.strip() if isinstance(value, str) else None
    if written == "":
        return None
    if written is not None and _WHOLE_NUMBER.fullmatch(written):
        return _moment(int(written))
    return UNKNOWN


def _moment(milliseconds: int) -> datetime | None:
    if not 0 < milliseconds <= _LAST_MILLISECOND:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)


Id = Annotated[str, PlainValidator(parse_id)]
PageToken = Annotated[str | None, PlainValidator(parse_page_token)]
Text = Annotated[str | Unknown | None, PlainValidator(parse_text)]
Masked = Annotated[str | Unknown | None, PlainValidator(parse_masked)]
Texts = Annotated[tuple[str, ...] | Unknown, PlainValidator(parse_texts)]
Flag = Annotated[bool | Unknown, PlainValidator(parse_flag)]
Time = Annotated[datetime | Unknown | None, PlainValidator(parse_time)]
Rows = tuple[Any, ...]
"""Rows that are still to be read, by `read_tokens`."""


class Wire(BaseModel):
    """A part of an answer. Fields that we do not know are the vendor's business."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Page(Wire):
    """A part of a longer list."""

    next_token: PageToken = Field(default=None, alias="nextToken")


_TOKEN_FIELDS = frozenset(Token.model_fields)
_TOKENS: TypeAdapter[list[Token]] = TypeAdapter(list[Token])


class Row(Wire):
    """A token as a source writes it: its fields are named as in `Token`, its aliases as sent."""

    id: Id

    def fields(
        self, info: SourceInfo, target: Target, *, key: str, **facts: str
    ) -> dict[str, object]:
        """Return the row as fields of a token; `facts` are what the source tells elsewhere."""
        read = vars(self)
        unknown = [name for name, value in read.items() if value is UNKNOWN]
        known = {n: v for n, v in read.items() if n in _TOKEN_FIELDS and v is not UNKNOWN}
        return {
            "source": info.name,
            "key": key,
            "target": target,
            "not_reported": info.not_reported.union(unknown) if unknown else info.not_reported,
            **known,
            **facts,
        }


_Model = TypeVar("_Model", bound=Wire)
_Row = TypeVar("_Row", bound=Row)


def parse(model: type[_Model], answer: Answer) -> _Model:
    """Read an answer as a model; raise `BrokenAnswerError` that says where, not what."""
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        where, what = _first(error)
    raise _broken(answer, where, what)


async def read_tokens(
    slices: Slices,
    answer: Answer,
    rows: Rows,
    model: type[_Row],
    fields: Callable[[_Row], dict[str, object]],
    *,
    at: str,
) -> list[Token]:
    """Read the rows that stand in an answer `at` a place. Raises as `parse` does.

    `fields` makes those of a token of a row.
    """
    tokens: list[Token] = []

    def read(some: Sequence[Any]) -> None:
        try:
            found = _adapter(model).validate_python(some)
        except ValidationError as error:
            where, what = _first(error)
        else:
            # All at once: one by one takes half as long again.
            tokens.extend(_TOKENS.validate_python([*map(fields, found)]))
            return
        number, *rest = where
        raise _broken(answer, (at, len(tokens) + int(number), *rest), what)

    await slices.each(read, rows)
    return tokens


@cache
def _adapter(model: type[_Row]) -> TypeAdapter[tuple[_Row, ...]]:
    return TypeAdapter(tuple[model, ...])  # type: ignore[valid-type]  # a type made from another


def _first(error: ValidationError) -> tuple[tuple[int | str, ...], str]:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return first["loc"], first["type"]


def _broken(answer: Answer, where: Sequence[int | str], what: str) -> BrokenAnswerError:
    return BrokenAnswerError(
        answer.source,
        status=answer.status,
        request_id=answer.request_id,
        detail=f"{'.'.join(map(str, where))} {what}",
    )
