"""Reading what a person filled in: tidy what pasting does, then hold it against its pattern.

No message repeats a value: people paste secrets into the wrong field.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from bot.errors import InputError
from bot.models.source import FormField

PRINTABLE = r"[!-~]"
"""A character that survives in a header and in a URL: ASCII, and no space."""

_QUOTES = {"\u201c": "\u201d", "\u2018": "\u2019", **{quote: quote for quote in "\"'`"}}


def tidy(text: str) -> str:
    """Return text without the blanks, invisible characters and quotes that pasting puts around."""
    while True:
        start, end = 0, len(text)
        while start < end and _is_blank(text[start]):
            start += 1
        while end > start and _is_blank(text[end - 1]):
            end -= 1
        text = text[start:end]
        if len(text) < 2 or _QUOTES.get(text[0]) != text[-1]:  # noqa: PLR2004 - a pair of quotes
            return text
        text = text[1:-1]


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}


def filled_in(fields: Iterable[FormField], values: Mapping[str, str]) -> dict[str, str]:
    """Return the tidy values of a form, "" for an optional one left out.

    Raises `InputError` with the first field that is missing or does not match.
    """
    return {field.name: _checked(field, tidy(values.get(field.name) or "")) for field in fields}


def _checked(field: FormField, value: str) -> str:
    if not value:
        if field.optional:
            return ""
        raise InputError(f"{field.label} is missing.", field=field.name)
    if field.choices:
        if value not in {choice for choice, _ in field.choices}:
            raise InputError(f"{field.label} is none of the choices.", field=field.name)
    elif not re.fullmatch(field.pattern, value):
        raise InputError(field.advice or f"{field.label} does not look right.", field=field.name)
    return value
