"""What holds for every plan, over random tokens, settings, zones, clocks, answers and mishaps."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.ledger import dump_entries, dump_looks, load_ledger
from bot.models.notice import Item
from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.answers import lapse, snooze, undo
from bot.rules.observe import Look, observe
from bot.rules.plan import Plan, plan
from bot.rules.slots import Slots
from tests.rules.make import DAY, HOUR, NOW, TOKENS, kyuubi
from tests.rules.reminders import (
    PLACES,
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
REST = kyuubi("rest", expires_at=NOW + 3000 * DAY)


def expected(token: Token, watch: Watch, start: datetime) -> dict[datetime, int]:
    """Return when a token rings that nothing happens to, worked out by listing all slots."""
    expiry = token.expires_at
    if expiry is None or expiry <= start or (watch.mode == "mine" and token.created_by != "ann"):
        return {}
    life = expiry - (token.created_at or start)
    if life <= DAY:
        return {}
    slots = Slots.of(watch).between(start - 70 * DAY, expiry + 15 * DAY)
    rings: dict[datetime, int] = {}
    for days in watch.thresholds:
        if days and 2 * days * DAY <= life:
            rings[max(slot for slot in slots if slot <= expiry - days * DAY)] = days
        elif not days:
            rings[min(slot for slot in slots if slot >= expiry)] = 0
    limit = 7 if watch.mode == "unasked" else 365
    return {slot: days for slot, days in rings.items() if slot > start and days <= limit}


@given(tokens(), SETTINGS)
@settings(max_examples=60, deadline=None)
def test_what_is_left_alone_rings_exactly_when_it_should(
    several: tuple[Token, ...], chosen: dict[str, Any]
) -> None:
    """Every threshold that counts, in its slot, the tightest of a slot only, and nothing else."""
    bell = Bell(watch(**chosen)).live(listed(*several), NOW, NOW + 60 * DAY, polls=False)

    for token in several:
        rung = {when: days for name, days, when in bell.rung if name == token.name}
        assert rung == expected(token, bell.watch, NOW)
    assert all(item.why.reason in ("on time", "first look") for item in said_by(bell))


def said_by(bell: Bell) -> Iterator[Item]:
    for _, planned in bell.said:
        yield from planned.send


Event = Literal[
    "none", "renew", "revoke", "delete", "fail", "truncate", "snooze", "lapse", "undo", "move"
]


class Step(NamedTuple):
    """Something happens, then time passes; `late` keeps the worker down for all of it."""

    event: Event
    token: int
    hours: int
    late: bool
    place: dict[str, Any]


STEPS = st.lists(
    st.builds(
        Step,
        event=st.sampled_from(get_args(Event)) | st.sampled_from(["none", "snooze", "renew"]),
        token=st.integers(0, 4),
        hours=st.integers(0, 30) | st.integers(24, 24 * 9),
        late=st.sampled_from([False, False, False, True]),
        place=st.fixed_dictionaries(PLACES),
    ),
    min_size=3,
    max_size=15,
)


@dataclass
class Life:
    """Random things happen to a watch; each plan is held against what must always be so."""

    bell: Bell
    tokens: list[Token | None]
    now: datetime = NOW
    reading: str = ""
    lapsed: set[tuple[str, datetime | None]] = field(default_factory=set)
    rung: dict[tuple[str, datetime], int] = field(default_factory=dict)

    def happen(self, step: Step) -> None:
        index = step.token % len(self.tokens)
        token = self.tokens[index]
        self.reading = step.event if step.event in ("fail", "truncate") else ""
        if step.event == "move":
            update = {**step.place, "changed_at": self.now}
            self.bell.watch = self.bell.watch.model_copy(update=update)
        elif token is not None and token.expires_at is not None:
            self._to(index, token, token.expires_at, step)

    def _to(self, index: int, token: Token, expiry: datetime, step: Step) -> None:
        ledger, key = self.bell.ledger, token.key
        known = key in ledger.entries and ledger.entries[key].expiry == expiry
        if step.event == "renew":
            later = max(expiry, self.now) + (step.hours + 1) * HOUR
            self.tokens[index] = token.model_copy(update={"expires_at": later})
        elif step.event == "revoke":
            self.tokens[index] = token.model_copy(update={"revoked": not token.revoked})
        elif step.event == "delete":
            self.tokens[index] = None
        elif known and step.event == "snooze":
            length = step.hours * HOUR
            self.bell.ledger = snooze(ledger, key, expiry, now=self.now, length=length)
            self.lapsed.discard((key, expiry))
        elif known and step.event == "lapse":
            self.bell.ledger = lapse(ledger, key, expiry)
            self.lapsed.add((key, expiry))
        elif known and step.event == "undo":
            self.bell.ledger = undo(ledger, key, expiry, now=self.now)
            self.lapsed.discard((key, expiry))

    def wake(self) -> datetime:
        alive = [token for token in self.tokens if token is not None]
        planned = self.bell.wake(self.now, self._look(*alive, REST))
        self._check(planned)
        again = plan(planned.ledger, self.bell.watch, self.now, notice_id="again")
        assert not again.speaks
        assert not again.edits
        assert again.wake == planned.wake
        if planned.speaks or planned.edits:
            assert (
                load_ledger(dump_looks(planned.ledger), dump_entries(planned.ledger))
                == planned.ledger
            )
        return planned.wake

    def _look(self, *alive: Token) -> Look:
        if self.reading == "fail":
            return look(now=self.now, read=[coverage(now=self.now, state="failed")])
        if self.reading == "truncate":
            return look(*alive[1:], now=self.now, read=[coverage(now=self.now, truncated=True)])
        return look(*alive, now=self.now)

    def _check(self, planned: Plan) -> None:
        assert planned.wake > self.now
        assert planned.next_send is None or planned.next_send >= planned.wake
        assert all(item in planned.send for item in planned.fallback)
        assert len({item.key for item in planned.send}) == len(planned.send)
        for item in planned.send:
            self._check_item(item)

    def _check_item(self, item: Item) -> None:
        watch, why = self.bell.watch, item.why
        slots = Slots.of(watch)
        assert item.threshold in watch.thresholds or why.reason == "snooze ended"
        assert item.threshold == 0 or 2 * item.threshold * DAY <= why.life
        assert why.life > DAY
        assert not item.token.revoked
        assert (item.key, item.expiry) not in self.lapsed
        if why.reason == "first look":
            assert item.expiry > self.now
            return
        assert watch.mode != "unasked" or item.threshold <= 7 or why.reason == "snooze ended"
        assert watch.mode != "mine" or item.token.created_by == "ann"
        assert why.late <= (why.slot <= self.now)

        # Only the tightest rings, and each once: then all that are left are tighter.
        before = self.rung.get((item.key, item.expiry))
        again = why.reason == "snooze ended"
        assert before is None or item.threshold < before or (again and item.threshold == before)
        self.rung[item.key, item.expiry] = item.threshold
        following = slots.after(self.now)
        limit = 7 if watch.mode == "unasked" else 365
        for days in (days for days in watch.thresholds if days <= limit):
            if 0 < days < item.threshold and 2 * days * DAY <= why.life:
                assert item.expiry - days * DAY >= following

        # At a slot, unless the next one would leave less than a day.
        if self.now - slots.latest(self.now) >= HOUR:
            assert why.at_once
            assert item.expiry - following < DAY


@given(tokens(), SETTINGS, STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_the_rules_hold(
    several: tuple[Token, ...], chosen: dict[str, Any], steps: list[Step]
) -> None:
    """Renewals, revocations, deletions, failures, answers, outages and moves, in any order."""
    life = Life(Bell(watch(**chosen)), list(several))
    due = life.wake()
    for step in steps:
        life.happen(step)
        until = life.now + step.hours * HOUR
        while not step.late and due < until:
            life.now = due
            due = life.wake()
        life.now = until
        due = life.wake()


@given(
    SETTINGS,
    st.integers(1, 40 * 24 * 60),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 30 * 24 * 60)), max_size=6),
)
@settings(max_examples=30, deadline=None)
def test_a_snooze_never_swallows_a_last_notice(
    chosen: dict[str, Any], minutes: int, snoozes: list[tuple[int, int]]
) -> None:
    """However often and however long, the tightest threshold and `expired` ring in their slots."""
    ends = NOW + minutes * MINUTE
    token = kyuubi(created_at=NOW - 400 * DAY, expires_at=ends, created_by="ann")
    bell = Bell(watch(**chosen))
    asked = sorted(snoozes)
    now = NOW
    while now < ends + 20 * DAY:
        due = bell.wake(now, look(token, now=now)).wake
        while asked and NOW + asked[0][0] * 20 * MINUTE < due:
            at, length = asked.pop(0)
            now = max(now, NOW + at * 20 * MINUTE)
            if token.key in bell.ledger.entries:
                bell.ledger = snooze(bell.ledger, token.key, ends, now=now, length=length * MINUTE)
        now = due

    usual = expected(token, bell.watch, NOW)
    tightest = min((days for days in bell.watch.thresholds if days), default=0)
    for slot, days in usual.items():
        if days in (0, tightest):
            assert (token.name, days, slot) in bell.rung


@given(tokens(), SETTINGS, st.lists(st.fixed_dictionaries(PLACES), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_moving_never_rings_twice(
    several: tuple[Token, ...], chosen: dict[str, Any], places: list[dict[str, Any]]
) -> None:
    """Another zone, hour or week moves the slots; no threshold of an expiry comes again."""
    bell = Bell(watch(**chosen))
    for number, place in enumerate(places):
        start = NOW + number * 11 * DAY + number * 5 * HOUR
        bell.watch = bell.watch.model_copy(update={**place, "changed_at": start})
        bell.live(listed(*several), start, start + 11 * DAY + 5 * HOUR, polls=False)

    rung = [(name, days) for name, days, _ in bell.rung]
    assert len(set(rung)) == len(rung)


@given(st.lists(TOKENS, max_size=4), st.lists(TOKENS, max_size=4), SETTINGS)
@settings(max_examples=40, deadline=None)
def test_no_token_is_too_strange_to_plan(
    before: list[Token], after: list[Token], chosen: dict[str, Any]
) -> None:
    """Whatever a source lists, from the year 1 to 9999 and by any name."""
    bell = Bell(watch(**chosen))
    for number, several in enumerate((before, after, [])):
        now = NOW + number * 5 * DAY
        read = [coverage(token.target, now) for token in several]
        bell.wake(now, look(*several, now=now, read=read, everything=bool(number)))
        assert load_ledger(dump_looks(bell.ledger), dump_entries(bell.ledger)) is not None


@pytest.mark.parametrize("step", ["observe", "plan"])
def test_the_work_grows_with_the_number_of_tokens_and_no_faster(step: str) -> None:
    """Four times the tokens take four times the calls, counted rather than timed."""

    def calls(number: int) -> int:
        several = [
            kyuubi(f"t{n}", expires_at=NOW + n * 100 * DAY / number) for n in range(1, number + 1)
        ]
        bell = settled(*several)
        now = NOW + 5 * DAY
        seen = look(*several[1:], now=now)
        counted = 0

        def count(_frame: object, event: str, _arg: object) -> None:
            nonlocal counted
            counted += event in ("call", "c_call")

        ledger = observe(bell.ledger, seen, bell.watch, now).ledger
        sys.setprofile(count)
        try:
            if step == "plan":
                assert plan(ledger, bell.watch, now, notice_id="n1").send
            else:
                observe(bell.ledger, seen, bell.watch, now)
        finally:
            sys.setprofile(None)
        return counted

    assert calls(1600) < 4.5 * calls(400)
