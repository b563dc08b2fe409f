from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models.ledger import Ledger
from bot.rules.observe import Look
from bot.rules.plan import plan
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, coverage, expiring, listed, look, settled, watch

MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 12, 4, 9, tzinfo=UTC)
MONDAY = FRIDAY + 3 * DAY


def names(bell: Bell, message: int = -1) -> list[str | None]:
    return [item.token.name for item in bell.said[message][1].send]


def test_a_threshold_rings_in_the_last_slot_before_it() -> None:
    """Three days before Monday night is Friday night: it rings on Friday morning."""
    token = kyuubi(expires_at=MONDAY + 12 * HOUR)
    bell = settled(token, thresholds=(3,)).live(listed(token), NOW, MONDAY + DAY)

    assert bell.rung == [("etl", 3, FRIDAY)]
    why = bell.said[0][1].send[0].why
    assert (why.instant, why.slot) == (FRIDAY + 12 * HOUR, FRIDAY)
    assert (why.rule, why.reason, why.late, why.at_once) == ("threshold", "on time", False, False)


def test_a_weekend_brings_a_threshold_forward() -> None:
    """What is due on Sunday rings on Friday."""
    token = kyuubi(expires_at=MONDAY + 6 * DAY)
    bell = settled(token, thresholds=(7,)).live(listed(token), NOW, MONDAY)

    assert bell.rung == [("etl", 7, FRIDAY)]


@pytest.mark.parametrize(
    ("offset", "slot"), [(timedelta(0), FRIDAY), (-timedelta(microseconds=1), FRIDAY - DAY)]
)
def test_a_threshold_on_the_last_second_belongs_to_its_slot(
    offset: timedelta, slot: datetime
) -> None:
    """At the slot to the microsecond is in time for it; just before it is not."""
    token = kyuubi(expires_at=FRIDAY + 7 * DAY + offset)
    bell = settled(token, thresholds=(7,)).live(listed(token), NOW, MONDAY)

    assert bell.rung == [("etl", 7, slot)]


def test_expired_rings_in_the_first_slot_after() -> None:
    """A token that ends on Saturday is told on Monday."""
    token = kyuubi(expires_at=FRIDAY + DAY)
    bell = settled(token, thresholds=(0,)).live(listed(token), NOW, MONDAY + DAY)

    assert bell.rung == [("etl", 0, MONDAY)]
    assert bell.said[0][1].send[0].why.rule == "expired"


def test_a_slot_lasts_an_hour() -> None:
    """A worker that wakes a little late is still on time; after that it is not."""
    token = kyuubi(expires_at=FRIDAY + 14 * DAY)
    for delay, rings in ((59 * MINUTE, True), (HOUR, False)):
        bell = settled(token)
        planned = bell.wake(FRIDAY + delay, look(token, now=FRIDAY + delay))

        assert planned.speaks == rings
        if rings:
            assert planned.send[0].why.reason == "on time"
        else:
            assert planned.next_send == MONDAY


def test_what_was_missed_rings_in_the_next_slot_and_says_so() -> None:
    """Down over a slot: the notice comes with the next one, marked late."""
    token = kyuubi(expires_at=FRIDAY + 14 * DAY)
    bell = settled(token).live(listed(token), FRIDAY + 2 * HOUR, MONDAY + DAY)

    assert bell.rung == [("etl", 14, MONDAY)]
    why = bell.said[0][1].send[0].why
    assert (why.reason, why.late, why.at_once, why.slot) == ("missed", True, False, FRIDAY)


def test_of_several_missed_thresholds_only_the_tightest_rings() -> None:
    """Ten days down across 14, 7 and 3: one notice, late, and the looser ones never come."""
    token = expiring(within=15 * DAY)
    bell = settled(token, workdays=ALL_WEEK)
    bell.wake(NOW, look(token))

    bell.live(listed(token), NOW + 12 * DAY + 2 * HOUR, NOW + 20 * DAY)

    assert bell.thresholds == [3, 1, 0]
    assert [item.why.late for _, planned in bell.said for item in planned.send] == [
        True,
        False,
        False,
    ]


def test_it_rings_at_once_when_the_next_slot_would_leave_less_than_a_day() -> None:
    """Found on Saturday to end on Tuesday morning: Monday would be too late."""
    saturday = FRIDAY + DAY
    token = kyuubi(expires_at=MONDAY + 23 * HOUR)
    bell = settled(token, thresholds=(7, 3)).live(listed(token), saturday, saturday + MINUTE)

    assert bell.rung == [("etl", 3, saturday)]
    assert bell.said[0][1].send[0].why.at_once

    patient = kyuubi(expires_at=MONDAY + 24 * HOUR)
    bell = settled(patient, thresholds=(7, 3)).live(listed(patient), saturday, MONDAY + DAY)
    assert bell.rung == [("etl", 3, MONDAY)]


def test_an_outage_across_the_last_slot_and_the_expiry_says_expired_at_once() -> None:
    """Nobody is told on Saturday that it expires in a day when it did on Friday night."""
    token = kyuubi(expires_at=FRIDAY + 10 * HOUR)
    bell = settled(token, thresholds=(1, 0)).live(listed(token), FRIDAY + DAY, MONDAY + 3 * DAY)

    assert bell.rung == [("etl", 0, FRIDAY + DAY)]
    why = bell.said[0][1].send[0].why
    assert (why.late, why.slot) == (True, FRIDAY - DAY)


def test_an_outage_is_told_even_where_expired_is_not_wanted() -> None:
    """A threshold that was missed altogether is made up for."""
    token = kyuubi(expires_at=FRIDAY + 10 * HOUR)
    bell = settled(token, thresholds=(1,)).live(listed(token), FRIDAY + DAY, MONDAY + 3 * DAY)

    assert bell.rung == [("etl", 1, FRIDAY + DAY)]


@pytest.mark.parametrize(
    ("life", "thresholds"),
    [
        (365 * DAY, [30, 14, 7, 3, 1, 0]),
        (60 * DAY, [30, 14, 7, 3, 1, 0]),
        (60 * DAY - MINUTE, [14, 7, 3, 1, 0]),
        (14 * DAY, [7, 3, 1, 0]),
        (7 * DAY, [3, 1, 0]),
        (2 * DAY, [1, 0]),
        (2 * DAY - MINUTE, [0]),
        (DAY + MINUTE, [0]),
        (DAY, []),
        (HOUR, []),
    ],
)
def test_a_threshold_counts_if_it_fits_twice_in_the_life(
    life: timedelta, thresholds: list[int]
) -> None:
    """A short life has few notices, and a day or less has none."""
    token = kyuubi(created_at=NOW, expires_at=NOW + life)
    bell = settled(workdays=ALL_WEEK)

    bell.live(listed(token), NOW, NOW + life + 2 * DAY)

    assert bell.thresholds == thresholds


def test_a_token_of_a_week_does_not_ring_when_it_is_made() -> None:
    """Its first notice comes in the second half of its life."""
    token = kyuubi(created_at=NOW, expires_at=NOW + 7 * DAY)
    bell = settled().live(listed(token), NOW, NOW + 8 * DAY)

    assert bell.rung[0] == ("etl", 3, FRIDAY)


def test_a_token_found_late_rings_its_tightest_threshold_without_being_late() -> None:
    """A target that is added brings tokens whose thresholds have passed: nobody missed those."""
    old = expiring(within=10 * DAY)
    bell = settled(workdays=ALL_WEEK)

    bell.live(listed(old), NOW + 2 * HOUR, NOW + 2 * DAY)

    assert bell.rung == [("etl", 14, NOW + DAY)]
    why = bell.said[0][1].send[0].why
    assert (why.reason, why.late) == ("newly known", False)


def test_all_that_is_due_is_one_message_urgent_and_used_first() -> None:
    """Expired in use, then the soonest, the used before the unused; the dead at the end."""
    tokens = [
        expiring("unused, a day", within=DAY, last_used_at=None),
        expiring("used, a week", within=7 * DAY, last_used_at=NOW - DAY),
        expiring("unknown, a day", within=DAY, not_reported=frozenset({"last_used_at"})),
        expiring("expired unused", within=-MINUTE, last_used_at=NOW - 90 * DAY),
        expiring("expired used", within=-MINUTE, last_used_at=NOW - 5 * DAY),
        expiring("also used, a day", within=DAY + HOUR, last_used_at=NOW - DAY),
        expiring("used, a day", within=DAY, last_used_at=NOW - 6 * DAY),
        expiring("long unused, a week", within=7 * DAY, last_used_at=NOW - 8 * DAY),
    ]
    bell = settled(*tokens)

    bell.wake(NOW, look(*tokens))

    assert len(bell.said) == 1
    assert names(bell) == [
        "expired used",
        "used, a day",
        "also used, a day",
        "unknown, a day",
        "unused, a day",
        "used, a week",
        "long unused, a week",
        "expired unused",
    ]


class TestBlind:
    """Silence must not be taken for "nothing due"."""

    FAILED = (coverage(state="failed"),)

    def test_a_day_without_a_reading_is_told_once(self) -> None:
        """In a slot, with since when and why; after a recovery, again."""
        token = expiring(within=90 * DAY)
        bell = settled(token, workdays=ALL_WEEK)

        def upstream(now: datetime) -> Any:
            down = now < NOW + 5 * DAY or now > NOW + 8 * DAY
            return look(token, now=now, read=self.FAILED if down else None)

        bell.live(upstream, NOW, NOW + 15 * DAY)

        told = [(when, blind) for when, planned in bell.said for blind in planned.blind]
        assert [when for when, _ in told] == [NOW + DAY, NOW + 9 * DAY]
        assert told[0][1].since == NOW - HOUR
        assert told[0][1].problem == "unavailable"
        assert told[0][1].target == KYUUBI

    def test_it_waits_for_a_slot(self) -> None:
        """Nobody is woken for it, and a slot that had begun before the day was over is too early."""
        token = expiring(within=90 * DAY)
        bell = settled(token, workdays=ALL_WEEK)
        bell.wake(NOW + HOUR / 2, look(token, now=NOW + HOUR / 2))

        def broken(now: datetime) -> Look:
            return look(now=now, read=self.FAILED)

        bell.live(broken, NOW + DAY + 40 * MINUTE, NOW + 2 * DAY, every=10 * MINUTE)
        assert not bell.said

        bell.live(broken, NOW + 2 * DAY + 3 * HOUR, NOW + 5 * DAY)
        assert [when for when, planned in bell.said if planned.blind] == [NOW + 3 * DAY]

    def test_a_target_never_read_counts_from_the_first_look(self) -> None:
        """A mistake in the coordinates is told too."""
        bell = Bell(watch(workdays=ALL_WEEK))

        bell.live(lambda now: look(now=now, read=self.FAILED), NOW + HOUR, NOW + 9 * DAY)

        assert [when for when, planned in bell.said if planned.blind] == [NOW + 2 * DAY]

    def test_a_missing_token_rings_with_when_it_was_last_seen(self) -> None:
        """One reading without it is not enough to fall silent."""
        token, other = expiring(within=7 * DAY), kyuubi("bi")
        bell = settled(token, other)

        planned = bell.wake(NOW, look(other))

        assert [item.last_seen for item in planned.send] == [NOW - HOUR]

    def test_off_is_off(self) -> None:
        """Who wants to hear nothing hears nothing of this."""
        bell = settled(kyuubi())
        bell.watch = watch(mode="off")

        bell.live(lambda now: look(now=now, read=self.FAILED), NOW, NOW + 9 * DAY)

        assert not bell.said

    def test_tokens_of_a_blind_target_keep_ringing(self) -> None:
        """From their last known expiry, marked with when they were last seen."""
        token = expiring(within=8 * DAY)
        bell = settled(token, workdays=ALL_WEEK)

        bell.live(lambda now: look(now=now, read=self.FAILED), NOW, NOW + 10 * DAY)

        assert bell.thresholds == [7, 3, 1, 0]
        assert {item.last_seen for _, planned in bell.said for item in planned.send} == {NOW - HOUR}


class TestWake:
    """When a watch looks again."""

    def test_it_sleeps_six_hours_at_most(self) -> None:
        """A renewal, a new token, a failing target: all is seen within that."""
        token = kyuubi()
        assert settled(token).wake(NOW, look(token)).wake == NOW + 6 * HOUR

    def test_it_wakes_for_what_is_planned(self) -> None:
        """At the slot, not after it."""
        token = kyuubi(expires_at=FRIDAY + 7 * DAY)
        planned = settled(token).wake(FRIDAY - HOUR, look(token, now=FRIDAY - HOUR))

        assert planned.wake == planned.next_send == FRIDAY

    def test_it_wakes_for_the_soonest_of_many(self) -> None:
        """In whatever order they are listed, and if one is only hours before the next."""
        days = [40, 36.5, 36, 37, 35.6, 35.5, 36.2, 50]
        several = [
            kyuubi(f"t{n}", expires_at=NOW + timedelta(days=each)) for n, each in enumerate(days)
        ]
        bell = settled(*several, workdays=ALL_WEEK, hour=22)

        planned = bell.wake(NOW, look(*several))

        assert planned.next_send == NOW + 5 * DAY - 11 * HOUR

    def test_an_open_notice_is_looked_after_every_hour(self) -> None:
        """Until a week after its expiry, or until it is resolved."""
        token = expiring(within=7 * DAY)
        bell = settled(token, workdays=ALL_WEEK)
        assert bell.wake(NOW, look(token)).wake == NOW + HOUR

        after = NOW + 13 * DAY + 22 * HOUR
        assert bell.wake(after, look(token, now=after)).wake == after + HOUR
        later = NOW + 14 * DAY
        assert bell.wake(later, look(token, now=later)).wake == later + 6 * HOUR

    def test_an_expiry_at_the_end_of_time_plans_nothing(self) -> None:
        """The year 9999 means never to many services."""
        last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        token = kyuubi(expires_at=last)
        planned = settled(token, zone="Asia/Shanghai").wake(NOW, look(token))

        assert planned.next_send is None

    def test_an_empty_watch_sleeps(self) -> None:
        """Nobody has connected anything."""
        planned = plan(Ledger(), watch(), NOW, notice_id="n1")

        assert not planned.speaks
        assert planned.wake == NOW + 6 * HOUR
