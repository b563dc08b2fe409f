"""What a channel's reminders offer besides answers: one's own tokens, their times, their end."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import metrics
from bot.blocks import actions
from bot.blocks.channel_notice import stopped_message
from bot.blocks.channel_settings import TITLE, channel_saved_view, channel_settings_view
from bot.blocks.remind import saving_view
from bot.blocks.remind_form import read_times, settings_errors
from bot.blocks.shares import FROM_HOME, FROM_LIST
from bot.errors import InputError
from bot.rules.query import parse_query
from handlers import _lists, home, unshare
from handlers._desk import Desk, Json
from handlers._listeners import click, opens
from handlers._modal import Modal, submit_modal
from handlers._reminders import channel_watch
from handlers._turn import Turn


def register(app: AsyncApp) -> None:
    """Register the buttons."""
    app.action(actions.CHANNEL_MINE)(click(mine))
    app.action(actions.variants(actions.CHANNEL_STOP))(click(stop))
    app.action(actions.CHANNEL_SETTINGS)(opens(TITLE, settings))
    app.view(actions.CHANNEL_VIEW)(submit)


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


async def settings(turn: Turn, modal: Modal, action: Json) -> None:
    """Show when a channel is reminded, to who may change it."""
    watch = await turn.desk.channel_watches.managed(turn.owner, str(action.get("value") or ""))
    zone = (await turn.desk.people.person(watch.owner)).zone
    await modal.show(channel_settings_view(watch, zone))


async def submit(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Save when a channel is reminded, while the modal says so."""
    try:
        times = read_times(view)
    except InputError as error:
        await ack(response_action="errors", errors=settings_errors(error))
        return
    await ack(response_action="update", view=saving_view())
    metrics.CLICKS.labels("channel_settings").inc()

    async def save(turn: Turn, modal: Modal) -> None:
        watch_id = str(view.get("private_metadata"))
        watch = await desk.channel_watches.change(turn.owner, watch_id, **times._asdict())
        await modal.show(channel_saved_view(watch))
        await home.refresh(turn)

    await submit_modal(desk, body, context, TITLE, save)
