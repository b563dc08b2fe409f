"""CSV that is safe to open in a spreadsheet: nothing in it is a formula, whoever chose a name.

https://www.rfc-editor.org/rfc/rfc4180, https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from bot.models.export import Export, ExportedPlace, ExportedToken

NOT_REPORTED = "not reported"
NEVER = "never"

# Without it Excel takes UTF-8 for the local code page.
_BYTE_ORDER_MARK = "\ufeff"

_NAMED = ("record", "name", "status", "expires_at", "last_used_at", "findings", "source", "place")
_DETAILED = (
    "connection",
    "read_at",
    "problem",
    "id",
    "masked",
    "kind",
    "created_at",
    "updated_at",
    "created_by",
    "creator_type",
    "consumer",
    "consumer_type",
    "provider",
    "provider_id",
    "accounts",
    "members",
    "roles",
    "key",
)
_OWN = tuple(
    name
    for name in (*_NAMED, *_DETAILED)
    if name in ExportedToken.model_fields and name != "findings"
)
_ALWAYS = {"name", "status"}
"""What a token has even where its source says nothing: something to call it by, and a state."""

_NEVERS = {"expires_at", "last_used_at"}
_MISSING = "could not be read"

_CALCULATED = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
# Where the list separator is a semicolon, a cell ends at one whatever our quotes say, and a quote
# that follows, our closing one included, would open theirs.
_GUARDED = re.compile(rf"(?:^|(?<=;))(?=[\s\"']*{_CALCULATED})|(?<=;)(?=\s*(?:\"|\Z))")

Cells = Mapping[str, str]


def columns(coordinates: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the columns; `coordinates` are those of a place."""
    own = (*_NAMED, *_DETAILED)
    return (*_NAMED, *(name for name in dict.fromkeys(coordinates) if name not in own), *_DETAILED)


def as_csv(export: Export, coordinates: Iterable[str]) -> bytes:
    """Return tokens, then what could not be read, one row each, in UTF-8."""
    text = io.StringIO(newline="")
    head = columns(coordinates)
    writer = csv.DictWriter(
        text, head, restval="", extrasaction="ignore", quoting=csv.QUOTE_ALL, lineterminator="\r\n"
    )
    writer.writeheader()
    for cells in (*_tokens(export), *_places(export)):
        writer.writerow({name: harmless(value) for name, value in cells.items()})
    return f"{_BYTE_ORDER_MARK}{text.getvalue()}".encode()


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet calculates: an apostrophe stands before what it would."""
    return _GUARDED.sub("'", text)


def _tokens(export: Export) -> Iterator[Cells]:
    read = {_where(each): each for each in export.places}
    for token in export.tokens:
        place = read.get(_where(token))
        yield {
            **token.coordinates,
            **{name: _cell(token, name) for name in _OWN},
            "record": "token",
            "findings": "; ".join(f"{each.text} {each.advice}" for each in token.findings),
            "read_at": _moment(place.read_at) if place else "",
            "problem": _why(place) if place else "",
        }


def _where(row: ExportedToken | ExportedPlace) -> tuple[object, ...]:
    return row.source, row.connection, *sorted(row.coordinates.items())


def _cell(token: ExportedToken, name: str) -> str:
    if name in token.not_reported and name not in _ALWAYS:
        return NOT_REPORTED
    value = getattr(token, name)
    if value is None:
        return NEVER if name in _NEVERS else ""
    if isinstance(value, datetime):
        return _moment(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _places(export: Export) -> Iterator[Cells]:
    """Yield what is missing: it must not look as if it held nothing."""
    for place in export.places:
        if place.state == "failed" or place.truncated:
            yield {
                **place.coordinates,
                "record": f"place that {_MISSING}" + (" in full" if place.truncated else ""),
                "source": place.source,
                "place": place.place,
                "connection": place.connection,
                "read_at": _moment(place.read_at),
                "problem": _why(place),
            }
    for _ in range(export.unopened):
        yield {"record": "connection that could not be opened"}


def _why(place: ExportedPlace) -> str:
    reasons = (place.problem, place.code, place.permission, "truncated" if place.truncated else "")
    return ", ".join(reason for reason in reasons if reason)


def _moment(value: datetime | None) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
