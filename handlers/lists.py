"""The controls of a list: pages, filter, details, refresh."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import actions
from bot.blocks.filter import filter_errors, filter_view, query_from_state
from bot.blocks.listing import expired_message, not_yours_message
from bot.errors import GoneError, InputError, NotAllowedError
from bot.models.query import Query
from bot.rules.query import format_query, parse_query
from bot.rules.resolve import token_ref
from handlers import _lists
from handlers._desk import Desk, Turn
from handlers._modal import open_modal

Json = Mapping[str, Any]

_FILTER = "filter"
_AT_ONCE = timedelta(0)
_LONGEST_PAGE = 5


def register(app: AsyncApp) -> None:
    """Register the controls."""
    app.action(actions.variants(actions.LIST_PAGE))(turn_page)
    app.action(actions.TOKEN_BACK)(turn_page)
    app.action(actions.LIST_REFRESH)(refresh)
    app.action(actions.LIST_CLEAR)(show_all)
    app.action(actions.LIST_AGAIN)(show_all)
    app.action(actions.LIST_DETAILS)(show_details)
    app.action(actions.variants(actions.TOKEN_SHOW))(show_picked)
    app.action(actions.LIST_FILTER)(open_filter)
    app.view(actions.FILTER_VIEW)(apply_filter)


async def turn_page(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Turn to another page, or from a token back to its list."""
    await ack()
    turn = await desk.admit(body, context)
    screen, page = _screen_and_page(action.get("value"))
    await _with_query(turn, screen, lambda query: _lists.draw(turn, query, screen, page))


async def refresh(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Read everything anew."""
    await ack()
    turn = await desk.admit(body, context)
    screen, page = _screen_and_page(action.get("value"))
    await _with_query(
        turn, screen, lambda query: _lists.draw(turn, query, screen, page, max_age=_AT_ONCE)
    )


async def show_all(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Show the usual list, instead of a filtered one or of one that is too old."""
    await ack()
    turn = await desk.admit(body, context)
    await _lists.send(turn, Query(), replace=True)


async def show_details(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Show the token that was chosen from a page."""
    await ack()
    turn = await desk.admit(body, context)
    screen, page = _screen_and_page(action.get("block_id"))
    chosen = str((action.get("selected_option") or {}).get("value"))
    await _with_query(turn, screen, lambda query: _show_one(turn, query, chosen, screen, page))


async def show_picked(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Show the token that was picked among those that fitted."""
    await ack()
    turn = await desk.admit(body, context)
    screen, _, chosen = str(action.get("value")).partition(":")
    await _with_query(turn, screen, lambda query: _show_one(turn, query, chosen))


async def open_filter(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Open the filter form; its submission answers in the message that was clicked."""
    await ack()
    async with open_modal(desk, body, context, "Filter tokens") as modal:
        turn = await desk.admit(body, context)
        kept = await turn.screen(str(action.get("value")), _lists.KIND)
        if kept is None:
            raise GoneError
        query = parse_query(str(kept.get("query")), desk.sources)
        screen = await turn.keep(
            _FILTER, {"query": format_query(query), "response_url": turn.response_url}
        )
        await modal.show(filter_view(query, titles=desk.titles, screen=screen))


async def apply_filter(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Show the list that the filter form asks for."""
    try:
        query = query_from_state(view.get("state") or {}, desk.sources)
    except InputError as error:
        await ack(response_action="errors", errors=filter_errors(error))
        return
    await ack()
    turn = await desk.admit(body, context)
    kept = await turn.screen(str(view.get("private_metadata")), _FILTER)
    if kept is None:
        await turn.reply(expired_message(turn.command))
        return
    await _lists.send(turn.answering(str(kept.get("response_url"))), query, replace=True)


async def _show_one(turn: Turn, query: Query, chosen: str, screen: str = "", page: int = 0) -> None:
    listing = await _lists.read(turn, everything=query.needs_everything, say_when_slow=False)
    found = next((token for token in listing.tokens if token_ref(token) == chosen), None)
    if found is None:
        raise GoneError
    await turn.reply(_lists.token(turn, found, listing, screen, page), replace=True)


async def _with_query(turn: Turn, screen: str, use: Callable[[Query], Awaitable[None]]) -> None:
    """Go on with the query that a list was made for, or say why that cannot be."""
    try:
        kept = await turn.screen(screen, _lists.KIND)
    except NotAllowedError:
        await turn.reply(not_yours_message(turn.command))
        return
    if kept is None:
        await turn.reply(expired_message(turn.command), replace=True)
        return
    await use(parse_query(str(kept.get("query")), turn.desk.sources))


def _screen_and_page(value: object) -> tuple[str, int]:
    """Read `screen:page`, whoever wrote it."""
    screen, _, page = str(value).rpartition(":")
    return screen, int(page) if page.isdecimal() and len(page) <= _LONGEST_PAGE else 0
