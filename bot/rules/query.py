"""The filter grammar: text to a query, and a query to its canonical text.

    list kyuubi idaas status:active|expired|revoked|any expiring:14d unused:90d life:short|long
         creator:NAME name:NAME consumer:ID type:TYPE shared:>5 sort:expiry|used|name|created words

Words that are no filter are searched for, and each must be found. Quotes keep spaces, colons and
the names of sources together as text; inside double quotes a backslash makes the next character
literal. Repeated filters that name something (sources, `status`, `creator`, `name`, `consumer`,
`type`) mean any of the values; the others may be given once. Spans are hours, days or weeks; a
bare number is days.
"""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Literal, NamedTuple, NoReturn, TypeVar, cast, get_args

from bot.errors import InputError
from bot.models.query import HOUR, LONGEST_SPAN, Comparison, Operator, Query, Sort
from bot.models.token import Status
from bot.rules.text import fold, nearest, tidy

LONGEST_TEXT = 1000
"""How long canonical text may be: more than anybody types."""

_LONGEST_TYPED = 4 * LONGEST_TEXT
_SHOWN = 30
_UNITS = {"h": HOUR, "d": timedelta(days=1), "w": timedelta(weeks=1)}

_WORD = re.compile(
    r"""
    (?= \S )
    (?: (?P<key> [^\W\d_]+ ) : \s* )?
    (?: " (?P<double> (?: [^"\\] | \\. )* ) (?: " | \\?\Z )
      | ' (?P<single> [^']* ) ' (?= \s | \Z )
      | (?P<bare> \S* ) )
    """,
    re.DOTALL | re.VERBOSE,
)
_BARE = re.compile(r"[^\s\"']\S*")
_SPAN = re.compile(r"([0-9]{1,6})(?:(h)(?:ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)?")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)([0-9]{1,9})")

_EXAMPLES = {
    "status": "status:expired",
    "expiring": "expiring:14d",
    "unused": "unused:90d",
    "life": "life:short",
    "creator": "creator:admin",
    "name": "name:etl",
    "consumer": "consumer:app_x",
    "type": "type:jwt",
    "shared": "shared:>5",
    "sort": "sort:used",
}
_TOO_LONG = f"That is too long: I read {LONGEST_TEXT:,} characters of filters."
_STATUSES: tuple[Status, ...] = get_args(Status)
_SORTS: tuple[Sort, ...] = get_args(Sort)
_Life = Literal["short", "long"]

_T = TypeVar("_T")


class _Word(NamedTuple):
    key: str
    value: str
    literal: bool


def parse_query(text: str, sources: Collection[str]) -> Query:
    """Read filters as they were typed. `sources` are the names of the sources there are.

    Raises InputError: what is wrong, the nearest filter that works, and its key as the field.
    """
    if len(text) > _LONGEST_TYPED:
        raise InputError(_TOO_LONG)
    found: dict[str, list[str]] = {}
    for word in _words(text.encode(errors="ignore").decode()):
        if word.key:
            found.setdefault(_known(word), []).append(word.value)
        elif not word.literal and fold(word.value) in sources:
            found.setdefault("source", []).append(fold(word.value))
        elif word.value:
            found.setdefault("text", []).append(word.value)

    def named(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found.get(key, ())))

    query = Query(
        sources=frozenset(found.get("source", ())),
        statuses=frozenset(
            status for value in found.get("status", ()) for status in _status(value)
        ),
        expiring=_once("expiring", found, _span),
        unused=_once("unused", found, _span),
        life=_once("life", found, _life),
        creator=named("creator"),
        name=named("name"),
        consumer=named("consumer"),
        kind=named("type"),
        shared=_once("shared", found, _comparison),
        sort=_once("sort", found, _sort) or "expiry",
        text=named("text"),
    )
    # Held against the canonical text, so that whatever was read once can be read again.
    if len(format_query(query)) > LONGEST_TEXT:
        raise InputError(_TOO_LONG)
    return query


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        key = (match["key"] or "").casefold()
        if match["bare"] is not None:
            yield _Word(key, match["bare"], literal=False)
        else:
            double = re.sub(r"\\(.)", r"\1", match["double"] or "", flags=re.DOTALL)
            yield _Word(key, match["single"] or double, literal=True)


def _known(word: _Word) -> str:
    if word.key not in _EXAMPLES:
        near = nearest(word.key, _EXAMPLES)
        if near:
            _refuse(f"“{_shown(word.key)}:” is not a filter. Did you mean “{near}:”?", near)
        raise InputError(
            f"“{_shown(word.key)}:” is not a filter. "
            "To search for text that has a colon in it, put it in double quotes.",
            suggestion=f'"{_shown(word.key)}:…"',
        )
    if not word.value:
        _refuse(f"“{word.key}:” needs a value.", word.key)
    return word.key


def _once(key: str, found: dict[str, list[str]], read: Callable[[str, str], _T]) -> _T | None:
    values = [read(key, value) for value in found.get(key, ())]
    if any(value != values[0] for value in values):
        _refuse(f"“{key}:” is given twice, with different values.", key)
    return values[0] if values else None


def _status(value: str) -> tuple[Status, ...]:
    chosen = _choice("status", value, (*_STATUSES, "any"))
    return _STATUSES if chosen == "any" else (cast("Status", chosen),)


def _life(key: str, value: str) -> _Life:
    return cast("_Life", _choice(key, value, get_args(_Life)))


def _sort(key: str, value: str) -> Sort:
    return cast("Sort", _choice(key, value, _SORTS))


def _choice(key: str, value: str, options: tuple[str, ...]) -> str:
    typed = fold(value)
    if typed in options:
        return typed
    near = nearest(typed, options)
    hint = f"Did you mean “{near}”?" if near else f"Choose {_either(options)}."
    raise InputError(
        f"“{key}:” cannot be “{_shown(value)}”. {hint}",
        suggestion=f"{key}:{near}" if near else _EXAMPLES[key],
        field=key,
    )


def _span(key: str, value: str) -> timedelta:
    length = read_span(value)
    if length is None:
        _refuse(
            f"“{key}:” cannot be “{_shown(value)}”. Give hours, days or weeks, "
            "such as 12h, 14d or 2w.",
            key,
        )
    if not HOUR <= length <= LONGEST_SPAN:
        _refuse(f"“{key}:” takes 1 hour to 10 years.", key)
    return length


def read_span(text: str) -> timedelta | None:
    """Return a length of hours, days or weeks; None for what is none. A bare number is days."""
    match = _SPAN.fullmatch(fold(text))
    if match is None:
        return None
    number, *units = match.groups()
    return int(number) * _UNITS[next((unit for unit in units if unit), "d")]


def _comparison(key: str, value: str) -> Comparison:
    match = _COMPARISON.fullmatch(fold(value).replace(" ", ""))
    if match is None:
        _refuse(
            f"“{key}:” cannot be “{_shown(value)}”. Give a number, such as >5, <=2 or 0.",
            key,
        )
    return Comparison(operator=cast("Operator", match[1] or "="), number=int(match[2]))


def _shown(typed: str) -> str:
    typed = tidy(typed)
    return typed if len(typed) <= _SHOWN else f"{typed[:_SHOWN]}…"


def _either(options: tuple[str, ...]) -> str:
    return f"{', '.join(options[:-1])} or {options[-1]}"


def _refuse(message: str, key: str) -> NoReturn:
    raise InputError(message, suggestion=_EXAMPLES[key], field=key)


def format_query(query: Query) -> str:
    """Return the canonical text of a query, which `parse_query` reads back as the same query."""
    statuses = ["any"] if query.statuses == set(_STATUSES) else sorted(query.statuses)
    pairs: list[tuple[str, str]] = [
        *(("status", status) for status in statuses),
        *(("expiring", format_span(span)) for span in (query.expiring,) if span),
        *(("unused", format_span(span)) for span in (query.unused,) if span),
        *(("life", life) for life in (query.life,) if life),
        *(("creator", value) for value in query.creator),
        *(("name", value) for value in query.name),
        *(("consumer", value) for value in query.consumer),
        *(("type", value) for value in query.kind),
        *(("shared", format_comparison(shared)) for shared in (query.shared,) if shared),
        *(("sort", sort) for sort in (query.sort,) if sort != "expiry"),
    ]
    filters = (f"{key}:{value if _BARE.fullmatch(value) else quote(value)}" for key, value in pairs)
    # Words are always quoted: only the caller knows which bare words are names of sources.
    return " ".join([*sorted(query.sources), *filters, *map(quote, query.text)])


def format_span(length: timedelta) -> str:
    """Return a span as the grammar writes it: `14d`, or `36h`."""
    days, rest = divmod(length, timedelta(days=1))
    return f"{length // HOUR}h" if rest else f"{days}d"


def format_comparison(comparison: Comparison) -> str:
    """Return a comparison as the grammar writes it: `>5`, or `5` for exactly five."""
    return f"{comparison.operator if comparison.operator != '=' else ''}{comparison.number}"


def quote(value: str) -> str:
    """Return a value in quotes, in which the grammar takes everything literally."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def split_words(text: str) -> tuple[str, ...]:
    """Split free text as the grammar does, but take filters in it as text too."""
    words = (f"{word.key}:{word.value}" if word.key else word.value for word in _words(text))
    return tuple(dict.fromkeys(filter(None, words)))


def perhaps_meant(query: Query, sources: Collection[str]) -> str | None:
    """Return the filter that a searched word was perhaps meant as; None when it is just a word."""
    for word in map(fold, query.text):
        if word in (*_STATUSES, "any"):
            return f"status:{word}"
        if word in _EXAMPLES:
            return _EXAMPLES[word]
        if source := nearest(word, sorted(sources)):
            return source
    return None
