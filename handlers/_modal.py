"""Modals that are open before anything is known: Slack's trigger lives for three seconds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.blocks import View
from bot.blocks.connect import loading_view
from bot.blocks.problems import problem_message, problem_view
from bot.errors import SlackError
from bot.models.connection import Owner
from handlers._desk import Desk, Json, part
from handlers._turn import Turn, accept, enter

_CLOSED = frozenset({"not_found", "view_not_found"})


@dataclass(frozen=True)
class Modal:
    """A modal on somebody's screen, which may be updated from a moment on (monotonic seconds).

    `response_url` is that of the message that it was opened from, if any.
    """

    desk: Desk
    owner: Owner
    view_id: str
    title: str
    response_url: str = ""
    settled_at: float = 0.0

    async def show(self, view: View) -> bool:
        """Replace what it shows; return False when the person has closed it."""
        await asyncio.sleep(max(0.0, self.settled_at - self.desk.clock.monotonic()))
        try:
            await self.desk.slack.update_view(self.owner.scope, self.view_id, view)
        except SlackError as error:
            if error.code not in _CLOSED:
                raise
            return False
        return True

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell what goes wrong in the modal, or by message to somebody who has closed it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the person looks at a modal that says "wait"
            told = self.desk.told(error, self.owner.scope)
            if not await self.show(problem_view(title=self.title, **told)):
                await self.desk.answer(self.owner, self.response_url, problem_message(**told))


Work = Callable[[Turn, Modal], Awaitable[None]]


async def open_modal(desk: Desk, body: Json, context: Json, title: str, work: Work) -> None:
    """Open a modal that says it is loading, and only then look who is asking."""
    async with desk.telling(body, context):
        owner = await accept(desk, body, context)
        trigger_id = str(body.get("trigger_id") or "")
        view_id = await desk.slack.open_view(owner.scope, trigger_id, loading_view(title))
        modal = Modal(desk, owner, view_id, title, str(body.get("response_url") or ""))
        async with modal.telling():
            await work(await enter(desk, owner, body), modal)


async def answer_in_modal(turn: Turn, title: str, work: Callable[[Modal], Awaitable[None]]) -> bool:
    """Answer a command in a modal; return False when Slack waited too long for it to open."""
    scope = turn.owner.scope
    try:
        view_id = await turn.desk.slack.open_view(scope, turn.trigger_id, loading_view(title))
    except SlackError as error:
        if error.code != "expired_trigger_id":
            raise
        return False
    modal = Modal(turn.desk, turn.owner, view_id, title, turn.response_url)
    async with modal.telling():
        await work(modal)
    return True


async def submit_modal(desk: Desk, body: Json, context: Json, title: str, work: Work) -> None:
    """Go on in the modal whose form was submitted, after an ack that updates it."""
    # The ack is on its way beside us: an update that came before it would be overwritten.
    settled_at = desk.clock.monotonic() + desk.ack_seconds
    async with desk.telling(body, context):
        owner = await accept(desk, body, context)
        view_id = str(part(body, "view").get("id") or "")
        modal = Modal(desk, owner, view_id, title, settled_at=settled_at)
        async with modal.telling():
            await work(await enter(desk, owner, body), modal)
