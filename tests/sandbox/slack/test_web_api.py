from types import SimpleNamespace

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.slack.installation import Installation


async def test_auth_test_names_the_bot(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """auth.test tells which team and which bot user a token belongs to."""
    answer = await client.auth_test()

    assert answer["team_id"] == "T07HALYARD1"
    assert answer["user_id"] == "U07TOKENBEL"
    assert answer["bot_id"] == "B07TOKENBEL"
    assert answer["is_enterprise_install"] is False


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("app", "not_allowed_token_type"),
    ],
)
async def test_tokens_are_checked(sandbox: Sandbox, token: str, error: str) -> None:
    """No token, a wrong one and the wrong kind have an error each."""
    token = sandbox.app_token if token == "app" else token
    client = AsyncWebClient(token=token, base_url=sandbox.slack_api)

    with pytest.raises(SlackApiError) as refusal:
        await client.auth_test()

    assert refusal.value.response["error"] == error
    assert refusal.value.response.status_code == 200


async def test_connections_open_takes_the_app_token_only(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """apps.connections.open refuses the bot's token and hands out a websocket URL."""
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token=sandbox.bot_token)

    answer = await client.apps_connections_open(app_token=sandbox.app_token)
    assert answer["url"].startswith("ws://127.0.0.1:")


@pytest.mark.parametrize(
    ("event", "error"),
    [("app_uninstalled", "account_inactive"), ("tokens_revoked", "token_revoked")],
)
async def test_a_token_dies_with_the_installation(
    sandbox: Sandbox, client: AsyncWebClient, event: str, error: str
) -> None:
    """After an uninstall or a revocation the bot's token is refused, until it is reinstalled."""
    await sandbox.happen(event)
    with pytest.raises(SlackApiError, match=error):
        await client.auth_test()

    await sandbox.happen("reinstall")
    assert (await client.auth_test())["ok"]


async def test_a_scope_that_was_not_granted_is_named(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """missing_scope tells what is needed and what there is."""
    with pytest.raises(SlackApiError) as refusal:
        await client.team_info()

    answer = refusal.value.response
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "team:read"
    assert answer["provided"] == ",".join(Installation().scopes)
    assert answer.headers["x-accepted-oauth-scopes"] == "team:read"


async def test_a_granted_scope_opens_the_method() -> None:
    """With team:read the team can be read."""
    async with Sandbox(app=Installation(scopes=("team:read",))) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)

        assert (await client.team_info())["team"]["domain"] == "halyard"


async def test_arguments_come_in_four_ways(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """Query, form, multipart form and JSON are all understood, and the token in any of them."""
    authorization = {"Authorization": f"Bearer {sandbox.bot_token}"}
    user = {"user": "U07MEITAN01"}

    answers = [
        await http.get("/api/users.info", params={**user, "token": sandbox.bot_token}),
        await http.post("/api/users.info", data={**user, "token": sandbox.bot_token}),
        await http.post(
            "/api/users.info", files={"user": (None, "U07MEITAN01")}, headers=authorization
        ),
        await http.post("/api/users.info", json=user, headers=authorization),
    ]

    assert [answer.json()["user"]["name"] for answer in answers] == ["mei"] * 4


@pytest.mark.parametrize(
    ("content", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b'{"text": "\\udc00"}', "application/json", "invalid_json"),
        (b'{"blocks": [NaN]}', "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"a=b", "text/html", "invalid_post_type"),
        (b"a=b", "", "missing_post_type"),
    ],
)
async def test_bodies_that_are_none_are_refused(
    sandbox: Sandbox, http: httpx.AsyncClient, content: bytes, kind: str, error: str
) -> None:
    """A body has to be JSON or a form, and to say so."""
    headers = {"Content-Type": kind} if kind else {}

    answer = await http.post("/api/auth.test", content=content, headers=headers)

    assert answer.json() == {"ok": False, "error": error}


async def test_an_unknown_method_is_named(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """A method that does not exist is not found by name."""
    with pytest.raises(SlackApiError) as refusal:
        await client.api_call("chat.shout")

    assert refusal.value.response["error"] == "unknown_method"
    assert refusal.value.response["req_method"] == "chat.shout"


async def test_too_many_calls_are_limited_by_method(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """A method called too often answers 429 and says when to come back; others go on."""
    sandbox.platform.rates.set(0.02)
    await client.users_info(user="U07MEITAN01")
    await client.users_info(user="U07MEITAN01")

    with pytest.raises(SlackApiError) as refusal:
        await client.users_info(user="U07MEITAN01")

    assert refusal.value.response.status_code == 429
    assert refusal.value.response["error"] == "ratelimited"
    assert int(refusal.value.response.headers["Retry-After"]) == 30
    assert (await client.auth_test())["ok"]


async def test_a_channel_takes_one_message_a_second_after_a_burst(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Posting is limited by channel; another channel is not affected."""
    sandbox.platform.rates.set(0.05)
    await client.chat_postMessage(channel="C07GENERAL1", text="1")

    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel="C07GENERAL1", text="2")
    assert (await client.chat_postMessage(channel="C07DATAPLT2", text="3"))["ok"]


async def test_the_sdks_rate_limit_handler_is_satisfied(
    sandbox: Sandbox, client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's own retry handler understands the answer and gets through."""
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    sandbox.platform.rates.set(0.02)
    await client.users_info(user="U07MEITAN01")
    await client.users_info(user="U07MEITAN01")
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(int(seconds))
        sandbox.platform.rates.set(None)

    handlers = "slack_sdk.http_retry.builtin_async_handlers.asyncio"
    monkeypatch.setattr(handlers, SimpleNamespace(sleep=sleep))

    assert (await client.users_info(user="U07MEITAN01"))["user"]["name"] == "mei"
    assert waits == [30]


async def test_limits_can_be_switched_off(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Without a scale nothing is limited."""
    sandbox.platform.rates.set(None)

    for _ in range(30):
        await client.chat_postMessage(channel="C07GENERAL1", text="again")

    assert len(sandbox.messages("general")) == 30


async def test_a_bucket_fills_up_again(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the seconds that were named, one more call passes."""
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    rates = sandbox.platform.rates
    rates.set(0.05)
    assert rates.post("C") == 0
    wait = rates.post("C")

    now += wait

    assert wait == 20
    assert rates.post("C") == 0
    assert rates.post("C") == 20


async def test_time_that_is_skipped_fills_buckets(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    """Months that pass in a moment are months for the limits too."""
    rates = sandbox.platform.rates
    rates.set(0.05)
    assert [rates.post("C"), rates.post("C")] == [0, 20]

    await http.post("/_control/clock", json={"advance_seconds": 20})

    assert [rates.post("C"), rates.post("C")] == [0, 20]


async def test_every_call_is_written_down_without_secrets(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """The journal has method, outcome and arguments, and no token."""
    await client.chat_postMessage(channel="C07GENERAL1", text=f"oops {sandbox.bot_token}")
    with pytest.raises(SlackApiError):
        await client.users_info(user="U0")

    posted, looked = sandbox.calls("chat.postMessage")[0], sandbox.calls("users.info")[0]
    assert (posted.status, posted.error) == (200, "")
    assert posted.body == {"channel": "C07GENERAL1", "text": "oops [redacted]"}
    assert (looked.error, looked.user) == ("user_not_found", "U0")
