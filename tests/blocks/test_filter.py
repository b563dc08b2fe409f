from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks.actions import FILTER_VIEW
from bot.blocks.filter import filter_errors, filter_view, query_from_state
from bot.errors import InputError
from bot.models.query import Query
from bot.rules.query import parse_query
from bot.rules.text import tidy
from tests.blocks.checker import Json, check_view
from tests.blocks.make import QUERIES, TITLES
from tests.blocks.reader import inputs, menu
from tests.rules.make import BROKEN

_NAMED = ("creator", "name", "consumer", "kind", "text")


def as_submitted(view: Json) -> Json:
    """Return the state that Slack sends when a form is submitted as it was opened."""
    values: Json = {}
    for name, element in inputs(view).items():
        values[name] = {element["action_id"]: _value(element)}
    return {"values": values}


def _value(element: Json) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind in {"checkboxes", "multi_static_select"}:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": element.get("initial_option")}


def typeable(query: Query) -> Query:
    """Return a query as a person could have typed it: visible text on one line."""
    texts = {
        name: tuple(dict.fromkeys(filter(None, map(tidy, getattr(query, name))))) for name in _NAMED
    }
    return query.model_copy(update=texts)


@settings(deadline=None)
@given(QUERIES.map(typeable))
def test_a_form_submitted_unchanged_changes_nothing(query: Query) -> None:
    """Opening the form and pressing Show gives the same filters, whatever they are."""
    view = check_view(filter_view(query, titles=TITLES, screen="scr"))

    assert query_from_state(as_submitted(view), TITLES) == query


def test_the_form_shows_what_was_typed() -> None:
    """Each filter of a command is in its field."""
    query = parse_query(
        'kyuubi expiring:36h creator:admin creator:"Li, Mei" shared:>5 "a b" c', TITLES
    )
    view = filter_view(query, titles=TITLES, screen="scr")
    fields = inputs(view)

    assert (view["callback_id"], view["private_metadata"]) == (FILTER_VIEW, "scr")
    assert fields["creator"]["initial_value"] == 'admin,"Li, Mei"'
    assert fields["text"]["initial_value"] == '"a b" c'
    assert fields["shared"]["initial_value"] == ">5"
    assert fields["expiring"]["initial_option"]["value"] == "36h"
    assert fields["unused"]["initial_option"]["value"] == "any"
    assert [o["value"] for o in fields["source"]["initial_options"]] == ["kyuubi"]
    assert "initial_options" not in fields["status"]


def test_a_span_that_was_typed_is_among_the_choices() -> None:
    """A span that the menu does not have is added in its place."""
    view = filter_view(parse_query("expiring:36h", TITLES), titles=TITLES, screen="s")

    assert menu(view, "expiring") == [
        ("Any", "any"),
        ("1 day", "1d"),
        ("36 hours", "36h"),
        ("3 days", "3d"),
        ("7 days", "7d"),
        ("14 days", "14d"),
        ("30 days", "30d"),
        ("90 days", "90d"),
    ]


def test_sources_are_asked_for_when_there_are_several() -> None:
    """One source needs no choice, a few are boxes, and many a menu."""
    one = inputs(filter_view(Query(), titles={"kyuubi": "EMR"}, screen="s"))
    few = inputs(filter_view(Query(), titles=TITLES, screen="s"))
    many = inputs(filter_view(Query(), titles={f"s{n}": "S" for n in range(11)}, screen="s"))

    assert "source" not in one
    assert few["source"]["type"] == "checkboxes"
    assert many["source"]["type"] == "multi_static_select"


def test_an_empty_form_filters_nothing() -> None:
    """A form left empty, in whatever shape Slack sends it, is the usual list."""
    assert query_from_state({}, TITLES) == Query()
    assert query_from_state({"values": {"text": {"text": {"value": None}}}}, TITLES) == Query()


@pytest.mark.parametrize(
    ("name", "typed", "query"),
    [
        ("name", "etl, report", "name:etl name:report"),
        ("name", '"a, b",c', 'name:"a, b" name:c'),
        ("creator", " , ,", ""),
        ("creator", 'say "hi"', 'creator:"say \\"hi\\""'),
        ("text", "status:any kyuubi", '"status:any" "kyuubi"'),
        ("shared", "10", "shared:10"),
    ],
)
def test_what_is_typed_in_a_field_is_that_fields(name: str, typed: str, query: str) -> None:
    """Commas part several values, and what looks like another filter is just text."""
    state = {"values": {name: {name: {"value": typed}}}}

    assert query_from_state(state, TITLES) == parse_query(query, TITLES)


def test_a_mistake_is_shown_below_its_field() -> None:
    """A wrong number, or text beyond all measure, comes back as the error of a field."""
    with pytest.raises(InputError) as wrong:
        query_from_state({"values": {"shared": {"shared": {"value": "many"}}}}, TITLES)
    with pytest.raises(InputError) as long:
        query_from_state({"values": {"text": {"text": {"value": "x" * 3000}}}}, TITLES)

    assert list(filter_errors(wrong.value)) == ["shared"]
    assert filter_errors(wrong.value)["shared"].startswith("“shared:” cannot be “many”.")
    assert list(filter_errors(long.value)) == ["text"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["text", "name", "shared", "expiring", "sort"]), BROKEN))
def test_anything_typed_is_a_query_or_an_error_of_a_field(typed: dict[str, str]) -> None:
    """Whatever is filled in, a query comes out or an error that the form can show."""
    state: dict[str, Any] = {
        "values": {name: {name: {"value": value}} for name, value in typed.items()}
    }
    fields = inputs(filter_view(Query(), titles=TITLES, screen="s"))
    try:
        query_from_state(state, TITLES)
    except InputError as error:
        shown = filter_errors(error)
        assert set(shown) <= set(fields)  # either outcome is fine, not the field


def test_unknown_choices_are_ignored() -> None:
    """A source that is not there any more is not searched for as a word."""
    options = [{"value": "gone"}, {"value": "kyuubi"}]
    state = {"values": {"source": {"source": {"selected_options": options}}}}

    assert query_from_state(state, TITLES) == parse_query("kyuubi", TITLES)
