"""The controls of a list: pages, filter, details, refresh."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import metrics
from bot.blocks import actions
from bot.blocks.filter import filter_errors, filter_view, query_from_state
from bot.blocks.listing import expired_message, not_yours_message
from bot.errors import GoneError, InputError, NotAllowedError
from bot.models.query import Query
from bot.rules.query import format_query, parse_query
from bot.rules.resolve import token_ref
from handlers import _lists
from handlers._desk import Desk, Json
from handlers._listeners import click, opens
from handlers._modal import Modal
from handlers._turn import Turn, admit

_FILTER = "filter"
_AT_ONCE = timedelta(0)
_LONGEST_PAGE = 5


def register(app: AsyncApp) -> None:
    """Register the controls."""
    app.action(actions.variants(actions.LIST_PAGE))(click(turn_page))
    app.action(actions.TOKEN_BACK)(click(turn_page))
    app.action(actions.LIST_REFRESH)(click(refresh))
    app.action(actions.LIST_CLEAR)(click(show_all))
    app.action(actions.LIST_AGAIN)(click(show_all))
    app.action(actions.LIST_DETAILS)(click(show_details))
    app.action(actions.variants(actions.TOKEN_SHOW))(click(show_picked))
    app.action(actions.LIST_FILTER)(opens("Filter tokens", open_filter))
    app.view(actions.FILTER_VIEW)(apply_filter)


async def turn_page(turn: Turn, action: Json) -> None:
    """Turn to another page, or from a token back to its list."""
    screen, page = _screen_and_page(action.get("value"))
    await _with_query(turn, screen, lambda turn, query: _lists.draw(turn, query, screen, page))


async def refresh(turn: Turn, action: Json) -> None:
    """Read everything anew."""
    screen, page = _screen_and_page(action.get("value"))
    await _with_query(
        turn,
        screen,
        lambda turn, query: _lists.draw(turn, query, screen, page, max_age=_AT_ONCE),
    )


async def show_all(turn: Turn, _action: Json) -> None:
    """Show the usual list, instead of a filtered one or of one that is too old."""
    await _lists.send(turn.replacing(), Query())


async def show_details(turn: Turn, action: Json) -> None:
    """Show the token that was chosen from a page."""
    screen, page = _screen_and_page(action.get("block_id"))
    chosen = str((action.get("selected_option") or {}).get("value"))
    await _with_query(
        turn, screen, lambda turn, query: _show_one(turn, query, chosen, screen, page)
    )


async def show_picked(turn: Turn, action: Json) -> None:
    """Show the token that was picked among those that fitted."""
    screen, _, chosen = str(action.get("value")).partition(":")
    await _with_query(turn, screen, lambda turn, query: _show_one(turn, query, chosen))


async def open_filter(turn: Turn, modal: Modal, action: Json) -> None:
    """Fill the filter form; its submission answers in the message that was clicked."""
    kept = await turn.kept(str(action.get("value")), _lists.KIND)
    if kept is None:
        raise GoneError
    query = _query(turn, kept)
    data = {"query": format_query(query), "response_url": turn.response_url}
    screen = await turn.keep(_FILTER, data)
    await modal.show(filter_view(query, titles=turn.desk.titles, screen=screen))


async def apply_filter(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Show the list that the filter form asks for."""
    try:
        query = query_from_state(view.get("state") or {}, desk.sources)
    except InputError as error:
        await ack(response_action="errors", errors=filter_errors(error))
        return
    await ack()
    metrics.CLICKS.labels(apply_filter.__name__).inc()
    async with desk.telling(body, context):
        turn = await admit(desk, body, context)
        kept = await turn.kept(str(view.get("private_metadata")), _FILTER)
        if kept is None:
            await turn.reply(expired_message(turn.command))
        else:
            await _lists.send(turn.replacing(str(kept["response_url"])), query)


async def _show_one(turn: Turn, query: Query, chosen: str, screen: str = "", page: int = 0) -> None:
    listing = await _lists.read(turn, everything=query.needs_everything)
    found = next((token for token in listing.tokens if token_ref(token) == chosen), None)
    if found is None:
        raise GoneError
    await turn.reply(await _lists.token(turn, found, listing, screen, page))


async def _with_query(
    turn: Turn, screen: str, use: Callable[[Turn, Query], Awaitable[None]]
) -> None:
    """Go on, in its place, with the query that a list was made for; or say why that cannot be."""
    try:
        kept = await turn.kept(screen, _lists.KIND)
    except NotAllowedError:
        await turn.reply(not_yours_message(turn.command))
        return
    turn = turn.replacing()
    if kept is None:
        await turn.reply(expired_message(turn.command))
    else:
        await use(turn, _query(turn, kept))


def _query(turn: Turn, kept: Json) -> Query:
    return parse_query(str(kept["query"]), turn.desk.sources)


def _screen_and_page(value: object) -> tuple[str, int]:
    """Read `screen:page`, whoever wrote it."""
    screen, _, page = str(value).rpartition(":")
    return screen, int(page) if page.isdecimal() and len(page) <= _LONGEST_PAGE else 0
