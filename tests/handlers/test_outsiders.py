"""Every control and every form there is, used by those who may not use the bot."""

import json
from urllib.parse import urlencode

import pytest

from bot.blocks import actions
from bot.store import keys
from sandbox.slack import payloads
from sandbox.slack.types import Json
from tests.fixtures.bot import IDS, Office, owner, text_of
from tests.handlers.test_access import REFUSED
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


@pytest.fixture(name="shared")
async def _shared(http_office: Office) -> Office:
    """Run a bot with something to see, and a message in a channel that strangers are in."""
    await http_office.connect("mei")
    await http_office.sandbox.happen("invite_bot", channel="ext-acme-port")
    http_office.sandbox.say("mei", "ext-acme-port", "a message with buttons")
    return http_office


async def told(office: Office, payload: Json) -> str:
    """Send a payload; return all that the bot then says to Slack."""
    before = len(office.sandbox.journal.as_json())
    assert await send(office, urlencode({"payload": json.dumps(payload)}).encode()) == 200
    await office.idle()
    said = (text_of(call["body"]) for call in office.sandbox.journal.as_json()[before:])
    return " ".join(said).strip()


async def did_nothing(office: Office, name: str) -> None:
    """Check that nothing was read for somebody, and nothing kept but who they are."""
    assert office.calls() == 1  # when the insider connected
    kept = {key async for key in office.bot.redis.scan_iter(f"tb:*{IDS[name]}*")}
    assert kept == {keys.person(*owner(name))}


@pytest.mark.parametrize("name", ["sam", "dana"])
async def test_no_control_works_for_an_outsider(shared: Office, name: str) -> None:
    """A guest and a stranger who press whatever there is are told why nothing happens."""
    for action_id in [*CONTROLS, "of.another.version"]:
        assert REFUSED in await told(shared, clicked(shared, name, action_id)), action_id

    await did_nothing(shared, name)


@pytest.mark.parametrize("name", ["sam", "dana"])
async def test_no_form_works_for_an_outsider(shared: Office, name: str) -> None:
    """Whatever an outsider submits does nothing, as if it had been theirs to fill in."""
    for callback_id in [*FORMS, "of.another.version"]:
        said = await told(shared, submitted(shared, name, callback_id))
        assert REFUSED in said or said == "", (callback_id, said)

    await did_nothing(shared, name)
