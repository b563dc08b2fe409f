from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.listing import State
from bot.models.token import Token
from bot.rules.answers import lapse, snooze
from bot.rules.observe import Look
from bot.rules.preview import Planned, next_notice, preview
from tests.rules.make import DAY, HOUR, IDAAS, KYUUBI, NOW, idaas, kyuubi
from tests.rules.reminders import (
    ALL_WEEK,
    SETTINGS,
    Bell,
    coverage,
    listed,
    look,
    settled,
    tokens,
    watch,
)

MINUTE = timedelta(minutes=1)
STATES: tuple[State, ...] = ("fresh", "fresh", "fresh", "stale", "failed")


def foretold(bell: Bell, seen: Look, now: datetime = NOW, days: int = 30) -> list[Planned]:
    return preview(seen, bell.ledger, bell.watch, now, now + days * DAY, matches=bell.matches)


def lived(bell: Bell, seen: Look, now: datetime = NOW, days: int = 30) -> list[Planned]:
    """Return what was said by a worker that polls, while the same could be read."""

    def upstream(when: datetime) -> Look:
        listing = seen.listing
        read = [
            entry.model_copy(update={"read_at": when}) if entry.state == "fresh" else entry
            for entry in listing.coverage
        ]
        return replace(seen, listing=listing.model_copy(update={"coverage": tuple(read)}))

    later = Bell(bell.watch, bell.ledger, bell.matches)
    later.live(upstream, now, now + days * DAY + MINUTE)
    return [Planned.of(when, planned) for when, planned in later.said]


def test_namesakes_are_counted_among_all_that_are_listed() -> None:
    """A renewed copy that never expires rings nowhere, and is told of where the old one rings."""
    old, other = kyuubi("ETL", expires_at=NOW + 7 * DAY), kyuubi("bi", expires_at=NOW + 7 * DAY)
    renewed = kyuubi("etl", id="tk-2", expires_at=None)
    bell = settled(old, other, renewed, workdays=ALL_WEEK)
    seen = look(old, other, renewed)

    (message, *_) = foretold(bell, seen, days=1)
    one = next_notice(seen, bell.ledger, bell.watch, NOW, old.key)
    rung = bell.wake(NOW, seen)

    assert [(item.token.name, item.namesakes) for item in message.items] == [("ETL", 2), ("bi", 0)]
    assert one is not None
    assert one.items[0].namesakes == 2
    assert rung.send == message.items


def test_a_preview_tells_when_what_and_why() -> None:
    """One entry a message, as the notices themselves will be."""
    token = kyuubi(expires_at=NOW + 14 * DAY)
    other = kyuubi("bi", expires_at=NOW + 7 * DAY)
    bell = settled(token, other, workdays=ALL_WEEK)

    messages = foretold(bell, look(token, other), days=8)

    assert [
        (message.when, [(item.token.name, item.threshold) for item in message.items])
        for message in messages
    ] == [
        (NOW, [("bi", 7), ("etl", 14)]),
        (NOW + 4 * DAY, [("bi", 3)]),
        (NOW + 6 * DAY, [("bi", 1)]),
        (NOW + 7 * DAY, [("etl", 7), ("bi", 0)]),
    ]
    assert {item.why.reason for message in messages for item in message.items} == {"on time"}


def test_a_preview_changes_nothing() -> None:
    """Asked twice it says the same."""
    token = kyuubi(expires_at=NOW + 14 * DAY)
    bell = settled(token)

    assert foretold(bell, look(token)) == foretold(bell, look(token)) != []


def test_a_preview_ends_where_it_was_asked_to() -> None:
    """At the very end is in it."""
    token = kyuubi(expires_at=NOW + 14 * DAY)
    bell = settled(token, workdays=ALL_WEEK)
    bell.wake(NOW, look(token))

    assert [message.when for message in foretold(bell, look(token), days=7)] == [NOW + 7 * DAY]
    almost = preview(look(token), bell.ledger, bell.watch, NOW, NOW + 7 * DAY - MINUTE)
    assert almost == []


def test_a_preview_knows_what_was_answered() -> None:
    """Snoozed, let lapse, and who hears it if nobody answers."""
    several = [kyuubi(name, expires_at=NOW + 14 * DAY) for name in ("asleep", "lapsing", "open")]
    bell = settled(*several, workdays=ALL_WEEK, fallback="U2")
    bell.wake(NOW, look(*several))
    asleep, lapsing, _ = (token.key for token in several)
    ends = NOW + 14 * DAY
    bell.ledger = snooze(bell.ledger, asleep, ends, now=NOW + HOUR, length=30 * DAY)
    bell.ledger = lapse(bell.ledger, lapsing, ends)

    messages = foretold(bell, look(*several, now=NOW + 2 * HOUR), NOW + 2 * HOUR)

    assert [[item.token.name for item in message.items] for message in messages] == [
        ["open"],
        ["open"],
        ["asleep", "open"],
        ["asleep", "open"],
    ]
    assert [[item.token.name for item in message.fallback] for message in messages] == [
        [],
        [],
        ["open"],
        ["asleep", "open"],
    ]


def test_a_token_that_has_vanished_is_foretold_until_it_is_gone() -> None:
    """By the next notice it will have been missing twice."""
    token, other = kyuubi(expires_at=NOW + 7 * DAY), kyuubi("bi")
    bell = settled(token, other, workdays=ALL_WEEK)
    seen = look(other)

    assert [message.when for message in foretold(bell, seen)] == [NOW]
    assert foretold(bell, seen) == lived(bell, seen)


def test_the_next_notice_of_one_token() -> None:
    """As the preview has it, whatever else rings before."""
    token = kyuubi(expires_at=NOW + 40 * DAY)
    other = kyuubi("bi", expires_at=NOW + 7 * DAY)
    bell = settled(token, other, workdays=ALL_WEEK)
    seen = look(token, other)

    found = next_notice(seen, bell.ledger, bell.watch, NOW, token.key)

    assert found is not None
    assert found.when == NOW + 10 * DAY
    assert [item.key for item in found.items] == [token.key]
    bell.ledger = lapse(bell.ledger, token.key, NOW + 40 * DAY)
    assert next_notice(seen, bell.ledger, bell.watch, NOW, token.key) is None
    assert next_notice(seen, bell.ledger, bell.watch, NOW, "kyuubi:w-1/none") is None


def test_the_next_notice_of_a_token_that_the_watch_does_not_know_yet() -> None:
    """It was made a minute ago: the next look will see it."""
    bell = settled()
    token = kyuubi(created_at=NOW, expires_at=NOW + 40 * DAY)

    found = next_notice(look(token), bell.ledger, bell.watch, NOW, token.key)

    assert found is not None
    assert found.items[0].threshold == 14


@st.composite
def looks(draw: st.DrawFn) -> Look:
    """Draw what is listed, of two targets that are read more or less well."""
    here = draw(tokens())
    ends = NOW + draw(st.integers(-24 * 60, 40 * 24 * 60)) * MINUTE
    there: tuple[Token, ...] = (idaas("a", expires_at=ends), idaas("b"))
    states = st.sampled_from(STATES)
    return look(
        *here[: draw(st.integers(0, len(here)))],
        *there[: draw(st.integers(0, 2))],
        read=[
            coverage(target, NOW, state=draw(states), truncated=draw(st.booleans()))
            for target in draw(st.sampled_from([(KYUUBI, IDAAS), (KYUUBI,), (IDAAS,)]))
        ],
        everything=draw(st.booleans()),
        unreadable=draw(st.sampled_from([0, 0, 0, 1])),
    )


@given(
    looks(),
    looks(),
    SETTINGS,
    st.integers(-24 * 60, 0),
    st.integers(0, 20 * 24 * 60),
    st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(0, 20 * 24)), max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_a_preview_equals_what_then_happens(
    before: Look,
    seen: Look,
    chosen: dict[str, Any],
    first: int,
    later: int,
    answers: list[tuple[int, int | None]],
) -> None:
    """Message for message, over random tokens, settings, zones, outages, answers and clocks."""
    bell = Bell(watch(**chosen))
    bell.wake(NOW + first * MINUTE, before)
    now = NOW + later * MINUTE
    keys = list(bell.ledger.entries)
    for index, hours in answers if keys else ():
        key = keys[index % len(keys)]
        expiry = bell.ledger.entries[key].expiry
        assert expiry is not None
        if hours is None:
            bell.ledger = lapse(bell.ledger, key, expiry)
        else:
            length = hours * HOUR
            bell.ledger = snooze(bell.ledger, key, expiry, now=now, length=length)

    assert foretold(bell, seen, now) == lived(bell, seen, now)


def test_a_filter_that_depends_on_time_is_asked_again() -> None:
    """A token that will match is foretold, though today it does not."""
    token = kyuubi(expires_at=NOW + 10 * DAY)
    bell = settled(token, workdays=ALL_WEEK)
    bell.matches = lambda token, now: bool(token.expires_at and token.expires_at - now <= 5 * DAY)

    messages = foretold(bell, look(token))

    assert messages == lived(bell, look(token))
    assert [[item.threshold for item in message.items] for message in messages] == [
        [7],
        [3],
        [1],
        [0],
    ]


def test_a_month_of_many_tokens_is_foretold_day_by_day() -> None:
    """No message twice, none out of order."""
    several = [
        kyuubi(f"t{n}", created_at=NOW - 300 * DAY, expires_at=NOW + n * 3 * HOUR)
        for n in range(400)
    ]
    bell = Bell(watch(zone="Asia/Shanghai"))

    messages = foretold(bell, listed(*several)(NOW))

    times = [message.when for message in messages]
    assert times == sorted(set(times))
    assert messages[0].summary is not None
    assert sum(len(message.items) for message in messages[1:]) > 400
