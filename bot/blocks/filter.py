"""The form behind the Filter button: the filter grammar as fields."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.blocks._elements import FEW_OPTIONS, checkboxes, multi_select, option, select, text_input
from bot.blocks._kit import Block, View, field, modal
from bot.blocks._state import State, choices_of, text_of
from bot.blocks._text import Json, cut
from bot.blocks.actions import FILTER_VIEW
from bot.errors import InputError
from bot.models.query import Query
from bot.rules.query import (
    format_comparison,
    format_span,
    parse_query,
    quote,
    split_words,
)
from bot.rules.text import tidy
from bot.rules.times import exact_span

ANY = "any"
"""Stands for no choice in a menu."""

_ERROR = 150
_SOON = (1, 3, 7, 14, 30, 90)
_LONG = (30, 60, 90, 180, 365)
_STATUSES = {
    "active": "Active",
    "expired": "Expired, however long ago",
    "revoked": "Revoked",
}
_LIVES = {ANY: "Any", "long": "More than a day", "short": "A day or less"}
_SORTS = {
    "expiry": "Soonest expiry first",
    "used": "Latest use first",
    "name": "By name",
    "created": "Newest first",
}
_NAMED = {
    "name": ("Name contains", ""),
    "creator": ("Created by", ""),
    "consumer": ("Consumer contains", "An application or your own ID in IDaaS."),
    "type": ("Type", "Such as jwt or oauth_access_token."),
}
_SEVERAL = "Several? Put commas between them."


def filter_view(query: Query, *, titles: Mapping[str, str], screen: str) -> View:
    """Return the form, filled with a query. `screen` comes back as its `private_metadata`."""
    named = {
        "name": query.name,
        "creator": query.creator,
        "consumer": query.consumer,
        "type": query.kind,
    }
    shared = format_comparison(query.shared) if query.shared else ""
    return modal(
        "Filter tokens",
        [
            field(
                "Search",
                text_input("text", initial=" ".join(map(_word, query.text))),
                name="text",
                hint="Words in a name, ID, creator, account or place. Each must be found.",
                optional=True,
            ),
            _sources(query, titles),
            _menu("expiring", "Expires within", _spans(_SOON, query.expiring)),
            _menu("unused", "Not used for", _spans(_LONG, query.unused)),
            field(
                "Status",
                checkboxes("status", _options(_STATUSES), initial=query.statuses),
                name="status",
                hint="None chosen: active, and expired within the last 7 days.",
                optional=True,
            ),
            _menu("life", "Lives for", (_LIVES, query.life or ANY)),
            *(_named(name, values) for name, values in named.items()),
            field(
                "How many may use it",
                text_input("shared", placeholder=">5", initial=shared),
                name="shared",
                optional=True,
            ),
            _menu("sort", "Order", (_SORTS, query.sort)),
        ],
        callback_id=FILTER_VIEW,
        submit="Show",
        close="Cancel",
        metadata=screen,
    )


def query_from_state(state: State, sources: Iterable[str]) -> Query:
    """Read the submitted form. Raises InputError with the field that is wrong."""
    known = set(sources)
    chosen = [source for source in choices_of(state, "source") if source in known]
    filters = [("status", status) for status in choices_of(state, "status")]
    for name in ("expiring", "unused", "life", "sort", "shared"):
        value = tidy(text_of(state, name))
        filters += [(name, value)] if value not in {"", ANY} else []
    for name in _NAMED:
        filters += [(name, value) for value in _split(text_of(state, name))]
    parts = [f"{name}:{quote(value)}" for name, value in filters]
    words = map(quote, split_words(text_of(state, "text")))
    return parse_query(" ".join([*chosen, *parts, *words]), known)


def filter_errors(error: InputError) -> dict[str, str]:
    """Return an error as Slack shows it below a field of the form."""
    return {error.field or "text": cut(error.message, _ERROR)}


def _sources(query: Query, titles: Mapping[str, str]) -> Block | None:
    """Return the choice of sources; one source needs none."""
    if len(titles) <= 1:
        return None
    options, chosen = _options(titles), query.sources
    few = len(titles) <= FEW_OPTIONS
    element = (
        checkboxes("source", options, initial=chosen)
        if few
        else multi_select("source", "All", options, initial=chosen)
    )
    return field("Source", element, name="source", hint="None chosen: all.", optional=True)


def _menu(name: str, label: str, choices: tuple[Mapping[str, str], str]) -> Block:
    options, initial = choices
    return field(
        label,
        select(name, "Any", _options(options), initial=initial),
        name=name,
        optional=True,
    )


def _spans(usual: Iterable[int], chosen: timedelta | None) -> tuple[Mapping[str, str], str]:
    """Return the usual spans, with the one that was typed among them, and which is chosen."""
    lengths = sorted({timedelta(days=days) for days in usual} | ({chosen} if chosen else set()))
    spans = {format_span(length): exact_span(length) for length in lengths}
    return {ANY: "Any", **spans}, format_span(chosen) if chosen else ANY


def _options(choices: Mapping[str, str]) -> list[Json]:
    return [option(label, value) for value, label in choices.items()]


def _named(name: str, values: tuple[str, ...]) -> Block:
    label, hint = _NAMED[name]
    return field(
        label,
        text_input(name, initial=_join(values)),
        name=name,
        hint=f"{hint} {_SEVERAL}".strip(),
        optional=True,
    )


def _word(value: str) -> str:
    return value if split_words(value) == (value,) else quote(value)


def _join(values: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def _split(text: str) -> list[str]:
    rows = csv.reader([tidy(text)], skipinitialspace=True)
    return [value.strip() for row in rows for value in row if value.strip()]
