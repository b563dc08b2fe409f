"""A worker that rings for the people of the sandbox, and time that a test lets pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.app import open_bot
from bot.clock import SystemClock
from bot.jobs.progress import State
from bot.models.ledger import Ledger
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.services.messages import EDITS, POSTS
from bot.store import keys
from bot.store.due import Place
from bot.store.rates import Rate
from bot.store.watches import Change, Parcel, Record, Ref, Sender
from bot.wiring import Pace
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Kind
from sandbox.journal import Call
from sandbox.server import Sandbox
from sandbox.slack.installation import DEFAULT_SCOPES, Installation
from sandbox.slack.platform import Limits
from sandbox.slack.types import Json
from tests.fixtures import canaries
from tests.fixtures.bot import PATIENCE, Office, owner, settings_for, text_of, watch_slack
from tests.fixtures.world import put_token, small_world

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MOMENT = timedelta(milliseconds=2)
ALL_WEEK = frozenset(range(1, 8))

_LOOK_AGAIN_SECONDS = 0.01
_MOST_STEPS = 200


def _often(rate: Rate) -> Rate:
    return rate._replace(interval=timedelta(milliseconds=1))


PACE = Pace(posts=_often(POSTS), edits=_often(EDITS))
"""Nobody waits for a turn."""


class SkippingClock(SystemClock):
    """The machine's clock, which may skip what processes remember by it."""

    skipped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped


class Site(Office):
    """The people, what they are sent, and the worker's memory."""

    def token(self, name: str, expires: timedelta, **fields: Any) -> None:
        """Let a token that is 100 days old expire so much later than now."""
        company = self.sandbox.company
        now = self.sandbox.clock.now()
        given = {"created_at": now - 100 * _ms(DAY), "expires_at": now + _ms(expires)}
        put_token(company, name, **{**given, **fields})

    async def settings(self, name: str, **changes: Any) -> Watch:
        """Change somebody's settings; unless told otherwise, all rings on every day."""
        reminders = self.bot.services.reminders
        watch = await reminders.watch(owner(name))
        assert watch is not None
        wanted = {"mode": "all", "workdays": ALL_WEEK, **changes}
        return await reminders.save(Watch.model_validate(dict(watch) | wanted))

    async def record(self, name: str) -> Record:
        """Return somebody's watch as it is stored."""
        record = await self.bot.services.watches.load(Ref(*owner(name)))
        assert record is not None
        return record

    async def place(self, name: str) -> Place:
        """Return where somebody's watch is in the due index."""
        return await self.bot.services.index.place(Ref(*owner(name)).member)

    async def begun(self, name: str) -> Record:
        """Let a notice of somebody's be begun by another who does not come to an end."""
        watches, record = self.bot.services.watches, await self.record(name)
        notice = Notice(id="begun", watch=record.watch, made_at=self.clock.now(), items=())
        sender = Sender("1", timedelta(seconds=30))
        change = Change(record.ledger or Ledger())
        assert await watches.begin(record, change, notice, [Parcel("begun")], sender, keep=DAY)
        return await self.record(name)

    def opened(self) -> list[Call]:
        """Return the attempts to open a DM."""
        return self.sandbox.calls("conversations.open")

    @staticmethod
    @asynccontextmanager
    async def patience() -> AsyncIterator[None]:
        """Give up at some time."""
        async with asyncio.timeout(PATIENCE):
            yield

    async def forget_person(self, name: str) -> None:
        """Let the day pass for which it is remembered who somebody is."""
        await self.bot.redis.unlink(keys.person(*owner(name)))
        assert isinstance(self.clock, SkippingClock)
        self.clock.skipped += 90

    async def settle(self) -> State:
        """Wait until all that is due has been done; return how far the worker is then."""
        self.bot.worker.nudge()
        async with asyncio.timeout(PATIENCE):
            while not (state := await self.bot.progress.state()).idle:  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return state

    async def live(self, by: timedelta) -> None:
        """Let time pass, and stop wherever something may happen."""
        end = self.clock.now() + by
        for _ in range(_MOST_STEPS):
            stop, now = (await self.settle()).next_stop, self.clock.now()
            if stop is None or stop >= end:
                break
            self.pass_time((stop - now + MOMENT).total_seconds())
        else:
            raise AssertionError("there is no end to it")
        self.pass_time(max(end - self.clock.now(), timedelta(0)).total_seconds())
        await self.settle()

    async def jump(self, by: timedelta) -> None:
        """Let time pass at once, as in an outage."""
        self.pass_time(by.total_seconds())
        await self.settle()

    def heard(self, name: str, words: str = "") -> list[Json]:
        """Return the messages with these words in somebody's DM."""
        return [each for each in self.sandbox.dm(name) if words in text_of(each)]

    def fault(self, kind: Kind, match: str = "chat.postMessage", **fields: Any) -> None:
        """Let something go wrong with Slack, once unless told otherwise."""
        self.sandbox.faults.add(
            Fault(service="slack", kind=kind, match=match, **{"times": 1, **fields})
        )


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


@asynccontextmanager
async def open_site(
    redis_url: str,
    watch: canaries.Watch,
    *,
    work: bool = True,
    history: bool = False,
    pace: Pace = PACE,
) -> AsyncIterator[Site]:
    """Run a worker for a sandbox without tokens that expire soon.

    Without `work` nothing rings. With `history` the bot may read its own direct messages.
    """
    scopes = (*DEFAULT_SCOPES, *(("im:history",) if history else ()))
    world = small_world(SandboxClock().now())
    world.kyuubi.tokens.clear()
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(
            Sandbox(company=world, app=Installation(scopes=scopes), limits=Limits(rates=None))
        )
        watch_slack(sandbox, watch)
        clock, settings = SkippingClock(), settings_for(sandbox, redis_url)
        bot = await stack.enter_async_context(open_bot(settings, clock=clock, pace=pace))
        if work:
            stop = asyncio.Event()
            working = asyncio.create_task(bot.worker.run(stop))
            stack.push_async_callback(asyncio.wait_for, working, PATIENCE)
            stack.callback(stop.set)
        yield Site(sandbox, bot, clock)
