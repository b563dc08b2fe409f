"""App Home: what expires next, and what is connected."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

from slack_bolt.async_app import AsyncApp

from bot.blocks import Block, actions
from bot.blocks.home import failed_home, home_view, loading_home, newcomer_home
from bot.blocks.reminders import lost_blocks, reminder_blocks
from bot.blocks.shares import Ringing, shares_blocks
from bot.blocks.token import token_view
from bot.errors import GoneError, ReplayError, SealError, SlackError
from bot.models.connection import Owner
from bot.models.listing import Listing
from bot.rules.resolve import token_ref
from bot.services.tokens import FRESH
from bot.store.connections import Connections
from handlers._desk import Desk, Json, scope_of
from handlers._listeners import click, opens
from handlers._modal import Modal
from handlers._reminders import next_line_of
from handlers._turn import Turn, admit


def register(app: AsyncApp) -> None:
    """Register the event that comes each time somebody opens the app, and the tab's controls."""
    app.event("app_home_opened")(opened)
    app.action(actions.HOME_REFRESH)(click(read_anew))
    app.action(actions.HOME_DETAILS)(opens("Token", show_details))


async def opened(event: Json, body: Json, context: Json, desk: Desk) -> None:
    """Fill the Home tab."""
    if event.get("tab") != "home":
        return
    desk.hold_current_task()
    owner = Owner(scope_of(context), str(event.get("user") or ""))
    try:
        turn = await admit(desk, {**body, "user_id": owner.user}, context)
        await publish(turn, says_loading="view" not in event)
    except ReplayError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the tab has to say something
        told = desk.told(error, owner.scope)
        await desk.slack.publish_home(*owner, failed_home(**told))


async def refresh(turn: Turn) -> None:
    """Bring the Home tab up to date after a change; that this fails is not worth a message."""
    with turn.desk.unasked():
        await publish(turn)


async def publish(
    turn: Turn, *, anew: str = "", max_age: timedelta = FRESH, says_loading: bool = False
) -> None:
    """Show somebody's Home tab as it is now: at once what was read before, then what is new.

    `anew` is the id of a connection that is read whatever is cached. A tab that is still empty
    says that it is loading where nothing was read before.
    """
    desk, owner = turn.desk, turn.owner
    stored = await desk.connections.all(owner)
    if not stored.readable and not stored.unreadable:
        await desk.slack.publish_home(*owner, newcomer_home(turn.command))
        return
    known = await desk.tokens.known(owner)
    if known is not None:
        current = all(each.state == "fresh" for each in known.coverage)
        if current and not anew and max_age == FRESH:
            await _show(turn, stored, known)
            return
        await _meanwhile(desk, _show(turn, stored, known, reading=True))
    elif says_loading:
        await _meanwhile(desk, desk.slack.publish_home(*owner, loading_home()))
    listing = await desk.tokens.listing(owner, anew=anew, max_age=max_age)
    if await desk.connections.all(owner) == stored:
        await _show(turn, stored, listing)
    else:  # removed or replaced while it was read: its rows must not come back
        await publish(turn)


async def _meanwhile(desk: Desk, publishing: Awaitable[None]) -> None:
    """Publish what is soon replaced: that Slack does not take it keeps nothing from coming."""
    try:
        await publishing
    except SlackError as error:
        desk.failed(error)


async def _show(
    turn: Turn, stored: Connections, listing: Listing, *, reading: bool = False
) -> None:
    desk, owner = turn.desk, turn.owner
    # Thousands of tokens take a while to sum up, and everybody's acks wait for the event loop.
    view = await asyncio.to_thread(
        home_view,
        stored.readable,
        listing,
        unreadable=stored.unreadable,
        reminders=await _reminders(turn),
        shares=await _shares(turn),
        health=await desk.tokens.health(owner),
        reading=reading,
        zone=turn.person.zone,
        command=turn.command,
        titles=desk.titles,
    )
    await desk.slack.publish_home(*owner, view)


async def read_anew(turn: Turn, _action: Json) -> None:
    """Read everything anew, whatever is cached."""
    await publish(turn, max_age=timedelta(0))


async def show_details(turn: Turn, modal: Modal, action: Json) -> None:
    """Show the token that was chosen from the tab."""
    desk = turn.desk
    chosen = str((action.get("selected_option") or {}).get("value"))
    listing = await desk.tokens.listing(turn.owner)
    token = next((each for each in listing.tokens if token_ref(each) == chosen), None)
    if token is None:
        raise GoneError("That token is no longer listed.")
    source = desk.sources.get(token.source)
    await modal.show(
        token_view(
            token=token,
            listing=listing,
            info=source.info if source else None,
            zone=turn.person.zone,
            reminder=await next_line_of(turn, token),
        )
    )


async def _reminders(turn: Turn) -> list[Block | None]:
    """Return how somebody's reminders are doing; nothing before there are any."""
    try:
        status = await turn.desk.reminders.status(turn.owner)
    except SealError:
        return lost_blocks()
    if status is None:
        return []
    return reminder_blocks(
        status.watch,
        status.next,
        undeliverable=status.undeliverable,
        workers=status.workers,
        looked=status.looked_at is not None,
    )


async def _shares(turn: Turn) -> list[Block | None]:
    """Return what somebody shares and what rings in channels; nothing before there is any."""
    shares = await turn.desk.shares.of(turn.owner)
    watches = await ringing(turn)
    return shares_blocks(shares, watches, zone=turn.person.zone, command=turn.command)


async def ringing(turn: Turn) -> list[Ringing]:
    """Return the watches of a person's that ring in channels, and how their last ring went."""
    records = await turn.desk.channel_watches.of(turn.owner)
    return [(record.watch, record.undeliverable) for record in records]
