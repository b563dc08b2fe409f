"""One thing that a person did: who it was, whether they may, and how to answer them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NoReturn, Protocol

from bot.blocks import Message
from bot.errors import GoneError, NotAllowedError, ReplayError, SlackError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.slack import Posted
from bot.store.flags import REFUSED_FOR, TABLES_REFUSED
from handlers._desk import Desk, Json, owner_of, part

SCREEN_TTL = timedelta(minutes=30)
"""How long the buttons of a list work; each click on one starts anew."""

_REPLAY_WINDOW = timedelta(minutes=10)  # twice as long as Slack's signatures are accepted
_TABLE_REFUSALS = frozenset({"invalid_blocks", "invalid_attachments", "invalid_blocks_format"})


class Kept(dict[str, Any]):
    """What was kept. What another version kept may lack a field: then it is as good as gone."""

    def __missing__(self, name: str) -> NoReturn:
        raise GoneError


class Draw(Protocol):
    """Makes a message, with a table or without."""

    def __call__(self, *, tables: bool) -> Message:
        """Return it."""
        ...


@dataclass(frozen=True)
class Turn:
    """One thing that a person did, after the ack. `response_url` is empty where there is none.

    `on_home` tells that it was done in App Home. `message` is where the message is that was
    clicked, if it is one that can be edited; `view` the modal that was, if any. `channel` is where
    it was done, empty in a modal or App Home. `replaces` puts answers in the place of the message
    that was clicked.
    """

    desk: Desk
    owner: Owner
    person: Person
    response_url: str
    trigger_id: str
    on_home: bool = False
    message: Posted | None = None
    view: Json = field(default_factory=dict)
    channel: str = ""
    replaces: bool = False

    @property
    def command(self) -> str:
        """What the command is called here."""
        return self.desk.command(self.owner.scope)

    def replacing(self, response_url: str = "") -> "Turn":
        """Return the same turn, answering in the place of the message that it came from.

        For a form that is another `response_url`: that of the message that it was opened from.
        """
        return replace(self, replaces=True, response_url=response_url or self.response_url)

    async def reply(self, message: Message) -> None:
        """Answer, visible to this person only: here if Slack lets us, else by DM."""
        await self.desk.answer(self.owner, self.response_url, message, replace=self.replaces)

    async def show(self, draw: Draw) -> None:
        """Answer with a table, or with paragraphs where Slack refuses tables (kept for a day)."""
        flags, scope = self.desk.flags, self.owner.scope
        if await flags.is_set(scope, TABLES_REFUSED):
            await self.reply(draw(tables=False))
            return
        try:
            await self.reply(draw(tables=True))
        except SlackError as error:
            if error.code not in _TABLE_REFUSALS:
                raise
            await self.reply(draw(tables=False))
            # Only now is it known that it was the table that was refused.
            await flags.set(scope, TABLES_REFUSED, REFUSED_FOR)

    async def keep(self, kind: str, data: dict[str, Any], ttl: timedelta = SCREEN_TTL) -> str:
        """Keep data for a while and return the opaque id that stands for it."""
        return await self.desk.screens.put(self.owner, kind, data, ttl)

    async def kept(self, screen_id: str, kind: str) -> Kept | None:
        """Return what an opaque id stands for, None when it is gone.

        Raises `NotAllowedError` for somebody else's.
        """
        found = await self.desk.screens.get(screen_id, self.owner.scope) if screen_id else None
        if found is None or found.kind != kind or not isinstance(found.data, dict):
            return None
        if found.owner != self.owner:
            raise NotAllowedError("This belongs to somebody else.")
        return Kept(found.data)

    async def take(self, screen_id: str, kind: str) -> Kept | None:
        """Return what an opaque id stands for, once. Raises as `kept` does."""
        if await self.kept(screen_id, kind) is None:
            return None
        taken = await self.desk.screens.take(screen_id, self.owner.scope)
        return Kept(taken.data) if taken and isinstance(taken.data, dict) else None


async def first_time(desk: Desk, body: Json, scope: str) -> None:
    """Raise `ReplayError` for a request that was seen before, by whichever process."""
    request = str(body.get("trigger_id") or body.get("event_id") or "")
    if request and not await desk.seen.first(scope, request, _REPLAY_WINDOW):
        raise ReplayError


async def accept(desk: Desk, body: Json, context: Json) -> Owner:
    """Take a request in, and return whose it is.

    Raises what kept the installation from being found, and `ReplayError`.
    """
    if (refusal := context.get("refusal")) is not None:
        raise refusal
    owner = owner_of(body, context)
    await first_time(desk, body, owner.scope)
    return owner


async def enter(desk: Desk, owner: Owner, body: Json) -> Turn:
    """Let an insider in; raise `NotAllowedError` for a guest or a stranger."""
    view = part(body, "view")
    return Turn(
        desk=desk,
        owner=owner,
        person=await desk.people.insider(owner),
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        on_home=view.get("type") == "home",
        message=_clicked(part(body, "container")),
        view=view if view.get("type") == "modal" else {},
        channel=str(body.get("channel_id") or part(body, "channel").get("id") or ""),
    )


def _clicked(container: Json) -> Posted | None:
    """Return where the message is that was clicked; an ephemeral one cannot be edited."""
    channel, ts = container.get("channel_id"), container.get("message_ts")
    if container.get("is_ephemeral") or not channel or not ts:
        return None
    return Posted(str(channel), str(ts))


async def admit(desk: Desk, body: Json, context: Json) -> Turn:
    """Accept a request and let its person in. Raises as `accept` and `enter` do."""
    return await enter(desk, await accept(desk, body, context), body)
