"""What is said about an export."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks._kit import Message, mrkdwn, section
from bot.blocks.export import (
    Listed,
    choose_message,
    comment,
    empty_message,
    failed_message,
    sent_message,
)
from bot.errors import SlackError
from bot.models.listing import Listing
from bot.models.query import Query
from bot.rules.export import export_of
from bot.rules.select import Selection, select
from tests.blocks.checker import check_message
from tests.blocks.make import COMMAND, FAILED, FRESH, HOSTILE, LISTINGS, NOW, QUERIES, TITLES
from tests.blocks.reader import buttons, lines
from tests.rules.make import kyuubi

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

WHOLE = Listing(tokens=(kyuubi(), kyuubi("b", revoked=True)), coverage=(FRESH,), now=NOW)
PARTIAL = WHOLE.model_copy(update={"coverage": (FRESH, FAILED), "unreadable": 2})
LOST = Listing(tokens=(), coverage=(FAILED,), now=NOW)


def listed(listing: Listing, query: Query | None = None) -> Listed:
    query = query or Query()
    return Listed(listing, select(query, listing.tokens, NOW), query, COMMAND, TITLES)


def above(listing: Listing, query: Query | None = None) -> str:
    query = query or Query()
    export = export_of(listing, select(query, listing.tokens, NOW), query)
    return comment(export, "csv", "Europe/Berlin")


def test_the_comment_says_what_the_file_is() -> None:
    """How many tokens, as of when, by which filters."""
    assert above(WHOLE) == "*1 token* as CSV, as of 2026-12-01 10:00 CET"
    assert above(WHOLE, Query(text=("e`t",))).endswith(' · `"e\'t"`')


def test_the_comment_says_what_is_missing() -> None:
    """An incomplete file is never sent without a word."""
    cut_off = FRESH.model_copy(update={"truncated": True})

    assert above(PARTIAL).endswith(
        "*Not complete*: 1 place could not be read, 2 connections could not be opened. "
        "The file names them."
    )
    assert "1 place could not be read in full" in above(
        WHOLE.model_copy(update={"coverage": (cut_off,)})
    )


def test_the_answer_names_the_file_and_the_reasons() -> None:
    """What is in the file, what could not be read and why, and what the filters hide."""
    shown = lines(check_message(sent_message("tokens.csv", listed(PARTIAL))))

    assert shown[0] == "I sent you tokens.csv with 1 token, by direct message."
    assert "Could not read kyuubi · staging" in shown[1]
    assert any("1 revoked" in line for line in shown)


@pytest.mark.parametrize(
    ("listing", "query", "said"),
    [
        (LOST, Query(), "Nothing could be read, so there is no file."),
        (WHOLE, Query(text=("nowhere",)), "No token matches, so there is no file."),
        (Listing(tokens=(), coverage=(), now=NOW), Query(), "No tokens, so there is no file."),
    ],
)
def test_there_is_no_empty_file(listing: Listing, query: Query, said: str) -> None:
    """Where there is nothing to send, that and its reason are said instead."""
    assert lines(check_message(empty_message(listed(listing, query))))[0] == said


def test_a_format_is_asked_for() -> None:
    """Without a format there is a button for each, and the filters are repeated."""
    message = check_message(choose_message(Query(sources=frozenset({"kyuubi"})), "s1"))

    assert buttons(message) == {"CSV, for spreadsheets": "s1", "JSON, for programs": "s1"}
    assert lines(message)[0] == "As which file shall I send it? kyuubi"
    assert lines(choose_message(Query(), "s1"))[0] == "As which file shall I send it?"


@pytest.mark.parametrize("lost", [False, True])
def test_a_failure_offers_another_try(*, lost: bool) -> None:
    """It names what is missing, whether the file may be there all the same, and a way on."""
    message = check_message(
        failed_message(
            "csv",
            "s1",
            may_have_arrived=lost,
            problem=SlackError("files.getUploadURLExternal", "missing_scope", needed="files:write"),
            command=COMMAND,
            titles=TITLES,
            reference="r1",
        )
    )

    assert buttons(message) == {"Try again": "s1"}
    assert "files:write" in lines(message)[0] + lines(message)[1]
    assert ("may have arrived" in lines(message)[-1]) is lost
    assert ("No file was sent." in lines(message)[-1]) is not lost


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(LISTINGS, QUERIES, HOSTILE, st.sampled_from(["csv", "json"]))
def test_whatever_the_names_nothing_is_parsed(
    listing: Listing, query: Query, name: str, form: str
) -> None:
    """No filter, label or name reaches Slack as markup, in any of the messages."""
    export = export_of(listing, select(query, listing.tokens, NOW), query)
    told = comment(export, "csv" if form == "csv" else "json", "UTC")

    check_message(Message("x", [section(mrkdwn(told))]))
    check_message(sent_message(name, listed(listing, query)))
    check_message(empty_message(listed(listing, query)._replace(selection=Selection())))
    check_message(choose_message(query, "s1"))
