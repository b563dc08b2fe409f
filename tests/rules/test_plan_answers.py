from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import GoneError
from bot.models.ledger import Ledger, dump_entries, dump_looks, load_ledger
from bot.models.token import Token
from bot.rules.answers import SNOOZES, lapse, snooze, undo
from tests.rules.make import DAY, HOUR, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, listed, look, settled

MINUTE = timedelta(minutes=1)
WEEK = 7 * DAY
ENDS = NOW + 14 * DAY
TOKEN = kyuubi(expires_at=ENDS)


def rung(**settings: object) -> Bell:
    """Make a bell that has just rung the 14-day notice of `TOKEN`."""
    bell = settled(TOKEN, **{"workdays": ALL_WEEK, **settings})
    bell.wake(NOW, look(TOKEN))
    assert bell.thresholds == [14]
    bell.said.clear()
    return bell


def snoozed(bell: Bell, length: timedelta, at: datetime = NOW + HOUR) -> Bell:
    bell.ledger = snooze(bell.ledger, TOKEN.key, ENDS, now=at, length=length)
    return bell


def lapsed(bell: Bell) -> Bell:
    bell.ledger = lapse(bell.ledger, TOKEN.key, ENDS)
    return bell


class TestSnooze:
    """Not now."""

    @pytest.mark.parametrize(
        ("length", "back"), [(DAY, NOW + DAY), (3 * DAY, NOW + 3 * DAY), (WEEK, NOW + WEEK)]
    )
    def test_it_rings_again_in_the_slot_of_the_day_it_ends(
        self, length: timedelta, back: datetime
    ) -> None:
        """Even if nothing new is due by then."""
        bell = snoozed(rung(), length).live(listed(TOKEN), NOW + HOUR, back + HOUR)

        [(_, threshold, when)] = bell.rung
        assert (threshold, when) == (7 if length == WEEK else 14, back)
        assert bell.said[0][1].send[0].why.reason == "snooze ended"

    def test_a_day_asked_for_in_the_morning_does_not_end_that_morning(self) -> None:
        """Ten minutes before the slot, "one day" means tomorrow's."""
        at = NOW + DAY - 10 * MINUTE
        bell = snoozed(rung(), DAY, at).live(listed(TOKEN), at, NOW + 3 * DAY)

        assert bell.rung == [("etl", 14, NOW + 2 * DAY)]

    def test_a_day_asked_for_on_friday_ends_on_monday(self) -> None:
        """There is no slot in between."""
        friday = datetime(2026, 12, 4, 10, tzinfo=UTC)
        bell = snoozed(rung(workdays=frozenset(range(1, 6)), thresholds=(14,)), DAY, friday)

        bell.live(listed(TOKEN), friday, ENDS)

        assert bell.rung == [("etl", 14, datetime(2026, 12, 7, 9, tzinfo=UTC))]

    def test_an_end_that_has_passed_is_the_next_slot(self) -> None:
        """Asked for in Friday's slot, a day ends on Monday and not in the same hour."""
        friday = datetime(2026, 12, 4, 9, 20, tzinfo=UTC)
        bell = snoozed(rung(workdays=frozenset(range(1, 6)), thresholds=(14,)), DAY, friday)

        bell.live(listed(TOKEN), friday + MINUTE, ENDS)

        monday = datetime(2026, 12, 7, 9, tzinfo=UTC)
        assert bell.rung == [("etl", 14, monday)]
        assert [edit.until for _, edit in bell.edits if edit.state == "snoozed"] == [monday]

    def test_thresholds_meanwhile_are_silent_and_absorbed(self) -> None:
        """One message at the end, of the tightest; the others never come."""
        bell = snoozed(rung(thresholds=(14, 13, 12, 10, 1)), 3 * DAY)

        bell.live(listed(TOKEN), NOW + HOUR, NOW + 12 * DAY)

        assert bell.rung == [("etl", 12, NOW + 3 * DAY), ("etl", 10, NOW + 4 * DAY)]

    @pytest.mark.parametrize("thresholds", [(14, 7, 1, 0), (14, 1), (14, 10, 0), (14, 0)])
    def test_it_never_swallows_a_last_notice(self, thresholds: tuple[int, ...]) -> None:
        """The tightest before the expiry rings in spite of it, and so does `expired`."""
        bell = snoozed(rung(thresholds=thresholds), 30 * DAY)

        bell.live(listed(TOKEN), NOW + HOUR, ENDS + 3 * DAY)

        last = [days for days in thresholds if days < 14][-2:]
        assert bell.thresholds == [days for days in last if days in (thresholds[-2], 0, 1)]
        assert {item.why.reason for _, p in bell.said for item in p.send} == {"on time"}

    def test_a_last_notice_ends_it(self) -> None:
        """Nothing rings at the moment that it was to last until."""
        bell = snoozed(rung(), 13 * DAY + 2 * HOUR).live(listed(TOKEN), NOW + HOUR, ENDS + 3 * DAY)

        assert bell.rung == [("etl", 1, ENDS - DAY), ("etl", 0, ENDS)]

    def test_a_last_notice_that_rang_may_be_snoozed(self) -> None:
        """Over a weekend it comes back before the expiry."""
        ends = datetime(2026, 12, 8, 15, tzinfo=UTC)  # a Tuesday
        token = kyuubi(expires_at=ends)
        bell = settled(token, thresholds=(3,))
        bell.live(listed(token), NOW, NOW + 3 * DAY + HOUR)
        assert bell.rung == [("etl", 3, NOW + 3 * DAY)]

        friday = NOW + 3 * DAY + HOUR
        bell.ledger = snooze(bell.ledger, token.key, ends, now=friday, length=DAY)
        bell.live(listed(token), friday, ends)

        assert bell.thresholds == [3, 3]

    def test_expired_may_be_snoozed(self) -> None:
        """It rings once more."""
        bell = rung()
        bell.live(listed(TOKEN), NOW + HOUR, ENDS + HOUR)
        snoozed(bell, DAY, ENDS + HOUR).live(listed(TOKEN), ENDS + HOUR, ENDS + WEEK)

        assert bell.rung[-2:] == [("etl", 0, ENDS), ("etl", 0, ENDS + DAY)]

    def test_it_survives_a_restart(self) -> None:
        """What was asked for is remembered."""
        bell = snoozed(rung(), 3 * DAY)
        loaded = load_ledger(dump_looks(bell.ledger), dump_entries(bell.ledger))
        assert loaded is not None
        bell.ledger = loaded

        bell.live(listed(TOKEN), NOW + HOUR, NOW + 4 * DAY)

        assert bell.rung == [("etl", 14, NOW + 3 * DAY)]

    def test_a_renewal_ends_it(self) -> None:
        """The next expiry has its own notices."""
        renewed = TOKEN.model_copy(update={"expires_at": NOW + 61 * DAY})
        bell = snoozed(rung(), WEEK).live(listed(renewed), NOW + HOUR, NOW + 40 * DAY)

        assert bell.rung == [("etl", 30, NOW + 31 * DAY)]

    def test_an_outage_over_its_end_is_made_up_for(self) -> None:
        """It rings in the next slot, and tells both."""
        bell = snoozed(rung(), DAY)

        bell.live(listed(TOKEN), NOW + DAY + 3 * HOUR, NOW + 3 * DAY)

        assert bell.rung == [("etl", 14, NOW + 2 * DAY)]
        why = bell.said[0][1].send[0].why
        assert (why.reason, why.late, why.slot) == ("snooze ended", True, NOW + DAY)

    def test_a_token_that_has_not_rung_may_be_snoozed(self) -> None:
        """The end of it has nothing to say if nothing is due."""
        token = kyuubi(expires_at=NOW + 100 * DAY)
        bell = settled(token, workdays=ALL_WEEK)
        bell.ledger = snooze(bell.ledger, token.key, NOW + 100 * DAY, now=NOW, length=DAY)

        bell.live(listed(token), NOW, NOW + 71 * DAY)

        assert bell.rung == [("etl", 30, NOW + 70 * DAY)]
        assert bell.said[0][1].send[0].why.reason == "on time"

    def test_a_token_that_was_never_told_of_has_nothing_to_repeat(self) -> None:
        """It had expired when it was first seen."""
        ended = kyuubi(expires_at=NOW - 2 * HOUR)
        bell = settled(ended, workdays=ALL_WEEK)
        bell.ledger = snooze(bell.ledger, ended.key, NOW - 2 * HOUR, now=NOW, length=DAY)

        bell.live(listed(ended), NOW, NOW + 5 * DAY)

        assert not bell.said

    def test_nothing_is_planned_for_what_it_silences(self) -> None:
        """The next notice is its end, or a last notice."""
        bell = snoozed(rung(thresholds=(14, 13, 10, 9)), WEEK)
        later = NOW + 2 * HOUR
        assert bell.wake(later, look(TOKEN, now=later)).next_send == NOW + 5 * DAY

        bell = snoozed(rung(thresholds=(14, 13, 10, 9)), 3 * DAY)
        assert bell.wake(later, look(TOKEN, now=later)).next_send == NOW + 3 * DAY

    def test_its_end_is_not_forgotten_for_what_is_nearer(self) -> None:
        """Tighter thresholds chosen meanwhile leave the snoozed token far from all of them."""
        other = kyuubi("bi", expires_at=NOW + 3 * DAY)
        bell = settled(other, TOKEN, workdays=ALL_WEEK)
        bell.wake(NOW, look(other, TOKEN))
        snoozed(bell, 2 * DAY)
        bell.watch = bell.watch.model_copy(update={"thresholds": (1, 0)})

        bell.live(listed(other, TOKEN), NOW + HOUR, NOW + 2 * DAY + HOUR)

        assert ("etl", 14, NOW + 2 * DAY) in bell.rung

    def test_where_expired_is_not_wanted_it_comes_back_after_the_expiry(self) -> None:
        """Somebody asked to be told again, so that happens."""
        bell = snoozed(rung(thresholds=(14,)), 20 * DAY)

        bell.live(listed(TOKEN), NOW + HOUR, NOW + 30 * DAY)

        assert bell.rung == [("etl", 14, NOW + 20 * DAY)]

    def test_the_lengths_on_offer(self) -> None:
        """A day, three days, a week."""
        assert SNOOZES == (DAY, 3 * DAY, WEEK)


class TestLapse:
    """Never for this expiry."""

    def test_it_silences_this_expiry_for_good(self) -> None:
        """Last notices included."""
        bell = lapsed(rung()).live(listed(TOKEN), NOW + HOUR, ENDS + 9 * DAY)

        assert not bell.said

    def test_it_silences_this_expiry_only(self) -> None:
        """A renewed token rings again, and so do others."""
        other = kyuubi("bi", expires_at=ENDS)
        renewed = TOKEN.model_copy(update={"expires_at": NOW + 61 * DAY})
        bell = settled(TOKEN, other, workdays=ALL_WEEK)
        bell.wake(NOW, look(TOKEN, other))
        lapsed(bell).live(listed(TOKEN, other), NOW + HOUR, NOW + 8 * DAY)
        assert [name for name, threshold, _ in bell.rung if threshold == 7] == ["bi"]

        bell.live(listed(renewed, other), NOW + 8 * DAY, NOW + 32 * DAY)

        assert ("etl", 14, NOW + 47 * DAY) not in bell.rung
        assert [r for r in bell.rung if r[0] == "etl"][-1] == ("etl", 14, NOW)

        bell.live(listed(renewed), NOW + 32 * DAY, NOW + 50 * DAY)
        assert [r for r in bell.rung if r[0] == "etl"][-1] == ("etl", 14, NOW + 47 * DAY)


class TestUndo:
    """Never mind."""

    def test_it_takes_back_a_lapse(self) -> None:
        """What was missed since rings in the next slot; it is nobody's fault."""
        bell = lapsed(rung()).live(listed(TOKEN), NOW + HOUR, NOW + 8 * DAY + HOUR)
        bell.ledger = undo(bell.ledger, TOKEN.key, ENDS, now=NOW + 8 * DAY + HOUR)

        bell.live(listed(TOKEN), NOW + 8 * DAY + HOUR, ENDS + DAY)

        assert bell.thresholds == [7, 3, 1, 0]
        assert bell.said[0][1].send[0].why.reason == "newly known"

    def test_it_takes_back_a_snooze(self) -> None:
        """The next threshold rings as if nothing had been."""
        bell = snoozed(rung(thresholds=(14, 13, 1)), WEEK)
        bell.ledger = undo(bell.ledger, TOKEN.key, ENDS, now=NOW + 2 * HOUR)

        bell.live(listed(TOKEN), NOW + 2 * HOUR, NOW + 8 * DAY)

        assert bell.rung == [("etl", 13, NOW + DAY)]

    def test_what_a_snooze_held_back_is_not_late_after_it(self) -> None:
        """It rings in the next slot; nobody missed it."""
        bell = snoozed(rung(thresholds=(14, 13, 1)), WEEK)
        at = NOW + DAY + 2 * HOUR
        bell.ledger = undo(bell.ledger, TOKEN.key, ENDS, now=at)

        bell.live(listed(TOKEN), at, NOW + 8 * DAY)

        assert bell.rung == [("etl", 13, NOW + 2 * DAY)]
        assert bell.said[0][1].send[0].why.reason == "newly known"

    def test_what_was_let_lapse_and_expired_stays_silent(self) -> None:
        """The person knew."""
        bell = lapsed(rung())
        bell.ledger = undo(bell.ledger, TOKEN.key, ENDS, now=ENDS + HOUR)

        bell.live(listed(TOKEN), ENDS + HOUR, ENDS + 5 * DAY)

        assert not bell.said

    def test_expired_is_said_though_its_snooze_was_taken_back(self) -> None:
        """Taking back a silence adds none."""
        night = ENDS + HOUR
        token = TOKEN.model_copy(update={"expires_at": night})
        bell = settled(token, workdays=ALL_WEEK)
        bell.live(listed(token), NOW, night)
        bell.ledger = snooze(bell.ledger, token.key, night, now=night - HOUR, length=WEEK)
        bell.ledger = undo(bell.ledger, token.key, night, now=night + HOUR)

        bell.live(listed(token), night + HOUR, night + 2 * DAY)

        assert bell.thresholds[-1] == 0


def test_an_answer_takes_the_place_of_the_one_before() -> None:
    """A token is snoozed or lapsing, never both."""
    bell = lapsed(snoozed(rung(), WEEK))
    assert (bell.ledger.entries[TOKEN.key].snoozed, bell.ledger.entries[TOKEN.key].lapsing) == (
        None,
        True,
    )

    entry = snoozed(bell, WEEK).ledger.entries[TOKEN.key]
    assert entry.snoozed is not None
    assert not entry.lapsing


Answer = Callable[[Ledger, str, datetime], Ledger]
ANSWERS: dict[str, Answer] = {
    "snooze": lambda ledger, key, expiry: snooze(ledger, key, expiry, now=NOW, length=DAY),
    "lapse": lapse,
    "undo": lambda ledger, key, expiry: undo(ledger, key, expiry, now=NOW),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(
    ("key", "expiry"), [("kyuubi:w-1/tk-other", ENDS), (TOKEN.key, ENDS + DAY)]
)
def test_an_answer_to_what_is_no_longer_so_is_refused(
    answer: Answer, key: str, expiry: datetime
) -> None:
    """A button of an old message does not silence the expiry of today."""
    with pytest.raises(GoneError):
        answer(rung().ledger, key, expiry)


class TestFallback:
    """Somebody else hears what nobody answered."""

    def test_a_last_notice_that_follows_an_unanswered_one_goes_there_too(self) -> None:
        """At a day before, and at the expiry."""
        bell = rung(fallback="U2").live(listed(TOKEN), NOW + HOUR, ENDS + DAY)

        assert [
            (item.threshold, item in planned.fallback)
            for _, planned in bell.said
            for item in planned.send
        ] == [(7, False), (3, False), (1, True), (0, True)]

    def test_without_a_fallback_person_nobody_else_hears(self) -> None:
        """It was not chosen."""
        bell = rung().live(listed(TOKEN), NOW + HOUR, ENDS + DAY)

        assert not any(planned.fallback for _, planned in bell.said)

    def test_a_first_notice_is_nobodys_fault(self) -> None:
        """The person has not had the chance to answer."""
        token: Token = kyuubi(created_at=NOW, expires_at=NOW + 2 * DAY)
        bell = settled(workdays=ALL_WEEK, fallback="U2").live(listed(token), NOW, NOW + DAY + HOUR)

        assert bell.thresholds == [1]
        assert not bell.said[0][1].fallback

    def test_an_answered_notice_stays_with_its_reader(self) -> None:
        """A snooze is an answer; what rings after it is a new question."""
        bell = snoozed(rung(fallback="U2"), 30 * DAY).live(listed(TOKEN), NOW + HOUR, ENDS + DAY)

        assert [
            (item.threshold, item in planned.fallback)
            for _, planned in bell.said
            for item in planned.send
        ] == [(1, False), (0, True)]

    def test_a_notice_of_an_earlier_expiry_does_not_count(self) -> None:
        """It was answered by renewing."""
        renewed = TOKEN.model_copy(update={"expires_at": NOW + 20 * DAY})
        bell = rung(fallback="U2", thresholds=(14, 1, 0))

        bell.live(listed(renewed), NOW + 2 * HOUR, NOW + 20 * DAY)

        assert bell.thresholds == [1]
        assert not bell.said[0][1].fallback

    def test_a_renewal_seen_in_the_same_look_is_an_answer(self) -> None:
        """Down since the first notice; back when the next life is nearly over."""
        bell = settled(kyuubi(expires_at=NOW + 11 * DAY), fallback="U2", thresholds=(14, 1, 0))
        friday = NOW + 10 * DAY
        renewed = kyuubi(expires_at=friday + 3 * DAY + HOUR)

        planned = bell.wake(friday, look(renewed, now=friday))

        assert [item.threshold for item in planned.send] == [1]
        assert not planned.fallback
        assert bell.states == ["renewed"]


def test_the_answer_of_one_watch_silences_nobody_else() -> None:
    """Two people on one target: each has own notices and own answers."""
    mine, yours = rung(id="w1"), rung(id="w2")
    snoozed(mine, 13 * DAY)

    for bell in (mine, yours):
        bell.live(listed(TOKEN), NOW + HOUR, NOW + 9 * DAY)

    assert mine.thresholds == []
    assert yours.thresholds == [7]
