"""How far the workers are, for whoever moves the clock."""

from unittest.mock import Mock

from bot.clock import system_random
from bot.jobs.lease import Point
from bot.jobs.progress import Progress, State
from bot.store.due import DueIndex, Peek
from bot.store.scopes import Scopes
from bot.store.watches import Ref
from tests.fixtures.bot import owner
from tests.fixtures.canaries import Watch
from tests.jobs.site import DAY, HOUR, MINUTE, Site, open_site


async def test_an_empty_bot_has_nothing_to_do(site: Site) -> None:
    """Nobody has connected anything: time may go on."""
    assert await site.bot.progress.state() == State(idle=True, next_stop=None)


async def test_what_is_due_keeps_it_busy(redis_url: str, canaries: Watch) -> None:
    """Also when no worker runs here: another may."""
    async with open_site(redis_url, canaries, work=False) as site:
        await site.connect("mei")
        assert not (await site.bot.progress.state()).idle

        index = site.bot.services.index
        (claim,) = await index.claim(site.clock.now() + MINUTE, 1, MINUTE)
        assert not (await site.bot.progress.state()).idle

        await index.finish(claim, site.clock.now() + HOUR)
        assert (await site.bot.progress.state()).idle


async def test_the_next_stop_is_the_next_sending(site: Site) -> None:
    """If it is less than a day away: the looks before it may be left out."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    slot = site.clock.now() + 12 * HOUR
    await site.settings("mei", thresholds=(8,), zone="UTC", hour=slot.hour)
    await site.settle()

    state = await site.bot.progress.state()

    assert state.idle
    assert state.next_stop == (await site.record("mei")).next_send
    assert state.next_stop is not None
    assert state.next_stop - site.clock.now() <= 12 * HOUR


async def test_a_day_is_never_skipped(site: Site) -> None:
    """Who looks every day sees what is renewed or new, and how long it lives."""
    site.token("loader", 200 * DAY)
    await site.connect("mei")
    await site.settle()

    state = await site.bot.progress.state()

    assert state.next_stop is not None
    assert DAY < state.next_stop - site.clock.now() < DAY + 7 * HOUR


async def test_what_is_being_looked_after_is_not_overlooked(site: Site) -> None:
    """A watch that is claimed between two questions counts as busy."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    seen: list[State] = []

    async def checkpoint(point: Point, _member: str) -> None:
        if point == "reschedule":
            seen.append(await site.bot.progress.state())

    site.bot.worker.checkpoint = checkpoint
    await site.bot.services.index.wake(Ref(*owner("mei")).member, site.clock.now())
    await site.settle()

    assert [state.idle for state in seen] == [False]


class Untouched(DueIndex):
    """An index that nobody may look at."""

    async def peek(self) -> Peek:
        raise AssertionError("it was looked at")


async def test_while_it_works_here_nothing_else_is_asked(site: Site) -> None:
    """Who waits asks often, and every look at the whole index costs Redis a little."""
    services = site.bot.services
    progress = Progress(
        index=Untouched(services.redis, site.clock, system_random()),
        watches=services.watches,
        scopes=Scopes(services.redis),
        worker=Mock(idle=False),
        clock=site.clock,
    )

    assert await progress.state() == State(idle=False, next_stop=None)


class Sudden(DueIndex):
    """An index of which something is claimed right after it was looked at."""

    async def peek(self) -> Peek:
        state = await super().peek()
        assert await self.claim(self._clock.now() + 2 * DAY, 1, HOUR)
        return state


async def test_what_is_claimed_meanwhile_counts_as_busy(site: Site) -> None:
    """Nobody knows when it will send next: the clock must wait."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei")
    await site.settle()
    services = site.bot.services
    progress = Progress(
        index=Sudden(services.redis, site.clock, system_random()),
        watches=services.watches,
        scopes=Scopes(services.redis),
        worker=site.bot.worker,
        clock=site.clock,
    )

    assert not (await progress.state()).idle
