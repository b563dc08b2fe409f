from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.times import ago, count, exact_span, relative, span, stamp, zone_of
from tests.rules.make import DAY, HOUR, MOMENTS, NOW

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0 * DAY, "0 seconds"),
        (SECOND, "1 second"),
        (59 * SECOND, "59 seconds"),
        (119 * SECOND, "1 minute"),
        (59 * MINUTE, "59 minutes"),
        (119 * MINUTE, "1 hour"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (2 * DAY - SECOND, "2 days"),
        (2 * DAY - HOUR, "47 hours"),
        (8 * DAY - 5 * MINUTE, "8 days"),
        (8 * DAY - HOUR, "7 days"),
        (5 * HOUR - MINUTE, "4 hours"),
        (89 * DAY, "89 days"),
        (90 * DAY, "3 months"),
        (729 * DAY, "24 months"),
        (730 * DAY, "2 years"),
        (-3 * DAY, "3 days"),
        (365_000 * DAY, "1,000 years"),
    ],
)
def test_a_span_is_rounded_down_to_its_largest_fitting_unit(length: timedelta, words: str) -> None:
    """A span promises no more time than there is, but for minutes in days, in the unit of people."""
    assert span(length) == words


@pytest.mark.parametrize(
    ("length", "words"), [(DAY, "1 day"), (14 * DAY, "14 days"), (36 * HOUR, "36 hours")]
)
def test_a_filter_span_is_told_exactly(length: timedelta, words: str) -> None:
    """A span that somebody chose is told as it was chosen."""
    assert exact_span(length) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "now"),
        (NOW + 3 * DAY, "in 3 days"),
        (NOW - 2 * HOUR, "2 hours ago"),
        (NOW - timedelta(milliseconds=400), "now"),
    ],
)
def test_a_moment_is_told_from_now(moment: datetime, words: str) -> None:
    """A moment is told by how far away it is, in either direction."""
    assert relative(moment, NOW) == words


def test_what_happened_never_lies_ahead() -> None:
    """A clock that runs ahead of ours makes no "in 2 seconds" of something that happened."""
    assert ago(NOW + 2 * SECOND, NOW) == "just now"
    assert ago(NOW - DAY, NOW) == "24 hours ago"


@settings(deadline=None)
@given(MOMENTS)
def test_every_moment_has_words(moment: datetime) -> None:
    """The years 1 and 9999 have words too, in every zone."""
    assert relative(moment, NOW)
    assert stamp(moment, "Asia/Shanghai")
    assert stamp(moment, "America/Los_Angeles")


@pytest.mark.parametrize(
    ("zone", "printed"),
    [
        ("UTC", "2026-12-01 09:00 UTC"),
        ("Europe/Berlin", "2026-12-01 10:00 CET"),
        ("Asia/Shanghai", "2026-12-01 17:00 CST"),
        ("Asia/Dubai", "2026-12-01 13:00 UTC+04"),
        ("Mars/Olympus", "2026-12-01 09:00 UTC"),
        ("", "2026-12-01 09:00 UTC"),
    ],
)
def test_a_stamp_names_its_zone(zone: str, printed: str) -> None:
    """A printed time is in the reader's zone and says which."""
    assert stamp(NOW, zone) == printed


def test_a_stamp_at_the_end_of_time_falls_back_to_utc() -> None:
    """A moment that a zone cannot hold is printed in UTC."""
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)

    assert stamp(last, "Asia/Shanghai") == "9999-12-31 23:30 UTC"


@settings(deadline=None)
@given(st.text(max_size=30) | st.sampled_from(["../../etc/passwd", "Europe", "/etc/localtime"]))
def test_any_zone_name_gives_a_zone(name: str) -> None:
    """A name that is no zone, or a path, is UTC."""
    zone = zone_of(name)

    assert NOW.astimezone(zone) == NOW


def test_counts_agree_with_their_nouns() -> None:
    """One token, several tokens, and thousands with a separator."""
    assert [count(n, "token") for n in (0, 1, 2, 1204)] == [
        "0 tokens",
        "1 token",
        "2 tokens",
        "1,204 tokens",
    ]
