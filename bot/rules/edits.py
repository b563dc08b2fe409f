"""What became of the items of earlier notices, and which of their messages must now say so."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.models.ledger import Entry, ItemState, OpenItem
from bot.models.notice import Edit
from bot.rules.due import Moment, snooze_ends

OPEN_AFTER = timedelta(days=7)
"""How long after its expiry an item may still turn to renewed within the hour."""

_OPEN = frozenset({"ringing", "snoozed", "expired"})


def is_open(item: OpenItem, now: datetime) -> bool:
    """Tell whether a notice still waits for something to happen to a token."""
    return item.shown in _OPEN and now < item.expiry + OPEN_AFTER


def edit_of(
    key: str, entry: Entry, item: OpenItem, moment: Moment, *, watched: bool
) -> Edit | None:
    """Return what the message of a token's open item must now say, None when it already does."""
    state = _state(entry, item, moment, watched=watched)
    if state == item.shown:
        return None
    until = None
    if state == "snoozed" and entry.snoozed is not None:
        until = snooze_ends(entry.snoozed, moment.slots)
    new_expiry = entry.expiry if state in ("renewed", "moved") else None
    return Edit(item.notice_id, key, item.expiry, state, new_expiry=new_expiry, until=until)


def superseded(key: str, entry: Entry, moment: Moment) -> Edit | None:
    """Return the edit of an older item when a token rings again, None when it is closed already."""
    item = entry.open
    if item is None:
        return None
    if item.expiry != entry.expiry:
        return edit_of(key, entry, item, moment, watched=True)
    # Nobody edits the older message after this: what it says must stay true.
    return Edit(item.notice_id, key, item.expiry, "superseded") if item.shown in _OPEN else None


def after_edit(item: OpenItem, edit: Edit) -> OpenItem:
    """Return an item whose message says what became of it."""
    return replace(item, shown=edit.state)


def _state(entry: Entry, item: OpenItem, moment: Moment, *, watched: bool) -> ItemState:
    """Return what became of an item."""
    if entry.presence == "gone":
        return "gone"
    if entry.presence == "unwatched":
        return "unwatched"
    if entry.token.revoked:
        return "revoked"
    if entry.expiry != item.expiry:
        later = entry.expiry is None or entry.expiry > item.expiry
        return "renewed" if later else "moved"
    return _answered(entry, item, moment) if watched else "unwatched"


def _answered(entry: Entry, item: OpenItem, moment: Moment) -> ItemState:
    if entry.lapsing:
        return "lapsing"
    over = item.expiry <= moment.now
    # A snooze from before the expiry does not hide that the token has expired since.
    if entry.snoozed is not None and not (over and entry.snoozed.at < item.expiry):
        return "snoozed"
    return "expired" if over else "ringing"
