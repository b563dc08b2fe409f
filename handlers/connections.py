"""What can be done with connections: see, test, change, remove."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import actions
from bot.blocks.connect import connect_card
from bot.blocks.connections import (
    connections_message,
    disconnect_message,
    forgotten_message,
    removed_message,
)
from bot.rules.command import Command
from bot.services.tokens import FRESH
from handlers import connect, home
from handlers._desk import Desk, Turn

Json = Mapping[str, Any]

_AT_ONCE = timedelta(0)


def register(app: AsyncApp) -> None:
    """Register the buttons of a connection."""
    app.action(actions.CONNECT_MANAGE)(manage)
    app.action(actions.CONNECT_TEST)(test)
    app.action(actions.CONNECT_REMOVE)(remove)
    app.action(actions.CONNECT_REMOVE_TARGET)(remove_target)
    app.action(actions.FORGET_ME)(forget_me)


async def answer_connect(turn: Turn, _asked: Command) -> None:
    """Show what is connected; for somebody with nothing, the form at once."""
    if (await turn.desk.connections.all(turn.owner)).readable:
        await _show(turn)
    else:
        await connect.open_from_command(turn)


async def answer_disconnect(turn: Turn, _asked: Command) -> None:
    """Show what can be removed."""
    stored = await turn.desk.connections.all(turn.owner)
    await turn.reply(
        disconnect_message(stored.readable, command=turn.command, titles=turn.desk.titles)
    )


async def manage(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Show what is connected."""
    await ack()
    await _show(await desk.admit(body, context), replace=True)


async def test(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Read with a person's connections now, and show how that went."""
    await ack()
    turn = await desk.admit(body, context)
    await _changed(turn, body, max_age=_AT_ONCE)


async def remove(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Delete a connection."""
    await ack()
    turn = await desk.admit(body, context)
    removed = await desk.connections.remove(turn.owner, str(action.get("value")))
    if not _on_home(body):
        await turn.reply(removed_message(removed.label, turn.command), replace=True)
    await home.refresh(turn)


async def remove_target(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Remove a place from a connection."""
    await ack()
    turn = await desk.admit(body, context)
    chosen = str((action.get("selected_option") or {}).get("value"))
    connection_id, _, target_id = chosen.partition(":")
    await desk.connections.remove_target(turn.owner, connection_id, target_id)
    await _changed(turn, body)


async def forget_me(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Delete everything that is stored of the person who asks for it."""
    await ack()
    turn = await desk.admit(body, context)
    await desk.connections.forget(turn.owner)
    if not _on_home(body):
        await turn.reply(forgotten_message(turn.command), replace=True)
    await home.refresh(turn)


async def _changed(turn: Turn, body: Json, max_age: timedelta = FRESH) -> None:
    """Show the connections as they are now, where the button was pressed."""
    if _on_home(body):
        await home.publish(turn, max_age=max_age)
    else:
        await _show(turn, max_age=max_age, replace=True)


async def _show(turn: Turn, *, max_age: timedelta = FRESH, replace: bool = False) -> None:
    desk = turn.desk
    stored = await desk.connections.all(turn.owner)
    if not stored.readable:
        await turn.reply(connect_card(turn.command), replace=replace)
        return
    listing = await desk.tokens.listing(turn.owner, max_age=max_age)
    await turn.reply(
        connections_message(
            stored.readable,
            coverage=listing.coverage,
            command=turn.command,
            titles=desk.titles,
        ),
        replace=replace,
    )


def _on_home(body: Json) -> bool:
    return (body.get("view") or {}).get("type") == "home"
