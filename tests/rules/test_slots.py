from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.slots import Slots

ALL_WEEK = frozenset(range(1, 8))
WORKDAYS = frozenset(range(1, 6))
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Africa/Casablanca",
)
SLOTS = st.builds(
    Slots,
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    workdays=st.frozensets(st.integers(1, 7), min_size=1),
)
INSTANTS = st.datetimes(
    min_value=datetime(2008, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
    max_value=datetime(2032, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.sampled_from(
    [
        datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia goes over the date line
        datetime(2026, 3, 8, 10, tzinfo=UTC),  # Los Angeles springs forward
        datetime(2026, 11, 1, 9, tzinfo=UTC),  # and falls back
        datetime(2018, 11, 4, 3, tzinfo=UTC),  # Sao Paulo has no midnight
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe moves by half an hour
        datetime(2010, 11, 7, 2, 31, tzinfo=UTC),  # St. John's goes back over midnight
    ]
)


def local(slots: list[datetime], zone: str) -> list[str]:
    return [f"{slot.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}" for slot in slots]


def on(day: str, zone: str, days: int = 1) -> tuple[datetime, datetime]:
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
    return start.astimezone(UTC), (start + days * DAY).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Asia/Shanghai", "01:00"),
        ("America/Los_Angeles", "17:00"),
        ("Asia/Kathmandu", "03:15"),
        ("UTC", "09:00"),
    ],
)
def test_a_slot_is_an_hour_of_the_persons_day(zone: str, utc: str) -> None:
    """Nine o'clock is nine o'clock where the person is."""
    [slot] = Slots(zone, 9, ALL_WEEK).between(*on("2026-12-01", zone))

    assert f"{slot:%H:%M}" == utc
    assert slot.tzinfo is UTC


def test_a_weekend_has_no_slots() -> None:
    """From Friday's slot it is three days to Monday's."""
    slots = Slots("Asia/Shanghai", 9, WORKDAYS)

    assert local(slots.between(*on("2026-12-03", "Asia/Shanghai", 6)), "Asia/Shanghai") == [
        "Thu 2026-12-03 09:00",
        "Fri 2026-12-04 09:00",
        "Mon 2026-12-07 09:00",
        "Tue 2026-12-08 09:00",
    ]


@pytest.mark.parametrize(
    ("zone", "hour", "day", "shown"),
    [
        ("America/Los_Angeles", 2, "2026-03-08", "03:00"),
        ("Australia/Lord_Howe", 2, "2026-10-04", "02:30"),
        ("America/Sao_Paulo", 0, "2018-11-04", "01:00"),
        ("Antarctica/Troll", 1, "2026-03-29", "03:00"),
        ("Antarctica/Troll", 2, "2026-03-29", "03:00"),
    ],
)
def test_an_hour_that_is_skipped_gives_way_to_the_next_valid_time(
    zone: str, hour: int, day: str, shown: str
) -> None:
    """In a gap of the clock a slot is the first moment after it."""
    slots = Slots(zone, hour, ALL_WEEK).between(*on(day, zone))

    assert [slot.astimezone(ZoneInfo(zone)).strftime("%H:%M") for slot in slots] == [shown]


def test_an_hour_that_comes_twice_counts_the_first_time() -> None:
    """When the clock is set back, the slot is the first of the two."""
    slots = Slots("America/Los_Angeles", 1, ALL_WEEK)

    assert slots.between(*on("2026-11-01", "America/Los_Angeles")) == [
        datetime(2026, 11, 1, 8, tzinfo=UTC)
    ]


def test_a_day_that_a_zone_skips_has_no_slot() -> None:
    """Apia had no 30 December 2011."""
    slots = Slots("Pacific/Apia", 9, ALL_WEEK)

    assert local(slots.between(*on("2011-12-29", "Pacific/Apia", 4)), "Pacific/Apia") == [
        "Thu 2011-12-29 09:00",
        "Sat 2011-12-31 09:00",
        "Sun 2012-01-01 09:00",
    ]


def test_a_leap_day_has_its_slot() -> None:
    """29 February is a day like any other."""
    slots = Slots("Asia/Kathmandu", 9, ALL_WEEK)

    assert local(slots.between(*on("2028-02-28", "Asia/Kathmandu", 3)), "Asia/Kathmandu") == [
        "Mon 2028-02-28 09:00",
        "Tue 2028-02-29 09:00",
        "Wed 2028-03-01 09:00",
    ]


def test_a_slot_belongs_to_its_own_instant() -> None:
    """At a slot, the latest and the first are it, and the next one comes after."""
    slots = Slots("UTC", 9, WORKDAYS)
    friday = datetime(2026, 12, 4, 9, tzinfo=UTC)

    assert slots.latest(friday) == slots.first(friday) == friday
    assert slots.after(friday) == datetime(2026, 12, 7, 9, tzinfo=UTC)
    assert slots.latest(friday - timedelta(microseconds=1)) == friday - DAY
    assert slots.first(friday + timedelta(microseconds=1)) == friday + 3 * DAY


def test_the_slot_of_a_day_is_that_of_the_day_before_when_it_has_none() -> None:
    """A Sunday goes by Friday's slot; a Monday by its own, even before it."""
    slots = Slots("UTC", 9, WORKDAYS)

    assert slots.on_day_of(datetime(2026, 12, 6, 23, tzinfo=UTC)).day == 4
    assert slots.on_day_of(datetime(2026, 12, 7, 1, tzinfo=UTC)).day == 7


def test_a_clock_set_back_over_midnight_does_not_hide_a_slot() -> None:
    """A slot at midnight has passed, though a minute later it is the evening before once more."""
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)  # in St. John's: back at 00:01 to 23:01
    slots = Slots("America/St_Johns", 0, ALL_WEEK)

    assert local([midnight, midnight + MINUTE], slots.zone) == [
        "Sun 2010-11-07 00:00",
        "Sat 2010-11-06 23:01",
    ]
    assert slots.latest(midnight + MINUTE) == midnight


def test_a_clock_set_forward_over_midnight_moves_a_slot_into_the_next_day() -> None:
    """Nuuk skipped the last hour of 30 March 2024: its slot is the first moment of the 31st."""
    slots = Slots("America/Nuuk", 23, frozenset({6}))
    midnight = datetime(2024, 3, 31, 1, tzinfo=UTC)

    assert local([midnight], slots.zone) == ["Sun 2024-03-31 00:00"]
    assert slots.first(midnight) == midnight
    assert slots.after(midnight - MINUTE) == midnight
    assert slots.latest(midnight + MINUTE) == midnight


@given(SLOTS, INSTANTS)
def test_neighbours_are_the_slots_around_an_instant(slots: Slots, instant: datetime) -> None:
    """Between the latest slot and the one after there is none, and the instant lies there."""
    latest, first, after = slots.latest(instant), slots.first(instant), slots.after(instant)

    assert latest <= instant < after
    assert first in (latest, after)
    assert (first == latest) == (latest == instant)
    assert slots.between(latest, after + timedelta(microseconds=1)) == [latest, after]
    assert slots.between(latest, after) == [latest]


@given(SLOTS, INSTANTS)
def test_slots_are_few_and_in_order(slots: Slots, start: datetime) -> None:
    """In three weeks each workday has one slot, at its hour unless that was skipped."""
    found = slots.between(start, start + 21 * DAY)
    shown = [slot.astimezone(ZoneInfo(slots.zone)) for slot in found]

    assert found == sorted(set(found))
    assert {day.isoweekday() for day in shown} <= slots.workdays
    assert len({day.date() for day in shown}) == len(found)
    assert abs(len(found) - 3 * len(slots.workdays)) <= 1
    assert all(slots.hour <= day.hour <= slots.hour + 2 for day in shown)
