"""Changes of a watch's ledger from outside the worker: answers, and looks that somebody asked for."""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.errors import GoneError, StoreUnavailableError, TokenbellError
from bot.models.ledger import Ledger
from bot.models.notice import Edit, Notice
from bot.models.watch import Watch
from bot.rules.due import Moment
from bot.rules.edits import edit_of
from bot.services.messages import Messages
from bot.store.watches import Record, Ref, WatchStore

_MOST_RACES = 10
_GONE = "There are no reminders of yours any more."

Change = Callable[[Record], tuple[Ledger, Collection[str]]]
"""Returns the ledger after a change, and the tokens that it was about. May be called again."""

logger = logging.getLogger(__name__)


class LedgerChanges:
    """Changes a ledger as it is at this moment, and the messages that tell of it."""

    def __init__(self, watches: WatchStore, messages: Messages, clock: Clock) -> None:
        self._watches = watches
        self._messages = messages
        self._clock = clock

    async def load(self, ref: Ref) -> Record:
        """Return a watch; raise `GoneError` when there is none."""
        record = await self._watches.load(ref)
        if record is None:
            raise GoneError(_GONE)
        return record

    async def apply(self, ref: Ref, change: Change) -> None:
        """Change a ledger so that no other change is lost; raise `GoneError` without a watch."""
        for _ in range(_MOST_RACES):
            record = await self.load(ref)
            ledger, keys = change(record)
            ledger, edits = settle(ledger, keys, record.watch, self._clock.now())
            planned = record.changed(ledger, *await self.edited(ref.scope, edits))
            if await self._watches.save(record, planned):
                await self._refresh(record.after(planned))
                return
        raise StoreUnavailableError("a watch is being changed by too many at once")

    async def show_anew(self, ref: Ref, which: Callable[[Notice], bool]) -> None:
        """Let the messages of some notices be drawn again as they are."""
        for _ in range(_MOST_RACES):
            record = await self.load(ref)
            notices = [notice for notice in await self._kept(ref) if which(notice)]
            planned = record.changed(record.ledger or Ledger(), *notices)
            if not notices:
                return
            if await self._watches.save(record, planned):
                await self._refresh(record.after(planned))
                return

    async def _kept(self, ref: Ref) -> list[Notice]:
        ids = await self._watches.notice_ids(ref)
        found = [await self._watches.notice(ref.scope, notice_id) for notice_id in ids]
        return [filed.notice for filed in found if filed is not None]

    async def edited(self, scope: str, edits: Collection[Edit]) -> list[Notice]:
        """Return the notices that edits change, changed."""
        found = []
        for notice_id in dict.fromkeys(edit.notice_id for edit in edits):
            filed = await self._watches.notice(scope, notice_id)
            if filed is not None:
                found.append(filed.notice.edited(edits))
        return found

    async def _refresh(self, record: Record) -> None:
        try:
            await self._messages.refresh(record)
        except TokenbellError as error:
            # It is known to be behind: the worker brings it up to date.
            logger.info("a message could not be brought up to date: %s", error)


def settle(
    ledger: Ledger, keys: Collection[str], watch: Watch, now: datetime
) -> tuple[Ledger, tuple[Edit, ...]]:
    """Return what the messages of some tokens must now say, and the ledger once they do."""
    entries, edits = dict(ledger.entries), []
    moment = Moment.of(watch, now)
    for key in keys:
        entry = entries.get(key)
        # What is no longer watched says so until the planner takes it up again.
        if entry is None or entry.open is None or entry.open.shown == "unwatched":
            continue
        edit = edit_of(key, entry, entry.open, moment, watched=True)
        if edit is not None:
            edits.append(edit)
            entries[key] = replace(entry, open=replace(entry.open, shown=edit.state))
    return replace(ledger, entries=entries), tuple(edits)
