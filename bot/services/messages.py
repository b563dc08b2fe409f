"""The messages of notices: posted, looked up, and brought up to date."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot import metrics
from bot.blocks import Block, Message
from bot.blocks.notice import fallback_message, notice_message
from bot.clock import Clock
from bot.errors import NotAllowedError, SlackError
from bot.models.connection import Owner
from bot.models.listing import Limits
from bot.models.notice import Notice
from bot.models.source import SourceInfo
from bot.models.watch import Watch
from bot.rules.findings import USUAL
from bot.services.channels import Channels
from bot.services.people import PeopleService
from bot.services.refusals import CALL, NOT_SHAREABLE, refusal, timed
from bot.slack import POST, Payload, Posted, Slack
from bot.store.command_names import CommandNames
from bot.store.rates import Rate, Rates
from bot.store.watches import Filed, Parcel, Record, WatchStore

POSTS = Rate("post", timedelta(seconds=1), burst=5)
EDITS = Rate("edit", timedelta(seconds=1.2), burst=10)
"""Slack allows 50 edits a minute. https://docs.slack.dev/apis/web-api/rate-limits"""

_LATER = timedelta(minutes=1)
_MUCH_LATER = timedelta(hours=1)
_EVENT = "tokenbell_notice"

_Answer = TypeVar("_Answer")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Words:
    """What messages are worded with: the sources by name, and what the command is called."""

    sources: Mapping[str, SourceInfo]
    names: CommandNames
    limits: Limits = USUAL

    @property
    def titles(self) -> dict[str, str]:
        """The sources' names in words."""
        return {name: info.title for name, info in self.sources.items()}

    @property
    def renewals(self) -> dict[str, str]:
        """How tokens are renewed, by source."""
        return {name: info.renewal for name, info in self.sources.items() if info.renewal}


class Messages:
    """Puts notices into words and into Slack. A call counts as lost after `call`."""

    def __init__(
        self,
        *,
        slack: Slack,
        channels: Channels,
        people: PeopleService,
        watches: WatchStore,
        rates: Rates,
        words: Words,
        clock: Clock,
        call: timedelta = CALL,
        posts: Rate = POSTS,
        edits: Rate = EDITS,
    ) -> None:
        self.call = call
        self.posts = posts
        self._edits = edits
        self._slack = slack
        self._channels = channels
        self._people = people
        self._watches = watches
        self._rates = rates
        self._words = words
        self._clock = clock

    async def place_of(self, record: Record) -> str:
        """Return where a watch rings, if it still may ring there. Raises SlackError."""
        watch = record.watch
        if watch.channel is None:
            return record.dm or await self.open_dm(watch.owner)
        try:
            return (await self._channels.place(watch.owner, watch.channel)).id
        except NotAllowedError:
            raise SlackError("conversations.info", NOT_SHAREABLE) from None

    async def open_dm(self, owner: Owner) -> str:
        """Return the channel of somebody's DM. Raises SlackError."""
        return await self._timed("conversations.open", self._slack.open_dm(*owner))

    async def draw(self, parcel: Parcel, filed: Filed, watch: Watch) -> Message:
        """Return a notice, or a copy of one, as it is shown now."""
        await self._words.names.recall(watch.owner.scope)
        if not parcel.to:
            return self._notice(filed.notice, watch)
        reader = await self._people.person(Owner(watch.owner.scope, parcel.to))
        items = filed.notice.items
        return fallback_message(
            filed.notice,
            [items[index] for index in parcel.items] or items,
            now=self._clock.now(),
            zone=reader.zone,
            command=self._words.names.of(watch.owner.scope),
            titles=self._words.titles,
            renewals=self._words.renewals,
            undelivered=filed.state == "failed",
            limits=self._words.limits,
        )

    async def post(self, scope: str, channel: str, message: Message, parcel: Parcel) -> Posted:
        """Post a parcel. Raises SlackError.

        What Slack does not take as it is goes as plain text.
        """
        try:
            return await self._post(scope, channel, message, parcel)
        except SlackError as error:
            if refusal(error) != "message":
                raise
            logger.exception("a notice was refused as it is, and goes as text")
            return await self._post(scope, channel, Message(message.text, []), parcel)

    async def withdraw(self, scope: str, where: Posted) -> None:
        """Delete a message that belongs to nothing any more, where Slack lets us."""
        try:
            await self._timed("chat.delete", self._slack.delete(scope, where))
        except SlackError as error:
            logger.warning("a message stays that belongs to nothing: %s", error)

    async def find(self, scope: str, channel: str, parcel: Parcel) -> Posted | None:
        """Return where a parcel was posted; None also where its DM may not be read.

        Raises SlackError when nobody can say.
        """
        try:
            return await self._timed(
                "conversations.history", self._slack.find(scope, channel, _metadata(parcel))
            )
        except SlackError as error:
            if error.code == "missing_scope":
                return None
            raise

    async def refresh(
        self, record: Record, before_each: Callable[[], Awaitable[None]] | None = None
    ) -> timedelta | None:
        """Bring up to date what is behind; return how long to wait if some of it must wait."""
        for notice_id, version in record.behind.items():
            behind: int | None = version
            while behind is not None:
                if before_each is not None:
                    await before_each()
                filed = await self._watches.notice(record.ref.scope, notice_id)
                if filed is not None and filed.state == "sending":
                    break  # it will be posted as it was begun, and edited then
                wait = await self._edit(record, filed)
                if wait is not None:
                    return wait
                behind = await self._watches.shown(record.ref, notice_id, behind)
        return None

    async def _edit(self, record: Record, filed: Filed | None) -> timedelta | None:
        """Edit one message, if it is out; return how long to wait if that has to be tried again."""
        if filed is None or filed.state != "sent":
            return None
        scope = record.ref.scope
        place = await self._rates.attempt(scope, self._edits)
        if place.wait:
            return place.wait
        await self._words.names.recall(scope)
        message = self._notice(filed.notice, record.watch)
        where = Posted(filed.channel, filed.ts)
        try:
            await self._timed("chat.update", self._slack.edit(scope, where, message))
        except SlackError as error:
            why = refusal(error)
            metrics.EDITS.labels(why).inc()
            if why == "throttled":
                wait = retry_after(error)
                await self._rates.block(scope, self._edits, wait)
                return wait
            if why == "uncertain":
                return _LATER
            if why == "app":
                return _MUCH_LATER
            # The message has gone, or cannot be changed any more: there is nothing to be done.
            logger.info("a message stays as it is: %s", error)
        else:
            metrics.EDITS.labels("done").inc()
        return None

    async def _post(self, scope: str, channel: str, message: Payload, parcel: Parcel) -> Posted:
        posting = self._slack.post(scope, channel, message, metadata=_metadata(parcel))
        return await self._timed(POST, posting)

    def _notice(self, notice: Notice, watch: Watch) -> Message:
        return notice_message(
            notice,
            now=self._clock.now(),
            zone=watch.zone,
            command=self._words.names.of(watch.owner.scope),
            titles=self._words.titles,
            renewals=self._words.renewals,
            mode=watch.mode,
            limits=self._words.limits,
        )

    async def _timed(self, method: str, answer: Awaitable[_Answer]) -> _Answer:
        return await timed(method, answer, within=self.call)


def retry_after(error: SlackError) -> timedelta:
    """Return how long Slack asked to be left alone, at least a second."""
    return timedelta(seconds=max(error.retry_after or 0.0, 1.0))


def _metadata(parcel: Parcel) -> Block:
    # Anybody in the workspace may read it: an id without meaning.
    notice = f"{parcel.notice_id}.copy" if parcel.to else parcel.notice_id
    return {"event_type": _EVENT, "event_payload": {"notice": notice}}
