"""Requests over HTTP: signed, fresh and first, or nothing is done."""

import json
import logging
import socket
import time
from urllib.parse import parse_qsl, urlencode

import pytest
from slack_bolt.async_app import AsyncBoltRequest

from sandbox.slack import payloads
from sandbox.slack.delivery.signing import signature
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, running, settings_for, text_of
from tests.fixtures.canaries import CANARY
from tests.fixtures.http import loopback_client

FORM = "application/x-www-form-urlencoded"


def command_of(office: Office, text: str = "list") -> bytes:
    """Return a slash command as Slack would send it."""
    platform, workspace = office.sandbox.platform, office.sandbox.workspace
    person, channel = workspace.person("mei"), workspace.conversation("general")
    form = payloads.command(
        platform.app,
        person,
        channel,
        name="/tokens",
        text=text,
        trigger_id=platform.triggers.new(person.id, channel=channel.id),
        response_url=platform.response_urls.new("commands", user=person.id, channel=channel.id),
    )
    return urlencode(form).encode()


def click_of(office: Office, message: Json, action: Json) -> bytes:
    """Return a click as Slack would send it."""
    platform, workspace = office.sandbox.platform, office.sandbox.workspace
    person, channel = workspace.person("mei"), workspace.conversation("general")
    payload = payloads.message_action(
        platform.app,
        person,
        channel,
        channel.messages[message["ts"]],
        action=action,
        values={},
        trigger_id=platform.triggers.new(person.id, channel=channel.id),
        response_url=platform.response_urls.new(
            "actions", user=person.id, channel=channel.id, ts=message["ts"]
        ),
    )
    return urlencode({"payload": json.dumps(payload)}).encode()


async def send(
    office: Office, body: bytes, *, age: int = 0, secret: str = "", url: str = "", sign: bool = True
) -> int:
    """Send a signed request and return the status."""
    timestamp = str(int(time.time()) - age)
    secret = secret or office.sandbox.signing_secret
    headers = {"content-type": FORM, "x-slack-request-timestamp": timestamp}
    if sign:
        headers["x-slack-signature"] = signature(secret, timestamp, body)
    async with loopback_client() as client:
        answer = await client.post(url or url_of(office), content=body, headers=headers)
    return answer.status_code


def url_of(office: Office) -> str:
    """Return where the bot takes Slack's requests."""
    assert office.sandbox._request_url is not None
    return office.sandbox._request_url


async def messages(office: Office) -> int:
    """Return how many answers there are once everything is done."""
    await office.idle()
    return len(office.sandbox.messages("general", "mei"))


async def test_everything_works_over_http(http_office: Office) -> None:
    """Commands, clicks, forms and Home are the same over HTTP."""
    await http_office.connect("mei")
    listed = await http_office.types("mei")
    assert "2 tokens" in text_of(listed)

    await http_office.presses("mei", "list.filter", listed)
    form = await http_office.modal("mei", "Filter tokens")
    submission = await http_office.sandbox.submit("mei", form, {"name": "etl"})

    assert submission.errors == {}
    await http_office.wait(lambda: "1 token" in text_of(http_office.now("mei", listed)), "a list")
    assert "etl nightly" in text_of(await http_office.sandbox.open_home("mei"))
    ack = await http_office.sandbox.command("mei", "general", "/tokens", "help")
    assert "What you can type" in text_of(ack.body)


@pytest.mark.parametrize("text", ["list", "show x", "disconnect"])
async def test_the_ack_is_out_before_the_listener_starts(http_office: Office, text: str) -> None:
    """A command is acknowledged while nothing is under way yet, and answered afterwards."""
    bot, body = http_office.bot, command_of(http_office, text).decode()
    request = AsyncBoltRequest(body=body, headers={"content-type": FORM})

    response = await bot.bolt.async_dispatch(request)

    assert (response.status, response.body) == (200, "")
    assert bot.desk.idle
    await http_office.wait(lambda: http_office.sandbox.messages("general", "mei"), "an answer")


async def test_help_is_the_ack(http_office: Office) -> None:
    """Help, and the refusal of a secret, come with the ack: nothing else is done."""
    for text, said in (("help", "What you can type"), (CANARY.access_key_secret, "looks like")):
        body = command_of(http_office, text).decode()
        request = AsyncBoltRequest(body=body, headers={"content-type": FORM})
        before = len(http_office.sandbox.journal.as_json())

        response = await http_office.bot.bolt.async_dispatch(request)

        answer = json.loads(response.body)
        assert response.status == 200
        assert said in answer["text"]
        assert answer["response_type"] == "ephemeral"
        assert text == "help" or text not in response.body
        await http_office.idle()
        assert len(http_office.sandbox.journal.as_json()) == before


@pytest.mark.parametrize(
    "forgery", [{"secret": "another secret"}, {"age": 301}, {"age": -330}, {"sign": False}]
)
async def test_what_slack_did_not_just_sign_does_nothing(
    http_office: Office, forgery: dict[str, int | str | bool]
) -> None:
    """A forged, an unsigned and a stale request are refused before anybody works."""
    await http_office.connect("mei")
    before, asked = http_office.calls(), len(http_office.sandbox.calls("users.info"))

    for body in (command_of(http_office), command_of(http_office, "help"), b"payload={}"):
        assert await send(http_office, body, **forgery) == 401  # type: ignore[arg-type]  # by name

    assert await messages(http_office) == 0
    assert http_office.calls() == before
    assert len(http_office.sandbox.calls("users.info")) == asked


async def test_a_replayed_request_does_nothing(http_office: Office, redis_url: str) -> None:
    """A signed request works once, though it reaches another process the second time."""
    await http_office.connect("mei")
    command = command_of(http_office)
    assert await send(http_office, command) == 200
    listed = await http_office.next("mei", after=0)
    refresh = {"type": "button", "action_id": "list.refresh", "value": "x:0"}
    click = click_of(http_office, listed, refresh)
    assert await send(http_office, click) == 200
    await http_office.wait(lambda: "is old" in text_of(http_office.now("mei", listed)), "a change")
    await http_office.idle()
    before = (http_office.calls(), len(http_office.sandbox.calls("response_url")))

    for body in (command, click):
        await send(http_office, body)
    settings = settings_for(
        http_office.sandbox,
        redis_url,
        SLACK_APP_TOKEN="",
        SLACK_SIGNING_SECRET=http_office.sandbox.signing_secret,
    )
    with socket.create_server(("127.0.0.1", 0)) as listen:
        async with running(settings, listen=listen) as other:
            url = f"http://127.0.0.1:{listen.getsockname()[1]}/slack/events"
            for body in (command, click):
                assert await send(http_office, body, url=url) == 200
            await http_office.wait(lambda: other.desk.idle, "the other process")

    assert await messages(http_office) == 1
    assert (http_office.calls(), len(http_office.sandbox.calls("response_url"))) == before


async def test_a_replayed_form_opens_nothing(http_office: Office) -> None:
    """A replayed click on a button with a form does not even ask Slack to open it."""
    card = await http_office.types("priya")
    action = {"type": "button", "action_id": "connect.start"}
    mine = await http_office.types("mei")
    assert card["ts"] != mine["ts"]
    click = click_of(http_office, mine, action)
    assert await send(http_office, click) == 200
    await http_office.modal("mei", "Connect", "What do you want to connect?")

    await send(http_office, click)

    assert await messages(http_office) == 1
    assert len(http_office.sandbox.calls("views.open")) == 1


async def test_an_odd_click_is_no_fault(
    http_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """What a click carries beside its action may be anything: it is answered, here or by DM.

    Where Bolt itself cannot read it, it is refused.
    """
    message = await http_office.types("mei")
    action = {"type": "button", "action_id": "help", "value": "x"}
    odd: tuple[object, ...] = (None, "x", 5, [], ["x"], {}, {"id": ["x"]})

    for name in ("container", "channel", "view", "message", "state", "team"):
        for value in odd:
            click = dict(parse_qsl(click_of(http_office, message, action).decode()))
            payload = {**json.loads(click["payload"]), name: value}
            body = urlencode({"payload": json.dumps(payload)}).encode()
            assert await send(http_office, body) in {200, 400}, payload

    await http_office.idle()
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_an_event_counts_once(http_office: Office) -> None:
    """Slack sends an event again when it doubts that it arrived: Home is published once."""
    body = payloads.event(
        http_office.sandbox.platform.app,
        {
            "type": "app_home_opened",
            "user": http_office.sandbox.workspace.person("mei").id,
            "tab": "home",
        },
        at_ms=http_office.sandbox.clock.wall(),
    )
    raw = json.dumps(body).encode()
    for _ in range(2):
        timestamp = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": signature(http_office.sandbox.signing_secret, timestamp, raw),
        }
        async with loopback_client() as client:
            answer = await client.post(url_of(http_office), content=raw, headers=headers)
        assert answer.status_code == 200
        await http_office.home("mei")
        await http_office.idle()

    assert len(http_office.sandbox.calls("views.publish")) == 1
