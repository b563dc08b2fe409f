"""Controls and forms that nobody knows any more, and failures that nobody told."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.errors import GoneError, ReplayError
from handlers._desk import Desk, Json
from handlers._listeners import click
from handlers._turn import Turn, admit

_ANY = re.compile("")


def register(app: AsyncApp) -> None:
    """Register the last resort, and last of all what answers unknown controls."""
    app.error(failed)
    app.action(_ANY)(click(unknown_control))
    app.view(_ANY)(unknown_form)
    app.view_closed(_ANY)(closed)


async def failed(error: Exception, desk: Desk) -> None:
    """Note what went wrong with an event, which has nobody to be told."""
    if not isinstance(error, ReplayError):
        desk.failed(error)


async def unknown_control(_turn: Turn, _action: Json) -> None:
    """Say that a control of another version leads nowhere."""
    raise GoneError


async def unknown_form(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Say that a form of another version leads nowhere."""
    await ack()
    async with desk.telling(body, context):
        await admit(desk, body, context)
        raise GoneError


async def closed(ack: AsyncAck) -> None:
    """Take note that a modal was closed; whoever works for it will find out."""
    await ack()
