from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import actions
from bot.blocks._elements import (
    button,
    multi_select,
    option,
    overflow,
    person_select,
    select,
    text_input,
)
from bot.blocks._kit import context, home, message, mrkdwn, row, table
from bot.blocks._rich import date, foreign, line, person, rich, struck, words
from bot.blocks._state import choices_of, fields_of, person_of, text_of
from bot.blocks._text import code, cut, escape, place, plain, title, units, where
from bot.models.target import Target
from tests.blocks.checker import check_message, check_view
from tests.rules.make import BROKEN, IDAAS, KYUUBI, MOMENTS, NOW


@settings(deadline=None)
@given(BROKEN, st.integers(1, 80))
def test_text_is_cut_as_slack_counts(text: str, limit: int) -> None:
    """A cut text is within the limit as JavaScript counts it, and no character is halved."""
    short = cut(text, limit)

    assert units(short) <= limit
    assert short == text or short.endswith("…")
    assert text.startswith(short.removesuffix("…"))


def test_emoji_count_twice() -> None:
    """An emoji is two units for Slack, so fewer of them fit."""
    assert cut("🔑" * 10, 9) == "🔑" * 4 + "…"
    assert cut("🔑" * 4, 8) == "🔑" * 4


def test_empty_text_is_a_hyphen() -> None:
    """Slack refuses empty text, so what is empty or invisible shows as a hyphen."""
    assert plain("", 10) == plain(None, 10) == plain("\u200b\n", 10) == "-"


def test_markup_is_escaped_once_and_only_where_it_is_read() -> None:
    """The three characters that Slack reads are escaped, and a backtick cannot end code."""
    assert escape("a & <b>") == "a &amp; &lt;b&gt;"
    assert code("`<b>`") == "`'&lt;b&gt;'`"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a" * 20, "aaaaaaa…"),
        ("aaaaa&lt;b", "aaaaa…"),
        ("aa<!date^1^x>", "aa…"),
        ("aa&amp; b cdefgh", "aa&amp;…"),
        ("short", "short"),
    ],
)
def test_a_cut_never_halves_markup(text: str, short: str) -> None:
    """An entity or a date that would be cut in two is left out as a whole."""
    assert mrkdwn(text, 8)["text"] == short


def test_a_place_is_called_by_its_label_or_its_ids() -> None:
    """A label wins; without one the ids are shown, long ones shortened, the region not."""
    nameless = Target(
        source="kyuubi",
        coordinates={"region": "cn-hangzhou", "workspace_id": "w-d2d82aa09155abcd"},
    )

    assert where(KYUUBI) == "kyuubi · prod"
    assert place(IDAAS) == "idaas_1 · app_1 · jwt_payments"
    assert place(nameless) == "w-d2d82a…abcd"
    assert where(Target(source="kyuubi", coordinates={})) == "kyuubi · -"
    assert title("kyuubi", {"kyuubi": "EMR"}) == "EMR"
    assert title("livy", {}) == "livy"


def test_too_many_blocks_are_counted() -> None:
    """What does not fit a message or a view is left out, and said to be."""
    many = [context(str(number)) for number in range(120)]

    shown = check_message(message("text", many))
    assert len(shown.blocks) == 50
    assert shown.blocks[-1] == context("71 more lines do not fit here.")
    assert len(check_view(home(many))["blocks"]) == 100


def test_too_many_rows_and_columns_are_left_out() -> None:
    """A table has at most 100 rows and 20 columns, whatever it is given."""
    cells = [[rich(line(words("x")))] * 30] * 200

    shown = table(["head"] * 30, cells)
    check_message(message("text", [shown]))
    assert (len(shown["rows"]), len(shown["rows"][5])) == (100, 20)


def test_too_many_options_are_left_out() -> None:
    """A menu has at most 100 options, each value once, and the chosen one is among them."""
    options = [option(f"option {number}", str(number % 120)) for number in range(240)]

    assert len(select("a", "Choose", options)["options"]) == 100
    assert select("a", "Choose", options, initial="7")["initial_option"] == options[127]
    assert "initial_option" not in select("a", "Choose", options, initial="119")
    chosen = multi_select("a", "Choose", options, initial=["1", "2", "119"])
    assert [each["value"] for each in chosen["initial_options"]] == ["1", "2"]


def test_a_row_of_nothing_is_no_block() -> None:
    """Slack refuses an empty row of buttons, so there is none."""
    assert row(None, None) is None
    assert row(button("x", "a"), name="n") == {
        "type": "actions",
        "block_id": "n",
        "elements": [button("x", "a")],
    }


def test_typed_text_comes_back_without_what_cannot_be_seen() -> None:
    """A field shows again what was typed, line by line where it has several."""
    assert text_input("a", initial="a\u200b\nb")["initial_value"] == "a b"
    assert text_input("a", initial="a\n b", multiline=True)["initial_value"] == "a\nb"
    assert "initial_value" not in text_input("a", initial="\n")


def test_a_date_is_drawn_in_the_readers_zone() -> None:
    """Slack draws a date where the reader is; the text for old clients names its zone."""
    assert date(NOW, "Asia/Shanghai") == {
        "type": "date",
        "timestamp": 1796115600,
        "format": "{date_short_pretty} at {time}",
        "fallback": "2026-12-01 17:00 CST",
    }


@settings(deadline=None)
@given(MOMENTS)
def test_any_moment_is_drawn_or_printed(moment: datetime) -> None:
    """A moment that Slack cannot draw, such as one before 1970, is printed."""
    element = date(moment, "UTC")

    assert element["type"] == ("date" if moment.timestamp() >= 1 else "text")
    check_message(message("text", [rich(line(element))]))


def test_foreign_text_is_bold_when_asked() -> None:
    """Rich text carries its style beside the text, never in it."""
    assert foreign("*x*", 10, bold=True) == {
        "type": "text",
        "text": "*x*",
        "style": {"bold": True},
    }
    assert line(None)["elements"] == [words("-")]


def test_words_can_lead_a_date() -> None:
    """Slack draws words and date as one; a date that it cannot draw is printed with them."""
    drawn = date(NOW, "Europe/Berlin", lead="expires ", bold=True)

    assert drawn["format"] == "expires {date_short_pretty} at {time}"
    assert drawn["fallback"] == "expires 2026-12-01 10:00 CET"
    assert drawn["style"] == {"bold": True}
    assert "style" not in date(NOW, "UTC")
    ancient = date(datetime(1960, 1, 1, tzinfo=UTC), "UTC", lead="expired ", bold=True)
    assert ancient == words("expired 1960-01-01 00:00 UTC", bold=True)


def test_words_can_be_crossed_out_and_people_named() -> None:
    """What is over is struck through; a person is an id that Slack puts a name to."""
    assert struck("a\nb", 60) == {"type": "text", "text": "a b", "style": {"strike": True}}
    assert person("U2") == {"type": "user", "user_id": "U2"}


def test_menus_stay_within_their_limits() -> None:
    """Three dots hold five options; the choice of a person may begin with one."""
    dots = overflow("a", (option(f"o{n}", str(n)) for n in range(7)))

    assert [each["value"] for each in dots["options"]] == ["0", "1", "2", "3", "4"]
    assert person_select("a", "Nobody", initial="U2")["initial_user"] == "U2"
    assert "initial_user" not in person_select("a", "Nobody")


def test_an_action_is_matched_with_its_variants_only() -> None:
    """A handler for an action hears its variants, and no other action."""
    pattern = actions.variants(actions.LIST_PAGE)

    assert pattern.search("list.page")
    assert pattern.search("list.page.next")
    assert not pattern.search("list.pages")
    assert not pattern.search("my.list.page")
    assert not pattern.search("listXpage")


def test_action_names_are_different() -> None:
    """No two buttons or views share a name, and none is a variant of another."""
    names = [value for name, value in vars(actions).items() if name.isupper()]

    assert len(set(names)) == len(names)
    for name in names:
        assert [n for n in names if actions.variants(name).search(n)] == [name]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"values": None},
        {"values": []},
        {"values": {"x": None}},
        {"values": {"x": {}}},
        {"values": {"x": {"a": None}}},
        {"values": {"x": {"a": {"type": "plain_text_input", "value": None}}}},
        {"values": {"x": {"a": {"type": "static_select", "selected_option": None}}}},
        {"values": {"x": {"a": {"type": "checkboxes", "selected_options": []}}}},
        {"values": {"x": {"a": {"type": "checkboxes", "selected_options": [None, {}]}}}},
        {"values": {"x": {"a": {"value": 5}}}},
    ],
)
def test_an_empty_field_reads_as_nothing(state: dict[str, object]) -> None:
    """Null, empty list, or not there at all: what was left empty is empty."""
    assert text_of(state, "x") == ""
    assert choices_of(state, "x") == []
    assert person_of(state, "x") == ""


def test_the_fields_of_a_view_are_those_of_its_blocks() -> None:
    """Blocks without a name, and views without blocks, have no fields."""
    view = {"blocks": [{"block_id": "a"}, {"type": "divider"}, None]}

    assert "a" in fields_of(view)
    assert "b" not in fields_of(view)
    assert not fields_of({})
    assert not fields_of({"blocks": None})


def test_a_filled_field_reads_as_its_value() -> None:
    """A text, a chosen option and several chosen options are read by the block's name."""
    state = {
        "values": {
            "t": {"a": {"type": "plain_text_input", "value": "text"}},
            "s": {"a": {"selected_option": {"value": "one"}}},
            "m": {"a": {"selected_options": [{"value": "one"}, {"value": "two"}]}},
            "p": {"a": {"type": "users_select", "selected_user": "U2"}},
        }
    }

    assert (text_of(state, "t"), text_of(state, "s")) == ("text", "one")
    assert choices_of(state, "m") == ["one", "two"]
    assert person_of(state, "p") == "U2"
