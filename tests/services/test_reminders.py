"""Reminders as a person handles them: settings, status, what is to come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.errors import GoneError
from bot.services.reminders import ReminderService
from bot.store import keys
from bot.store.redis import Redis
from bot.store.watches import Ref
from tests.fixtures import canaries as canary
from tests.fixtures.bot import owner, text_of
from tests.fixtures.world import ETL
from tests.jobs.site import ALL_WEEK, DAY, HOUR, Site, open_site

MEI, JONAS = owner("mei"), owner("jonas")


@pytest.fixture
async def site(redis_url: str, canaries: canary.Watch) -> AsyncIterator[Site]:
    """Run a worker."""
    async with open_site(redis_url, canaries) as site:
        yield site


@pytest.fixture
async def still(redis_url: str, canaries: canary.Watch) -> AsyncIterator[Site]:
    """Have everything but a worker."""
    async with open_site(redis_url, canaries, work=False) as site:
        yield site


def reminders(site: Site) -> ReminderService:
    return site.bot.services.reminders


async def asleep(site: Site) -> None:
    """Let a watch without a worker be looked after, and sleep for long."""
    index = site.bot.services.index
    for claim in await index.claim(site.clock.now() + HOUR, 10, HOUR):
        await index.finish(claim, site.clock.now() + 100 * DAY)


async def is_woken(site: Site, name: str = "mei") -> bool:
    place = await site.place(name)
    assert not isinstance(place, str)
    return place is not None and place <= site.clock.now() + timedelta(seconds=1)


async def test_the_first_connection_makes_a_watch(still: Site) -> None:
    """In the person's zone, unasked, and looked after at once."""
    assert await reminders(still).watch(MEI) is None

    await still.connect("mei")

    watch = await reminders(still).watch(MEI)
    assert watch is not None
    assert (watch.owner, watch.mode, watch.zone) == (MEI, "unasked", "Asia/Shanghai")
    assert await is_woken(still)


async def test_another_connection_keeps_the_settings(still: Site) -> None:
    """The watch stays as it was, and looks anew."""
    await still.connect("mei")
    saved = await still.settings("mei", hour=7)
    await asleep(still)
    before = await still.record("mei")

    await still.connect("mei", label="again")

    assert await reminders(still).watch(MEI) == saved
    assert (await still.record("mei")).version > before.version
    assert await is_woken(still)


async def test_many_at_once_make_one_watch(still: Site) -> None:
    """Two connections in the same moment are no two watches."""
    made = await asyncio.gather(*(reminders(still).ensure(MEI, "Asia/Tokyo") for _ in range(10)))

    assert len({watch.id for watch in made}) == 1
    assert len({watch.created_at for watch in made}) == 1


@pytest.mark.parametrize(("zone", "kept"), [("Mars/Olympus", "UTC"), ("Asia/Tokyo", "Asia/Tokyo")])
async def test_a_zone_that_nobody_knows_is_utc(still: Site, zone: str, kept: str) -> None:
    """Slack may know more zones than this machine."""
    assert (await reminders(still).ensure(MEI, zone)).zone == kept


async def test_without_slack_the_zone_comes_later(still: Site) -> None:
    """Connecting does not fail because Slack does."""
    still.fault("500", "users.info", times=None)

    await still.connect("mei")

    watch = await reminders(still).watch(MEI)
    assert watch is not None
    assert watch.zone == "UTC"


async def test_settings_hold_from_now_on(still: Site) -> None:
    """They are counted, dated, and the watch wakes."""
    await still.connect("mei")
    before = await reminders(still).watch(MEI)
    await asleep(still)
    assert before is not None

    saved = await reminders(still).save(before.model_copy(update={"hour": 6}))

    assert await reminders(still).watch(MEI) == saved
    assert (saved.hour, saved.version) == (6, before.version + 1)
    assert saved.changed_at > before.changed_at
    assert await is_woken(still)


async def test_settings_without_a_watch_are_refused(still: Site) -> None:
    """Who has disconnected meanwhile is told so, and nothing is made again."""
    await still.connect("mei")
    watch = await reminders(still).watch(MEI)
    assert watch is not None
    await reminders(still).forget_owner(MEI)

    with pytest.raises(GoneError, match="connect something first"):
        await reminders(still).save(watch)

    assert await reminders(still).watch(MEI) is None


@pytest.mark.parametrize(
    ("own_zone", "moved"), [(False, "America/Chicago"), (True, "Asia/Shanghai")]
)
async def test_a_person_who_moves(still: Site, *, own_zone: bool, moved: str) -> None:
    """Slots move along, unless the zone was chosen in the settings."""
    await still.connect("mei")
    await still.settings("mei", own_zone=own_zone)
    await asleep(still)

    await reminders(still).zone_changed(MEI, "America/Chicago")

    watch = await reminders(still).watch(MEI)
    assert watch is not None
    assert watch.zone == moved
    assert await is_woken(still) is not own_zone


async def test_a_zone_that_did_not_change_wakes_nobody(still: Site) -> None:
    """Slack tells of every change of a profile; most are none of ours."""
    await still.connect("mei")
    await asleep(still)

    await reminders(still).zone_changed(MEI, "Asia/Shanghai")
    await reminders(still).zone_changed(JONAS, "Asia/Shanghai")

    assert not await is_woken(still)
    assert await reminders(still).watch(JONAS) is None


async def test_the_status_tells_how_it_is_going(site: Site) -> None:
    """What comes next, when it was looked, who is silenced, and whether anybody rings."""
    site.token("loader", 9 * DAY)
    assert await reminders(site).status(MEI) is None
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7,))
    await site.settle()

    status = await reminders(site).status(MEI)

    assert status is not None
    assert status.watch == await reminders(site).watch(MEI)
    assert status.next is not None
    assert [item.token.name for item in status.next.items] == ["loader"]
    assert status.looked_at is not None
    assert (status.snoozed, status.lapsing, status.undeliverable) == ({}, {}, "")
    assert status.workers == 1


async def test_a_status_before_the_first_look(still: Site) -> None:
    """Nothing is known yet, and no worker is there."""
    await still.connect("mei")

    status = await reminders(still).status(MEI)

    assert status is not None
    assert (status.next, status.looked_at, status.workers) == (None, None, 0)


async def test_what_lies_far_ahead_is_found_too(site: Site) -> None:
    """The next message may be most of a year away."""
    site.token("loader", 300 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei")
    await site.settle()

    status = await reminders(site).status(MEI)

    assert status is not None
    assert status.next is not None
    assert 260 * DAY < status.next.when - site.clock.now() < 300 * DAY


async def test_the_preview_is_what_comes(site: Site) -> None:
    """Each message of the next weeks, and then exactly these are sent."""
    for number, days in enumerate((9, 12, 20, 33)):
        site.token(f"loader {number}", days * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", zone="UTC", workdays=frozenset(range(1, 6)))
    await site.settle()

    ahead = await reminders(site).preview(MEI, site.clock.now() + 40 * DAY)
    assert len(ahead) >= 8
    assert len(site.heard("mei")) == 1
    await site.live(40 * DAY)

    sent = [float(message["ts"]) for message in site.heard("mei")[1:]]
    planned = [each.when.timestamp() for each in ahead]
    assert [int(when) // 60 for when in planned] == [int(ts) // 60 for ts in sent]


async def test_nothing_lies_ahead_of_who_has_nothing(still: Site) -> None:
    """Without a watch there is no preview, and no next notice of any token."""
    assert await reminders(still).preview(MEI, still.clock.now() + 30 * DAY) == []
    assert await reminders(still).next_notice(MEI, "some key") is None


async def test_the_next_notice_of_a_token(site: Site) -> None:
    """It names the token; there is none of a token that nobody lists."""
    site.token("loader", 9 * DAY)
    site.token("dashboard", 20 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", workdays=ALL_WEEK)
    await site.settle()
    ledger = (await site.record("mei")).ledger
    assert ledger is not None
    keys_by_name = {entry.token.name: key for key, entry in ledger.entries.items()}

    planned = await reminders(site).next_notice(MEI, keys_by_name["dashboard"])

    assert planned is not None
    assert "dashboard" in [item.token.name for item in planned.items]
    assert planned.when - site.clock.now() < 8 * DAY
    assert await reminders(site).next_notice(MEI, "no such key") is None


async def test_a_forgotten_person_leaves_nothing(site: Site, redis: Redis) -> None:
    """Neither watch, nor notices, nor an entry in the due index."""
    site.token("loader", 5 * DAY)
    await site.connect("mei")
    await site.settle()

    await site.bot.desk.connections.forget(MEI)
    await site.settle()

    assert await reminders(site).watch(MEI) is None
    assert await site.place("mei") is None
    left = {key async for key in redis.scan_iter()}
    assert not [key for key in left if ":watch" in key or ":notice" in key]


async def test_a_forgotten_scope_is_never_looked_after_again(still: Site) -> None:
    """No due entry of anybody stays."""
    for name in ("mei", "jonas"):
        await still.connect(name)

    await reminders(still).forget_scope(MEI.scope)

    assert [await still.place(name) for name in ("mei", "jonas")] == [None, None]


async def test_a_connection_that_cannot_be_opened_is_no_reason_to_go(
    still: Site, redis: Redis
) -> None:
    """A key may be missing for a while: the watch stays."""
    await still.connect("mei", "kyuubi", ETL)
    script = redis.register_script(
        """
        for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
          redis.call('HSET', KEYS[1], id, 'v1.k9.rubbish')
        end
        """
    )
    await script(keys=[keys.connections(*MEI)], args=[])
    await asleep(still)

    await reminders(still).connections_changed(MEI)

    assert await reminders(still).watch(MEI) is not None
    assert await is_woken(still)
    assert await still.bot.services.watches.load(Ref(*MEI)) is not None


async def test_two_choices_at_once_show_the_one_that_holds(site: Site) -> None:
    """The message that asked tells what is stored, whoever wrote last."""
    await site.connect("mei")
    await site.settle()
    (asked,) = site.heard("mei")
    assert "Which of them shall ring?" in text_of(asked)

    await asyncio.gather(*(site.settings("mei", mode=mode) for mode in ("all", "off", "all")))
    await site.settle()

    watch = await reminders(site).watch(MEI)
    assert watch is not None
    said = {"all": "You chose: all of them ring.", "off": "You chose: none of them rings."}
    assert said[watch.mode] in text_of(site.heard("mei")[0])


async def test_a_choice_holds_although_its_message_cannot_tell_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings are stored first; who then loses every race to the message leaves it as it is."""
    await site.connect("mei")
    await site.settle()

    async def lose(*_args: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(site.bot.services.watches, "save", lose)
        await site.settings("mei", mode="off")

    watch = await reminders(site).watch(MEI)
    assert watch is not None
    assert watch.mode == "off"


async def test_why_a_reminder_did_not_arrive_is_told_once(site: Site) -> None:
    """To whoever asks first, until the next one that does not arrive."""
    site.sandbox.platform.workspace.person("mei").stranger = True
    await site.connect("mei")
    await site.wait(site.opened, "an attempt")
    await site.settle()

    asked = [await reminders(site).take_untold(MEI) for _ in range(2)]

    assert asked == ["invalid_user_combination", ""]
    assert await reminders(site).take_untold(JONAS) == ""
