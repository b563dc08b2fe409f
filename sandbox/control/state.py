"""The whole workspace as one JSON object."""

from sandbox.company.people import TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json
from sandbox.slack.views import as_state
from sandbox.slack.workspace import Conversation, Person


def state(platform: Platform, endpoints: Json, user: str | None) -> Json:
    """Return what a person sees; None sees all."""
    homes = {
        owner: home.as_json()
        for owner, home in platform.views.homes.items()
        if user in (None, owner)
    }
    return {
        "now": platform.clock.now(),
        "wall": platform.clock.wall(),
        "offset_ms": platform.clock.offset_ms,
        "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN},
        "people": [_person(person) for person in platform.workspace.people.values()],
        "channels": [_channel(channel) for channel in platform.workspace.channels_of(user)],
        "app": _app(platform),
        "views": [as_state(view) for view in platform.views.all_open(user)],
        "homes": homes,
        "faults": platform.faults.as_json(),
        "endpoints": endpoints,
    }


def _person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "tz": person.tz,
        "color": person.color,
        "admin": person.admin,
        "guest": person.guest,
        "stranger": person.stranger,
        "deleted": person.deleted,
        "dm": None if person.stranger else person.dm,
    }


def _channel(channel: Conversation) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "topic": channel.topic,
        "members": channel.members,
        "bot": channel.bot,
        "private": channel.private,
        "shared": channel.shared,
        "archived": channel.archived,
    }


def _app(platform: Platform) -> Json:
    app = platform.app
    return {
        "id": app.app_id,
        "name": app.name,
        "bot_id": app.bot_id,
        "bot_user_id": app.bot_user_id,
        "connected": platform.transport.connected,
        "transport": platform.transport.name,
        "commands": app.commands,
    }
