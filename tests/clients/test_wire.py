"""Odd fields are tolerated as not known; a row without an id is not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from bot.clients import _wire
from bot.clients._answer import Answer
from bot.clients._wire import UNKNOWN, Row, Text, Wire, parse
from bot.errors import BrokenAnswerError
from tests.clients.test_answer import JSON
from tests.fixtures.canaries import CANARY, leaks


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1787033891000, datetime(2026, 8, 18, 6, 18, 11, tzinfo=UTC)),
        ("1787033891000", datetime(2026, 8, 18, 6, 18, 11, tzinfo=UTC)),
        (" 1787033891000 ", datetime(2026, 8, 18, 6, 18, 11, tzinfo=UTC)),
        (1787033891000.0, datetime(2026, 8, 18, 6, 18, 11, tzinfo=UTC)),
        (1, datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)),
        (253_402_300_799_999, datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        (253_402_300_800_000, None),
        (10**29, None),
        (None, None),
        ("", None),
        (" ", None),
        (0, None),
        ("0", None),
        (-1, None),
        (-62135596800000, None),
        (True, UNKNOWN),
        ("soon", UNKNOWN),
        ("2026-08-18", UNKNOWN),
        ("١٢٣", UNKNOWN),
        (float("nan"), UNKNOWN),
        (float("inf"), UNKNOWN),
        ([], UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_time(value: object, expected: object) -> None:
    """Absent, zero, negative and endless times mean never; what is no time means not known."""
    assert _wire.parse_time(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("name", "name"),
        ("name\n", "name\n"),
        (7, "7"),
        (None, None),
        ("", None),
        (" \t", None),
        ("a\ud83d", "a\ufffd"),
        ("\ud83d\ude00", "😀"),
        (True, UNKNOWN),
        (["a"], UNKNOWN),
        ({"a": 1}, UNKNOWN),
    ],
)
def test_text(value: object, expected: object) -> None:
    """Text is kept as it is, made encodable; blank is none; what is no text is not known."""
    assert _wire.parse_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a", None, "b", "", 3], ("a", "b", "3")),
        ([], ()),
        (None, UNKNOWN),
        ("a,b", UNKNOWN),
        ([{"a": 1}], UNKNOWN),
    ],
)
def test_texts(value: object, expected: object) -> None:
    """An empty list says nobody; a list that is not there says nothing."""
    assert _wire.parse_texts(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("False", False),
        (" TRUE ", True),
        (1, True),
        (0, False),
        ("1", True),
        ("0", False),
        (None, UNKNOWN),
        ("maybe", UNKNOWN),
        (2, UNKNOWN),
        ([], UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_flag(value: object, expected: object) -> None:
    """A flag is read as boolean, text or number, else it is not known."""
    assert _wire.parse_flag(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (CANARY.token_text, "KYC••••••7Oa"),
        ("dxj**********wfg\n", "dxj••••••wfg"),
        ("short", "••••••"),
        ("", None),
        (None, None),
        (["a"], UNKNOWN),
    ],
)
def test_masked(value: object, expected: object) -> None:
    """Token text is masked again, even when the source forgot to."""
    assert _wire.parse_masked(value) == expected


@pytest.mark.parametrize("value", [None, "", "  ", True, [], {}])
def test_no_id(value: object) -> None:
    """What identifies nothing is no id."""
    with pytest.raises(ValueError, match="no id"):
        _wire.parse_id(value)


def test_id() -> None:
    """An id may come as a number or with a line break."""
    assert _wire.parse_id(42) == "42"
    assert _wire.parse_id("tk-1\n") == "tk-1"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, None), ("", None), (" ", None), ("NT=+/", "NT=+/"), (5, "5")]
)
def test_page_token(value: object, expected: object) -> None:
    """Missing, null and empty alike mean the last page."""
    assert _wire.parse_page_token(value) == expected


@pytest.mark.parametrize("value", [{"a": 1}, True, "x" * 4097])
def test_odd_page_token(value: object) -> None:
    """A page token that is none is refused: guessing would end a list early."""
    with pytest.raises(ValueError, match="page token"):
        _wire.parse_page_token(value)


class _Inner(Wire):
    rows: tuple[Row, ...]


class _Outer(Wire):
    data: _Inner
    note: Text = None


def _answer(body: dict[str, Any]) -> Answer:
    return Answer("kyuubi", 200, "R-1", body)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"data": {"rows": [{"id": "a"}, {"id": None}]}}, "data.rows.1.id value_error"),
        ({"data": {"rows": [{}]}}, "data.rows.0.id missing"),
        ({"data": {"rows": ["a"]}}, "data.rows.0 model_type"),
        ({"data": {"rows": None}}, "data.rows tuple_type"),
        ({"data": []}, "data model_type"),
        ({}, "data missing"),
    ],
)
def test_says_where_not_what(body: dict[str, Any], where: str) -> None:
    """A broken answer names the place, and nothing of what it holds."""
    body["secret"] = CANARY.token_text
    with pytest.raises(BrokenAnswerError) as caught:
        parse(_Outer, _answer(body))

    assert (caught.value.detail, caught.value.request_id) == (where, "R-1")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert not leaks(f"{caught.value!r}")


@settings(deadline=None)
@given(JSON)
def test_any_json(value: Any) -> None:
    """Any JSON is read, or refused with an error of the tree."""
    for body in ({"data": value}, {"data": {"rows": value}}, {"data": {"rows": [value]}}):
        try:
            parse(_Outer, _answer({**body, "note": value}))
        except BrokenAnswerError as error:
            assert error.detail.startswith("data")  # noqa: PT017 - not every value is refused


@settings(deadline=None)
@given(JSON)
def test_any_value(value: Any) -> None:
    """Every reader takes any JSON value and gives something that can be encoded."""
    for reader in (
        _wire.parse_time,
        _wire.parse_text,
        _wire.parse_texts,
        _wire.parse_flag,
        _wire.parse_masked,
    ):
        repr(reader(value)).encode()
