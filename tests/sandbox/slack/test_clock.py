import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.control import clock
from sandbox.serve import Server, bind, url_of
from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import Json
from tests.sandbox.slack.test_control import get, post

HOUR = 3_600_000


class FakeBot:
    """A bot's clock, with work that is due at given moments of its own `now`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.offset_ms = 0
        self.due: list[int] = []
        self.done: list[int] = []
        self.rests = 0
        self.url = ""

    def now(self) -> int:
        return self.sandbox.clock.wall() + self.offset_ms

    async def handle(self, request: Request) -> Response:
        if request.method == "POST":
            self.offset_ms = (await request.json())["offset_ms"]
            self.rests = 1
        body = self.state()
        # The work is done only after it was once seen to be busy.
        if self.rests:
            self.rests -= 1
        else:
            self.done += [at for at in self.due if at <= self.now()]
            self.due = [at for at in self.due if at > self.now()]
        return JSONResponse(body)

    def state(self) -> Json:
        return {
            "offset_ms": self.offset_ms,
            "next_due": min(self.due, default=None),
            "idle": not any(at <= self.now() for at in self.due),
        }


@pytest_asyncio.fixture(name="fake")
async def _fake(sandbox: Sandbox) -> AsyncIterator[FakeBot]:
    bot = FakeBot(sandbox)
    listener = bind()
    server = Server(
        Starlette(routes=[Route("/clock", bot.handle, methods=["GET", "POST"])]), listener
    )
    await server.open()
    bot.url = f"{url_of(listener)}/clock"
    yield bot
    await server.close()


async def test_without_bots_the_clock_simply_moves(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    """One step to the end, and everyone sees the new time."""
    before = sandbox.clock.now()

    answer = await post(http, "clock", advance_seconds=3600)

    assert answer["offset_ms"] == HOUR
    assert answer["steps"] == 1
    assert answer["now"] - before >= HOUR
    assert (await get(http, "state"))["offset_ms"] == HOUR


async def test_a_registered_bot_gets_the_time(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot
) -> None:
    """A bot that starts late is set to the sandbox's time; registering twice is no matter."""
    await sandbox.advance(60, jump=True)

    first = await post(http, "bots", clock=fake.url)
    again = await post(http, "bots", clock=fake.url)

    assert fake.offset_ms == 60_000
    assert (first["bots"], again["bots"]) == (1, 1)


async def test_stepping_stops_at_each_due_moment(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot
) -> None:
    """Everything due on the way is done at its own time, before the clock goes on."""
    start = sandbox.clock.now()
    fake.due = [start + HOUR, start + 3 * HOUR, start + 30 * HOUR]
    await post(http, "bots", clock=fake.url)
    offsets = []

    with sandbox.platform.changes.listening(
        lambda change: offsets.append(change.event.get("offset_ms"))
    ):
        answer = await post(http, "clock", advance_seconds=24 * 3600, mode="step")

    assert answer["steps"] == 3
    assert fake.done == [start + HOUR, start + 3 * HOUR]
    assert fake.due == [start + 30 * HOUR]
    rounded = [round(offset / HOUR, 2) for offset in offsets if offset]
    assert rounded == [1.0, 3.0, 24.0]


async def test_jumping_skips_what_was_due(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot
) -> None:
    """A jump is an outage: the bot finds everything due at once."""
    start = sandbox.clock.now()
    fake.due = [start + HOUR, start + 3 * HOUR]
    await post(http, "bots", clock=fake.url)

    answer = await post(http, "clock", advance_seconds=24 * 3600, mode="jump")

    assert answer["steps"] == 1
    assert fake.offset_ms == 24 * HOUR
    assert fake.done == [start + HOUR, start + 3 * HOUR]


async def test_a_bot_that_is_gone_is_forgotten(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot
) -> None:
    """A closed port, or an answer that is none, is not waited for."""
    listener = bind()
    gone = f"{url_of(listener)}/clock"
    listener.close()
    await post(http, "bots", clock=gone)
    await post(http, "bots", clock=fake.url)

    answer = await post(http, "clock", advance_seconds=60)

    assert answer["status"] == 200
    assert (await post(http, "bots", clock=fake.url))["bots"] == 1


@pytest.mark.parametrize(
    "response", [JSONResponse([1]), PlainTextResponse("x"), PlainTextResponse("x", 500)]
)
async def test_an_answer_that_is_no_state_is_not_waited_for(
    sandbox: Sandbox, http: httpx.AsyncClient, response: Response
) -> None:
    """Whatever a bot's clock answers, the sandbox goes on."""

    async def nonsense(request: Request) -> Response:
        return response

    listener = bind()
    server = Server(Starlette(routes=[Route("/c", nonsense, methods=["GET", "POST"])]), listener)
    await server.open()
    await post(http, "bots", clock=f"{url_of(listener)}/c")

    assert (await post(http, "clock", advance_seconds=60))["status"] == 200
    await server.close()


async def test_a_bot_that_stays_busy_is_reported(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock does not wait for ever."""
    monkeypatch.setattr(clock, "_IDLE_SECONDS", 0.05)
    monkeypatch.setattr(fake, "state", lambda: {"idle": False, "next_due": None})
    await post(http, "bots", clock=fake.url)

    answer = await post(http, "clock", advance_seconds=60)

    assert answer["status"] == 409
    assert "still busy" in answer["error"]


async def test_a_bot_that_is_due_without_end_is_reported(
    sandbox: Sandbox, http: httpx.AsyncClient, fake: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand steps are too many."""
    monkeypatch.setattr(clock, "_MOST_STEPS", 3)
    monkeypatch.setattr(fake, "state", lambda: {"idle": True, "next_due": fake.now() + 1000})
    await post(http, "bots", clock=fake.url)

    answer = await post(http, "clock", advance_seconds=3600)

    assert answer["status"] == 409
    assert "without end" in answer["error"]


async def test_two_moves_follow_each_other(sandbox: Sandbox) -> None:
    """The clock is moved by one hand at a time."""
    answers = await asyncio.gather(sandbox.advance(60), sandbox.advance(60))

    assert sorted(answer["offset_ms"] for answer in answers) == [60_000, 120_000]


async def test_localhost_is_loopback_too(sandbox: Sandbox, fake: FakeBot) -> None:
    """A bot may name itself by localhost."""
    port = httpx.URL(fake.url).port

    assert (await sandbox._clock.register(f"http://localhost:{port}/clock"))["bots"] == 1
