import asyncio
from typing import Any

import aiohttp
import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.faults import Fault
from sandbox.server import Sandbox

POST = "chat.postMessage"


@pytest.fixture(name="blunt")
def _blunt(sandbox: Sandbox) -> AsyncWebClient:
    """Return a client that tries once."""
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api, retry_handlers=[])


def fault(sandbox: Sandbox, **how: Any) -> None:
    sandbox.faults.add(Fault(service="slack", **how))


async def say(client: AsyncWebClient) -> Any:
    return await client.chat_postMessage(channel="general", text="x")


async def test_throttling_names_the_seconds(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """429 comes with Retry-After, as often as it was asked for."""
    fault(sandbox, kind="429", seconds=7, times=1, match="chat.")

    with pytest.raises(SlackApiError) as refusal:
        await say(blunt)

    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "7"
    assert (await say(blunt))["ok"]


async def test_an_error_is_slacks_own_word(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """200 with the code that was asked for, and nothing is done."""
    fault(sandbox, kind="error", code="restricted_action", match=POST, times=1)

    with pytest.raises(SlackApiError) as refusal:
        await say(blunt)

    assert refusal.value.response.data == {"ok": False, "error": "restricted_action"}
    assert sandbox.messages("general") == []
    assert (await say(blunt))["ok"]


@pytest.mark.parametrize(
    "how",
    [
        {"service": "slack", "kind": "error"},
        {"service": "kyuubi", "kind": "error", "code": "x"},
        {"service": "slack", "kind": "500", "code": "x"},
    ],
)
def test_only_an_error_of_slacks_has_a_code(sandbox: Sandbox, how: Any) -> None:
    """A fault that says otherwise is refused."""
    with pytest.raises(ValueError, match="code"):
        sandbox.faults.add(Fault(**how))


async def test_a_fault_meets_only_its_methods(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """`match` is part of a method's name."""
    fault(sandbox, kind="429", match="views.")

    assert (await say(blunt))["ok"]


async def test_a_server_error_is_no_json(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """500 comes as text, as from a proxy in front of Slack."""
    fault(sandbox, kind="500")

    with pytest.raises(SlackApiError) as refusal:
        await say(blunt)

    assert refusal.value.response.status_code == 500
    assert sandbox.messages("general") == []


async def test_a_broken_body_is_half_of_one(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """200, and JSON that ends in the middle."""
    fault(sandbox, kind="broken")

    answer = await http.post("/api/auth.test")

    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_reset_is_no_answer_at_all(
    sandbox: Sandbox, blunt: AsyncWebClient, *, accepted: bool
) -> None:
    """The connection is cut; with `accepted` the message was posted all the same."""
    fault(sandbox, kind="reset", times=1, accepted=accepted)

    with pytest.raises(aiohttp.ClientError):
        await say(blunt)

    assert len(sandbox.messages("general")) == int(accepted)


async def test_the_sdk_tries_again_after_a_reset(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Its default handler repeats the call, so that an accepted one is posted twice."""
    fault(sandbox, kind="reset", times=1, accepted=True)

    await say(client)

    assert len(sandbox.messages("general")) == 2


async def test_a_lost_answer_may_be_an_error_too(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """Accepted, and then 500: the work is done."""
    fault(sandbox, kind="500", times=1, accepted=True)

    with pytest.raises(SlackApiError):
        await say(blunt)

    assert len(sandbox.messages("general")) == 1


async def test_a_slow_answer_comes_in_the_end(sandbox: Sandbox, blunt: AsyncWebClient) -> None:
    """Before the work, or with `accepted` after it."""
    fault(sandbox, kind="slow", seconds=0.05, times=1)
    fault(sandbox, kind="slow", seconds=0.05, times=1, accepted=True)

    assert (await say(blunt))["ok"]
    assert (await say(blunt))["ok"]
    assert len(sandbox.messages("general")) == 2


async def test_a_hang_ends_when_the_caller_goes(sandbox: Sandbox) -> None:
    """Nothing comes until the caller gives up, and nothing was done."""
    fault(sandbox, kind="hang")
    client = AsyncWebClient(
        token=sandbox.bot_token, base_url=sandbox.slack_api, timeout=1, retry_handlers=[]
    )
    task = asyncio.create_task(say(client))
    await sandbox.wait_for(lambda: sandbox.calls(POST))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert sandbox.messages("general") == []
    assert sandbox.calls(POST)[0].error == "fault: hang"


async def test_a_hang_does_not_keep_the_sandbox_from_closing() -> None:
    """Closing cuts off whoever still waits."""
    async with Sandbox() as sandbox:
        fault(sandbox, kind="hang")
        client = AsyncWebClient(
            token=sandbox.bot_token, base_url=sandbox.slack_api, retry_handlers=[]
        )
        task = asyncio.create_task(say(client))
        await sandbox.wait_for(lambda: sandbox.calls(POST))

    with pytest.raises(aiohttp.ClientError):
        await task


async def test_a_response_url_has_faults_too(sandbox: Sandbox) -> None:
    """Their name is response_url."""
    fault(sandbox, kind="500", match="response_url", times=1)
    url = sandbox.platform.response_urls.new("commands", user="U07MEITAN01", channel="C07GENERAL1")

    assert (await AsyncWebhookClient(url).send(text="x")).status_code == 500
    assert (await AsyncWebhookClient(url).send(text="x")).status_code == 200


def test_only_known_services_have_faults(sandbox: Sandbox) -> None:
    """A typo is noticed."""
    with pytest.raises(ValueError, match="service must be one of"):
        sandbox.faults.add(Fault(service="slak", kind="500"))


def test_faults_are_cleared_by_service(sandbox: Sandbox) -> None:
    """Those of one service, or all."""
    fault(sandbox, kind="500")
    sandbox.faults.add(Fault(service="kyuubi", kind="500"))

    sandbox.faults.clear("slack")
    assert [f["service"] for f in sandbox.faults.as_json()] == ["kyuubi"]
    sandbox.faults.clear()
    assert sandbox.faults.as_json() == []
