"""Modals that are open before anything is known: Slack's trigger lives for three seconds."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.blocks import View
from bot.blocks.connect import loading_view
from bot.blocks.problems import problem_view
from bot.errors import ReplayError, SlackError, TokenbellError
from handlers._desk import Desk, scope_of

Json = Mapping[str, Any]

_CLOSED = frozenset({"not_found", "view_not_found"})


@dataclass
class Modal:
    """A modal on somebody's screen."""

    desk: Desk
    scope: str
    view_id: str
    closed: bool = False

    async def show(self, view: View) -> bool:
        """Replace what it shows; return False when the person has closed it."""
        try:
            await self.desk.slack.update_view(self.scope, self.view_id, view)
        except SlackError as error:
            if error.code not in _CLOSED:
                raise
            self.closed = True
        return not self.closed


@asynccontextmanager
async def open_modal(desk: Desk, body: Json, context: Json, title: str) -> AsyncIterator[Modal]:
    """Open a modal that says it is loading; what goes wrong inside is told in it."""
    desk.hold_current_task()
    if (refusal := context.get("refusal")) is not None:
        raise refusal
    scope = scope_of(context)
    view_id = await desk.slack.open_view(
        scope, str(body.get("trigger_id") or ""), loading_view(title)
    )
    async with _telling(Modal(desk, scope, view_id), title) as modal:
        yield modal


@asynccontextmanager
async def submitted_modal(
    desk: Desk, body: Json, context: Json, title: str
) -> AsyncIterator[Modal]:
    """Go on in the modal whose form was submitted; what goes wrong inside is told in it."""
    desk.hold_current_task()
    view_id = str((body.get("view") or {}).get("id") or "")
    async with _telling(Modal(desk, scope_of(context), view_id), title) as modal:
        yield modal


@asynccontextmanager
async def _telling(modal: Modal, title: str) -> AsyncIterator[Modal]:
    desk = modal.desk
    try:
        yield modal
    except ReplayError:
        raise
    except Exception as error:  # whatever happened: the person looks at a modal that says "wait"
        reference = desk.failed(error)
        told = error if isinstance(error, TokenbellError) else None
        view = problem_view(
            told,
            title=title,
            command=desk.command(modal.scope),
            titles=desk.titles,
            reference=reference,
        )
        if not await modal.show(view):
            raise
