"""What is said of a token that rings: its item, why, and in which order."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.models.ledger import Entry
from bot.models.notice import Item, Reason, Why
from bot.models.token import Token
from bot.models.watch import EXPIRED, Watch
from bot.rules.due import DAY, Call, Moment, outlook, slot_of, snooze_ends
from bot.rules.findings import IN_USE, Names, names_of, namesake_names, namesakes

_UNSEEN = frozenset({"unreadable", "missing"})
_IN_USE, _USE_UNKNOWN, _UNUSED = range(3)


class Ringing(NamedTuple):
    """A token that rings now, and the threshold."""

    key: str
    entry: Entry
    said: Call
    threshold: int


def item_of(ringing: Ringing, moment: Moment, watch: Watch, *, first_look: bool) -> Item:
    """Return what is said of a token that rings, and why."""
    key, entry, said, threshold = ringing
    slot = _slot(ringing, moment)
    on_time = moment.in_slot and slot == moment.slot
    known = max(entry.armed_at, watch.changed_at)
    late = not first_look and not on_time and slot > known
    return Item(
        key=key,
        expiry=said.expiry,
        threshold=threshold,
        token=entry.token,
        last_seen=entry.last_seen if entry.presence in _UNSEEN else None,
        why=Why(
            rule="expired" if threshold == EXPIRED else "threshold",
            threshold=threshold,
            reason=_reason(said, first_look=first_look, on_time=on_time, late=late),
            life=said.life,
            instant=said.expiry - threshold * DAY,
            slot=slot,
            now=moment.now,
            zone=watch.zone,
            hour=watch.hour,
            late=late,
            at_once=not moment.in_slot and not first_look,
        ),
    )


def urgent_first(items: Iterable[Item], now: datetime) -> tuple[Item, ...]:
    """Order the items of a notice.

    What expired in use, then what is still to expire, the tightest threshold and there the used
    ones first, then what expired out of use; soonest expiry first among equals.
    """
    return tuple(sorted(items, key=lambda item: _urgency(item, now)))


def with_namesakes(
    items: tuple[Item, ...], listed: Iterable[Token], now: datetime
) -> tuple[Item, ...]:
    """Return items that know how many of all listed tokens have their name."""
    names = names_of((item.token for item in items), listed, now)
    if not names:
        return items
    return tuple(replace(item, namesakes=namesakes(item.token, names)) for item in items)


def names_around(item: Item) -> Names:
    """Return what an item knows of the names in the list that it was in."""
    return namesake_names(item.token, item.namesakes)


def _urgency(item: Item, now: datetime) -> tuple[int, int, int, datetime, str]:
    over = item.expiry <= now
    use = _use(item, min(item.expiry, now))
    group = (0 if use == _IN_USE else 2) if over else 1
    return group, item.threshold, use, item.expiry, item.key


def _use(item: Item, until: datetime) -> int:
    if not item.token.reports("last_used_at"):
        return _USE_UNKNOWN
    used = item.token.last_used_at
    return _IN_USE if used is not None and used >= until - IN_USE else _UNUSED


def _slot(ringing: Ringing, moment: Moment) -> datetime:
    """Return the slot in which a token should have rung."""
    _, entry, said, threshold = ringing
    slot = slot_of(said.expiry, threshold, moment.slots)
    if slot > moment.now:
        # It says that it has expired before the slot for that, because an earlier notice was missed.
        missed = outlook(said.expiry, said.life, entry.rung, moment).missed
        slot = slot_of(said.expiry, threshold if missed is None else missed, moment.slots)
    if entry.snoozed is not None and said.snooze_over:
        slot = max(slot, snooze_ends(entry.snoozed, moment.slots))
    return slot


def _reason(said: Call, *, first_look: bool, on_time: bool, late: bool) -> Reason:
    if first_look:
        return "first look"
    if said.snooze_over:
        return "snooze ended"
    if on_time:
        return "on time"
    return "missed" if late else "newly known"
