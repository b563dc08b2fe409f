"""What went wrong, told to the person; and controls that nobody knows any more."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks.problems import problem_message
from bot.errors import GoneError, ReplayError, SlackError, TokenbellError
from handlers._desk import Desk, owner_of

Json = Mapping[str, Any]

_ANY = re.compile("")


def register(app: AsyncApp) -> None:
    """Register the error handler, and last of all what answers unknown controls."""
    app.error(tell)
    app.action(_ANY)(unknown_control)
    app.view(_ANY)(unknown_control)
    app.view_closed(_ANY)(closed)


async def tell(error: Exception, body: Json, context: Json, desk: Desk) -> None:
    """Tell the person what failed, why, and what to do; where the request came from if possible."""
    if isinstance(error, ReplayError):
        return
    reference = desk.failed(error)
    owner = owner_of(body, context)
    message = problem_message(
        error if isinstance(error, TokenbellError) else None,
        command=desk.command(owner.scope),
        titles=desk.titles,
        reference=reference,
    )
    try:
        if response_url := str(body.get("response_url") or ""):
            await desk.responder.send(response_url, message)
        elif "event" not in body and owner.user:
            await desk.slack.dm(owner.scope, owner.user, message)
    except (SlackError, TokenbellError) as further:
        desk.failed(further)


async def unknown_control(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Say that a control of another version leads nowhere."""
    await ack()
    await desk.admit(body, context)
    raise GoneError


async def closed(ack: AsyncAck) -> None:
    """Take note that a modal was closed; whoever works for it will find out."""
    await ack()
