"""App Home: what expires next, and what is connected."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.blocks.home import failed_home, home_view, loading_home, newcomer_home
from bot.errors import ReplayError, TokenbellError
from bot.models.connection import Owner
from bot.models.target import Target
from bot.services.tokens import FRESH
from handlers._desk import Desk, Turn, scope_of

Json = Mapping[str, Any]


def register(app: AsyncApp) -> None:
    """Register the event that comes each time somebody opens the app."""
    app.event("app_home_opened")(opened)


async def opened(event: Json, body: Json, context: Json, desk: Desk) -> None:
    """Fill the Home tab."""
    if event.get("tab") != "home":
        return
    owner = Owner(scope_of(context), str(event.get("user") or ""))
    try:
        turn = await desk.admit({**body, "user_id": owner.user}, context)
        await publish(turn)
    except ReplayError:
        raise
    except TokenbellError as error:
        view = failed_home(
            error,
            command=desk.command(owner.scope),
            titles=desk.titles,
            reference=desk.failed(error),
        )
        await desk.slack.publish_home(owner.scope, owner.user, view)


async def refresh(turn: Turn) -> None:
    """Bring the Home tab up to date after a change; that this fails is not worth a message."""
    try:
        await publish(turn)
    except TokenbellError as error:
        turn.desk.failed(error)


async def publish(turn: Turn, *, max_age: timedelta = FRESH) -> None:
    """Show somebody's Home tab as it is now."""
    desk, owner = turn.desk, turn.owner

    async def say_loading(_: tuple[Target, ...]) -> None:
        await desk.slack.publish_home(*owner, loading_home())

    connections = (await desk.connections.all(owner)).readable
    if connections:
        listing = await desk.tokens.listing(owner, max_age=max_age, on_slow=say_loading)
        view = home_view(
            connections,
            listing,
            zone=turn.person.zone,
            command=turn.command,
            titles=desk.titles,
        )
    else:
        view = newcomer_home(turn.command)
    await desk.slack.publish_home(*owner, view)
