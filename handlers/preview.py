"""Every reminder to come, before it comes."""

from datetime import timedelta

from slack_bolt.async_app import AsyncApp

from bot.blocks import actions
from bot.blocks.listing import expired_message
from bot.blocks.preview import preview_message
from bot.errors import InputError
from bot.rules.command import Command
from bot.rules.query import read_span
from handlers._desk import Json
from handlers._listeners import click
from handlers._reminders import status_of
from handlers._turn import Turn

_KIND = "preview"
_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=366)
_LONGEST_PAGE = 5
_HOUR = timedelta(hours=1)


def register(app: AsyncApp) -> None:
    """Register the buttons that turn pages."""
    app.action(actions.variants(actions.PREVIEW_PAGE))(click(turn_page))


async def answer_preview(turn: Turn, asked: Command) -> None:
    """Show the reminders of the time that was asked for."""
    window = read_span(asked.rest.replace(" ", "")) if asked.rest else _USUAL
    if window is None or not _HOUR <= window <= _LONGEST:
        raise InputError(
            "How far shall I look ahead? An hour to a year, such as 30d or 8w.",
            suggestion="preview 30d",
        )
    screen = await turn.keep(_KIND, {"hours": window // _HOUR})
    await _show(turn, window, screen, 0)


async def turn_page(turn: Turn, action: Json) -> None:
    """Turn to another page of a preview."""
    screen, _, page = str(action.get("value")).partition(":")
    kept = await turn.kept(screen, _KIND)
    turn = turn.replacing()
    if kept is None:
        await turn.reply(expired_message(turn.command))
        return
    number = int(page) if page.isdecimal() and len(page) <= _LONGEST_PAGE else 0
    await _show(turn, timedelta(hours=int(kept["hours"])), screen, number)


async def _show(turn: Turn, window: timedelta, screen: str, page: int) -> None:
    status = await status_of(turn)
    planned = await turn.desk.reminders.preview(turn.owner, turn.desk.clock.now() + window)
    await turn.reply(
        preview_message(
            planned,
            status.watch,
            window=window,
            after=status.next,
            page=page,
            screen=screen,
            command=turn.command,
            limits=turn.desk.limits,
        )
    )
