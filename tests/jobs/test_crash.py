"""Workers that are killed or stopped anywhere, and answers that never arrive.

No notice is lost. One is repeated only where it was posted and nobody could record that, and where
the bot may not look for it in the DM.
"""

import asyncio
import random
import signal
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.jobs.lease import Point
from sandbox.faults import Fault
from tests.fixtures.bot import text_of
from tests.fixtures.canaries import Watch
from tests.fixtures.until import until
from tests.jobs.crew import DAY_BEFORE, PATIENCE, Scene, open_scene
from tests.jobs.worker_process import Fate

POINTS: tuple[Point, ...] = get_args(Point)

pytestmark = pytest.mark.timeout(240)
with_and_without_history = pytest.mark.parametrize("history", [True, False])


def befall(scene: Scene, how: signal.Signals) -> dict[str, Fate]:
    """Let one point of all befall whoever works on each of the people."""
    fates = (Fate(point, how) for point in POINTS)
    return dict(zip(scene.members, fates, strict=True))


def repeats(point: Point, history: bool) -> int:  # noqa: FBT001 - a parameter of the tests
    """Return how often somebody hears again when it was there that something befell."""
    return int(point == "sent" and not history)


def slack_of(scene: Scene, history: bool) -> int:  # noqa: FBT001 - likewise
    """Return how many more repeats may be: a machine that is too slow loses answers of its own."""
    return 0 if history else scene.crew.uncertain


@with_and_without_history
async def test_a_worker_may_be_killed_anywhere(
    redis_url: str, tmp_path: Path, canaries: Watch, *, history: bool
) -> None:
    """Each person hears once; twice only who was posted to by one that died before recording it."""
    async with open_scene(redis_url, tmp_path, canaries, people=8, history=history) as scene:
        scene.crew.start(3)
        await scene.quiet()
        assert [len(scene.heard(owner)) for owner in scene.people] == [1] * 8

        scene.advance(DAY_BEFORE, befall(scene, signal.SIGKILL))
        await scene.quiet()

        slack = slack_of(scene, history)
        died = [hand.steps[-1] for hand in scene.crew.dead]
        assert {(step.member, step.point) for step in died} == set(
            zip(scene.members, POINTS, strict=True)
        )
        for owner, point in zip(scene.people, POINTS, strict=True):
            first, *later = scene.notices(owner)
            assert len({first, *later}) == 2, point
            assert 0 <= len(later) - 1 - repeats(point, history) <= slack, point
            assert scene.heard(owner)[0]["edited"], point
        await scene.check_recorded()


async def test_workers_may_be_killed_there_again_and_again(
    redis_url: str, tmp_path: Path, canaries: Watch
) -> None:
    """Each one that dies after posting costs one repeat where none may look, and nothing else."""
    async with open_scene(redis_url, tmp_path, canaries, people=2, history=False) as scene:
        posting, posted = scene.people
        fates = (Fate("post", signal.SIGKILL, times=3), Fate("sent", signal.SIGKILL, times=3))
        scene.advance(timedelta(0), dict(zip(scene.members, fates, strict=True)))
        scene.crew.start(2)
        await scene.quiet()

        assert len(scene.crew.dead) == 6
        slack = slack_of(scene, history=False)
        assert 0 <= len(scene.notices(posting)) - 1 <= slack
        assert 0 <= len(scene.notices(posted)) - 4 <= slack
        assert len(set(scene.notices(posting))) == len(set(scene.notices(posted))) == 1
        await scene.check_recorded()


@with_and_without_history
async def test_a_worker_that_was_only_slow_changes_nothing_any_more(
    redis_url: str, tmp_path: Path, canaries: Watch, *, history: bool
) -> None:
    """Whoever stops until its lease and its deadline are over, and goes on, finds all done."""
    async with open_scene(redis_url, tmp_path, canaries, people=8, history=history) as scene:
        scene.crew.start(2, concurrency=8)
        await scene.quiet()
        await scene.crew.close()
        scene.crew.start(8)
        scene.advance(DAY_BEFORE, befall(scene, signal.SIGSTOP))
        await until(lambda: all(hand.befallen for hand in scene.crew.hands), seconds=PATIENCE)
        slow = list(scene.crew.hands)

        scene.crew.start(2, concurrency=8)
        await scene.quiet()
        before = await scene.told()
        for hand in slow:
            hand.signal(signal.SIGCONT)
        await scene.crew.close()

        assert await scene.told() == before
        slack = slack_of(scene, history)
        for owner, point in zip(scene.people, POINTS, strict=True):
            assert 0 <= len(scene.notices(owner)) - 2 - repeats(point, history) <= slack, point
        await scene.check_recorded()


@with_and_without_history
async def test_workers_may_be_killed_at_any_moment(
    redis_url: str, tmp_path: Path, canaries: Watch, *, history: bool
) -> None:
    """Each person hears; once where it can be looked up, else once more for a kill while posting."""
    chance = random.Random(f"killed {history}")  # noqa: S311 - to be had again
    async with open_scene(redis_url, tmp_path, canaries, people=10, history=history) as scene:
        scene.crew.start(3, concurrency=4)
        for _ in range(8):
            enough = scene.crew.steps + chance.randint(1, 6)
            await until(lambda: scene.crew.steps >= enough, seconds=PATIENCE)  # noqa: B023 - awaited at once
            victim = chance.choice(scene.crew.hands)
            victim.signal(signal.SIGKILL)
            await until(lambda: victim not in scene.crew.hands, seconds=PATIENCE)  # noqa: B023 - likewise
        await scene.quiet()

        assert len(scene.crew.dead) == 8
        slack = slack_of(scene, history)
        for owner, member in zip(scene.people, scene.members, strict=True):
            last = [hand.last(member) for hand in scene.crew.dead]
            posting = sum(step is not None and step.point in ("post", "sent") for step in last)
            assert len(set(scene.notices(owner))) == 1
            assert len(scene.notices(owner)) <= 1 + (0 if history else posting + slack)
        await scene.check_recorded()


@with_and_without_history
async def test_an_answer_may_get_lost(
    redis_url: str, tmp_path: Path, canaries: Watch, *, history: bool
) -> None:
    """What was posted all the same is repeated only where it cannot be looked up."""
    async with open_scene(redis_url, tmp_path, canaries, people=6, history=history) as scene:
        lost = [
            Fault(service="slack", kind=kind, match="chat.postMessage", times=1, accepted=True)
            for kind in ("reset", "hang", "500")
        ]
        refused = [
            Fault(service="slack", kind=kind, match="chat.postMessage", times=1)
            for kind in ("500", "429")
        ]
        for fault in (*lost, *refused):
            scene.sandbox.faults.add(fault)
        scene.crew.start(3)
        await scene.quiet()

        assert not scene.sandbox.faults.as_json()
        assert all(len(set(scene.notices(owner))) == 1 for owner in scene.people)
        repeated = sum(len(scene.notices(owner)) - 1 for owner in scene.people)
        wanted = 0 if history else len(lost)
        uncertain = len(lost) + 1  # one was refused with 500
        assert wanted <= repeated <= wanted + slack_of(scene, history) - (not history) * uncertain
        await scene.check_recorded()


async def test_an_edit_that_comes_late_does_not_bring_back_what_was(
    redis_url: str, tmp_path: Path, canaries: Watch
) -> None:
    """Of two answers in a row the message shows the second, in whatever order Slack takes them."""
    async with open_scene(redis_url, tmp_path, canaries, people=1, history=False) as scene:
        scene.crew.start(1)
        await scene.quiet()
        await scene.crew.close()
        (owner,), faults = scene.people, scene.sandbox.faults
        (notice_id,) = scene.notices(owner)
        filed = await scene.bot.services.watches.notice(owner.scope, notice_id)
        assert filed is not None
        keys, reminders = [item.key for item in filed.notice.items], scene.bot.services.reminders

        faults.add(Fault(service="slack", kind="slow", seconds=1.5, match="chat.update", times=1))
        async with asyncio.TaskGroup() as group:
            group.create_task(reminders.snooze(owner, notice_id, keys, timedelta(days=1)))
            await until(lambda: not faults.as_json())
            await reminders.lapse(owner, notice_id, keys)
            lapsing = text_of(scene.heard(owner)[0]["blocks"])
        assert "lapse" in lapsing.casefold()

        assert text_of(scene.heard(owner)[0]["blocks"]) == lapsing
        assert not (await scene.record(owner)).behind
