"""What a reader answers to an item: not now, never for this expiry, or never mind."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import GoneError
from bot.models.ledger import Entry, Ledger, Snooze
from bot.rules.observe import rearmed

SNOOZES = (timedelta(days=1), timedelta(days=3), timedelta(weeks=1))
"""How long a person may ask for silence."""


def snooze(
    ledger: Ledger, key: str, expiry: datetime, *, now: datetime, length: timedelta
) -> Ledger:
    """Keep silent about a token for a while; a last notice still rings, and ends that.

    `expiry` is that of the item answered. Raise `GoneError` when the token is forgotten or has
    another expiry by now, here and below.
    """
    entry = _answered(ledger, key, expiry)
    return _with(ledger, key, replace(entry, snoozed=Snooze(now, now + length), lapsing=False))


def lapse(ledger: Ledger, key: str, expiry: datetime) -> Ledger:
    """Say nothing more about this expiry of a token."""
    return _with(ledger, key, replace(_answered(ledger, key, expiry), snoozed=None, lapsing=True))


def undo(ledger: Ledger, key: str, expiry: datetime, *, now: datetime) -> Ledger:
    """Take back a snooze or a lapse: what it silenced may ring again.

    But a token that was let lapse and has expired keeps silent.
    """
    entry = _answered(ledger, key, expiry)
    spoken = replace(entry, armed_at=now, snoozed=None, lapsing=False)
    return _with(ledger, key, rearmed(spoken, now) if entry.lapsing else spoken)


def _answered(ledger: Ledger, key: str, expiry: datetime) -> Entry:
    entry = ledger.entries.get(key)
    if entry is None or entry.expiry != expiry:
        raise GoneError("This token is not watched any more, or it has another expiry by now.")
    return entry


def _with(ledger: Ledger, key: str, entry: Entry) -> Ledger:
    return replace(ledger, entries={**ledger.entries, key: entry})
