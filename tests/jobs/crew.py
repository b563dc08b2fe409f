"""Worker processes that may be killed, and the people whom they serve."""

import asyncio
import multiprocessing
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from bot.app import Bot, open_bot
from bot.clock import SystemClock
from bot.config import Settings
from bot.models.connection import Owner
from bot.services.connections import Outcome
from bot.services.messages import EDITS, POSTS
from bot.store.watches import Record, Ref
from bot.wiring import Pace
from sandbox.clock import SandboxClock
from sandbox.company.people import TEAM_ID
from sandbox.company.timeline import DAY
from sandbox.server import Sandbox
from sandbox.slack.installation import DEFAULT_SCOPES, Installation
from sandbox.slack.platform import Limits
from sandbox.slack.types import Json
from sandbox.slack.workspace import Conversation, Person
from tests.fixtures.bot import environment_for, text_of
from tests.fixtures.canaries import Watch
from tests.fixtures.until import until
from tests.fixtures.world import ETL, KEY, put_token, small_world
from tests.jobs.worker_process import Fate, Orders, Situation, Step, run

PACE = Pace(
    call=timedelta(seconds=1),
    lease=timedelta(seconds=1.5),
    posts=POSTS._replace(burst=100),
    edits=EDITS._replace(burst=100),
)
"""Nobody waits for a turn, and for the dead only as long as a loaded machine needs for a call."""

PATIENCE = 100.0

DAY_BEFORE = timedelta(days=4, hours=1)
"""Until the token has less than a day left: that rings at once, and edits the notice before."""


class Hand:
    """One worker process, and the steps that it has told."""

    def __init__(self, process: ForkServerProcess, pipe: Connection) -> None:
        self.steps: list[Step] = []
        self.gone = asyncio.Event()
        self._process = process
        self._pipe = pipe
        asyncio.get_running_loop().add_reader(pipe.fileno(), self._hear)

    @property
    def befallen(self) -> bool:
        """Tell whether the last that it told was its fate."""
        return bool(self.steps) and self.steps[-1].fate

    def last(self, member: str) -> Step | None:
        """Return the last step that it took with a member."""
        return next((step for step in reversed(self.steps) if step.member == member), None)

    def tell(self, situation: Situation) -> None:
        """Let it know how things are now."""
        self._pipe.send(situation)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process.pid is not None and not self.gone.is_set():
            os.kill(self._process.pid, number)

    async def end(self) -> int | None:
        """Let it finish, and return how it ended."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        return await self.buried()

    async def buried(self) -> int | None:
        """Wait for its end, and return how it ended."""
        async with asyncio.timeout(PATIENCE):
            await self.gone.wait()
        # Not in a thread: `start` looks after ended processes too.
        await until(lambda: self._process.exitcode is not None)
        code = self._process.exitcode
        self._process.close()
        return code

    def _hear(self) -> None:
        try:
            while self._pipe.poll():
                self.steps.append(self._pipe.recv())
        except (EOFError, ConnectionError):
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._pipe.close()
            self.gone.set()


class Crew:
    """As many worker processes as it is told to keep: who dies is replaced."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.hands: list[Hand] = []
        self.dead: list[Hand] = []
        self._directory = directory
        self._environ = environ
        self._rounds = count()
        self._situation = self._new(timedelta(0), {})
        self._keeping: set[asyncio.Task[None]] = set()
        self._closing = False

    def start(self, hands: int, *, concurrency: int = 1) -> None:
        """Let so many more workers work, each on so many watches at a time."""
        self._closing = False
        for _ in range(hands):
            self._hire(concurrency)

    def tell(self, *, offset: timedelta, fates: Mapping[str, Fate] | None = None) -> None:
        """Move the clock of all workers, and tell what befalls whom from now on."""
        self._situation = self._new(offset, fates or {})
        for hand in self.hands:
            hand.tell(self._situation)

    @property
    def steps(self) -> int:
        """How many steps were told so far."""
        return sum(len(hand.steps) for hand in [*self.hands, *self.dead])

    @property
    def uncertain(self) -> int:
        """How often Slack's answer to a post was none, or none that told what had happened."""
        pattern = r"was not sent: chat\.postMessage: (unreachable|http_5|broken)"
        return len(re.findall(pattern, self.log))

    @property
    def log(self) -> str:
        """What all workers wrote."""
        return (self._directory / "log").read_text()

    async def close(self) -> None:
        """Let all end as SIGTERM ends them, those that are stopped too."""
        self._closing = True
        ends = await asyncio.gather(*(hand.end() for hand in self.hands))
        self.hands = []
        await asyncio.gather(*self._keeping)
        assert set(ends) <= {0}, ends

    def _hire(self, concurrency: int) -> None:
        ours, theirs = _context().Pipe()
        orders = Orders(self._environ, PACE, concurrency, self._directory / "log", self._situation)
        process = _context().Process(target=run, args=(orders, theirs))
        process.start()
        theirs.close()
        hand = Hand(process, ours)
        self.hands.append(hand)
        self._keeping.add(asyncio.create_task(self._keep(hand, concurrency)))

    async def _keep(self, hand: Hand, concurrency: int) -> None:
        await hand.gone.wait()
        if not self._closing:
            self.hands.remove(hand)
            self.dead.append(hand)
            assert await hand.buried() == -signal.SIGKILL
            self._hire(concurrency)

    def _new(self, offset: timedelta, fates: Mapping[str, Fate]) -> Situation:
        marks = self._directory / f"marks{next(self._rounds)}"
        marks.mkdir()
        return Situation(offset, fates, marks)


def _context() -> ForkServerContext:
    """Return what starts processes quickly: they have everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.jobs.worker_process"])
    return context


class Scene:
    """People who have connected one gateway, whose nightly token expires in five days."""

    def __init__(self, sandbox: Sandbox, bot: Bot, clock: SystemClock, crew: Crew) -> None:
        self.sandbox = sandbox
        self.bot = bot
        self.crew = crew
        self.people: list[Owner] = []
        self._clock = clock

    @property
    def members(self) -> list[str]:
        """The people's watches in the due index."""
        return [Ref(*owner).member for owner in self.people]

    async def connect(self, owner: Owner) -> None:
        """Let somebody new connect the gateway; nobody looks after the watch yet."""
        _employ(self.sandbox, owner.user)
        source = self.bot.desk.sources["kyuubi"]
        outcome = await self.bot.desk.connections.connect(
            owner,
            source_name="kyuubi",
            credential=source.credential("access_key", KEY),
            targets=[source.target(ETL)],
        )
        assert isinstance(outcome, Outcome), outcome
        self.people.append(owner)

    def advance(self, by: timedelta, fates: Mapping[str, Fate] | None = None) -> None:
        """Move the time that tokens live by, for all."""
        self._clock.offset += by
        self.sandbox.clock.offset_ms += by // timedelta(milliseconds=1)
        self.crew.tell(offset=self._clock.offset, fates=fates)

    async def quiet(self, *, seconds: float = PATIENCE) -> None:
        """Wait until nothing is due, claimed or on its way; raise TimeoutError if it never is."""
        async with asyncio.timeout(seconds):
            while not await self._is_quiet():  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.05)

    async def _is_quiet(self) -> bool:
        index, now = await self.bot.services.index.peek(), self._clock.now()
        if index.claimed or index.next_due is None or index.next_due <= now:
            return False
        records = [await self.record(owner) for owner in self.people]
        # Who was told to come back later has something to send already.
        return all(
            not record.outbox and not record.behind and (record.next_send or now) > now
            for record in records
        )

    async def record(self, owner: Owner) -> Record:
        """Return what is stored of somebody's watch."""
        record = await self.bot.services.watches.load(Ref(*owner))
        assert record is not None
        return record

    def heard(self, owner: Owner) -> list[Json]:
        """Return the notices that somebody got."""
        return [message for message in self.sandbox.dm(owner.user) if message["metadata"]]

    def sent(self, owner: Owner) -> list[str]:
        """Return the `ts` of the notices that somebody got."""
        return [m["ts"] for m in self.heard(owner)]

    def notices(self, owner: Owner) -> list[str]:
        """Return the ids of the notices that somebody got, repeats included."""
        return [m["metadata"]["event_payload"]["notice"] for m in self.heard(owner)]

    async def check_recorded(self) -> None:
        """See that each notice is stored as sent, and where: the last one of what was repeated."""
        for owner in self.people:
            for notice_id, ts in dict(
                zip(self.notices(owner), self.sent(owner), strict=True)
            ).items():
                filed = await self.bot.services.watches.notice(owner.scope, notice_id)
                assert filed is not None
                assert (filed.state, filed.ts) == ("sent", ts)

    async def told(self) -> dict[str, object]:
        """Return when all is due, what each person got, what is stored of that, and failed posts."""
        index = await self.bot.services.index.peek()
        told: dict[str, object] = {"index": index, "uncertain": self.crew.uncertain}
        for owner in self.people:
            filed = [
                await self.bot.services.watches.notice(owner.scope, each)
                for each in self.notices(owner)
            ]
            shown = [(message["ts"], text_of(message["blocks"])) for message in self.heard(owner)]
            told[owner.user] = shown, filed, (await self.record(owner)).outbox
        return told


def _employ(sandbox: Sandbox, user: str) -> None:
    person = Person(id=user, name=user.lower(), real_name=user, title="", tz="UTC", color="#000000")
    sandbox.workspace.people[user] = person
    sandbox.workspace.conversations[person.dm] = Conversation(
        id=person.dm, name="tokenbell", members=[user], user=user
    )


@asynccontextmanager
async def open_scene(
    redis_url: str, directory: Path, canaries: Watch, *, people: int, history: bool
) -> AsyncIterator[Scene]:
    """Let so many people connect; `history` grants the scope by which notices are looked up."""
    world = small_world(SandboxClock().now())
    put_token(world, "etl nightly", expires_at=world.epoch + 5 * DAY)
    app = Installation(scopes=(*DEFAULT_SCOPES, *(("im:history",) if history else ())))
    clock = SystemClock()
    (directory / "log").touch()
    canaries.watch(lambda: [(directory / "log").read_text()], "the log of the workers")
    async with Sandbox(company=world, app=app, limits=Limits(rates=None)) as sandbox:
        environ = environment_for(sandbox, redis_url)
        async with open_bot(Settings.from_env(environ), clock=clock) as bot:
            scene = Scene(sandbox, bot, clock, Crew(directory, environ))
            for number in range(people):
                await scene.connect(Owner(TEAM_ID, f"U{number}"))
            try:
                yield scene
            finally:
                await scene.crew.close()
