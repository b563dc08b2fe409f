"""Taking shared lists down: when asked, when they are old, and when what they were read with goes.

What Slack refuses for now is tried again by the worker, which looks after all shares of a scope in
one due entry.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.blocks.share import outdated_message, tombstone_message
from bot.clock import Clock
from bot.errors import NotAllowedError, SealError, SlackError
from bot.models.connection import Owner
from bot.models.share import Share
from bot.rules.share import ages_at
from bot.services.messages import EDITS, retry_after
from bot.services.people import PeopleService
from bot.services.refusals import refusal, timed
from bot.services.reminders import Schedule
from bot.slack import Posted, Slack
from bot.store.connections import ConnectionStore
from bot.store.rates import Rates
from bot.store.shares import How, ShareStore, Takedown
from bot.store.watches import Ref

GIVEN_UP_AFTER = timedelta(days=30)
"""How long a message is tried to be taken down that Slack does not let go of."""

_SHARES = "!shares"
_AT_ONCE_SECONDS = 5.0
_BATCH = 4
_SOON = timedelta(minutes=1)
_LATER = timedelta(hours=1)
_MUCH_LATER = timedelta(hours=6)

logger = logging.getLogger(__name__)


def shares_ref(scope: str) -> Ref:
    """Return what the shares of a scope are called in the due index; no watch is called so."""
    return Ref(scope, _SHARES)


def is_shares(ref: Ref) -> bool:
    """Tell whether a due entry is about the shares of its scope."""
    return ref.id == _SHARES


async def _at_once() -> None:
    """Hold nothing."""


class Takedowns:
    """Ends shares, and takes their messages down or out of date."""

    def __init__(
        self,
        *,
        shares: ShareStore,
        connections: ConnectionStore,
        people: PeopleService,
        slack: Slack,
        rates: Rates,
        schedule: Schedule,
        command: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._shares = shares
        self._connections = connections
        self._people = people
        self._slack = slack
        self._rates = rates
        self._schedule = schedule
        self._command = command
        self._clock = clock

    async def end(self, owner: Owner, share_ids: Iterable[str], how: How) -> bool:
        """Forget shares and take their messages down; return whether all have gone already."""
        now, orders = self._clock.now(), []
        for share_id in share_ids:
            order = await self._shares.end(owner, share_id, how, now)
            if isinstance(order, Takedown):
                orders.append(order)
        return await self.carry_out(owner.scope, orders)

    async def order(self, scope: str, messages: Iterable[Posted], how: How) -> list[Takedown]:
        """Order messages to be taken down that belong to no share, and return the orders."""
        now = self._clock.now()
        orders = [Takedown(how, each.channel, each.ts, now) for each in messages]
        for order in orders:
            await self._shares.order(scope, order)
        return orders

    async def carry_out(self, scope: str, orders: Sequence[Takedown]) -> bool:
        """Carry orders out as far as a few seconds allow; the worker does the rest.

        Return whether nothing is left for it.
        """
        if not orders:
            return True
        await self._schedule.wake(shares_ref(scope).member, self._clock.now() + _SOON)
        with suppress(TimeoutError):
            async with asyncio.timeout(_AT_ONCE_SECONDS):
                return all([await self._attempt(scope, order) for order in orders])
        return False

    async def connections_changed(self, owner: Owner) -> None:
        """End what was read with a connection that is no longer there."""
        share_ids = await self._shares.ids(owner)
        if not share_ids:
            return
        stored = await self._connections.all(owner)
        left = {each.id for each in stored.readable} | set(stored.unreadable)
        over = []
        for share_id in share_ids:
            with suppress(SealError):
                share = await self._shares.get(owner.scope, share_id)
                if share is not None and not share.connections <= left:
                    over.append(share_id)
        await self.end(owner, over, "empty")

    async def forget_owner(self, owner: Owner) -> None:
        """Delete what is known of somebody's shares, and take their messages down; for a purge.

        What Slack does not take down at once is tried again: of that only its place is kept.
        """
        await self.end(owner, await self._shares.ids(owner), "empty")
        await self._shares.forget_owner(owner)

    async def forget_scope(self, scope: str) -> None:
        """Let nothing of an installation be looked after again; before all of it is purged."""
        await self._schedule.cancel(shares_ref(scope).member)

    async def expect(self, share: Share) -> None:
        """Let a share be looked after when it ages."""
        await self._schedule.wake(shares_ref(share.owner.scope).member, ages_at(share))

    async def sweep(self, scope: str) -> None:
        """End what should have been ended, and see to it that shares are looked after."""
        for owner in await self._shares.owners(scope):
            await self.connections_changed(owner)
        due = await self._shares.next(scope)
        if due is not None:
            await self._schedule.wake(shares_ref(scope).member, due)

    async def tend(
        self, scope: str, before_each: Callable[[], Awaitable[None]] = _at_once
    ) -> datetime | None:
        """Do what is due about the shares of a scope; return when to come back, None for never."""
        due = await self._shares.due(scope, self._clock.now(), _BATCH)
        for share_id in due.shares:
            await before_each()
            await self._age(scope, share_id)
        for takedown in due.takedowns:
            await before_each()
            await self._attempt(scope, takedown)
        return await self._shares.next(scope)

    async def _attempt(self, scope: str, order: Takedown) -> bool:
        """Take one message down, or put it off; tell whether nothing is left to be done."""
        again = await self._limited(scope, lambda: self._take_down(scope, order))
        now = self._clock.now()
        if again is None:
            await self._shares.strike(scope, order)
        elif now - order.since > GIVEN_UP_AFTER:
            logger.warning("a message could not be taken down for long, and stays as it is")
            await self._shares.strike(scope, order)
        else:
            await self._shares.postpone(scope, order, now + again)
        return again is None

    async def _take_down(self, scope: str, order: Takedown) -> None:
        where = Posted(order.channel, order.ts)
        if order.how == "delete":
            try:
                await timed("chat.delete", self._slack.delete(scope, where))
            except SlackError as error:
                if refusal(error) != "recipient" or error.code == "message_not_found":
                    raise
            else:
                return
        await timed("chat.update", self._slack.edit(scope, where, tombstone_message()))

    async def _age(self, scope: str, share_id: str) -> None:
        """Take a share's rows down, or forget it if they are."""
        now = self._clock.now()
        try:
            share = await self._shares.get(scope, share_id)
        except SealError:
            # Nobody could say any more what it shows, or end it.
            if (owner := await self._shares.owner(scope, share_id)) is not None:
                await self.end(owner, [share_id], "empty")
            else:  # it was ended this moment
                await self._shares.strike(scope, share_id)
            return
        if share is None:
            await self._shares.strike(scope, share_id)
        elif ages_at(share) > now:
            await self._shares.postpone(scope, share_id, ages_at(share))
        elif share.outdated:
            await self._shares.end(share.owner, share_id, None, now)
        else:
            await self._outdate(share)

    async def _outdate(self, share: Share) -> None:
        scope, now = share.owner.scope, self._clock.now()
        if share.ts:
            where = Posted(share.channel, share.ts)
            message = outdated_message(
                share.shown,
                share=share.id,
                zone=await self._zone(share.owner),
                command=self._command(scope),
            )
            again = await self._limited(
                scope, lambda: timed("chat.update", self._slack.edit(scope, where, message))
            )
            if again is not None:
                await self._shares.postpone(scope, share.id, now + again)
                return
        await self._shares.change(
            scope, share.id, lambda share: share.model_copy(update={"outdated": True}), ages_at
        )

    async def _zone(self, owner: Owner) -> str:
        try:
            return (await self._people.person(owner)).zone
        except (SlackError, NotAllowedError):
            return "UTC"  # only where Slack cannot draw dates

    async def _limited(self, scope: str, call: Callable[[], Awaitable[None]]) -> timedelta | None:
        """Make a call when its turn is; return how long to wait if it has to be made again."""
        place = await self._rates.attempt(scope, EDITS)
        if place.wait:
            return place.wait
        try:
            await call()
        except SlackError as error:
            logger.info("a shared list stays as it is for now: %s", error)
            return await self._again(scope, error)
        return None

    async def _again(self, scope: str, error: SlackError) -> timedelta | None:
        why = refusal(error)
        if why == "throttled":
            wait = retry_after(error)
            await self._rates.block(scope, EDITS, wait)
            return wait
        if error.code == "message_not_found":
            return None
        return {"uncertain": _SOON, "app": _LATER}.get(why, _MUCH_LATER)
