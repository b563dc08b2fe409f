"""A list of tokens as a file: JSON for programs, CSV for spreadsheets. Pure.

Nothing is left out in silence: places that could not be read are in either.
"""

import json
from collections.abc import Iterable
from datetime import UTC
from typing import Literal, NamedTuple

from bot.errors import InputError
from bot.models.export import Export, ExportedFinding, ExportedPlace, ExportedToken, LeftOut
from bot.models.listing import Coverage, Listing
from bot.models.query import Query
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.findings import Names, count_names, findings
from bot.rules.places import place
from bot.rules.query import format_query
from bot.rules.select import Selection
from bot.rules.spreadsheet import as_csv
from bot.rules.text import one_typo, tidy

Format = Literal["csv", "json"]
FORMATS: tuple[Format, ...] = ("csv", "json")


class ExportFile(NamedTuple):
    """A file to send."""

    name: str
    content: bytes


def format_of(text: str) -> tuple[Format | None, str]:
    """Split the format off what was typed after the verb; return it, and the filters.

    Raises `InputError` for a mistyped one: it would pass for a word to search for.
    """
    first, _, rest = text.partition(" ")
    word = first.casefold().removeprefix(".").rstrip(",:")
    for known in FORMATS:
        if word == known:
            return known, rest.strip()
        if one_typo(word, known):
            raise InputError(f"There is no format “{word}”.", suggestion=f"export {known}")
    return None, text


def export_of(listing: Listing, selection: Selection, query: Query) -> Export:
    """Return what a query shows of a listing, as a record."""
    names = count_names(listing.tokens, listing.now)
    return Export(
        made_at=listing.now,
        filters=tidy(format_query(query)),
        complete=not listing.missing and not listing.unreadable,
        unopened=listing.unreadable,
        left_out=LeftOut(
            revoked=selection.hidden_revoked,
            expired=selection.hidden_expired,
            short_lived=sum(number for _, number in selection.short_lived),
            use_not_reported=selection.use_unknown,
            sharing_not_reported=selection.sharing_unknown,
        ),
        places=tuple(map(_place, listing.coverage)),
        tokens=tuple(_token(token, listing, names) for token in selection.rows),
    )


def file_of(export: Export, form: Format, coordinates: Iterable[str]) -> ExportFile:
    """Write it as a file. `coordinates` are the columns that a place has in CSV."""
    content = as_csv(export, coordinates) if form == "csv" else as_json(export)
    incomplete = "" if export.complete else "-incomplete"
    moment = export.made_at.astimezone(UTC)
    return ExportFile(f"tokens-{moment:%Y%m%dT%H%MZ}{incomplete}.{form}", content)


def as_json(export: Export) -> bytes:
    """Return it as JSON in UTF-8, without a byte order mark, which RFC 8259 forbids."""
    return f"{export.model_dump_json(indent=2)}\n".encode()


def schema() -> str:
    """Return the JSON Schema of the file, as it stands in `docs/export.schema.json`."""
    described = Export.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tokenbell export"}
    return json.dumps({**described, **head}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _token(token: Token, listing: Listing, names: Names) -> ExportedToken:
    return ExportedToken(
        source=tidy(token.source),
        key=tidy(token.key),
        id=tidy(token.id),
        name=tidy(token.display_name),
        status=token.status(listing.now),
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        created_at=token.created_at,
        updated_at=token.updated_at,
        short_lived=token.short_lived,
        kind=_text(token.kind),
        masked=_text(token.masked),
        place=place(token.target),
        coordinates=_coordinates(token.target),
        connection=_text(listing.via.get(token.key)),
        created_by=_text(token.created_by),
        creator_type=_text(token.creator_type),
        consumer=_text(token.consumer),
        consumer_type=_text(token.consumer_type),
        provider=_text(token.provider),
        provider_id=_text(token.provider_id),
        accounts=tuple(map(tidy, token.accounts)),
        members=tuple(map(tidy, token.members)),
        roles=tuple(map(tidy, token.roles)),
        findings=_findings(token, listing, names),
        not_reported=tuple(sorted(token.not_reported)),
    )


def _findings(token: Token, listing: Listing, names: Names) -> tuple[ExportedFinding, ...]:
    return tuple(
        ExportedFinding(kind=each.kind, severity=each.severity, text=each.text, advice=each.advice)
        for each in findings(token, listing.now, limits=listing.limits, names=names)
    )


def _place(coverage: Coverage) -> ExportedPlace:
    problem = coverage.problem
    return ExportedPlace(
        source=tidy(coverage.target.source),
        place=place(coverage.target),
        coordinates=_coordinates(coverage.target),
        connection=tidy(coverage.connection_label),
        state=coverage.state,
        read_at=coverage.read_at,
        truncated=coverage.truncated,
        problem=tidy(problem.kind) if problem else "",
        code=tidy(problem.code) if problem else "",
        permission=tidy(problem.permission) if problem else "",
        request_id=tidy(problem.request_id) if problem else "",
    )


def _coordinates(target: Target) -> dict[str, str]:
    return {tidy(name): tidy(value) for name, value in target.coordinates.items()}


def _text(value: str | None) -> str | None:
    return None if value is None else tidy(value)
