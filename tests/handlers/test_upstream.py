"""Whatever a service answers: the right list or a clear error, never a crash or a ping."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sandbox.company.timeline import DAY
from sandbox.slack.types import Json
from tests.clients.server import Seen, Server, Step, answer, serving
from tests.fixtures.bot import Office, open_office, owner, text_of
from tests.fixtures.canaries import CANARY, Watch
from tests.fixtures.world import BEARER, BILLING, put_authentication_token, put_token

GOOD: Json = {
    "tokenId": "tk-good",
    "name": "good one",
    "token": "dxj****wfg",
    "createdBy": "admin",
    "createTime": 1_700_000_000_000,
    "expireTime": 4_000_000_000_000,
}
ENTITY: Json = {
    "instanceId": "idaas_ue2jvisn35ea5lmthk267abcde",
    "authenticationTokenType": "jwt",
    "createTime": 1_700_000_000_000,
    "expirationTime": 4_000_000_000_000,
}


def listed(*rows: Json, **more: Any) -> bytes:
    """Return what Kyuubi answers with some tokens."""
    return answer({"requestId": "REQ-1", "data": {"tokens": rows}, **more})


@pytest.fixture(name="upstream")
async def _upstream() -> AsyncIterator[Server]:
    async with serving() as server:
        server.script(listed(GOOD))
        yield server


@pytest.fixture(name="asked")
async def _asked(redis_url: str, canaries: Watch, upstream: Server) -> AsyncIterator[Office]:
    """Run a bot whose Kyuubi answers what the test says, with IDaaS as it is, both connected."""
    environ = {"TOKENBELL_KYUUBI_ENDPOINT": upstream.url}
    async with open_office(redis_url, canaries, environ=environ) as office:
        await office.connect("mei", "kyuubi")
        await office.connect("mei", "idaas")
        yield office


@pytest.mark.parametrize(
    "step",
    [
        answer({"requestId": "REQ-1"}),
        answer({"requestId": "REQ-1", "data": None}),
        answer({"requestId": "REQ-1", "data": {}}),
        answer({"requestId": "REQ-1", "data": {"tokens": None}}),
        answer({"requestId": "REQ-1", "data": {"tokens": {"a": 1}}}),
        answer({"requestId": "REQ-1", "data": {"tokens": [{"name": "without an id"}]}}),
        answer({"requestId": "REQ-1", "code": None, "message": None}),
        answer({"code": "", "message": "", "success": False}),
        answer({"code": "Odd.Failure", "message": "", "data": {"tokens": []}, "success": False}),
        answer([]),
        answer(b"null"),
        answer(b""),
        answer(b"<html><body>502</body></html>", 502),
        answer(b"<html><body>Sign in</body></html>", 200, {"content-type": "text/html"}),
        answer(b'{"data": {"tokens": [{"tokenId": "tk'),
        answer({"data": {"tokens": [GOOD]}}, cut=40),
        answer(b"[" * 5_000),
        answer(b'{"data": {"tokens": [' + b"9" * 5_000 + b"]}}"),
        answer(b"x", 200, {"content-encoding": "gzip"}),
        answer(b'{"data": {"tokens": [{"tokenId": "\\ud800"}]}}\xff'),
        answer(b"", 302, {"location": "https://evil.example/"}),
        answer(b"", 302, {"location": "http://xn--zzzzzz/"}),
    ],
)
async def test_what_is_no_list_is_an_error(asked: Office, upstream: Server, step: Step) -> None:
    """An answer without a list is told as one, with a way on; the other source still lists."""
    upstream.script(step)

    words = text_of(await asked.types("mei"))

    assert "Could not read kyuubi" in words
    assert "Try again" in words or "Check its IDs" in words
    assert "1 token" in words
    assert "good one" not in words


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"expireTime": None}, "never expires"),
        ({"expireTime": 0}, "never expires"),
        ({"expireTime": -1}, "never expires"),
        ({"expireTime": "4000000000000"}, "2096"),
        ({"expireTime": 253_402_300_799_000}, "9999"),
        ({"expireTime": 10**18}, "never expires"),
        ({"expireTime": 10**400}, "never expires"),
        ({"expireTime": "soon"}, "expiry not reported"),
        ({"expireTime": True}, "expiry not reported"),
        ({"expireTime": float("inf")}, "expiry not reported"),
        ({"tokenId": "../../tk\r\n", "name": "tk-good"}, "../../tk"),
        ({"name": "\u200b\u202e", "createdBy": "\x00"}, "2096"),
        ({"name": "x" * 1_000_000, "createdBy": "y" * 1_000_000}, "2096"),
        ({"name": {"a": [1]}, "accountNames": "a", "memberArns": [{}]}, "2096"),
        ({"createTime": 0, "lastUsedTime": 0}, "2096"),
        ({"createTime": None, "createdBy": None, "name": None}, "2096"),
        ({"memberArns": None, "accountNames": ["a"] * 2_000}, "2096"),
        ({"name": "half \ud800 a character"}, "a character"),
        ({"token": CANARY.token_text}, "KYC••••••7Oa"),
        ({"status": "SOMETHING_NEW", "sparkRole": {"a": []}}, "2096"),
    ],
)
async def test_odd_fields_are_shown_or_named(
    asked: Office, upstream: Server, fields: Json, shown: str
) -> None:
    """Times that are null, 0, absent or far away, text that is not masked: nothing crashes."""
    upstream.script(listed({**GOOD, **fields}))

    words = text_of(await asked.types("mei"))
    details = str(await asked.types("mei", "show tk-good"))

    assert "2 tokens" in words
    assert "1970" not in details
    assert shown in details or "Could not read kyuubi" in words


HOSTILE = [
    "<!channel> <!here> @channel",
    "<https://evil.example|Log in>",
    "`code` *bold* _it_ ~no~ | pipe || table",
    "\u202eright to left\u202c \u2066 \u200b \x00 \x1b[31m",
    "&lt;!channel&gt; &amp;",
    "x" * 300,
    "\U0001f600" * 300,
    "\n\n\n",
    ":rotating_light: ${jndi:x} {{7*7}} %s {}",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_ping_nobody(office: Office, name: str) -> None:
    """Slack takes every message, and reads no markup in a name, wherever it is shown."""
    put_token(office.sandbox.company, name, created_by=name, account_names=(name,))
    for token_id in [t for t, each in office.sandbox.company.kyuubi.tokens.items()]:
        if office.sandbox.company.kyuubi.tokens[token_id].name != name:
            office.sandbox.company.kyuubi.remove_token(token_id)
    await office.connect("mei", label=name)
    listed = await office.types("mei")
    shown = [listed, await office.types("mei", f"show {token_of(office)}")]
    shown += [await office.types("mei", "connect"), await office.types("mei", "disconnect")]
    shown += [await office.types("mei", f'"{name}"')]
    shown += [await office.sandbox.open_home("mei") or {}]

    for message in shown:
        assert "invalid_blocks" not in str(message)
        for text in marked_up(message):
            assert "<!" not in text
            assert "<http" not in text
            assert "\u202e" not in text
    assert [call for call in office.sandbox.calls("response_url") if call.status != 200] == []


def token_of(office: Office) -> str:
    """Return the id of the only token."""
    (token_id,) = office.sandbox.company.kyuubi.tokens
    return token_id


def marked_up(shown: object) -> list[str]:
    """Return all texts in which Slack reads markup."""
    if isinstance(shown, dict):
        own = [shown["text"]] if shown.get("type") == "mrkdwn" else []
        if "blocks" in shown and isinstance(shown.get("text"), str):
            own.append(shown["text"])
        return [*own, *(text for value in shown.values() for text in marked_up(value))]
    if isinstance(shown, list):
        return [text for value in shown for text in marked_up(value)]
    return []


def pages(next_token: Callable[[int], str | None], rows: int = 1) -> Callable[[Seen], Step]:
    """Return an IDaaS that pages as a test says."""
    count = 0

    def answer_page(_: Seen) -> Step:
        nonlocal count
        count += 1
        entities = [
            {**ENTITY, "authenticationTokenId": f"atntkn_{count:04}_{row:03}"}
            for row in range(rows)
        ]
        return answer({"entities": entities, "nextToken": next_token(count)})

    return answer_page


@pytest.fixture(name="paged")
async def _paged(redis_url: str, canaries: Watch, upstream: Server) -> AsyncIterator[Office]:
    """Run a bot whose IDaaS answers what the test says, connected with an access token."""
    environ = {"TOKENBELL_IDAAS_ENDPOINT": upstream.url}
    async with open_office(redis_url, canaries, environ=environ) as office:
        upstream.handler = pages(lambda _: None)
        source = office.bot.desk.sources["idaas"]
        await office.connect("mei", "kyuubi")
        await office.bot.desk.connections.connect(
            owner("mei"),
            source_name="idaas",
            credential=source.credential("bearer_token", BEARER),
            targets=[source.target(BILLING)],
        )
        yield office


async def test_a_repeated_page_is_an_error(paged: Office, upstream: Server) -> None:
    """A list that goes round for ever is not read for ever, and not shown as if it were all."""
    upstream.handler = pages(lambda _: "again")

    words = text_of(await paged.types("mei"))

    assert "Could not read idaas" in words
    assert "2 tokens" in words


async def test_endless_paging_ends(paged: Office, upstream: Server) -> None:
    """After 5,000 rows it is enough: they are shown, and that there are more is said."""
    upstream.handler = pages(str, rows=100)

    words = text_of(await paged.types("mei"))

    assert "5,002 tokens" in words
    assert "Not all of idaas" in words
    assert "There are more tokens than I read at a time." in words
    assert len(upstream.seen) == 1 + 50


async def test_a_flood_of_rows_ends(asked: Office, upstream: Server) -> None:
    """A service that does not page is read to the same length, and it is said that there are more."""
    upstream.script(listed(*({**GOOD, "tokenId": f"tk-{number}"} for number in range(20_000))))

    words = text_of(await asked.types("mei"))

    assert "5,001 tokens" in words
    assert "Not all of kyuubi" in words


async def test_an_empty_list_is_none_only_if_it_says_so(asked: Office, upstream: Server) -> None:
    """An empty list that is one is told as such."""
    upstream.script(listed())

    words = text_of(await asked.types("mei", "kyuubi"))

    assert "No token matches" in words
    assert "Could not read" not in words


async def test_an_id_twice_is_one_row(asked: Office, upstream: Server) -> None:
    """A token that is listed twice, or by two connections, is one row."""
    upstream.script(listed(GOOD, GOOD))
    await asked.connect("mei", "kyuubi")

    assert "2 tokens" in text_of(await asked.types("mei"))


async def test_hundreds_are_as_comfortable_as_five(office: Office) -> None:
    """Five hundred Kyuubi tokens and three hundred of IDaaS are one list of pages."""
    world = office.sandbox.company
    for number in range(500):
        put_token(world, f"n{number:03}", expires_at=world.epoch + (50 + number) * DAY)
    for number in range(300):
        put_authentication_token(world, f"atntkn_{number:010}")
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")

    words = text_of(await office.types("mei"))

    assert "803 tokens" in words
    assert "1 to 20 of 803" in words
