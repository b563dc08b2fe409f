"""Delivery in two phases: a notice is begun with its ledger, then posted, then recorded as sent.

Whoever dies in between, or never hears Slack's answer, leaves the notice in the outbox until its
deadline. Then the next one looks it up, where Slack lets us, and otherwise posts it again. Nothing
waits for a rate under a lease.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot import metrics
from bot.clock import Clock
from bot.errors import NotAllowedError, SlackError
from bot.jobs.lease import Lease
from bot.models.connection import Owner
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.services.messages import Messages, retry_after
from bot.services.people import PeopleService
from bot.services.refusals import refusal
from bot.slack import Posted
from bot.store.rates import Rates
from bot.store.watches import Change, Filed, Parcel, Record, Ref, Sender, WatchStore

# All in calls to Slack. A post may be made twice, the second time as text: both must be over before
# the deadline, until which nobody else sends the parcel.
_SPAN = 3.0
_LATEST_START = 0.8
_LEASE = 3.5

_MOST_DOUBLINGS = 7
_SOON = timedelta(minutes=1)
_LATER = timedelta(hours=1)
_KEEP_AFTER = timedelta(days=37)
"""How long a notice is kept after its last expiry: while items are open, and a month more."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be said: the notice, and the watch as it is with it and without it."""

    notice: Notice
    fallback: tuple[int, ...]
    change: Change
    undone: Change

    def parcels(self, watch: Watch) -> tuple[Parcel, ...]:
        """Return the messages that this makes: the notice, and a copy of what went unanswered."""
        own = Parcel(self.notice.id)
        if not self.fallback or watch.fallback is None:
            return (own,)
        return own, Parcel(self.notice.id, watch.fallback, self.fallback)


class Rung(NamedTuple):
    """What came of ringing.

    `record` is the watch afterwards, None when nothing was recorded: then another wrote it at the
    same time, unless `again` says when to come back. `unreachable`: nobody could be told.
    """

    record: Record | None = None
    again: datetime | None = None
    unreachable: bool = False


@dataclass(slots=True)
class _Sending:
    """The parcels of one notice on their way; `intent` while all of it can still be taken back."""

    record: Record
    filed: Filed
    parcels: list[Parcel]
    sender: Sender
    started: float
    channel: str = ""
    tries: int = 0
    intent: Intent | None = None
    unreachable: bool = False


class Delivery:
    """Sends notices, and those that others did not finish."""

    def __init__(
        self,
        *,
        watches: WatchStore,
        messages: Messages,
        people: PeopleService,
        rates: Rates,
        clock: Clock,
    ) -> None:
        self._watches = watches
        self._messages = messages
        self._people = people
        self._rates = rates
        self._clock = clock
        self._span = _SPAN * messages.call
        self._latest_start = _LATEST_START * messages.call
        self._lease = _LEASE * messages.call

    async def ring(self, record: Record, intent: Intent, lease: Lease) -> Rung:
        """Send a notice."""
        place = await self._rates.take(record.ref.scope, self._messages.posts, record.turn)
        if place.wait:
            metrics.NOTICES.labels("postponed").inc()
            return await self._postpone(record, replace(intent.undone, turn=place.at), place.wait)
        channel, refused = await self._open(record)
        if isinstance(refused, timedelta):
            return await self._postpone(record, intent.undone, refused)
        if not await lease.hold(self._lease):
            return Rung(again=self._clock.now())
        await lease.reach("begin")
        sending = _Sending(
            record=record.after(intent.change),
            filed=Filed(intent.notice, record.ref.id, "sending"),
            parcels=list(intent.parcels(record.watch)),
            sender=Sender(lease.generation, self._span),
            started=self._clock.monotonic(),
            channel=channel,
            intent=intent,
        )
        if not await self._watches.begin(
            record,
            intent.change,
            intent.notice,
            sending.parcels,
            sending.sender,
            keep=_kept(intent.notice),
        ):
            return Rung()
        if refused is not None:
            await self._fail(sending, refused)
        again = await self._send(sending, lease)
        return Rung(sending.record, again, sending.unreachable)

    async def resume(self, record: Record, lease: Lease) -> datetime | None:
        """Finish what another did not; return when to come back if that cannot be done now."""
        if not await lease.hold(self._lease):
            return self._clock.now()
        parcel, sender = record.outbox[0], Sender(lease.generation, self._span)
        started = self._clock.monotonic()
        tries = await self._watches.take_over(record.ref, parcel, sender)
        if isinstance(tries, timedelta):
            return self._clock.now() + tries
        if tries is None:
            return None
        filed = await self._watches.notice(record.ref.scope, parcel.notice_id)
        if filed is None:
            await self._watches.dropped(record.ref, parcel, sender)
            return None
        sending = _Sending(record, filed, list(record.outbox), sender, started, tries=tries)
        return await self._send(sending, lease)

    async def _postpone(self, record: Record, undone: Change, wait: timedelta) -> Rung:
        """Remember what was seen, though nothing is said yet."""
        now = self._clock.now()
        await self._watches.save(record, replace(undone, notices=(), next_send=now))
        return Rung(again=now + wait)

    async def _open(self, record: Record) -> tuple[str, timedelta | SlackError | None]:
        """Return where a watch rings; otherwise how long to wait, or why it never will."""
        try:
            return await self._messages.place_of(record), None
        except SlackError as error:
            match refusal(error):
                case "throttled":
                    return "", retry_after(error)
                case "uncertain":
                    return "", _SOON
                case "app":
                    return "", _LATER
                case _:
                    return "", error

    async def _send(self, sending: _Sending, lease: Lease) -> datetime | None:
        """Send all parcels; return when to come back for what is left."""
        while sending.parcels:
            parcel = sending.parcels[0]
            try:
                posted = await self._deliver(sending, parcel, lease)
            except NotAllowedError:
                await self._drop(sending, parcel)
                continue
            except SlackError as error:
                again = await self._refused(sending, parcel, error)
                if again is not None:
                    return again
                continue
            if posted is None:
                return await self._take_back(sending, parcel, timedelta(0))
            await lease.reach("sent")
            if not await self._sent(sending, parcel, posted):
                return self._clock.now()
        return None

    async def _deliver(self, sending: _Sending, parcel: Parcel, lease: Lease) -> Posted | None:
        """Post a parcel, or find where it was; None when it is too late to begin with it."""
        scope = sending.record.ref.scope
        channel = await self._channel(sending, parcel)
        if sending.tries:
            found = await self._messages.find(scope, channel, parcel)
            if found is not None:
                metrics.NOTICES.labels("found").inc()
                return found
        message = await self._messages.draw(parcel, sending.filed, sending.record.watch)
        await lease.reach("post")
        elapsed = timedelta(seconds=self._clock.monotonic() - sending.started)
        if elapsed > self._latest_start:
            return None
        posted = await self._messages.post(scope, channel, message, parcel)
        metrics.NOTICES.labels("again" if sending.tries else "sent").inc()
        return posted

    async def _channel(self, sending: _Sending, parcel: Parcel) -> str:
        watch = sending.record.watch
        if not parcel.to:
            return sending.channel or await self._messages.place_of(sending.record)
        reader = Owner(watch.owner.scope, parcel.to)
        await self._people.insider(reader)  # raises NotAllowedError: they have left since
        return await self._messages.open_dm(reader)

    async def _sent(self, sending: _Sending, parcel: Parcel, posted: Posted) -> bool:
        """Record that a parcel is out, and go on with the next; False when another sends."""
        ref, started = sending.record.ref, self._clock.monotonic()
        if parcel.to:
            recorded = await self._watches.dropped(ref, parcel, sending.sender)
        else:
            recorded = await self._watches.sent(
                ref,
                parcel,
                sending.sender,
                channel=posted.channel,
                ts=posted.ts,
                is_dm=sending.record.watch.channel is None,
            )
            if not recorded and sending.record.watch.channel is not None:
                await self._withdraw(ref, posted)
        self._next(sending, started)
        return recorded

    async def _withdraw(self, ref: Ref, posted: Posted) -> None:
        """Delete what was posted in a channel while its watch was ended: nobody else knows of it."""
        if await self._watches.load(ref) is None:
            await self._messages.withdraw(ref.scope, posted)

    async def _refused(
        self, sending: _Sending, parcel: Parcel, error: SlackError
    ) -> datetime | None:
        """Do what a refusal asks for; return when to come back, None to go on with the rest."""
        why = refusal(error)
        metrics.NOTICES.labels(why).inc()
        logger.info("a notice was not sent: %s", error)
        if why == "uncertain":
            return self._clock.now() + self._patience(sending)
        if why == "throttled":
            wait = retry_after(error)
            await self._rates.block(sending.record.ref.scope, self._messages.posts, wait)
            return await self._take_back(sending, parcel, wait)
        if why == "app":
            return await self._take_back(sending, parcel, _LATER)
        if parcel.to:
            await self._drop(sending, parcel)
        else:
            await self._fail(sending, error)
        return None

    async def _drop(self, sending: _Sending, parcel: Parcel) -> None:
        """Give up on a copy."""
        started = self._clock.monotonic()
        await self._watches.dropped(sending.record.ref, parcel, sending.sender)
        self._next(sending, started)

    async def _fail(self, sending: _Sending, error: SlackError) -> None:
        """Give up on the owner, and tell the fallback person instead."""
        watch, started = sending.record.watch, self._clock.monotonic()
        instead = []
        if sending.filed.notice.items and watch.fallback not in (None, watch.owner.user):
            instead = [Parcel(sending.filed.notice.id, watch.fallback)]
        await self._watches.failed(
            sending.record.ref, sending.parcels[0], sending.sender, code=error.code, instead=instead
        )
        self._next(sending, started)
        sending.parcels = instead
        sending.filed = replace(sending.filed, state="failed", code=error.code)
        sending.unreachable = True

    async def _take_back(self, sending: _Sending, parcel: Parcel, wait: timedelta) -> datetime:
        """Undo what was begun and is certainly not out, and come back later."""
        undone = False
        if sending.intent is not None:
            undone = await self._watches.roll_back(
                sending.record,
                replace(sending.intent.undone, next_send=self._clock.now()),
                sending.parcels,
                sending.sender.generation,
            )
        if not undone:
            await self._watches.release(sending.record.ref, parcel, sending.sender.generation)
        return self._clock.now() + wait

    def _next(self, sending: _Sending, started: float) -> None:
        """Go on with the next parcel; what is out can no longer be taken back."""
        sending.parcels = sending.parcels[1:]
        sending.started, sending.tries, sending.intent = started, 0, None

    def _patience(self, sending: _Sending) -> timedelta:
        """Return how long to leave alone what may be out: longer with every try."""
        elapsed = timedelta(seconds=self._clock.monotonic() - sending.started)
        grown = self._span * (1 << min(sending.tries, _MOST_DOUBLINGS))
        return max(self._span - elapsed, min(grown, _LATER))


def _kept(notice: Notice) -> timedelta:
    last = max((item.expiry for item in notice.items), default=notice.made_at)
    return max(last - notice.made_at, timedelta(0)) + _KEEP_AFTER
