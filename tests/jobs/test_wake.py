"""One wake after the other: edits, answers, people who leave, connections that go."""

import pytest

from bot.jobs.lease import Point
from bot.models.connection import Owner
from bot.store import keys
from bot.store.redis import Redis
from bot.store.watches import Ref
from sandbox.faults import Kind
from tests.fixtures.bot import owner, text_of
from tests.fixtures.canaries import Watch
from tests.jobs.site import DAY, HOUR, MINUTE, PACE, SECOND, Site, open_site

MEI = Ref(*owner("mei"))


async def rung(site: Site) -> str:
    """Let mei be told of a token in five days, and return the token's key."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7, 1))
    await site.live(4 * DAY)
    assert len(site.heard("mei")) == 2
    ledger = (await site.record("mei")).ledger
    assert ledger is not None
    (key,) = ledger.entries
    return key


def edits(site: Site) -> list[str]:
    """Return the outcomes of all edits so far."""
    calls = [c for c in site.sandbox.journal.as_json() if c["method"] == "chat.update"]
    return [call["error"] or str(call["status"]) for call in calls]


async def test_a_message_that_was_deleted_is_forgotten(site: Site) -> None:
    """What nobody can see any more is not edited again and again."""
    await rung(site)
    for message in list(site.sandbox.platform.workspace.conversation(_dm(site)).lasting()):
        site.sandbox.platform.workspace.delete(message)

    before = len(edits(site))

    site.token("loader", 60 * DAY)
    await site.live(DAY)

    assert edits(site)[before:] == ["message_not_found"]
    assert (await site.record("mei")).behind == {}


def _dm(site: Site) -> str:
    return site.sandbox.platform.workspace.person("mei").dm


@pytest.mark.parametrize("kind", ["429", "500"])
async def test_an_edit_that_failed_is_made_later(site: Site, kind: Kind) -> None:
    """The message shows the renewal in the end."""
    await rung(site)
    site.fault(kind, "chat.update")
    site.token("loader", 60 * DAY)
    await site.live(2 * HOUR)
    assert (await site.record("mei")).behind

    await site.live(2 * HOUR)

    await site.wait(
        lambda: "Nothing is left to do here" in text_of(site.heard("mei")[-1]), "the edit"
    )
    await site.settle()
    assert (await site.record("mei")).behind == {}


async def test_an_app_that_may_not_edit_tries_again_in_an_hour(site: Site) -> None:
    """As long as Slack refuses the app itself, the message is known to be behind."""
    await rung(site)
    app = site.sandbox.platform.app
    granted, app.scopes = app.scopes, ("im:write", "users:read")
    site.token("loader", 60 * DAY)
    await site.live(2 * HOUR)
    assert (await site.record("mei")).behind
    app.scopes = granted

    await site.live(2 * HOUR)

    assert (await site.record("mei")).behind == {}
    assert "Nothing is left to do here" in text_of(site.heard("mei")[-1])


async def test_edits_of_one_workspace_take_turns(redis_url: str, canaries: Watch) -> None:
    """Who has to wait comes back; in the end every message is right."""
    slow = PACE._replace(edits=PACE.edits._replace(interval=SECOND / 2, burst=1))
    async with open_site(redis_url, canaries, pace=slow) as site:
        for number in (1, 2, 3):
            site.token(f"loader {number}", (8 + number) * DAY)
        await site.connect("mei")
        await site.settle()
        await site.settings("mei", thresholds=(7,))
        await site.live(6 * DAY)
        for number in (1, 2, 3):
            site.token(f"loader {number}", 60 * DAY)

        await site.live(7 * HOUR)
        async with site.patience():
            while (await site.record("mei")).behind:
                await site.settle()

        assert all("Nothing is left" in text_of(each) for each in site.heard("mei")[1:])


async def test_a_change_during_a_look_is_not_overwritten(site: Site) -> None:
    """Settings that are saved while a worker looks hold for what it plans."""
    await rung(site)
    changes = [{"mode": "off"}]

    async def checkpoint(point: Point, _member: str) -> None:
        if point == "plan" and changes:
            await site.settings("mei", **changes.pop())

    site.bot.worker.checkpoint = checkpoint
    await site.live(7 * DAY)

    assert len(site.heard("mei")) == 2
    assert (await site.record("mei")).watch.mode == "off"


async def test_a_watch_that_changes_all_the_time_waits_a_moment(site: Site) -> None:
    """A worker does not race for ever; it comes back a second later, and rings once."""
    site.token("loader", 9 * DAY)
    races = [1] * 6

    async def checkpoint(point: Point, _member: str) -> None:
        if point == "begin" and races:
            races.pop()
            record = await site.record("mei")
            assert await site.bot.services.watches.put(record.watch)

    site.bot.worker.checkpoint = checkpoint
    await site.connect("mei")
    await site.wait(lambda: site.heard("mei"), "a DM")
    await site.settle()

    assert races == []
    assert len(site.heard("mei")) == 1


async def test_a_person_who_disconnects_is_told_no_more(site: Site, redis: Redis) -> None:
    """Open messages say that it is over; then watch, ledger, notices and due entry are gone."""
    await rung(site)
    connections = site.bot.desk.connections
    (connection,) = (await connections.all(owner("mei"))).readable

    await connections.remove(owner("mei"), connection.id)
    await site.settle()

    assert "loader" in text_of(site.heard("mei")[-1])
    assert "Renewed" not in text_of(site.heard("mei")[-1])
    assert await site.bot.services.watches.load(MEI) is None
    assert await site.place("mei") is None
    left = [key async for key in redis.scan_iter()]
    assert not [key for key in left if ":watch" in key or ":notice" in key], left


async def test_who_has_left_unnoticed_is_forgotten(site: Site, redis: Redis) -> None:
    """Somebody was deactivated, and no event told: the next notice finds out, and all goes."""
    await rung(site)
    site.sandbox.platform.workspace.person("mei").deleted = True
    await site.forget_person("mei")

    await site.live(5 * DAY)

    assert len(site.heard("mei")) == 2
    assert await site.place("mei") is None
    left = [key async for key in redis.scan_iter() if owner("mei").user in key]
    assert not [key for key in left if ":person:" not in key], left


async def test_who_left_while_it_was_not_known_yet_is_forgotten(site: Site, redis: Redis) -> None:
    """The bot still believes them there; that their DM cannot be opened makes it look again."""
    site.token("loader", 9 * DAY)
    site.fault("500", "conversations.open", times=None)
    await site.connect("mei")
    await site.wait(site.opened, "an attempt")
    await site.settle()
    site.sandbox.platform.workspace.person("mei").deleted = True
    site.sandbox.faults.clear()

    await site.jump(2 * MINUTE)

    assert site.heard("mei") == []
    assert await site.bot.services.watches.load(MEI) is None
    assert await site.place("mei") is None
    left = [key async for key in redis.scan_iter() if owner("mei").user in key]
    assert not [key for key in left if ":person:" not in key], left


async def test_an_entry_without_a_watch_is_dropped(site: Site) -> None:
    """A due entry is only a hint."""
    nobody = Ref(MEI.scope, "UNOBODY")
    await site.bot.services.index.wake(nobody.member, site.clock.now())

    await site.settle()

    assert await site.bot.services.index.place(nobody.member) is None


async def test_a_watch_that_no_key_opens_stays(site: Site, redis: Redis) -> None:
    """Whoever dropped a key too early can add it again: nothing is deleted, and others ring on."""
    await rung(site)
    sealed = await redis.hget(keys.watch(*MEI), "watch")
    client = site.bot.redis
    script = client.register_script("return redis.call('HSET', KEYS[1], 'watch', ARGV[1])")
    await script(keys=[keys.watch(*MEI)], args=["v1.k9.rubbish"])
    await site.live(2 * DAY)
    assert len(site.heard("mei")) == 2

    assert sealed is not None
    await script(keys=[keys.watch(*MEI)], args=[sealed])
    await site.live(7 * DAY)

    assert len(site.heard("mei")) == 3


async def test_owners_are_who_they_are(site: Site) -> None:
    """One person's watch never looks through another's connections."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.bot.services.reminders.ensure(Owner(MEI.scope, owner("jonas").user), "UTC")

    await site.live(3 * DAY)

    assert site.heard("jonas") == []


async def test_who_disconnects_while_a_notice_is_planned_hears_nothing(site: Site) -> None:
    """A race with the end is one, too: nothing is posted, and nothing comes back."""
    site.token("loader", 9 * DAY)

    async def checkpoint(point: Point, _member: str) -> None:
        if point == "begin":
            await site.bot.desk.connections.forget(owner("mei"))

    site.bot.worker.checkpoint = checkpoint
    await site.connect("mei")
    await site.settle()

    assert site.heard("mei") == []
    assert await site.bot.services.watches.load(MEI) is None
    assert await site.place("mei") is None


async def test_that_nobody_can_say_who_is_there_stops_no_notice(site: Site) -> None:
    """While Slack does not answer about people, they are taken to be there."""
    await rung(site)
    await site.forget_person("mei")
    site.fault("500", "users.info", times=None)

    await site.live(5 * DAY)

    assert len(site.heard("mei")) == 3


async def test_who_loses_a_lease_before_a_notice_is_begun_sends_nothing(
    redis_url: str, canaries: Watch
) -> None:
    """Another has the watch by then: it rings once."""
    short = PACE._replace(lease=20 * SECOND)
    async with open_site(redis_url, canaries, pace=short) as site:
        lost = [True]

        async def checkpoint(point: Point, member: str) -> None:
            if point == "plan" and lost:
                lost.clear()
                await site.bot.services.index.cancel(member)
                await site.bot.services.index.wake(member, site.clock.now())

        site.bot.worker.checkpoint = checkpoint
        await site.connect("mei")
        await site.wait(lambda: site.heard("mei"), "a DM")
        await site.settle()

        assert lost == []
        assert len(site.heard("mei")) == 1
