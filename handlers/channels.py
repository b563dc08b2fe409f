"""What a channel's reminders offer besides answers: one's own tokens, and their end."""

from slack_bolt.async_app import AsyncApp

from bot.blocks import actions
from bot.blocks.channel_notice import stopped_message
from bot.blocks.shares import FROM_HOME, FROM_LIST
from bot.rules.query import parse_query
from handlers import _lists, home, unshare
from handlers._desk import Json
from handlers._listeners import click
from handlers._reminders import channel_watch
from handlers._turn import Turn


def register(app: AsyncApp) -> None:
    """Register the buttons."""
    app.action(actions.CHANNEL_MINE)(click(mine))
    app.action(actions.variants(actions.CHANNEL_STOP))(click(stop))


async def mine(turn: Turn, action: Json) -> None:
    """Show the reader what the same filter finds among their own tokens."""
    watch = await channel_watch(turn, str(action.get("value") or ""))
    await _lists.send(turn, parse_query(watch.query, turn.desk.sources))


async def stop(turn: Turn, action: Json) -> None:
    """End the reminders of a channel."""
    await turn.desk.channel_watches.stop(turn.owner, str(action.get("value") or ""))
    pressed = str(action.get("action_id"))
    if pressed.endswith(FROM_LIST):
        await unshare.answer_unshare(turn.replacing(), None)
    elif not pressed.endswith(FROM_HOME):
        await turn.reply(stopped_message())
    await home.refresh(turn)
