"""Who looks after what a due entry names, and what a channel is told while its watch ends."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import cast

from bot.clock import system_random
from bot.jobs.caretaker import Caretaker
from bot.jobs.lease import Lease, Point
from bot.jobs.wake import Waker
from bot.models.watch import CHANNEL_COLUMNS
from bot.services.takedowns import Takedowns, shares_ref
from bot.store.due import DueIndex
from bot.store.redis import Redis
from bot.store.watches import Ref
from tests.fixtures.bot import owner
from tests.fixtures.redis import START, FrozenClock
from tests.jobs.site import DAY, MINUTE, SECOND, Site

MEI = Ref(*owner("mei"))


class Shares:
    """Takes one message down, and wants to be asked again tomorrow."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def tend(self, scope: str, before_each: Callable[[], Awaitable[None]]) -> datetime:
        await before_each()
        self.scopes.append(scope)
        return START + DAY


async def test_shares_are_looked_after_under_a_lease(
    redis: Redis, frozen_clock: FrozenClock
) -> None:
    """An entry of a scope's shares is none of a watch; each message gets its time."""
    index = DueIndex(redis, frozen_clock, system_random(), poll=0)
    await index.wake(shares_ref("T1").member, START)
    (claim,) = await index.claim(START, 1, SECOND)
    shares = Shares()
    caretaker = Caretaker(cast("Waker", None), cast("Takedowns", shares))

    again = await caretaker.wake(
        Ref.parse(claim.member), Lease(claim, index, frozen_clock, length=MINUTE)
    )

    assert (again, shares.scopes) == (START + DAY, ["T1"])
    assert claim.until == frozen_clock.monotonic() + MINUTE.total_seconds()


async def test_a_scope_without_shares_sleeps_for_good(site: Site) -> None:
    """Nothing is due there, and nothing will be."""
    member = shares_ref(MEI.scope).member
    await site.bot.services.index.wake(member, site.clock.now())

    await site.settle()

    assert await site.bot.services.index.place(member) is None


async def test_what_was_posted_while_a_watch_ended_is_deleted(site: Site) -> None:
    """Nobody else would know of it: the channel was promised that nothing stays."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    channel = site.sandbox.platform.workspace.conversation("general")
    await site.settings("mei", thresholds=(7,), channel=channel.id, columns=tuple(CHANNEL_COLUMNS))

    posted: list[int] = []

    async def checkpoint(point: Point, _member: str) -> None:
        if point == "sent":
            posted.append(len(list(channel.lasting())))
            await site.bot.services.watches.remove(MEI)

    site.bot.worker.checkpoint = checkpoint
    await site.live(3 * DAY)

    assert posted == [1]
    assert list(channel.lasting()) == []
    assert await site.place("mei") is None
