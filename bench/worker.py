"""What a worker gets done when looking and posting take no time: `python -m bench.worker`.

Everything else is real: claims, ledgers read and written, plans, notices sent in two phases.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bench._table import Row, show
from bot.cli._garbage import spare_the_collector
from bot.clients import create_http_client
from bot.clock import SystemClock, SystemIds
from bot.config import Settings
from bot.jobs.lease import Point
from bot.jobs.worker import Worker
from bot.models.connection import Owner
from bot.models.listing import Coverage, Listing
from bot.models.target import Target
from bot.models.token import Token, token_key
from bot.models.watch import Watch
from bot.services.look import LOOK_AGE, Looker
from bot.services.messages import EDITS, POSTS
from bot.slack import Slack
from bot.store.command_names import CommandNames
from bot.store.embedded import EmbeddedServer
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import connect
from bot.store.vault import Vault
from bot.store.watches import Ref
from bot.wiring import Ground, Pace, Services, build_services, build_worker

_WORKSPACES, _WATCHES, _TOKENS = 4, 5_000, 10
_AT_LEAST = 1_500
_ROUNDS = 3
_AT_ONCE = 50
_START = datetime(2026, 12, 1, 9, tzinfo=UTC)
_DAY = timedelta(days=1)


def measure() -> list[Row]:
    """Return the claim about a worker, and what else is worth knowing."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with _open() as (bench, slack):
        before = await bench.memory()
        ringing, _ = await bench.round(timedelta(0))
        each = (await bench.memory() - before) / _WATCHES
        rounds = [await bench.round(timedelta(hours=7)) for _ in range(_ROUNDS)]
        quiet, own = median(rate for rate, _ in rounds), median(own for _, own in rounds)
        assert slack.posts == _WATCHES, slack.posts
    tokens = f"of {_TOKENS} tokens each"
    return [
        Row(
            f"watches {tokens} looked after by one worker, nothing to say",
            f"{quiet:,.0f} /s",
            "-",
            "-",
            f">= {_AT_LEAST:,} /s",
            quiet >= _AT_LEAST,
        ),
        Row(
            "the worker's own processor time for one of them",
            f"{own * 1e6:,.0f} µs",
            "-",
            "-",
            "-",
            holds=True,
        ),
        Row(
            f"watches {tokens}, each with a notice to send",
            f"{ringing:,.0f} /s",
            "-",
            "-",
            "-",
            holds=True,
        ),
        Row(
            f"Redis' memory for a watch, its ledger {tokens} and a notice",
            f"{each:,.0f} bytes",
            "-",
            "-",
            "-",
            holds=True,
        ),
    ]


class _Tokens:
    """Has the same listing for everybody."""

    def __init__(self) -> None:
        target = Target(
            source="kyuubi",
            coordinates={"region": "cn-hangzhou", "workspace_id": "w-1", "kyuubi_service_id": "k"},
        )
        self._tokens = tuple(_token(number, target) for number in range(_TOKENS))
        self._coverage = Coverage(
            connection_id="c1", connection_label="prod", target=target, state="fresh"
        )
        self.read(_START)

    async def listing(
        self,
        owner: Owner,  # noqa: ARG002 - everybody's are the same
        *,
        everything: bool = False,  # noqa: ARG002 - likewise
        max_age: timedelta = LOOK_AGE,  # noqa: ARG002 - likewise
    ) -> Listing:
        """Return it."""
        return self._listing

    def read(self, now: datetime) -> None:
        """Make the listing of a moment."""
        coverage = self._coverage.model_copy(update={"read_at": now})
        self._listing = Listing(tokens=self._tokens, coverage=(coverage,), now=now, connections=1)


def _token(number: int, target: Target) -> Token:
    return Token(
        source="kyuubi",
        key=token_key("kyuubi", "cn-hangzhou", "w-1", "k", f"tk-{number}"),
        id=f"tk-{number}",
        target=target,
        name=f"token {number}",
        created_by="admin",
        created_at=_START - 300 * _DAY,
        expires_at=_START + (number * 30 + 4) * _DAY,
    )


class _Instant(AsyncWebClient):
    """A Slack that does everything at once."""

    def __init__(self) -> None:
        super().__init__(base_url="http://slack.invalid/")
        self.posts = 0

    async def api_call(self, api_method: str, **call: Any) -> AsyncSlackResponse:
        """Answer what the bot reads, and count the messages."""
        asked = {**(call.get("params") or {}), **(call.get("json") or {})}
        data: dict[str, Any] = {"ok": True}
        match api_method:
            case "conversations.open":
                data["channel"] = {"id": f"D{asked['users']}"}
            case "chat.postMessage":
                self.posts += 1
                data |= {"channel": asked["channel"], "ts": f"1.{self.posts}"}
            case "users.info":
                data["user"] = {"id": asked["user"], "team_id": "T0", "tz": "UTC"}
            case _:
                raise AssertionError(api_method)
        return AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args={},
            data=data,
            headers={},
            status_code=200,
        )


class _BotTokens:
    """Has the same for every scope."""

    async def bot_token(self, _: str) -> str:
        """Return it."""
        return "xoxb-bench"


class _Bench:
    """People with watches, and who looks after them."""

    def __init__(
        self, services: Services, worker: Worker, tokens: _Tokens, clock: SystemClock
    ) -> None:
        self._services = services
        self._tokens = tokens
        self._worker = worker
        self._clock = clock
        self._members: list[str] = []

    async def fill(self) -> None:
        """Store the watches."""
        for start in range(0, _WATCHES, _AT_ONCE):
            await asyncio.gather(*(self._store(start + number) for number in range(_AT_ONCE)))

    async def _store(self, number: int) -> None:
        owner = Owner(f"T{number % _WORKSPACES}", f"U07{number:08}")
        watch = Watch(id=owner.user, owner=owner, mode="all", created_at=_START, changed_at=_START)
        await self._services.watches.create(watch)
        self._members.append(Ref.of(watch).member)

    async def round(self, later: timedelta) -> tuple[float, float]:
        """Let all be due and looked after.

        Return how many were in a second, and the seconds of processor time that each took.
        """
        self._clock.offset += later
        self._tokens.read(self._clock.now())
        await self._services.index.add_missing(self._members, self._clock.now())
        done, stop, left = asyncio.Event(), asyncio.Event(), _WATCHES

        async def count(point: Point, _: str) -> None:
            nonlocal left
            left -= point == "reschedule"
            if not left:
                done.set()

        self._worker.checkpoint = count
        started, used = time.perf_counter(), time.process_time()
        working = asyncio.create_task(self._worker.run(stop))
        await done.wait()
        took, own = time.perf_counter() - started, time.process_time() - used
        stop.set()
        await working
        return _WATCHES / took, own / _WATCHES

    async def memory(self) -> int:
        """Return how many bytes the server uses."""
        return int((await self._services.redis.info())["used_memory"])


@asynccontextmanager
async def _open() -> AsyncIterator[tuple[_Bench, _Instant]]:
    async with AsyncExitStack() as stack:
        server = EmbeddedServer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        redis = connect(await server.start(), profile="worker")
        stack.push_async_callback(server.close)
        stack.push_async_callback(redis.aclose)
        clock, slack = SystemClock(_START - SystemClock().wall()), _Instant()
        ground = Ground(
            settings=Settings.from_env({}),
            vault=Vault(Keyring.parse(generate_key("k1"))),
            clock=clock,
            ids=SystemIds(),
            http=await stack.enter_async_context(create_http_client()),
            slack=Slack(slack, _BotTokens()),
            names=CommandNames(redis, clock, "/tokens"),
            pace=Pace(posts=POSTS._replace(burst=_WATCHES), edits=EDITS._replace(burst=_WATCHES)),
        )
        services = build_services(ground, redis, stack)
        tokens = _Tokens()
        looker = Looker(tokens, clock, services.sources)
        worker = build_worker(ground, replace(services, looker=looker))
        bench = _Bench(services, worker, tokens, clock)
        await bench.fill()
        spare_the_collector()  # as `python -m bot worker` does
        yield bench, slack


if __name__ == "__main__":
    show(measure())
