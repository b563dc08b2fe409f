"""Long times in one go: what must never be rung twice, missed, or rung at all."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.models.token import Token
from bot.rules.observe import Look
from tests.rules.make import DAY, HOUR, NOW, idaas, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, coverage, listed, look, settled, watch

MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe")


def test_a_year_of_hourly_looks_gives_one_notice_per_threshold() -> None:
    """A token of a year rings six times."""
    token = kyuubi(created_at=NOW, expires_at=NOW + 365 * DAY)

    bell = settled(workdays=ALL_WEEK).live(listed(token), NOW, NOW + 370 * DAY, HOUR)

    assert bell.rung == [("etl", days, NOW + (365 - days) * DAY) for days in (30, 14, 7, 3, 1, 0)]
    assert len(bell.said) == 6


def test_short_lived_tokens_never_ring() -> None:
    """A token of 15 minutes is made every minute for a day, with and without a creation time."""

    def minted(now: datetime) -> Look:
        minutes = int((now - NOW) / MINUTE)
        tokens = [
            idaas(
                f"atntkn_{minute}",
                created_at=NOW + minute * MINUTE if minute % 2 else None,
                expires_at=NOW + (minute + 15) * MINUTE,
            )
            for minute in range(max(minutes - 15, 0), minutes + 1)
        ]
        return look(*tokens, now=now, everything=False)

    bell = settled().live(minted, NOW, NOW + DAY, MINUTE)

    assert not bell.said
    assert not bell.ledger.entries


@pytest.mark.parametrize(("rhythm", "expected"), [(90, (30, 14, 7)), (20, (7,)), (7, ())])
def test_renewed_in_place_for_years_each_cycle_rings_for_itself(
    rhythm: int, expected: tuple[int, ...]
) -> None:
    """Renewed five days before its end, at its own rhythm, for three years."""

    def renewed(now: datetime) -> Look:
        cycle = max((now - NOW) // ((rhythm - 5) * DAY), 0)
        ends = NOW + (cycle * (rhythm - 5) + rhythm) * DAY
        return look(kyuubi(created_at=NOW, expires_at=ends), now=now)

    bell = settled(workdays=ALL_WEEK).live(renewed, NOW, NOW + (3 * 365 + 1) * DAY)

    cycles = 3 * 365 // (rhythm - 5)
    assert bell.thresholds[: cycles * len(expected)] == list(expected) * cycles
    assert bell.states.count("renewed") == (cycles if expected else 0)
    assert not any(item.why.late for _, planned in bell.said for item in planned.send)


def test_a_token_renewed_for_a_day_at_a_time_never_rings() -> None:
    """Its first life was long; those that follow last a day to the second, and the last ends."""

    def daily(now: datetime) -> Look:
        return look(kyuubi(expires_at=min(now, NOW + 9 * DAY) + DAY), now=now)

    bell = settled(kyuubi(expires_at=NOW + 23 * HOUR)).live(daily, NOW, NOW + 20 * DAY, every=DAY)

    assert not bell.said
    assert bell.ledger.entries


def test_a_token_that_each_use_prolongs_rings_only_when_it_is_left_alone() -> None:
    """Sliding expiry: thirty days from the last use, which was an hour ago for a year."""
    last_use = NOW + 365 * DAY

    def sliding(now: datetime) -> Look:
        return look(kyuubi(created_at=NOW, expires_at=min(now, last_use) + 30 * DAY), now=now)

    bell = settled(workdays=ALL_WEEK).live(sliding, NOW, last_use + 40 * DAY)

    assert bell.thresholds == [14, 7, 3, 1, 0]
    assert bell.rung[0][2] > last_use


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_one_zone_ring_in_working_hours_only(zone: str) -> None:
    """Nine in the morning on a weekday, through gaps and folds, a leap day included."""
    tokens = [
        kyuubi(f"t{n}", created_at=NOW, expires_at=NOW + timedelta(days=61 + 9.37 * n))
        for n in range(75)
    ]
    bell = settled(zone=zone).live(listed(*tokens), NOW, NOW + 770 * DAY, polls=False)

    local = [when.astimezone(ZoneInfo(zone)) for when, _ in bell.said]
    assert {(when.hour, when.minute) for when in local} == {(9, 0)}
    assert {when.isoweekday() for when in local} <= {1, 2, 3, 4, 5}
    assert sorted({(name, threshold) for name, threshold, _ in bell.rung}) == sorted(
        (name, threshold) for name, threshold, _ in bell.rung
    )
    assert len(bell.rung) >= 75 * 4


def test_a_threshold_on_a_leap_day_rings_on_it() -> None:
    """29 February 2028 is a Tuesday."""
    leap = datetime(2028, 2, 29, 9, tzinfo=UTC)
    token = kyuubi(expires_at=leap + 7 * DAY)
    bell = settled(token, thresholds=(7,)).live(listed(token), leap - 9 * DAY, leap + 8 * DAY)

    assert bell.rung == [("etl", 7, leap)]


@pytest.mark.parametrize(
    ("day", "hour", "utc_hour"),
    [("2027-03-14", 2, 10), ("2027-11-07", 1, 8)],
    ids=["gap", "fold"],
)
def test_a_night_in_which_the_clock_changes_rings_once(day: str, hour: int, utc_hour: int) -> None:
    """At the next valid time in a gap, at the first of the two in a fold."""
    slot = datetime.fromisoformat(day).replace(hour=utc_hour, tzinfo=UTC)
    token = kyuubi(created_at=NOW, expires_at=slot + 7 * DAY + HOUR / 2)
    settings = {"zone": "America/Los_Angeles", "hour": hour, "workdays": ALL_WEEK}
    bell = settled(token, thresholds=(7,), **settings)

    bell.live(listed(token), slot - 2 * DAY, slot + 3 * DAY, every=HOUR / 2)

    assert bell.rung == [("etl", 7, slot)]


def test_a_target_that_stops_being_readable_loses_no_notice() -> None:
    """Five weeks of failures, truncated and empty answers: all notices come, and one warning."""
    token, other = kyuubi(expires_at=NOW + 40 * DAY), kyuubi("bi", expires_at=NOW + 400 * DAY)
    bad: list[Look] = []

    def upstream(now: datetime) -> Look:
        hour = int((now - NOW) / HOUR)
        looks = (
            look(now=now, read=[coverage(now=now, state="failed")]),
            look(other, now=now, read=[coverage(now=now, truncated=True)]),
            look(now=now),
            look(token, other, now=now, read=[coverage(now=NOW, state="stale")]),
        )
        bad.append(looks[hour % 4])
        return bad[-1]

    bell = settled(token, other, workdays=ALL_WEEK).live(upstream, NOW, NOW + 45 * DAY)

    assert bell.thresholds == [30, 14, 7, 3, 1, 0]
    assert {item.last_seen for _, planned in bell.said for item in planned.send} == {NOW - HOUR}
    assert sum(len(planned.blind) for _, planned in bell.said) == 1
    assert not {"gone", "unwatched"} & set(bell.states)


def test_two_people_on_different_targets_see_their_own() -> None:
    """What a watch was not shown it cannot tell."""
    theirs = kyuubi("theirs", expires_at=NOW + 7 * DAY)
    mine = kyuubi("mine", expires_at=NOW + 7 * DAY)
    bells = [settled(token).live(listed(token), NOW, NOW + DAY) for token in (mine, theirs)]

    assert [bell.rung for bell in bells] == [[("mine", 7, NOW)], [("theirs", 7, NOW)]]


def test_one_token_through_two_connections_rings_once() -> None:
    """Both read the same place."""
    token = kyuubi(expires_at=NOW + 7 * DAY)

    def both(now: datetime) -> Look:
        read = [coverage(now=now, connection_id=each) for each in ("c1", "c2")]
        return look(token, now=now, read=read)

    bell = settled(token).live(both, NOW, NOW + 2 * DAY)

    assert bell.rung == [("etl", 7, NOW)]


def test_after_the_last_connection_is_gone_nothing_is_left() -> None:
    """A person who disconnects gets nothing more."""
    token = kyuubi(expires_at=NOW + 7 * DAY)
    bell = settled(token)

    bell.live(lambda now: look(now=now, read=()), NOW, NOW + 10 * DAY)

    assert not bell.said
    assert not bell.ledger.entries


def test_an_expired_token_that_is_hidden_rings_expired_and_may_be_renewed() -> None:
    """A source that lists only what is alive hides the end, not the notice of it."""
    rest = idaas("rest")

    def hiding(now: datetime) -> Look:
        tokens: Iterable[Token] = (rest, idaas("a", expires_at=NOW + 70 * HOUR))
        if now > NOW + 6 * DAY:
            tokens = (rest, idaas("a", expires_at=NOW + 70 * DAY))
        alive = [token for token in tokens if token.status(now) == "active"]
        return look(*alive, now=now, everything=False)

    bell = settled(rest, idaas("a", expires_at=NOW + 70 * HOUR), workdays=ALL_WEEK)
    bell.live(hiding, NOW, NOW + 42 * DAY)

    assert bell.thresholds == [1, 0, 30]
    assert bell.states[-1] == "renewed"


def test_a_watch_made_anew_introduces_itself_and_repeats_nothing_else() -> None:
    """A store that lost everything costs one summary, no storm."""
    token = kyuubi(expires_at=NOW + 20 * DAY)
    bell = settled(token, workdays=ALL_WEEK).live(listed(token), NOW, NOW + 7 * DAY)
    assert bell.thresholds == [14]

    again = Bell(watch(workdays=ALL_WEEK)).live(listed(token), NOW + 7 * DAY, NOW + 22 * DAY)

    assert [planned.summary is not None for _, planned in again.said] == [True] + [False] * 4
    assert again.thresholds == [7, 3, 1, 0]
