"""A list as a file, by direct message."""

import asyncio

from slack_bolt.async_app import AsyncApp

from bot.blocks import actions
from bot.blocks.connect import connect_card
from bot.blocks.export import (
    Listed,
    choose_message,
    comment,
    empty_message,
    failed_message,
    sent_message,
)
from bot.blocks.listing import expired_message
from bot.errors import SlackError
from bot.models.query import Query
from bot.rules.command import Command
from bot.rules.export import FORMATS, Format, export_of, file_of, format_of
from bot.rules.query import format_query, parse_query
from bot.rules.select import select
from bot.services.refusals import refusal
from bot.slack import COMPLETE_UPLOAD
from handlers import _lists
from handlers._desk import Json
from handlers._listeners import click
from handlers._turn import Turn


def register(app: AsyncApp) -> None:
    """Register the menu of a list, and the buttons that choose a format and that try again."""
    app.action(actions.LIST_EXPORT)(click(send_list))
    app.action(actions.variants(actions.EXPORT))(click(send_again))


async def answer_export(turn: Turn, asked: Command) -> None:
    """Send a list as a file; ask which one if that was not said."""
    form, filters = format_of(asked.rest)
    query = parse_query(asked._replace(rest=filters).filters(), turn.desk.sources)
    screen = await turn.keep(_lists.KIND, {"query": format_query(query)})
    if form is None:
        await turn.reply(choose_message(query, screen))
    else:
        await _send(turn, query, form, screen)


async def send_list(turn: Turn, action: Json) -> None:
    """Send the list whose menu was used, and answer below it; one that is too old says so."""
    chosen = str((action.get("selected_option") or {}).get("value"))
    asked, _, screen = chosen.partition(":")
    form, query = _known(asked), await _query(turn, screen)
    if form is None or query is None:
        await turn.replacing().reply(expired_message(turn.command))
    else:
        await _send(turn, query, form, screen)


async def send_again(turn: Turn, action: Json) -> None:
    """Send what a button stands for, and answer in its place."""
    screen = str(action.get("value"))
    form = _known(str(action.get("action_id")).rpartition(".")[2])
    query = await _query(turn, screen)
    turn = turn.replacing()
    if form is None or query is None:
        await turn.reply(expired_message(turn.command))
    else:
        await _send(turn, query, form, screen)


def _known(asked: str) -> Format | None:
    return next((form for form in FORMATS if form == asked), None)


async def _query(turn: Turn, screen: str) -> Query | None:
    """Return the filter that a list was made by, None when it is too old."""
    kept = await turn.kept(screen, _lists.KIND)
    return None if kept is None else parse_query(str(kept["query"]), turn.desk.sources)


async def _send(turn: Turn, query: Query, form: Format, screen: str) -> None:
    desk = turn.desk
    listing = await _lists.read(turn, everything=query.needs_everything)
    if not listing.connections and not listing.unreadable:
        await turn.reply(connect_card(turn.command))
        return
    selection = select(query, listing.tokens, listing.now)
    listed = Listed(
        listing=listing,
        selection=selection,
        query=query,
        command=turn.command,
        titles=desk.titles,
    )
    if not selection.rows:
        await turn.reply(empty_message(listed))
        return
    # Thousands of rows take a while to write, and everybody's acks wait for the event loop.
    export = await asyncio.to_thread(export_of, listing, selection, query)
    file = await asyncio.to_thread(file_of, export, form, _coordinates(turn))
    try:
        channel = await desk.slack.open_dm(*turn.owner)
        above = comment(export, form, turn.person.zone)
        await desk.slack.send_file(turn.owner.scope, channel, *file, comment=above)
    except SlackError as error:
        known = desk.told(error, turn.owner.scope)
        await turn.reply(failed_message(form, screen, may_have_arrived=_lost(error), **known))
    else:
        await turn.reply(sent_message(file.name, listed))


def _coordinates(turn: Turn) -> list[str]:
    """Return what places have for coordinates, whichever of them there are in a list."""
    sources = turn.desk.sources.values()
    return [field.name for source in sources for field in source.info.target_fields]


def _lost(error: SlackError) -> bool:
    """Tell whether Slack may have posted the file, though it did not say so."""
    return error.method == COMPLETE_UPLOAD and refusal(error) == "uncertain"
