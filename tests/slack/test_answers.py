"""Whatever Slack answers: what was asked for, or a `SlackError`; a garbled answer is never taken."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import open_slack_client
from bot.config import Settings
from bot.errors import SlackError
from bot.services.messages import retry_after
from bot.services.refusals import refusal
from bot.slack import Posted, Responder, Slack, identify, open_socket_url
from tests.clients.server import Server, Step, answer, serving
from tests.fixtures.bot import KEYS
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.slack.test_slack import HELLO, SCOPE, OneToken

JSON = {"content-type": "application/json"}
TOKEN = SecretStr(CANARY.slack_bot_token)

GARBLED = {
    "a list": answer([1], 200, JSON),
    "a text": answer("x", 200, JSON),
    "null": answer(None, 200, JSON),
    "nothing": answer(b"", 200, JSON),
    "a page": answer(b"<html>", 200, {"content-type": "text/html"}),
    "half": answer(b'{"ok": tr', 200, JSON),
    "not UTF-8": answer(b'{"ok": true, "x": "\xff"}', 200, JSON),
    "text, not UTF-8": answer(b"\xff", 200, {"content-type": "text/plain; charset=utf-8"}),
    "a long number": answer(b'{"ok": true, "x": 1' + b"0" * 5_000 + b"}", 200, JSON),
    "deep": answer(b"[" * 100_000, 200, JSON),
    "another encoding": answer(
        {"ok": True}, 200, {"content-type": "application/json; charset=hex"}
    ),
}
"""Answers that say nothing at all."""

HOLLOW = {
    "no more than ok": answer({"ok": True}, 200, JSON),
    "nulls": answer(
        {
            "ok": True,
            **dict.fromkeys(("view", "channel", "ts", "user", "messages", "members", "permalink")),
        },
        200,
        JSON,
    ),
    "other types": answer(
        {
            "ok": True,
            "view": 5,
            "channel": [1],
            "ts": {"a": 1},
            "user": "U",
            "messages": 5,
            "members": "U1",
            "permalink": ["x"],
            "upload_url": 5,
            "enterprise_id": 7,
        },
        200,
        JSON,
    ),
    "packed": answer(b"\x1f\x8b", 200, {"content-type": "application/gzip"}),
}
"""Answers that lack what they promise."""

Call = Callable[[Slack, AsyncWebClient, str], Awaitable[Any]]

CALLS: dict[str, Call] = {
    "auth.test": lambda _, client, __: identify(client, TOKEN, START),
    "chat.getPermalink": lambda slack, _, __: slack.permalink(SCOPE, Posted("C1", "1.2")),
    "chat.postMessage": lambda slack, _, __: slack.post(SCOPE, "C1", HELLO),
    "conversations.history": lambda slack, _, __: slack.find(SCOPE, "D1", {"event_type": "x"}),
    "conversations.info": lambda slack, _, __: slack.channel(SCOPE, "C1"),
    "conversations.members": lambda slack, _, __: slack.is_member(SCOPE, "C1", "U1"),
    "conversations.open": lambda slack, _, __: slack.dm(SCOPE, "U1", HELLO),
    "files.getUploadURLExternal": lambda slack, _, __: slack.send_file(
        SCOPE, "D1", "a.csv", b"x", comment="c"
    ),
    "users.info": lambda slack, _, __: slack.user(SCOPE, "U1"),
    "views.open": lambda slack, _, __: slack.open_view(SCOPE, "1.2", {}),
    "views.push": lambda slack, _, __: slack.push_view(SCOPE, "1.2", {}),
}
"""Calls whose answers hold something that is used."""

SILENT: dict[str, Call] = {
    "apps.connections.open": lambda _, client, __: open_socket_url(client, TOKEN),
    "chat.delete": lambda slack, _, __: slack.delete(SCOPE, Posted("C1", "1.2")),
    "chat.update": lambda slack, _, __: slack.edit(SCOPE, Posted("C1", "1.2"), HELLO),
    "views.publish": lambda slack, _, __: slack.publish_home(SCOPE, "U1", {}),
    "views.update": lambda slack, _, __: slack.update_view(SCOPE, "V1", {}),
}
"""Calls of whose answers nothing is used."""

RESPONSE_URL: dict[str, Call] = {
    "response_url": lambda _, client, url: Responder(client).send(url, HELLO)
}


@pytest.fixture(name="upstream")
async def _upstream() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


async def answered(server: Server, call: Call, step: Step) -> object:
    """Return what a call makes of an answer."""
    server.script(step)
    environ = {
        "SLACK_BOT_TOKEN": CANARY.slack_bot_token,
        "SLACK_API_URL": f"{server.url}/api",
        "TOKENBELL_KEYS": KEYS,
    }
    async with open_slack_client(Settings.from_env(environ)) as client:
        slack = Slack(client, OneToken(CANARY.slack_bot_token))
        return await call(slack, client, f"{server.url}/response")


async def refused(server: Server, call: Call, step: Step) -> SlackError:
    """Return what a call raises when that is answered."""
    with pytest.raises(SlackError) as caught:
        await answered(server, call, step)
    return caught.value


@pytest.mark.parametrize("method", [*CALLS, *SILENT])
@pytest.mark.parametrize("what", GARBLED)
async def test_a_garbled_answer_is_no_answer(upstream: Server, method: str, what: str) -> None:
    """Nobody knows whether Slack did it, and the error quotes nothing of what came."""
    error = await refused(upstream, {**CALLS, **SILENT}[method], GARBLED[what])

    assert (error.method, error.code) == (method, "broken_answer")
    assert refusal(error) == "uncertain"
    assert error.__cause__ is None


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("what", HOLLOW)
async def test_what_was_promised_must_be_there(upstream: Server, method: str, what: str) -> None:
    """A message without a place, a view without an id: never kept as if it had one."""
    error = await refused(upstream, CALLS[method], HOLLOW[what])

    assert error.method == {"files.getUploadURLExternal": "upload"}.get(method, method)
    assert error.code == "broken_answer"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0.5", 1), ("-5", 1), ("1e9", 3600), ("inf", 3600), ("NaN", 1), ("soon", 1)],
)
@pytest.mark.parametrize("method", ["chat.postMessage", "response_url"])
async def test_nothing_silences_us_for_ever(
    upstream: Server, method: str, said: str, seconds: float
) -> None:
    """However long Slack asks to be left alone, it is a second at least, and an hour at most."""
    step = answer({"ok": False}, 429, {**JSON, "retry-after": said})

    error = await refused(upstream, {**CALLS, **RESPONSE_URL}[method], step)

    assert error.code == "ratelimited"
    assert retry_after(error) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (GARBLED["a page"], "broken_answer"),
        (GARBLED["text, not UTF-8"], "broken_answer"),
        (answer(b'{"ok": false, "error": 1' + b"0" * 5_000 + b"}"), "broken_answer"),
        (answer({"ok": False, "error": "a\nforged line"}), "unknown_error"),
        (answer(b"<html>", 502), "http_502"),
        (answer(b"no_service", 404), "no_service"),
        (answer(b"", 302, {"location": "/elsewhere"}), "http_302"),
    ],
)
async def test_a_reply_that_was_not_taken(upstream: Server, step: Step, code: str) -> None:
    """A `response_url` that answers anything but yes has refused; nothing is sent on elsewhere."""
    error = await refused(upstream, RESPONSE_URL["response_url"], step)

    assert (error.method, error.code) == ("response_url", code)
    assert [request.path for request in upstream.seen] == ["/response"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_slack_is_no_wrong_token(upstream: Server, status: int) -> None:
    """That Slack cannot say whose a token is does not make it wrong."""
    error = await refused(upstream, CALLS["auth.test"], answer({"ok": False}, status, JSON))

    assert error.method == "auth.test"


async def test_odd_messages_are_passed_over(upstream: Server) -> None:
    """Among whatever else is in a conversation, a message is found by its metadata."""
    known = {"ts": "1.2", "metadata": {"event_type": "x"}}
    messages = [5, None, {"metadata": "x"}, {"metadata": {"event_type": "x"}}, known]

    found = await answered(
        upstream,
        CALLS["conversations.history"],
        answer({"ok": True, "messages": messages}, 200, JSON),
    )

    assert found == Posted("D1", "1.2")


@pytest.mark.parametrize("said", [b"", b"ok", b'{"ok": true}', b" ok \n"])
async def test_a_reply_that_was_taken(upstream: Server, said: bytes) -> None:
    """Slack says yes in more than one way."""
    assert await answered(upstream, RESPONSE_URL["response_url"], answer(said)) is None
