"""Clicks and submissions that Slack never made of what the bot has shown."""

import json
from urllib.parse import urlencode

from bot.blocks import actions
from sandbox.slack import payloads
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, text_of
from tests.handlers.test_requests import send

NAMES = {
    name: value
    for name, value in vars(actions).items()
    if name.isupper() and isinstance(value, str)
}
CONTROLS = [value for name, value in NAMES.items() if not name.endswith("_VIEW")]
FORMS = [value for name, value in NAMES.items() if name.endswith("_VIEW")]
STATE = {"values": {"source": {"source": {"type": "static_select", "selected_option": None}}}}


def clicked(office: Office, name: str, action_id: str) -> Json:
    """Return a click on a control of a message that everybody in a channel sees."""
    platform, workspace = office.sandbox.platform, office.sandbox.workspace
    person, channel = workspace.person(name), workspace.conversation("ext-acme-port")
    return payloads.message_action(
        platform.app,
        person,
        channel,
        channel.messages[office.sandbox.messages("ext-acme-port")[-1]["ts"]],
        action={"type": "button", "action_id": action_id, "block_id": "b", "value": "x:0"},
        values={},
        trigger_id=platform.triggers.new(person.id, channel=channel.id),
        response_url=platform.response_urls.new("actions", user=person.id, channel=channel.id),
    )


def submitted(office: Office, name: str, callback_id: str) -> Json:
    """Return the submission of a form that they never were shown."""
    click = clicked(office, name, "x")
    view = {
        "id": "V0FORGED",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": "x",
        "state": STATE,
        "blocks": [],
    }
    kept = {key: click[key] for key in ("team", "user", "api_app_id", "trigger_id")}
    return {**kept, "type": "view_submission", "view": view, "response_urls": []}


async def told(office: Office, payload: Json) -> str:
    """Send a payload; return all that the bot then says to Slack."""
    before = len(office.sandbox.journal.as_json())
    assert await send(office, urlencode({"payload": json.dumps(payload)}).encode()) == 200
    await office.idle()
    said = (text_of(call["body"]) for call in office.sandbox.journal.as_json()[before:])
    return " ".join(said).strip()
