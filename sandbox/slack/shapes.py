"""Slack's JSON for messages, people and conversations."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.company.people import TEAM_ID
from sandbox.slack.installation import Installation
from sandbox.slack.types import Json
from sandbox.slack.workspace import Conversation, Message, Person


def message_json(message: Message) -> Json:
    """Return a message as `chat.*`, history and payloads show it."""
    body: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM_ID,
    }
    if message.bot_id is not None:
        body |= {
            "bot_id": message.bot_id,
            "app_id": Installation.app_id,
            "bot_profile": {
                "id": message.bot_id,
                "app_id": Installation.app_id,
                "user_id": Installation.bot_user_id,
                "name": Installation.name,
                "deleted": False,
                "team_id": TEAM_ID,
            },
        }
    for name in ("blocks", "attachments", "files", "edited", "thread_ts"):
        value = getattr(message, name)
        if value:
            body[name] = value
    return body


def person_json(person: Person, at_ms: int) -> Json:
    """Return a user object; a deactivated person has lost zone and roles, as in Slack."""
    body: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": person.color.removeprefix("#"),
        "real_name": person.real_name,
        "profile": {
            "title": person.title,
            "real_name": person.real_name,
            "display_name": person.name,
            "team": person.team_id,
        },
        "is_bot": False,
        "is_app_user": False,
        "updated": at_ms // 1000,
    }
    if person.stranger:
        body["is_stranger"] = True
    if person.deleted:
        return body
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(person.tz))
    offset = local.utcoffset()
    return body | {
        "tz": person.tz,
        "tz_label": local.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "who_can_share_contact_card": "EVERYONE",
    }


def bot_json() -> Json:
    """Return the app's own user."""
    return {
        "id": Installation.bot_user_id,
        "team_id": TEAM_ID,
        "name": Installation.bot_name,
        "deleted": False,
        "real_name": Installation.name,
        "profile": {"real_name": Installation.name, "bot_id": Installation.bot_id},
        "is_bot": True,
        "is_app_user": False,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
    }


def conversation_json(conversation: Conversation, at_ms: int) -> Json:
    """Return a conversation object."""
    if conversation.is_dm:
        return {
            "id": conversation.id,
            "created": at_ms // 1000,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": TEAM_ID,
            "user": conversation.user,
            "is_open": True,
        }
    return {
        "id": conversation.id,
        "name": conversation.name,
        "name_normalized": conversation.name,
        "is_channel": not conversation.private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": conversation.private,
        "created": at_ms // 1000,
        "creator": conversation.members[0] if conversation.members else "",
        "is_archived": conversation.archived,
        "is_general": conversation.name == "general",
        "is_member": conversation.bot,
        "is_shared": conversation.shared,
        "is_ext_shared": conversation.shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": TEAM_ID,
        "topic": {"value": conversation.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
