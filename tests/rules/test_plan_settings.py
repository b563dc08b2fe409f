from datetime import UTC, datetime, timedelta

from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, coverage, expiring, listed, look, settled, watch

MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 12, 4, 9, tzinfo=UTC)
MONDAY = FRIDAY + 3 * DAY


def names(bell: Bell, message: int = -1) -> list[str | None]:
    return [item.token.name for item in bell.said[message][1].send]


class TestFirstLook:
    """What a new watch says."""

    def test_one_summary_tells_all(self) -> None:
        """Two hundred long expired tokens are a number in one message, and never ring."""
        made = NOW - 400 * DAY
        tokens = [expiring(f"{n}", within=-n * DAY, created_at=made) for n in range(200)]
        tokens += [expiring("soon", within=5 * DAY), expiring("later", within=90 * DAY)]
        bell = Bell(watch(workdays=ALL_WEEK)).live(listed(*tokens), NOW, NOW + 6 * DAY)

        when, first = bell.said[0]
        assert when == NOW
        assert first.summary is not None
        assert (first.summary.watched, first.summary.expired) == (2, 200)
        assert names(bell, 0) == ["soon"]
        assert first.send[0].why.reason == "first look"
        assert bell.rung == [
            ("soon", 3, NOW + 2 * DAY),
            ("soon", 1, NOW + 4 * DAY),
            ("soon", 0, NOW + 5 * DAY),
        ]

    def test_it_comes_at_any_hour(self) -> None:
        """Somebody has just connected, so somebody is there."""
        night = NOW + 14 * HOUR
        bell = Bell(watch())

        assert bell.wake(night, look(now=night)).summary is not None
        assert bell.wake(night + HOUR, look(now=night + HOUR)).summary is None

    def test_it_waits_until_something_was_read(self) -> None:
        """A summary of nothing read would say that there is nothing."""
        bell = Bell(watch())
        failed = look(read=[coverage(state="failed")])

        assert not bell.wake(NOW, failed).speaks
        assert bell.wake(NOW + HOUR, look(kyuubi(), now=NOW + HOUR)).summary is not None

    def test_it_says_what_could_not_be_read(self) -> None:
        """The numbers are of the other targets."""
        other = KYUUBI.model_copy(update={"coordinates": {**KYUUBI.coordinates, "region": "x"}})
        read = [coverage(), coverage(other, state="failed")]

        summary = Bell(watch()).wake(NOW, look(kyuubi(), read=read)).summary

        assert summary is not None
        assert summary.unread == (other,)
        assert summary.watched == 1

    def test_short_lives_and_revoked_tokens_are_not_counted(self) -> None:
        """Nor what the watch leaves out."""
        tokens = [
            kyuubi("short", created_at=NOW, expires_at=NOW + HOUR),
            expiring("revoked", within=DAY, revoked=True),
            expiring("theirs", within=DAY, created_by="bob"),
            expiring("mine", within=DAY, created_by="ann"),
        ]

        first = Bell(watch(mode="mine", mine=("ann",))).wake(NOW, look(*tokens))

        assert first.summary is not None
        assert (first.summary.watched, first.summary.expired) == (1, 0)
        assert [item.token.name for item in first.send] == ["mine"]

    def test_a_watch_that_is_off_says_nothing_until_it_is_on(self) -> None:
        """Then it introduces itself."""
        token = expiring(within=DAY)
        bell = Bell(watch(mode="off")).live(listed(token), NOW, NOW + 5 * DAY)
        assert not bell.said

        bell.watch = watch()
        later = NOW + 5 * DAY
        summary = bell.wake(later, look(token, now=later)).summary
        assert summary is not None
        assert (summary.watched, summary.expired) == (0, 1)

        bell.live(listed(token), later, later + 9 * DAY)
        assert not bell.rung

    def test_what_expired_before_it_is_a_number_only(self) -> None:
        """Even if the watch knew the token alive, and was switched on after its end."""
        token = expiring(within=DAY)
        bell = Bell(watch(mode="off"))
        bell.wake(NOW, look(token))
        bell.watch = watch(changed_at=NOW + 5 * DAY)

        bell.live(listed(token), NOW + 5 * DAY, NOW + 9 * DAY)

        assert [planned.summary is not None for _, planned in bell.said] == [True]
        assert bell.said[0][1].summary is not None
        assert bell.said[0][1].summary.expired == 1
        assert not bell.said[0][1].send


class TestMode:
    """Which tokens ring."""

    def test_until_somebody_chooses_only_the_urgent_ring(self) -> None:
        """Seven days and tighter, after the one summary."""
        token = expiring(within=40 * DAY)
        bell = Bell(watch(mode="unasked", workdays=ALL_WEEK))

        bell.live(listed(token), NOW, NOW + 42 * DAY)

        assert bell.said[0][1].summary is not None
        assert bell.thresholds == [7, 3, 1, 0]

    def test_choosing_all_does_not_repeat_the_summary(self) -> None:
        """What the summary named has rung."""
        token = expiring(within=20 * DAY)
        bell = Bell(watch(mode="unasked", workdays=ALL_WEEK))
        bell.wake(NOW, look(token))

        bell.watch = watch(workdays=ALL_WEEK)
        bell.live(listed(token), NOW + HOUR, NOW + 22 * DAY)

        assert bell.thresholds == [14, 7, 3, 1, 0]

    def test_mine_are_those_made_by_me_or_usable_by_me(self) -> None:
        """By creator or account name, in full."""
        tokens = [
            expiring("made", within=7 * DAY, created_by="ann"),
            expiring("used", within=7 * DAY, created_by="bob", accounts=("etl", "ann")),
            expiring("theirs", within=7 * DAY, created_by="bob", accounts=("anna",)),
            expiring("nobody's", within=7 * DAY),
        ]
        bell = settled(*tokens, mode="mine", mine=("ann",)).live(listed(*tokens), NOW, NOW + HOUR)

        assert sorted(name for name, _, _ in bell.rung) == ["made", "used"]

    def test_off_is_off(self) -> None:
        """Nothing rings, nothing is planned."""
        token = expiring(within=7 * DAY)
        bell = settled(token)
        bell.watch = watch(mode="off")

        planned = bell.wake(NOW, look(token))

        assert not planned.speaks
        assert planned.next_send is None
        assert planned.wake == NOW + 6 * HOUR

    def test_what_expired_while_nobody_listened_keeps_silent(self) -> None:
        """Switched on again, a watch does not read out the past."""
        token = expiring(within=DAY)
        bell = settled(token)
        bell.watch = watch(mode="off")
        bell.live(listed(token), NOW, NOW + 10 * DAY)

        bell.watch = watch(changed_at=NOW + 10 * DAY)
        bell.live(listed(token), NOW + 10 * DAY, NOW + 20 * DAY)

        assert not bell.rung

    def test_a_filter_is_asked_at_each_look(self) -> None:
        """What begins to match rings its tightest threshold, and is not late."""
        token = expiring(within=10 * DAY)
        bell = settled(token, workdays=ALL_WEEK)
        bell.matches = lambda _token, now: now >= NOW + 8 * DAY

        bell.live(listed(token), NOW, NOW + 12 * DAY)

        assert bell.rung[0] == ("etl", 3, NOW + 8 * DAY)
        assert bell.thresholds == [3, 1, 0]
        assert bell.said[0][1].send[0].why.reason == "newly known"


class TestSettings:
    """A change of settings is simply what the next plan sees."""

    def test_another_zone_moves_the_slot_and_repeats_nothing(self) -> None:
        """A person who travels hears of each threshold once."""
        token = expiring(within=14 * DAY + 9 * HOUR)
        bell = settled(token, zone="America/Los_Angeles").live(listed(token), NOW, NOW + 9 * HOUR)
        assert bell.thresholds == [14]

        bell.watch = watch(zone="Asia/Shanghai", changed_at=NOW + 9 * HOUR)
        bell.live(listed(token), NOW + 9 * HOUR, NOW + 16 * DAY)

        assert bell.thresholds == [14, 7, 3, 1, 0]

    def test_a_slot_that_a_change_put_into_the_past_was_not_missed(self) -> None:
        """Choosing nine o'clock at noon, or just then, makes nothing late."""
        token = kyuubi(expires_at=FRIDAY + 7 * DAY)
        noon = FRIDAY + 3 * HOUR
        bell = settled(token, hour=8).live(listed(token), NOW, FRIDAY - 2 * HOUR)
        bell.said.clear()
        bell.ledger = settled(token).ledger
        bell.watch = watch(changed_at=noon)

        bell.live(listed(token), noon, MONDAY + HOUR)

        assert bell.said[0][1].send[0].why.reason == "newly known"

    def test_a_threshold_added_later_rings_for_what_has_passed_it(self) -> None:
        """In the next slot, once; one looser than what has rung does not."""
        token = expiring(within=13 * DAY)
        bell = settled(token, workdays=ALL_WEEK, thresholds=(14, 1))
        bell.watch = watch(workdays=ALL_WEEK, thresholds=(14, 12, 1), changed_at=NOW)
        bell.live(listed(token), NOW, NOW + 3 * DAY)
        assert bell.rung == [("etl", 12, NOW + DAY)]

        bell.watch = watch(workdays=ALL_WEEK, thresholds=(30, 13, 1), changed_at=NOW + 3 * DAY)
        bell.live(listed(token), NOW + 3 * DAY, NOW + 14 * DAY)
        assert bell.thresholds == [12, 1]

    def test_expired_chosen_later_is_for_what_expires_later(self) -> None:
        """It does not read out all that expired before."""
        token = expiring(within=2 * DAY)
        bell = settled(token, workdays=ALL_WEEK, thresholds=(1,))
        bell.live(listed(token), NOW, NOW + 5 * DAY)

        bell.watch = watch(workdays=ALL_WEEK, thresholds=(1, 0), changed_at=NOW + 5 * DAY)
        bell.live(listed(token), NOW + 5 * DAY, NOW + 9 * DAY)

        assert bell.thresholds == [1]
