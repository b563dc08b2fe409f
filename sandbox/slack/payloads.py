"""What Slack sends to the app.

docs.slack.dev/interactivity/implementing-slash-commands and
docs.slack.dev/reference/interaction-payloads
"""

from sandbox.company.people import TEAM_DOMAIN, TEAM_ID
from sandbox.slack.controls import SHAPES, Control, Values
from sandbox.slack.ids import new_id, secret
from sandbox.slack.installation import Installation
from sandbox.slack.shapes import message_json
from sandbox.slack.types import Json
from sandbox.slack.views import View
from sandbox.slack.workspace import Conversation, Message, Person


def channel_name(conversation: Conversation) -> str:
    """Return the name that payloads carry: Slack tells that of public channels only."""
    if conversation.is_dm:
        return "directmessage"
    return "privategroup" if conversation.private else conversation.name


def command(
    app: Installation,
    person: Person,
    conversation: Conversation,
    *,
    name: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """Build the form of a slash command; every value is a string."""
    return {
        "token": app.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": conversation.id,
        "channel_name": channel_name(conversation),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _interaction(app: Installation, person: Person, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": app.app_id,
        "token": app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action_of(control: Control, value: Json | None, ts: str) -> Json:
    """Build one entry of `actions`: the element as it is, and what was chosen."""
    element = control.element
    kind = element["type"]
    action: Json = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": control.block["block_id"],
        "action_ts": ts,
    }
    for name in (
        "text",
        "value",
        "style",
        "placeholder",
        SHAPES[kind].initial if kind in SHAPES else "",
    ):
        if name in element:
            action[name] = element[name]
    if value is not None:
        action.update({k: v for k, v in value.items() if k != "type"})
    return action


def message_action(
    app: Installation,
    person: Person,
    conversation: Conversation,
    message: Message,
    *,
    action: Json,
    values: Values,
    trigger_id: str,
    response_url: str,
) -> Json:
    """Build `block_actions` from a message; of an ephemeral one Slack keeps no copy to send."""
    ephemeral = message.ephemeral_to is not None
    payload = {
        **_interaction(app, person, "block_actions"),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": conversation.id,
            "is_ephemeral": ephemeral,
        },
        "trigger_id": trigger_id,
        "channel": {"id": conversation.id, "name": channel_name(conversation)},
        "state": {"values": values},
        "response_url": response_url,
        "actions": [action],
    }
    if not ephemeral:
        payload["message"] = message_json(message)
    return payload


def view_action(
    app: Installation, person: Person, view: View, *, action: Json, trigger_id: str
) -> Json:
    """Build `block_actions` from a modal or a Home."""
    return {
        **_interaction(app, person, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view.as_json(),
        "actions": [action],
    }


def view_submission(
    app: Installation, person: Person, view: View, *, trigger_id: str, response_urls: list[Json]
) -> Json:
    """Build `view_submission`."""
    return {
        **_interaction(app, person, "view_submission"),
        "trigger_id": trigger_id,
        "view": view.as_json(),
        "response_urls": response_urls,
    }


def view_closed(app: Installation, person: Person, view: View, *, cleared: bool) -> Json:
    """Build `view_closed`; `is_cleared` tells that the whole stack was closed."""
    return {
        **_interaction(app, person, "view_closed"),
        "view": view.as_json(),
        "is_cleared": cleared,
    }


def event(app: Installation, body: Json, *, at_ms: int) -> Json:
    """Wrap an event for the Events API."""
    return {
        "token": app.verification_token,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": {**body, "event_ts": f"{at_ms // 1000}.{at_ms % 1000:03d}000"},
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": at_ms // 1000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": app.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secret()}",
    }
