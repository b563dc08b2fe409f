import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from sandbox.journal import Journal
from sandbox.serve import Server, bind, gone, url_of
from sandbox.slack.multipart import read_form
from tests.fixtures.http import loopback_client


async def test_an_answer_that_never_comes_is_cancelled_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An app that does not notice that its caller is gone is not waited for long."""
    monkeypatch.setattr("sandbox.serve._LAST_SECONDS", 0.01)
    cancelled = asyncio.Event()
    waiting = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    listener = bind()
    server = Server(app, listener)
    await server.open()
    async with loopback_client() as client:
        task = asyncio.create_task(client.get(url_of(listener)))
        await waiting.wait()
        await server.close()
        with pytest.raises(httpx.HTTPError):
            await task

    await asyncio.wait_for(cancelled.wait(), 1)


async def test_a_caller_is_gone_only_at_the_end() -> None:
    """What still comes of the request is passed over."""
    noticed = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await gone(receive)
        noticed.set()

    listener = bind()
    server = Server(app, listener)
    await server.open()
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
    await writer.drain()
    writer.write(b"cd")
    writer.close()
    await writer.wait_closed()

    await asyncio.wait_for(noticed.wait(), 1)
    await server.close()
    reader.feed_eof()


def test_a_port_that_is_taken_is_not_taken_twice() -> None:
    """The error comes at once, and leaves no socket open."""
    listener = bind()
    listener.listen()

    with pytest.raises(OSError, match="in use"):
        bind(listener.getsockname()[1])
    listener.close()


def test_a_form_has_named_parts() -> None:
    """Parts without a name are left out, and what is no form has none."""
    body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x\r\n\r\n2\r\n--x--"

    assert read_form("multipart/form-data; boundary=x", body) == {"a": b"1"}
    assert read_form("multipart/form-data", b"a=1") == {}


def test_the_journal_can_be_emptied() -> None:
    """And tells whoever listens about each call."""
    journal = Journal()
    told: list[int] = []
    journal.listeners.append(lambda: told.append(1))
    journal.write(at=0, service="slack", method="m", path="/", status=200)

    assert len(journal.calls()) == len(told) == 1
    journal.clear()
    assert journal.calls() == []
