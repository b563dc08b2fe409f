"""Sending over a real socket: what is tried again, what is not, and when it ends."""

import asyncio
import gzip
import json
import traceback
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks

from bot.clients import Source, _transport, create_http_client
from bot.clients._answer import Operation
from bot.errors import (
    BrokenAnswerError,
    ThrottledError,
    UnavailableError,
    UpstreamError,
)
from bot.models.listing import Reading
from tests.clients.conftest import ACCESS_KEY, KYUUBI_TARGET, FakeClock, access
from tests.clients.server import Fate, Server, answer, serving
from tests.clients.verify import expected_authorization
from tests.fixtures.canaries import CANARY, Watch, leaks
from tests.fixtures.http import loopback_client

GOOD = answer({"data": {"tokens": [{"tokenId": "tk-1"}]}, "requestId": "R-1"})
DOWN = answer({"Code": "InternalError"}, 500)


async def _list(kyuubi: Source, seconds: float = 30) -> Reading:
    return await kyuubi.list_tokens(
        access(ACCESS_KEY), KYUUBI_TARGET, everything=False, timeout=seconds
    )


async def _failure(kyuubi: Source, seconds: float = 30) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await _list(kyuubi, seconds)
    return caught.value


@contextmanager
def waits() -> Iterator[list[float]]:
    """Wait in earnest, and note for how long each retry was put off."""
    noted: list[float] = []

    def note(details: RetryDetails) -> None:
        noted.append(details.wait_for)

    before = get_on_retry_hooks()
    set_on_retry_hooks([note])
    try:
        with stamina.set_testing(False):
            yield noted
    finally:
        set_on_retry_hooks(before)


@pytest.mark.parametrize(
    "trouble",
    [
        DOWN,
        answer(b"", 502),
        answer(b"", 503),
        answer({"Code": "Throttling.User"}, 400),
        answer({"Code": "SignatureNonceUsed"}, 400),
        answer(b"", 429),
        answer({"success": False, "code": "ServiceUnavailable"}),
        answer({"data": {}}, cut=3),
        b"no HTTP at all\r\n\r\n",
        b"",
        Fate.RESET,
    ],
)
async def test_passing_trouble(kyuubi: Source, server: Server, trouble: bytes | Fate) -> None:
    """Trouble that may pass is asked away; the list comes all the same."""
    server.script(trouble, GOOD)

    reading = await _list(kyuubi)

    assert [token.id for token in reading.tokens] == ["tk-1"]
    assert len(server.seen) == 2


async def test_every_attempt_is_signed_anew(
    kyuubi: Source, server: Server, clock: FakeClock
) -> None:
    """Each attempt has its own nonce and a signature that fits it."""
    server.script(DOWN, DOWN, GOOD)

    await _list(kyuubi)

    nonces = [request.headers["x-acs-signature-nonce"] for request in server.seen]
    assert len(set(nonces)) == 3
    for request in server.seen:
        assert request.headers["authorization"] == expected_authorization(
            request, key_id=ACCESS_KEY.access_key_id, secret=CANARY.access_key_secret
        )


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (DOWN, UnavailableError),
        (answer({"Code": "Throttling"}, 400), ThrottledError),
        (Fate.RESET, UnavailableError),
    ],
)
async def test_lasting_trouble(
    kyuubi: Source, server: Server, trouble: bytes | Fate, kind: type[UpstreamError]
) -> None:
    """Trouble that lasts is given up after four attempts, and named."""
    server.script(trouble)

    assert type(await _failure(kyuubi)) is kind
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "refusal",
    [
        answer({"Code": "SignatureDoesNotMatch"}, 400),
        answer({"Code": "Forbidden.RAM"}, 403),
        answer({"Code": "InvalidTimeStamp.Expired"}, 400),
        answer({"code": None}, 400),
        answer({"Code": "OperationDenied"}, 409),
        answer(b"<html></html>"),
        answer({"data": None}),
    ],
)
async def test_refusal_is_not_repeated(kyuubi: Source, server: Server, refusal: bytes) -> None:
    """What asking again cannot mend is asked once."""
    server.script(refusal)

    await _failure(kyuubi)

    assert len(server.seen) == 1


async def test_nonce_used_twice(kyuubi: Source, server: Server) -> None:
    """A nonce that was used is replaced once; twice is no accident."""
    server.script(answer({"Code": "SignatureNonceUsed"}, 400))

    error = await _failure(kyuubi)

    assert (type(error), error.code) == (UnavailableError, "SignatureNonceUsed")
    assert len({request.headers["x-acs-signature-nonce"] for request in server.seen}) == 2


async def test_waits_as_told(kyuubi: Source, server: Server) -> None:
    """A retry comes when the service said, in its own milliseconds."""
    server.script(answer(b"", 429, {"x-acs-retry-after": "20"}), GOOD)

    with waits() as noted:
        await _list(kyuubi)

    assert noted == [0.02]


async def test_waits_with_jitter_when_not_told(kyuubi: Source, server: Server) -> None:
    """Without a hint, a retry comes after a short pause that differs each time."""
    server.script(DOWN, GOOD)
    noted: list[float] = []
    for _ in range(2):
        server.script(DOWN, GOOD)
        with waits() as once:
            await _list(kyuubi)
        noted += once

    assert all(0.2 <= wait <= 0.5 for wait in noted)
    assert len(set(noted)) == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_told_to_wait_too_long(
    kyuubi: Source, server: Server, clock: FakeClock, status: int
) -> None:
    """A wait that does not fit the deadline is not begun, but told to the caller."""
    at = format_datetime(clock.wall() + timedelta(seconds=120), usegmt=True)
    server.script(answer(b"", status, {"retry-after": at}))

    error = await _failure(kyuubi, seconds=30)

    assert isinstance(error, ThrottledError)
    assert error.retry_after == 120.0
    assert len(server.seen) == 1


async def test_no_time_for_another_attempt(kyuubi: Source, server: Server) -> None:
    """Near the deadline the failure itself is told, not that time ran out."""
    server.script(DOWN)

    error = await _failure(kyuubi, seconds=2)

    assert (error.status, error.code) == (500, "InternalError")
    assert len(server.seen) == 1


async def test_hanging_service(kyuubi: Source, server: Server) -> None:
    """A service that never answers is unavailable when the deadline ends."""
    server.script(Fate.HANG)

    error = await _failure(kyuubi, seconds=0.2)

    assert (type(error), error.detail) == (UnavailableError, "not in time")


async def test_nobody_listens(clock: FakeClock, kyuubi: Source, server: Server) -> None:
    """A refused connection is unavailable."""
    async with serving() as gone:
        address = gone.url
    transport = _transport.Transport(loopback_client(), clock)
    async with transport.http, _transport.deadline("kyuubi", 30) as until:
        operation = Operation(source="kyuubi", name="X", permission="p", payload="d")
        with pytest.raises(UnavailableError) as caught:
            await transport.get(operation, address, {}, until=until)

    assert caught.value.detail == "ConnectError"


async def test_cancelled(kyuubi: Source, server: Server) -> None:
    """A caller that goes away ends the request: nothing runs on."""
    server.script(Fate.HANG)
    task = asyncio.create_task(_list(kyuubi))
    await server.arrived.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_somebody_elses_timeout() -> None:
    """A timeout that is not the deadline's is not taken for it."""
    with pytest.raises(TimeoutError):
        async with _transport.deadline("kyuubi", 30):
            raise TimeoutError


async def test_redirect_is_not_followed(kyuubi: Source, server: Server) -> None:
    """A redirect would carry a signature elsewhere: it is refused."""
    async with serving() as elsewhere:
        elsewhere.script(GOOD)
        server.script(answer(b"", 302, {"location": elsewhere.url}))

        error = await _failure(kyuubi)

        assert (type(error), error.detail) == (BrokenAnswerError, "redirect")
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    "location",
    ["http://xn--zzzzzz/", ":http://[::1", "http://[::1", "http:x", "http://a:b/", "\x80", ""],
)
async def test_redirect_to_nowhere(kyuubi: Source, server: Server, location: str) -> None:
    """Wherever a redirect claims to lead, it is a redirect, and not asked for again."""
    server.script(answer(b"", 302, {"location": location}))

    error = await _failure(kyuubi)

    assert (type(error), error.detail) == (BrokenAnswerError, "redirect")
    assert len(server.seen) == 1


async def test_too_large(kyuubi: Source, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless answer is cut off, counted as unpacked."""
    monkeypatch.setattr(_transport, "LARGEST_ANSWER", 100_000)
    bomb = gzip.compress(b'{"data": {"tokens": []}, "x": "' + b"a" * 100_000 + b'"}')
    server.script(answer(bomb, headers={"content-encoding": "gzip"}))

    error = await _failure(kyuubi)

    assert (type(error), error.detail) == (BrokenAnswerError, "too large")
    assert len(server.seen) == 1


async def test_a_bomb_is_not_unpacked(
    kyuubi: Source, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes that stand for fifty megabytes take no more room than an answer may."""
    monkeypatch.setattr(_transport, "LARGEST_ANSWER", 100_000)
    bomb = gzip.compress(b"0" * 50_000_000)
    server.script(answer(bomb, headers={"content-encoding": "gzip"}))
    tracemalloc.start()
    try:
        error = await _failure(kyuubi)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (type(error), error.detail) == (BrokenAnswerError, "too large")
    assert peak < 5_000_000


async def test_packed_twice(kyuubi: Source, server: Server) -> None:
    """What is packed in what is packed is no answer: each layer could be a thousand times more."""
    body = gzip.compress(gzip.compress(json.dumps({"data": {"tokens": []}}).encode()))
    server.script(answer(body, headers={"content-encoding": "gzip, gzip"}))

    error = await _failure(kyuubi)

    assert (type(error), error.detail) == (BrokenAnswerError, "not a JSON object")
    assert server.seen[0].headers["accept-encoding"] == "gzip"


async def test_packed(kyuubi: Source, server: Server) -> None:
    """A packed answer is unpacked."""
    body = gzip.compress(json.dumps({"data": {"tokens": []}}).encode())
    server.script(answer(body, headers={"content-encoding": "gzip"}))

    assert (await _list(kyuubi)).tokens == ()


async def test_cannot_be_unpacked(kyuubi: Source, server: Server) -> None:
    """An answer that lies about its packing is broken."""
    server.script(answer(b"plain", headers={"content-encoding": "gzip"}))

    error = await _failure(kyuubi)

    assert (type(error), error.detail) == (BrokenAnswerError, "cannot be unpacked")


async def test_no_cookies(kyuubi: Source, server: Server) -> None:
    """A cookie set for one person is not sent with another's request."""
    server.script(answer({"data": {"tokens": []}}, headers={"set-cookie": "session=1; Path=/"}))

    await _list(kyuubi)
    await _list(kyuubi)

    assert len(server.seen) == 2
    assert all("cookie" not in request.headers for request in server.seen)


@pytest.mark.parametrize(
    "trouble",
    [
        answer({"Code": "SignatureDoesNotMatch", "Message": CANARY.access_key_secret}, 400),
        answer({"message": CANARY.access_key_secret}),
        Fate.RESET,
    ],
)
async def test_errors_hold_no_secret(
    kyuubi: Source, server: Server, canaries: Watch, trouble: bytes | Fate
) -> None:
    """Neither an error nor what it carries along tells the secret or the address."""
    server.script(trouble)

    error = await _failure(kyuubi)

    text = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert not leaks(text)
    assert server.url not in text
    assert not isinstance(error.__context__, httpx.HTTPError)
    assert not isinstance(error.__cause__, httpx.HTTPError)


async def test_proxy_only_for_others(
    server: Server, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    """The proxy of the environment is used for the world, and not for loopback."""
    async with serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        proxy.script(answer(b"by proxy"))
        server.script(answer(b"straight"))
        async with create_http_client() as http:
            texts = [(await http.get(url)).text for url in (server.url, "http://service.invalid/x")]

    assert texts == ["straight", "by proxy"]
    assert [request.raw_target for request in proxy.seen] == ["http://service.invalid/x"]


async def test_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second client trusts whom the first does, without reading again who that is."""
    read: list[object] = []
    await create_http_client().aclose()
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: read.append("again"))
    await create_http_client().aclose()

    assert read == []
