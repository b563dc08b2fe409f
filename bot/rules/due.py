"""What one token has to say at a moment: which threshold is due, and when it speaks next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from bot.models.ledger import Entry, Snooze
from bot.models.token import SHORT_LIFE
from bot.models.watch import EXPIRED, Watch
from bot.rules.slots import Slots

DAY = timedelta(days=1)

GRACE = timedelta(hours=1)
"""How long a slot lasts: a worker that wakes a little late is still on time."""

UNASKED_LIMIT = 7
"""The loosest threshold, in days, that rings before a person has chosen what should."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The rules of a watch at one moment.

    `slot` is the latest slot, `in_slot` tells whether it has just begun, `next_slot` is the one
    after now. `spans` are the thresholds in days and as a length, loosest first, without `expired`.
    """

    now: datetime
    slots: Slots
    slot: datetime
    in_slot: bool
    next_slot: datetime
    spans: tuple[tuple[int, timedelta], ...]
    rings_expired: bool

    @classmethod
    def of(cls, watch: Watch, now: datetime, *, limit: int | None = None) -> Self:
        """Return the rules at a moment; `limit` leaves out looser thresholds."""
        slots = Slots.of(watch)
        slot = slots.latest(now)
        return cls(
            now=now,
            slots=slots,
            slot=slot,
            in_slot=now - slot < GRACE,
            next_slot=slots.after(now),
            spans=tuple(
                (days, days * DAY)
                for days in watch.thresholds
                if days != EXPIRED and (limit is None or days <= limit)
            ),
            rings_expired=EXPIRED in watch.thresholds,
        )

    @property
    def reach(self) -> timedelta:
        """How long before an expiry its first notice can be due."""
        return self.spans[0][1] if self.spans else timedelta(0)

    def last_notice(self, life: timedelta) -> int | None:
        """Return the tightest threshold before the expiry that counts in a life, if any does."""
        return next((days for days, span in reversed(self.spans) if 2 * span <= life), None)


def snooze_ends(snooze: Snooze, slots: Slots) -> datetime:
    """Return the slot in which a snooze ends: that of its last day, or the one before.

    The day counts, not the hour: one day asked for at 08:50 does not end at 09:00.
    """
    slot = slots.on_day_of(snooze.until)
    return slot if slot > snooze.at else slots.after(snooze.at)


class Outlook(NamedTuple):
    """What a token has to say, whatever its reader answered.

    `due` is the tightest threshold whose slot has come, None when there is none; `missed` the
    tightest of those before `expired`. `ahead` is the next one to come.
    """

    due: int | None = None
    missed: int | None = None
    ahead: int | None = None


_NOTHING = Outlook()


def outlook(expiry: datetime, life: timedelta, rung: int | None, moment: Moment) -> Outlook:
    """Return which thresholds of an expiry are due, of those that have not rung.

    A threshold is due once no slot is left between now and its instant. A token that has expired
    says so at once if an earlier notice of it was missed, else in the first slot after.
    """
    if life <= SHORT_LIFE or rung == EXPIRED:
        return _NOTHING
    left = expiry - moment.next_slot
    missed = ahead = None
    for days, span in moment.spans:
        if (rung is not None and days >= rung) or 2 * span > life:
            continue
        if span <= left:
            ahead = days
            break
        missed = days
    if not moment.rings_expired:
        return Outlook(missed, missed, ahead)
    if expiry <= moment.slot or (expiry <= moment.now and missed is not None):
        return Outlook(EXPIRED, missed)
    return Outlook(missed, missed, EXPIRED if ahead is None else ahead)


def slot_of(expiry: datetime, threshold: int, slots: Slots) -> datetime:
    """Return the slot in which a threshold rings: the last one before it, or after the expiry."""
    if threshold == EXPIRED:
        return slots.first(expiry)
    return slots.latest(expiry - threshold * DAY)


class Call(NamedTuple):
    """Whether a token rings now, and otherwise when.

    `due` is the threshold that it has to say, `rings` whether that may be said now. `snooze_over`:
    a snooze has ended. `ahead` is the threshold whose slot comes next, `waits_for` a slot that it
    waits for besides.
    """

    expiry: datetime
    life: timedelta
    due: int | None = None
    rings: bool = False
    snooze_over: bool = False
    ahead: int | None = None
    waits_for: datetime | None = None


def call(entry: Entry, moment: Moment) -> Call | None:
    """Return whether a token rings now, after what its reader answered; None if it never may."""
    expiry, life = entry.expiry, entry.life
    if expiry is None or life is None or entry.silenced:
        return None
    due, _, ahead = outlook(expiry, life, entry.rung, moment)
    if entry.snoozed is None:
        return _timed(expiry, life, due, ahead, moment)
    end = snooze_ends(entry.snoozed, moment.slots)
    if end <= moment.now:
        told = entry.open is not None and entry.open.expiry == expiry
        again = entry.rung if due is None and told else due
        return _timed(expiry, life, again, ahead, moment, snooze_over=True)
    last = moment.last_notice(life)
    if due is not None and due in (EXPIRED, last):
        return _timed(expiry, life, due, ahead, moment)
    return Call(expiry, life, ahead=last if ahead else ahead, waits_for=end)


def _timed(
    expiry: datetime,
    life: timedelta,
    due: int | None,
    ahead: int | None,
    moment: Moment,
    *,
    snooze_over: bool = False,
) -> Call:
    """Ring in a slot; at once when the next one would leave less than a day; else in that."""
    rings = moment.in_slot or expiry - moment.next_slot < DAY
    waits_for = None if due is None or rings else moment.next_slot
    return Call(expiry, life, due, due is not None and rings, snooze_over, ahead, waits_for)


def settled(entry: Entry, said: Call, moment: Moment) -> Entry:
    """Return an entry with nothing to say, after what is over without a word.

    A snooze of what never rang ends silently. So does an expiry that nobody wants to hear of: a
    threshold `expired` that is chosen later is for what expires later.
    """
    if said.snooze_over:
        return replace(entry, snoozed=None)
    over = said.expiry <= moment.now and entry.rung != EXPIRED
    if over and not moment.rings_expired and entry.snoozed is None:
        return replace(entry, rung=EXPIRED)
    return entry


def passed_over(entry: Entry, said: Call, now: datetime) -> Entry:
    """Return an entry that has something to say, but is not watched by mode or filter.

    Should it be watched later, it is not late, and what has expired by then keeps silent.
    """
    if said.expiry <= now:
        return replace(entry, armed_at=now, rung=EXPIRED, snoozed=None)
    return replace(entry, armed_at=now)
