"""Sharing: what was previewed is posted once, by somebody who may still do so, and updated."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import TypeVar

from bot.blocks import Message
from bot.blocks.share import share_message
from bot.clock import Clock, Ids
from bot.errors import GoneError, NotAllowedError, SlackError
from bot.models.connection import Owner
from bot.models.share import Column, Offer, Share
from bot.rules.share import ages_at, allowed
from bot.services.channels import Channels
from bot.services.people import PeopleService
from bot.services.refusals import refusal, timed
from bot.services.takedowns import Takedowns
from bot.slack import POST, Posted, Slack
from bot.store.connections import ConnectionStore
from bot.store.flags import REFUSED_FOR, TABLES_REFUSED, Flags
from bot.store.shares import ShareStore

_GONE = "This list is not shared any more."
_CHANGED = "A connection that this list was read with has been removed. Look at a new preview."

_Answer = TypeVar("_Answer")


class ShareService:
    """Posts, updates and removes shared lists. `policy` are the columns that may be shared."""

    def __init__(
        self,
        *,
        shares: ShareStore,
        takedowns: Takedowns,
        connections: ConnectionStore,
        people: PeopleService,
        channels: Channels,
        slack: Slack,
        flags: Flags,
        policy: Collection[Column],
        command: Callable[[str], str],
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._shares = shares
        self._takedowns = takedowns
        self._connections = connections
        self._people = people
        self._channels = channels
        self._slack = slack
        self._flags = flags
        self._command = command
        self._clock = clock
        self._ids = ids
        self.policy = tuple(policy)

    async def post(self, offer: Offer) -> Share:
        """Post what was previewed, after another look at everything that it hangs on.

        Raises `NotAllowedError`, `GoneError` and `SlackError`; then nothing was posted, unless
        Slack did not answer.
        """
        owner, now = offer.shown.owner, self._clock.now()
        await self.check(offer)
        share = Share(
            id=self._ids.new(),
            owner=owner,
            channel=offer.channel,
            channel_name=offer.channel_name,
            shown=offer.shown.headline,
            connections=offer.connections,
            posted_at=now,
        )
        await self._shares.create(share, ages_at(share))
        await self._takedowns.expect(share)
        try:
            posted = await self._draw(
                share,
                offer,
                lambda message: self._slack.post(owner.scope, offer.channel, message),
            )
        except SlackError as error:
            # What may be out after all keeps its record: a click on it tells where it is.
            if refusal(error) != "uncertain":
                await self._shares.end(owner, share.id, None, now)
            raise
        return await self._settle(share, posted)

    async def update(self, offer: Offer) -> Share:
        """Put what was previewed in the place of what a share shows. Raises as `post` does."""
        owner = offer.shown.owner
        share = await self.get(owner.scope, offer.share)
        if share.owner != owner or share.channel != offer.channel:
            raise NotAllowedError("Only who shared this list can update it.")
        if not share.ts:
            raise GoneError("I do not know where this list was posted. Share it anew.")
        await self.check(offer)

        def begin(now: Share) -> Share:
            # While both may be on the screen, it ends with the connections of either.
            return now.model_copy(update={"connections": now.connections | offer.connections})

        await self._change(share, begin)
        where = Posted(share.channel, share.ts)
        try:
            await self._draw(
                share, offer, lambda message: self._slack.edit(owner.scope, where, message)
            )
        except SlackError as error:
            if error.code == "message_not_found":
                await self._shares.end(owner, share.id, None, self._clock.now())
                raise GoneError("The message is no longer there. Share the list anew.") from None
            raise

        def finish(now: Share) -> Share:
            shown = {
                "shown": offer.shown.headline,
                "connections": offer.connections,
                "posted_at": self._clock.now(),
                "outdated": False,
            }
            return now.model_copy(update=shown)

        return await self._still(await self._change(share, finish))

    async def check(self, offer: Offer) -> None:
        """Look again at everything that a preview hung on. Raises as `post` does."""
        owner = offer.shown.owner
        await self._people.person(owner, fresh=True)
        await self._people.insider(owner)
        if allowed(offer.shown.columns, self.policy) != offer.shown.columns:
            raise NotAllowedError("A column of this list may no longer be shared. Look again.")
        if not await self._connected(offer.shown.owner, offer.connections):
            raise GoneError(_CHANGED)
        await self._channels.place(owner, offer.channel)

    async def get(self, scope: str, share_id: str) -> Share:
        """Return a share; raise `GoneError` when there is none, `SealError` if it does not open."""
        share = await self._shares.get(scope, share_id) if share_id else None
        if share is None:
            raise GoneError(_GONE)
        return share

    async def of(self, owner: Owner) -> tuple[Share, ...]:
        """Return a person's shares, the latest first."""
        return await self._shares.of(owner)

    async def seen(self, share: Share, where: Posted) -> Share:
        """Remember where a share is that was posted without an answer, now that it was clicked."""
        if share.ts or share.channel != where.channel:
            return share
        return await self._change(share, lambda now: now.model_copy(update={"ts": where.ts}))

    async def unshare(self, by: Owner, share_id: str) -> bool:
        """Remove a shared list; return whether its message has gone already.

        Raises `NotAllowedError` for who is neither its owner nor an admin, and `GoneError`.
        """
        owner = await self._shares.owner(by.scope, share_id) if share_id else None
        if owner is None:
            raise GoneError(_GONE)
        if by != owner and not (await self._people.person(by, fresh=True)).admin:
            raise NotAllowedError("Only who shared this list, or an admin, can remove it.")
        return await self._takedowns.end(owner, [share_id], "delete")

    async def unshare_all(self, owner: Owner) -> bool:
        """Remove all that a person has shared; return whether the messages have gone already."""
        return await self._takedowns.end(owner, await self._shares.ids(owner), "delete")

    async def _connected(self, owner: Owner, connections: Collection[str]) -> bool:
        stored = await self._connections.all(owner)
        return {each.id for each in stored.readable} >= set(connections)

    async def _settle(self, share: Share, posted: Posted) -> Share:
        """Remember where a share was posted; take it down if it has been ended meanwhile."""
        permalink = ""
        with suppress(SlackError):
            permalink = await timed(
                "chat.getPermalink", self._slack.permalink(share.owner.scope, posted)
            )
        where = {"ts": posted.ts, "permalink": permalink}
        known = share.model_copy(update=where)
        try:
            known = await self._change(share, lambda now: now.model_copy(update=where))
        except GoneError:
            scope = share.owner.scope
            orders = await self._takedowns.order(scope, [posted], "delete")
            await self._takedowns.carry_out(scope, orders)
            raise
        return await self._still(known)

    async def _still(self, share: Share) -> Share:
        """Return a share whose connections are still there; otherwise take it down."""
        if not await self._connected(share.owner, share.connections):
            await self._takedowns.end(share.owner, [share.id], "empty")
            raise GoneError(_CHANGED)
        return share

    async def _change(self, share: Share, change: Callable[[Share], Share]) -> Share:
        changed = await self._shares.change(share.owner.scope, share.id, change, ages_at)
        if changed is None:
            raise GoneError(_GONE)
        return changed

    async def _draw(
        self, share: Share, offer: Offer, send: Callable[[Message], Awaitable[_Answer]]
    ) -> _Answer:
        """Send a list with its table, or with paragraphs where Slack refuses tables."""
        scope = share.owner.scope
        zone = (await self._people.person(share.owner)).zone
        method = "chat.update" if offer.share else POST

        async def attempt(*, tables: bool) -> _Answer:
            message = share_message(
                offer.shown,
                share=share.id,
                zone=zone,
                command=self._command(scope),
                tables=tables,
            )
            return await timed(method, send(message))

        if await self._flags.is_set(scope, TABLES_REFUSED):
            return await attempt(tables=False)
        try:
            return await attempt(tables=True)
        except SlackError as error:
            if refusal(error) != "message":
                raise
            answer = await attempt(tables=False)
            await self._flags.set(scope, TABLES_REFUSED, REFUSED_FOR)
            return answer
