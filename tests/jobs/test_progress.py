"""How far the workers are, for whoever moves the clock."""

from bot.jobs.lease import Point
from bot.jobs.progress import State
from bot.store.watches import Ref
from tests.fixtures.bot import owner
from tests.fixtures.canaries import Watch
from tests.jobs.site import DAY, HOUR, MINUTE, Site, open_site


async def test_an_empty_bot_has_nothing_to_do(site: Site) -> None:
    """Nobody has connected anything: time may go on."""
    assert await site.bot.progress.state() == State(idle=True, next_send=None)


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


async def test_the_next_sending_is_told(site: Site) -> None:
    """Not the looks in between: when something may be sent."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7,))
    await site.settle()

    state = await site.bot.progress.state()

    assert state.idle
    assert state.next_send is not None
    assert DAY <= state.next_send - site.clock.now() + MINUTE <= 2 * DAY + MINUTE
    assert state.next_send == (await site.record("mei")).next_send


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
