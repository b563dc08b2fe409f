import re
from pathlib import Path
from typing import get_args

import pytest

from bot.models.ledger import ItemState, Presence
from bot.models.notice import Item, Reason, Rule
from bot.rules.answers import snooze
from bot.rules.why import AT_ONCE, REASONS, days_in_words, explain
from tests.rules.make import DAY, HOUR, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, coverage, listed, look, settled, watch

PAGE = Path(__file__).parents[2] / "docs" / "reminders.md"


def last(bell: Bell) -> Item:
    return bell.said[-1][1].send[-1]


def words(bell: Bell) -> str:
    return " ".join(explain(last(bell), bell.watch))


def test_a_notice_on_time_tells_rule_slot_clock_and_watch() -> None:
    """Enough to work out by hand when the next one comes."""
    token = kyuubi(expires_at=NOW + 14 * DAY + 2 * HOUR)
    bell = settled(token, zone="Asia/Shanghai", hour=18).live(listed(token), NOW, NOW + DAY)

    assert explain(last(bell), bell.watch) == (
        "Rule: 14 days before it expires, if that fits twice. This expiry lasts 114 days.",
        "14 days before is 2026-12-01 19:00 CST; the slot for that was 2026-12-01 18:00 CST.",
        "Slots: 18:00, Mon-Fri, in Asia/Shanghai.",
        "It rang in that slot.",
        "The watch rings all tokens 30, 14, 7, 3 and 1 days before, and once expired.",
    )


def test_an_expired_notice_tells_when_it_expired() -> None:
    """And that the slot comes after."""
    token = kyuubi(created_at=NOW - 35 * HOUR, expires_at=NOW + HOUR)
    bell = settled(token, thresholds=(0,)).live(listed(token), NOW, NOW + 2 * DAY)

    said = words(bell)
    assert said.startswith(
        "Rule: expired, for what lives longer than a day. This expiry lasted 36 hours. "
    )
    assert "It expired 2026-12-01 10:00 UTC; the slot for that was 2026-12-02 09:00 UTC." in said
    assert said.endswith("The watch rings all tokens once expired.")


def test_a_late_notice_at_once_says_both() -> None:
    """Why it comes now, and why not earlier."""
    token = kyuubi(expires_at=NOW + 2 * DAY)
    late = NOW + DAY + 3 * HOUR
    bell = settled(token, thresholds=(1,), workdays=ALL_WEEK).live(listed(token), late, late + HOUR)

    assert REASONS["missed"] in words(bell)
    assert AT_ONCE in words(bell)


def test_a_snooze_that_ended_late_says_both() -> None:
    """It was snoozed, and then nothing was sent in time."""
    token = kyuubi(expires_at=NOW + 14 * DAY)
    bell = settled(token, workdays=ALL_WEEK)
    bell.wake(NOW, look(token))
    bell.ledger = snooze(bell.ledger, token.key, NOW + 14 * DAY, now=NOW, length=DAY)
    bell.live(listed(token), NOW + DAY + 2 * HOUR, NOW + 3 * DAY)

    assert f"{REASONS['snooze ended']} {REASONS['missed']}" in words(bell)


def test_a_first_look_names_no_slot() -> None:
    """It does not go by slots."""
    token = kyuubi(expires_at=NOW + 10 * DAY)
    bell = Bell(watch(mode="unasked"))
    bell.wake(NOW + 3 * HOUR, look(token, now=NOW + 3 * HOUR))

    said = words(bell)
    assert "slot" not in said.lower()
    assert REASONS["first look"] in said
    assert said.endswith(
        "7, 3 and 1 days before, and once expired, until somebody chooses what rings."
    )


def test_a_token_last_seen_some_time_ago_says_so() -> None:
    """In the person's zone."""
    token = kyuubi(expires_at=NOW + 7 * DAY + 4 * HOUR)
    bell = settled(token, zone="Asia/Kathmandu", hour=18)
    later = NOW + 3 * HOUR + HOUR / 4
    bell.wake(later, look(now=later, read=[coverage(state="failed")]))

    assert "The token was last seen 2026-12-01 13:45 UTC+0545: " in words(bell)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mode": "mine", "mine": ("ann", "etl")}, "rings the tokens of ann, etl 30, "),
        ({"mode": "mine", "mine": ("a", "b", "c", "d")}, "rings the tokens of 4 names 30, "),
        ({"query": "kyuubi"}, "rings all tokens that match kyuubi 30, "),
        ({"thresholds": (7,)}, "rings all tokens 7 days before."),
    ],
)
def test_the_watch_is_told_by_its_settings(settings: dict[str, object], said: str) -> None:
    """Whose tokens, by which filter, at which thresholds."""
    token = kyuubi(expires_at=NOW + 7 * DAY)
    item = settled(token).wake(NOW, look(token)).send[0]

    assert said in explain(item, watch(**settings))[-1]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({1, 2, 3, 4, 5, 6, 7}, "every day"),
        ({1, 2, 3, 4, 5}, "Mon-Fri"),
        ({7, 1, 2, 3, 4}, "Mon, Tue, Wed, Thu, Sun"),
        ({3, 4}, "Wed, Thu"),
        ({6}, "Sat"),
    ],
)
def test_weekdays_are_written_as_people_write_them(days: set[int], said: str) -> None:
    """A run of three and more by its ends."""
    assert days_in_words(frozenset(days)) == said


def test_every_word_of_the_planner_is_in_the_documentation() -> None:
    """A rule, a reason, a state that is not explained there is not finished."""
    page = PAGE.read_text()

    for word in (*get_args(Rule), *get_args(Reason), *get_args(ItemState), *get_args(Presence)):
        assert re.search(rf"\*\*{word}\*\*|`{word}`", page), word
    for sentence in (*REASONS.values(), AT_ONCE):
        assert sentence in page
