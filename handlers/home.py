"""App Home: what expires next, and what is connected."""

from slack_bolt.async_app import AsyncApp

from bot.blocks import Block
from bot.blocks.home import failed_home, home_view, loading_home, newcomer_home
from bot.blocks.reminders import lost_blocks, reminder_blocks
from bot.errors import ReplayError, SealError, TokenbellError
from bot.models.connection import Owner
from bot.models.target import Target
from handlers._desk import Desk, Json, scope_of
from handlers._turn import Turn, admit


def register(app: AsyncApp) -> None:
    """Register the event that comes each time somebody opens the app."""
    app.event("app_home_opened")(opened)


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
    try:
        await publish(turn)
    except TokenbellError as error:
        turn.desk.failed(error)


async def publish(turn: Turn, *, anew: str = "", says_loading: bool = False) -> None:
    """Show somebody's Home tab as it is now.

    `anew` is the id of a connection that is read whatever is cached. A tab that is still empty
    says that it is loading when that takes its time.
    """
    desk, owner = turn.desk, turn.owner

    async def say_loading(_: tuple[Target, ...]) -> None:
        await desk.slack.publish_home(*owner, loading_home())

    stored = await desk.connections.all(owner)
    if stored.readable or stored.unreadable:
        listing = await desk.tokens.listing(
            owner, anew=anew, on_slow=say_loading if says_loading else None
        )
        view = home_view(
            stored.readable,
            listing,
            unreadable=stored.unreadable,
            reminders=await _reminders(turn),
            zone=turn.person.zone,
            command=turn.command,
            titles=desk.titles,
        )
    else:
        view = newcomer_home(turn.command)
    await desk.slack.publish_home(*owner, view)


async def _reminders(turn: Turn) -> list[Block | None]:
    """Return how somebody's reminders are doing; nothing before there are any."""
    try:
        status = await turn.desk.reminders.status(turn.owner)
    except SealError:
        return lost_blocks()
    if status is None:
        return []
    return reminder_blocks(
        status.watch, status.next, undeliverable=status.undeliverable, workers=status.workers
    )
