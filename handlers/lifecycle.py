"""People and workspaces come, change and go: what belongs to who has gone is deleted."""

import logging

from slack_bolt.async_app import AsyncApp

from bot.models.connection import Owner
from handlers._desk import Desk, Json, scope_of
from handlers._turn import first_time

logger = logging.getLogger(__name__)


def register(app: AsyncApp) -> None:
    """Register the events."""
    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(tokens_revoked)
    app.event("user_change")(user_changed)


async def uninstalled(body: Json, context: Json, desk: Desk) -> None:
    """Delete everything that is stored of a workspace that removed the app."""
    await _forget_scope(body, context, desk)


async def tokens_revoked(event: Json, body: Json, context: Json, desk: Desk) -> None:
    """Delete everything when the bot's own token was revoked: nobody can be answered any more."""
    if (event.get("tokens") or {}).get("bot"):
        await _forget_scope(body, context, desk)


async def user_changed(event: Json, body: Json, context: Json, desk: Desk) -> None:
    """Take over a person's zone and rights; delete what is stored of one who may not use the bot."""
    desk.hold_current_task()
    scope, user = scope_of(context), event.get("user")
    if not isinstance(user, dict) or not user.get("id"):
        return
    await first_time(desk, body, scope)
    person = await desk.people.changed(scope, user)
    if person.deleted or person.guest:
        await desk.connections.forget(Owner(scope, person.user))
    else:
        await desk.reminders.zone_changed(Owner(scope, person.user), person.zone)


async def _forget_scope(body: Json, context: Json, desk: Desk) -> None:
    desk.hold_current_task()
    scope = scope_of(context)
    await first_time(desk, body, scope)
    await desk.reminders.forget_scope(scope)
    await desk.takedowns.forget_scope(scope)
    await desk.connections.forget_scope(scope)
    await desk.installations.forget(scope)
    logger.info("Forgot everything about a workspace that removed the app")
