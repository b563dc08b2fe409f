"""What can be done with connections: see, test, change, remove."""

from slack_bolt.async_app import AsyncApp

from bot.blocks import actions
from bot.blocks.connect import connect_card
from bot.blocks.connections import (
    connections_message,
    disconnect_message,
    forgotten_message,
    removed_message,
)
from handlers import _lists, connect, home
from handlers._desk import Json
from handlers._listeners import click
from handlers._turn import Turn


def register(app: AsyncApp) -> None:
    """Register the buttons of a connection."""
    app.action(actions.CONNECT_MANAGE)(click(manage))
    app.action(actions.CONNECT_TEST)(click(test))
    app.action(actions.CONNECT_REMOVE)(click(remove))
    app.action(actions.CONNECT_REMOVE_TARGET)(click(remove_target))
    app.action(actions.FORGET_ME)(click(forget_me))


async def answer_connect(turn: Turn, _asked: object) -> None:
    """Show what is connected; for somebody with nothing, the form at once."""
    stored = await turn.desk.connections.all(turn.owner)
    if stored.readable or stored.unreadable:
        await _show(turn)
    else:
        await connect.open_from_command(turn)


async def answer_disconnect(turn: Turn, _asked: object) -> None:
    """Show what can be removed."""
    stored = await turn.desk.connections.all(turn.owner)
    await turn.reply(
        disconnect_message(
            stored.readable,
            unreadable=stored.unreadable,
            command=turn.command,
            titles=turn.desk.titles,
        )
    )


async def manage(turn: Turn, _action: Json) -> None:
    """Show what is connected."""
    await _show(turn.replacing())


async def test(turn: Turn, action: Json) -> None:
    """Read with a connection now, and show how that went."""
    connection = await turn.desk.connections.get(turn.owner, str(action.get("value")))
    await _show_where_clicked(turn, anew=connection.id)


async def remove(turn: Turn, action: Json) -> None:
    """Delete a connection."""
    label = await turn.desk.connections.remove(turn.owner, str(action.get("value")))
    if not turn.on_home:
        await turn.replacing().reply(removed_message(label, turn.command))
    await home.refresh(turn)


async def remove_target(turn: Turn, action: Json) -> None:
    """Remove a place from a connection."""
    chosen = str((action.get("selected_option") or {}).get("value"))
    connection_id, _, target_id = chosen.partition(":")
    await turn.desk.connections.remove_target(turn.owner, connection_id, target_id)
    await _show_where_clicked(turn)


async def forget_me(turn: Turn, _action: Json) -> None:
    """Delete everything that is stored of the person who asks for it."""
    await turn.desk.connections.forget(turn.owner)
    if not turn.on_home:
        await turn.replacing().reply(forgotten_message(turn.command))
    await home.refresh(turn)


async def _show_where_clicked(turn: Turn, *, anew: str = "") -> None:
    """Show the connections as they are now, on Home or in the message that was clicked."""
    if turn.on_home:
        await home.publish(turn, anew=anew)
    else:
        await _show(turn.replacing(), anew=anew)


async def _show(turn: Turn, *, anew: str = "") -> None:
    stored = await turn.desk.connections.all(turn.owner)
    if not stored.readable and not stored.unreadable:
        await turn.reply(connect_card(turn.command))
        return
    listing = await _lists.read(turn, anew=anew)
    await turn.reply(
        connections_message(
            stored.readable,
            unreadable=stored.unreadable,
            coverage=listing.coverage,
            health=await turn.desk.tokens.health(turn.owner),
            zone=turn.person.zone,
            command=turn.command,
            titles=turn.desk.titles,
        )
    )
