"""What somebody has shared: seeing it, and taking it down."""

from slack_bolt.async_app import AsyncApp

from bot.blocks import actions
from bot.blocks.shares import FROM_HOME, FROM_LIST, removed_message, shares_message
from handlers import home
from handlers._desk import Json
from handlers._listeners import click
from handlers._turn import Turn


def register(app: AsyncApp) -> None:
    """Register the buttons that take lists down."""
    app.action(actions.variants(actions.SHARE_REMOVE))(click(remove))
    app.action(actions.SHARE_REMOVE_ALL)(click(remove_all))


async def answer_unshare(turn: Turn, _asked: object) -> None:
    """Show what somebody shares."""
    shares = await turn.desk.shares.of(turn.owner)
    watches = await home.ringing(turn)
    await turn.reply(shares_message(shares, watches, zone=turn.person.zone, command=turn.command))


async def remove(turn: Turn, action: Json) -> None:
    """Take one list down."""
    gone = await turn.desk.shares.unshare(turn.owner, str(action.get("value") or ""))
    pressed = str(action.get("action_id"))
    if pressed.endswith(FROM_LIST):
        await answer_unshare(turn.replacing(), None)
    if not gone or not pressed.endswith((FROM_LIST, FROM_HOME)):
        await turn.reply(removed_message(gone=gone))
    await home.refresh(turn)


async def remove_all(turn: Turn, _action: Json) -> None:
    """Take all down that somebody shares."""
    gone = await turn.desk.shares.unshare_all(turn.owner)
    await answer_unshare(turn.replacing(), None)
    if not gone:
        await turn.reply(removed_message(gone=False))
    await home.refresh(turn)
