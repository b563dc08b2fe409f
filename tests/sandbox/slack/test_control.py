import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.server import Sandbox
from tests.fixtures.http import loopback_client
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_interactions import BUTTON, actions
from tests.sandbox.slack.test_views import FORM

MEI = "U07MEITAN01"
POSTS = (
    "command",
    "interact",
    "submit",
    "close",
    "open-home",
    "message",
    "clock",
    "bots",
    "faults",
    "lifecycle",
    "rates",
)


async def post(http: httpx.AsyncClient, call: str, **body: object) -> Json:
    answer = await http.post(f"/_control/{call}", json=body)
    parsed: Json = answer.json()
    assert parsed["ok"] is (answer.status_code == 200)
    return {**parsed, "status": answer.status_code}


async def get(http: httpx.AsyncClient, call: str, **query: str) -> Json:
    answer = await http.get(f"/_control/{call}", params=query)
    parsed: Json = answer.json()
    return {**parsed, "status": answer.status_code}


async def test_a_person_works_through_http(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient
) -> None:
    """Command, click, form, close: the page can do it all."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any, say: Any) -> None:
        await ack("hello")

    @bot.app.action("go")
    async def go(ack: Any, body: Json, client: Any) -> None:
        await ack()
        if "message" in body:
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @bot.app.view("")
    async def submitted(ack: Any) -> None:
        await ack()

    where = {"user": "mei", "channel": "general"}
    typed = await post(http, "command", **where, command="/tokens", text="a>b")
    assert typed["ack"] | {"elapsed_ms": 0} == {
        "status": 200,
        "elapsed_ms": 0,
        "error": None,
        "body": {"text": "hello"},
    }
    await bot.client.chat_postMessage(channel="general", text="x", blocks=[actions(BUTTON)])
    shown = (await get(http, "messages/general", user="mei"))["messages"]
    await post(http, "interact", **where, ts=shown[-1]["ts"], action="go")
    await sandbox.wait_for(lambda: sandbox.views("mei"))
    (view,) = (await get(http, "state", user="mei"))["views"]

    refused = await post(http, "submit", user="mei", view_id=view["id"], values={})
    assert refused["ack"] is None
    assert "name" in refused["errors"]
    done = await post(http, "submit", user="mei", view_id=view["id"], values={"name": "x"})
    assert done["ack"]["status"] == 200
    assert "errors" not in done
    assert (await get(http, "state", user="mei"))["views"] == []

    await bot.client.views_publish(user_id=MEI, view={"type": "home", "blocks": [actions(BUTTON)]})
    home = (await get(http, "state", user="mei"))["homes"][MEI]
    clicked = await post(http, "interact", user="mei", view_id=home["id"], action="go")
    assert clicked["ack"]["error"] is None
    assert bot.received[0]["text"] == "a&gt;b"


@pytest.mark.parametrize(
    ("more", "text"),
    [({}, "a &gt; b"), ({"client": "phone"}, "A &gt; b "), ({"raw": True}, "a > b")],
)
async def test_the_client_that_mangles_can_be_chosen(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient, more: Json, text: str
) -> None:
    """Desktop by default, phone, or raw."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack()

    await post(
        http, "command", user="mei", channel="general", command="/tokens", text="a > b", **more
    )

    assert bot.received[0]["text"] == text


async def test_closing_and_opening_home(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient
) -> None:
    """A view that asks for nothing is closed without an ack; Home comes with its view."""

    @bot.app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    await bot.client.views_open(trigger_id=sandbox.platform.triggers.new(MEI), view=FORM)
    (view,) = sandbox.views("mei")

    closed = await post(http, "close", user="mei", view_id=view["id"])
    home = await post(http, "open-home", user="mei")

    assert closed["ack"] is None
    assert home["view"]["type"] == "home"
    loud = FORM | {"notify_on_close": True}
    await bot.client.views_open(trigger_id=sandbox.platform.triggers.new(MEI), view=loud)

    @bot.app.view_closed("")
    async def told(ack: Any) -> None:
        await ack()

    closed = await post(http, "close", user="mei", view_id=sandbox.views("mei")[0]["id"])
    assert closed["ack"]["status"] == 200


async def test_the_state_has_what_a_person_sees(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """All people, but only one's own channels; without a person, everything."""
    mine = await get(http, "state", user="sam")
    everything = await get(http, "state")

    assert [c["name"] for c in mine["channels"]] == ["general"]
    assert len(everything["channels"]) == 6
    people = {p["name"]: p for p in mine["people"]}
    assert people["mei"]["dm"] == "D07MEITAN01"
    assert people["dana"]["dm"] is None
    assert mine["app"]["commands"][0]["command"] == "/tokens"
    assert (mine["app"]["transport"], mine["app"]["connected"]) == ("socket", 0)
    assert mine["endpoints"]["slack_api"] == sandbox.slack_api
    assert mine["team"]["name"] == "Halyard Freight"
    assert mine["faults"] == []


async def test_messages_are_those_that_a_person_sees(
    sandbox: Sandbox, bot: Bot, http: httpx.AsyncClient
) -> None:
    """Ephemeral messages for their reader; a DM by name; nothing of a channel one is not in."""
    await post(http, "message", user="mei", channel="#general", text="hello")
    await bot.client.chat_postEphemeral(channel="general", user=MEI, text="psst")
    await bot.client.chat_postMessage(channel=MEI, text="ring")

    mine = await get(http, "messages/general", user="mei")
    theirs = await get(http, "messages/general", user="jonas")
    dm = await get(http, "messages/@tokenbell", user="mei")
    closed = await get(http, "messages/on-call", user="jonas")

    assert [m["text"] for m in mine["messages"]] == ["hello", "psst"]
    assert [m["text"] for m in theirs["messages"]] == ["hello"]
    assert [m["text"] for m in dm["messages"]] == ["ring"]
    assert closed["status"] == 409


async def test_faults_and_rates_are_switched_from_outside(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    """On, listed in the state, and off again."""
    on = await post(http, "faults", service="slack", kind="429", seconds=2, match="chat", times=3)
    listed = (await get(http, "state"))["faults"]
    off = await post(http, "faults", clear=True)
    tight = await post(http, "rates", scale=0.1)
    none = await post(http, "rates", scale=None)

    assert on["faults"] == listed
    assert (listed[0]["times"], listed[0]["accepted"]) == (3, False)
    assert off["faults"] == []
    assert (tight["scale"], none["scale"]) == (0.1, None)


async def test_the_log_can_be_narrowed_down(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """By service and by method."""
    await http.post("/api/auth.test")
    await http.post("/api/chat.postMessage")
    async with loopback_client() as client:
        await client.get(f"{sandbox.kyuubi}/api/v1/workspaces")

    assert len((await get(http, "log"))["calls"]) == 3
    assert len((await get(http, "log", service="slack"))["calls"]) == 2
    (call,) = (await get(http, "log", method="auth.test"))["calls"]
    assert call["error"] == "not_authed"


async def test_lifecycle_and_credentials(http: httpx.AsyncClient) -> None:
    """What happens is asked for by name; the credentials of the demo are listed."""
    told = await post(http, "lifecycle", event="archive", channel="general")
    people = await get(http, "credentials")

    assert told["events"] == ["channel_archive"]
    assert people["people"] == []


@pytest.mark.parametrize(
    ("call", "body", "status", "error"),
    [
        ("command", {}, 400, "user is missing"),
        ("command", {"user": 7}, 400, "user must be a text"),
        ("command", {"user": "mei", "channel": "general", "command": "/no"}, 404, "/no"),
        ("command", {"user": "no", "channel": "general", "command": "/tokens"}, 404, "person"),
        ("command", {"user": "sam", "channel": "random", "command": "/tokens"}, 409, "not in"),
        (
            "command",
            {"user": "mei", "channel": "general", "command": "/tokens", "client": "watch"},
            400,
            "desktop or phone",
        ),
        ("interact", {"user": "mei", "action": "x"}, 400, "channel is missing"),
        ("interact", {"user": "mei", "channel": "general", "action": "x"}, 404, "message"),
        ("interact", {"user": "mei", "view_id": "V0", "action": "x"}, 404, "view"),
        ("submit", {"user": "mei", "view_id": "V0"}, 404, "view"),
        ("submit", {"user": "mei", "view_id": "V0", "values": [1]}, 400, "object"),
        ("clock", {"advance_seconds": "1"}, 400, "number"),
        ("clock", {"advance_seconds": True}, 400, "number"),
        ("clock", {"advance_seconds": -1}, 400, "positive"),
        ("clock", {"advance_seconds": 1, "mode": "back"}, 400, "mode"),
        ("clock", {"advance_seconds": 1e12}, 400, "ten years"),
        ("bots", {"clock": "https://evil.example/"}, 400, "loopback"),
        ("bots", {"clock": "http://[::1"}, 400, "loopback"),
        ("faults", {"service": "slack", "kind": "melt"}, 400, "kind must be one of"),
        ("faults", {"service": "slak", "kind": "500"}, 400, "service must be one of"),
        ("lifecycle", {"event": "explode"}, 400, "event must be one of"),
        ("nothing", {}, 404, "no such call"),
    ],
)
async def test_wrong_requests_are_explained(
    http: httpx.AsyncClient, call: str, body: Json, status: int, error: str
) -> None:
    """400 for nonsense, 404 for what is not there, 409 for what a person could not do."""
    answer = await post(http, call, **body)

    assert answer["status"] == status
    assert error in answer["error"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"\xff",
        b'"text"',
        b'{"user": NaN}',
        b'{"user": "\\ud800"}',
        b'{"user": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
async def test_a_body_has_to_be_an_object(http: httpx.AsyncClient, content: bytes) -> None:
    """What is no JSON object, or none that could be sent on, is a wrong request."""
    assert (await http.post("/_control/command", content=content)).status_code == 400


async def test_an_unknown_person_has_no_stream(http: httpx.AsyncClient) -> None:
    """A stream for nobody is not found."""
    assert (await http.get("/_control/stream", params={"user": "nobody"})).status_code == 404


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = (
    "user",
    "channel",
    "command",
    "text",
    "client",
    "ts",
    "action",
    "view_id",
    "values",
    "advance_seconds",
    "mode",
    "clock",
    "service",
    "kind",
    "seconds",
    "times",
    "event",
    "zone",
    "scale",
    "clear",
    "tab",
)
LIKELY = st.sampled_from(["mei", "general", "/tokens", "slack", "500", "step", "go", "archive"])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    call=st.sampled_from(POSTS),
    body=st.dictionaries(st.sampled_from(NAMES), ANYTHING | LIKELY, max_size=6),
)
async def test_no_request_is_a_server_error(sandbox: Sandbox, call: str, body: Json) -> None:
    """Whatever is sent, the answer is JSON and below 500."""
    async with loopback_client(sandbox.url) as client:
        content = json.dumps(body, allow_nan=True).encode("utf-8", "surrogatepass")
        answer = await client.post(f"/_control/{call}", content=content)

    assert answer.status_code < 500
    assert "ok" in answer.json()
