"""What becomes of a notice when Slack does not take it, or nobody knows whether it did."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.blocks import Message
from bot.jobs.delivery import Delivery
from bot.jobs.lease import Lease, Point
from bot.services import messages
from bot.store import keys
from bot.store.due import Claim
from bot.store.redis import Redis
from bot.store.watches import Ref, Sender
from sandbox.faults import Kind
from sandbox.slack.types import Json
from tests.fixtures.bot import owner, text_of
from tests.fixtures.canaries import Watch
from tests.jobs.site import DAY, HOUR, MINUTE, PACE, SECOND, Site, open_site

QUICK = PACE._replace(call=1.5 * SECOND)
"""An answer of Slack's is given up soon."""


def posts(site: Site) -> list[Json]:
    """Return all that was tried to be posted."""
    return [each for each in site.sandbox.journal.as_json() if each["method"] == "chat.postMessage"]


def ids(tried: list[Json]) -> set[str]:
    """Return the notices that posts were for."""
    return {post["body"]["metadata"]["event_payload"]["notice"] for post in tried}


def once(site: Site, point: Point, action: Callable[[], Awaitable[object]]) -> None:
    """Let something happen when the worker first reaches a point."""
    waiting = [action]

    async def checkpoint(reached: Point, _member: str) -> None:
        if reached == point and waiting:
            await waiting.pop()()

    site.bot.worker.checkpoint = checkpoint


async def hears(site: Site, name: str, count: int = 1) -> list[Json]:
    """Wait until somebody has heard so often, and all is done."""
    await site.wait(lambda: len(site.heard(name)) >= count, f"{name} to hear {count} times")
    await site.settle()
    return site.heard(name)


async def ready(site: Site, name: str = "mei", **settings: object) -> None:
    """Let somebody have a first look behind, and a token that rings in two days at the latest."""
    site.token("loader", 9 * DAY)
    await site.connect(name)
    await site.settle()
    await site.settings(name, **{"thresholds": (7,), **settings})
    await site.settle()
    assert len(site.heard(name)) == 1


async def test_a_throttled_notice_is_taken_back_and_planned_anew(site: Site, redis: Redis) -> None:
    """For as long as Slack asks nothing is posted, and nothing is kept as said; then it comes."""
    site.fault("429", seconds=2.0)
    await site.connect("mei")
    await site.wait(lambda: posts(site), "a refusal")
    await site.settle()
    taken_back = await site.record("mei")
    assert (taken_back.outbox, taken_back.next_send is None) == ((), False)
    assert taken_back.ledger is not None
    assert not taken_back.ledger.first_look_done
    assert [key async for key in redis.scan_iter("*:notice:*")] == []

    assert len(await hears(site, "mei")) == 1

    refused, taken = posts(site)
    assert (refused["status"], taken["status"]) == (429, 200)
    assert taken["at"] - refused["at"] >= 2000
    assert (await site.record("mei")).outbox == ()


@pytest.mark.parametrize("kind", ["500", "reset", "broken"])
async def test_what_may_be_out_is_posted_again_with_its_id(
    redis_url: str, canaries: Watch, kind: Kind
) -> None:
    """Slack did not do it, and did not say so: the same notice comes once."""
    async with open_site(redis_url, canaries, pace=QUICK) as site:
        site.fault(kind)
        await site.connect("mei")

        assert len(await hears(site, "mei")) == 1

        failed, done = posts(site)
        assert done["at"] - failed["at"] >= 4000
        assert done["error"] == ""
        assert (await site.record("mei")).outbox == ()


@pytest.mark.parametrize(("kind", "history"), [("500", True), ("500", False), ("hang", True)])
async def test_an_answer_that_was_lost(
    redis_url: str, canaries: Watch, kind: Kind, *, history: bool
) -> None:
    """What was posted all the same comes again only where it cannot be looked up."""
    async with open_site(redis_url, canaries, pace=QUICK, history=history) as site:
        site.fault(kind, accepted=True)
        await site.connect("mei")
        await site.wait(lambda: site.heard("mei"), "the post whose answer is lost")
        member = Ref(*owner("mei"))

        async with site.patience():
            while (record := await site.bot.services.watches.load(member)) and record.outbox:
                await site.settle()
                await asyncio.sleep(0.05)

        assert len(site.heard("mei")) == (1 if history else 2)
        assert len(ids(posts(site))) == 1
        assert record is not None
        assert record.dm == site.heard("mei")[0]["channel"]


async def test_a_message_that_slack_does_not_take_goes_as_text(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with its blocks, the words arrive, and an operator can see why."""
    wrong = Message("Something expires.", [{"type": "unheard-of"}])
    monkeypatch.setattr(messages, "notice_message", lambda *_args, **_more: wrong)
    await site.connect("mei")

    (message,) = await hears(site, "mei")

    assert message["text"] == "Something expires."
    assert "goes as text" in caplog.text


async def test_an_app_that_may_not_post_tries_again_in_an_hour(site: Site) -> None:
    """Nothing is kept as sent, and nothing is lost."""
    app = site.sandbox.platform.app
    granted, app.scopes = app.scopes, ("im:write", "users:read")
    await site.connect("mei")
    await site.wait(lambda: posts(site), "a post")
    await site.settle()
    assert (await site.record("mei")).ledger is not None
    app.scopes = granted

    await site.jump(59 * MINUTE)
    assert site.heard("mei") == []
    await site.jump(2 * MINUTE)

    assert len(await hears(site, "mei")) == 1


async def test_somebody_who_cannot_be_reached_is_known(site: Site) -> None:
    """It is told where the person looks next, and forgotten once a notice arrives."""
    await ready(site, thresholds=(7, 3))
    dm = site.sandbox.platform.workspace.conversation(site.heard("mei")[0]["channel"])
    dm.restricted = True

    await site.live(3 * DAY)

    reminders = site.bot.services.reminders
    status = await reminders.status(owner("mei"))
    assert status is not None
    assert status.undeliverable == "restricted_action"
    dm.restricted = False
    await site.live(4 * DAY)
    status = await reminders.status(owner("mei"))
    assert status is not None
    assert status.undeliverable == ""
    assert len(site.heard("mei")) == 2


async def test_the_fallback_person_hears_what_could_not_be_delivered(site: Site) -> None:
    """All of it, at once, and why."""
    await ready(site, fallback=owner("jonas").user)
    dm = site.sandbox.platform.workspace.conversation(site.heard("mei")[0]["channel"])
    dm.restricted = True

    await site.live(3 * DAY)

    (copy,) = site.heard("jonas")
    assert "loader" in text_of(copy)
    assert (await site.record("mei")).outbox == ()


async def test_a_fallback_person_who_has_left_is_passed_over(site: Site) -> None:
    """The owner hears; nothing stays in the outbox."""
    await ready(site, thresholds=(7, 1), fallback=owner("jonas").user)
    site.sandbox.platform.workspace.person("jonas").deleted = True

    await site.live(9 * DAY - 2 * HOUR)

    assert len(site.heard("mei")) == 3
    assert site.heard("jonas") == []
    assert (await site.record("mei")).outbox == ()


async def test_a_copy_that_cannot_be_delivered_is_given_up(site: Site) -> None:
    """Whoever is only told in another's place does not hold that one's notices up."""
    await ready(site, thresholds=(7, 1), fallback=owner("jonas").user)
    dm = site.sandbox.platform.workspace.person("jonas").dm
    site.sandbox.platform.workspace.conversation(dm).restricted = True

    await site.live(9 * DAY - 2 * HOUR)

    assert len(site.heard("mei")) == 3
    assert (await site.record("mei")).outbox == ()


@pytest.mark.parametrize("kind", ["429", "500"])
async def test_a_copy_comes_later_when_slack_is_in_trouble(
    redis_url: str, canaries: Watch, kind: Kind
) -> None:
    """The owner's notice is out and stays out; the copy follows once."""
    async with open_site(redis_url, canaries, pace=QUICK) as site:
        await ready(site, thresholds=(7, 1), fallback=owner("jonas").user)
        await site.live(3 * DAY)

        async def checkpoint(point: Point, _member: str) -> None:
            if point == "sent" and len(site.heard("mei")) > 2:
                site.fault(kind)

        site.bot.worker.checkpoint = checkpoint
        await site.live(6 * DAY - 2 * HOUR)

        assert len(await hears(site, "jonas")) == 1
        assert len(site.heard("mei")) == 3


@pytest.mark.parametrize(
    ("kind", "wait"), [("429", timedelta(0)), ("500", MINUTE + SECOND)], ids=["429", "500"]
)
async def test_a_dm_that_cannot_be_opened_now(site: Site, kind: Kind, wait: timedelta) -> None:
    """Nothing is begun before the place is known."""
    site.fault(kind, "conversations.open", times=4)
    await site.connect("mei")
    await site.wait(site.opened, "an attempt")
    await site.settle()
    assert posts(site) == []
    assert (await site.record("mei")).outbox == ()
    site.sandbox.faults.clear()

    await site.jump(wait)

    assert len(await hears(site, "mei")) == 1


async def test_a_dm_that_the_app_may_not_open(site: Site) -> None:
    """An hour later it may have been granted."""
    app = site.sandbox.platform.app
    granted, app.scopes = app.scopes, ("chat:write", "users:read")
    await site.connect("mei")
    await site.wait(site.opened, "an attempt")
    await site.settle()
    app.scopes = granted

    await site.jump(HOUR + MINUTE)

    assert len(await hears(site, "mei")) == 1


async def test_a_dm_that_nobody_can_open(site: Site) -> None:
    """Somebody whom Slack does not let us write to is counted as unreachable, not tried for ever."""
    site.sandbox.platform.workspace.person("mei").stranger = True
    await site.connect("mei")
    await site.wait(site.opened, "an attempt")
    await site.settle()

    status = await site.bot.services.reminders.status(owner("mei"))

    assert status is not None
    assert status.undeliverable == "invalid_user_combination"
    assert len(site.opened()) == 1


async def test_posts_of_one_workspace_take_turns(redis_url: str, canaries: Watch) -> None:
    """Who has to wait gives its watch back, and is served in its turn."""
    slow = PACE._replace(posts=PACE.posts._replace(interval=SECOND, burst=1))
    async with open_site(redis_url, canaries, pace=slow) as site:
        for name in ("mei", "jonas", "aiko"):
            await site.connect(name)

        for name in ("mei", "jonas", "aiko"):
            assert len(await hears(site, name)) == 1

        # Two seconds between the first and the last as they were sent; the first may be late.
        first, _, last = sorted(post["at"] for post in posts(site))
        assert last - first >= 1_500


async def test_an_answer_while_a_notice_is_begun_is_not_lost(site: Site) -> None:
    """Whoever changed settings meanwhile is heard: it is planned anew, and rings once."""
    await ready(site)

    async def change() -> None:
        await site.settings("mei", thresholds=(7, 2), hour=8)

    once(site, "begin", change)
    await site.live(3 * DAY)

    assert len(site.heard("mei")) == 2
    record = await site.record("mei")
    assert record.watch.thresholds == (7, 2)
    assert record.ledger is not None


async def test_who_begins_to_post_too_late_does_not(redis_url: str, canaries: Watch) -> None:
    """A worker that lost its time before the call takes the notice back, and it comes once."""
    async with open_site(redis_url, canaries, pace=QUICK) as site:
        begun: list[str] = []

        async def lose_time() -> None:
            begun.extend(parcel.notice_id for parcel in (await site.record("mei")).outbox)
            await asyncio.sleep(1.4)

        once(site, "post", lose_time)
        await site.connect("mei")

        assert len(await hears(site, "mei")) == 1
        assert len(ids(posts(site))) == 1
        assert ids(posts(site)) != set(begun)


async def test_who_disconnects_while_a_notice_is_posted_leaves_nothing(
    site: Site, redis: Redis
) -> None:
    """The message is out, and nothing else remains."""
    once(site, "sent", lambda: site.bot.desk.connections.forget(owner("mei")))
    await site.connect("mei")

    await hears(site, "mei")

    assert await site.place("mei") is None
    left = {key async for key in redis.scan_iter()}
    assert not [key for key in left if owner("mei").user in key and ":person:" not in key]
    assert not [key for key in left if ":notice" in key]


async def test_a_notice_that_has_ended_is_not_posted_again(
    redis_url: str, canaries: Watch, redis: Redis
) -> None:
    """What nobody can read any more holds nothing up."""
    async with open_site(redis_url, canaries, pace=QUICK) as site:
        site.fault("500")
        await site.connect("mei")
        await site.wait(lambda: not site.sandbox.faults.as_json(), "the fault")
        await site.settle()
        (parcel,) = (await site.record("mei")).outbox
        await redis.unlink(keys.notice(owner("mei").scope, parcel.notice_id))

        async with site.patience():
            while (await site.record("mei")).outbox:
                await site.settle()

        assert site.heard("mei") == []


async def test_a_record_that_is_out_of_date_sends_nothing(redis_url: str, canaries: Watch) -> None:
    """Who still sees an outbox that another has emptied, or lost its lease, leaves it alone."""
    async with open_site(redis_url, canaries, pace=QUICK, work=False) as site:
        services = site.bot.services
        await site.connect("mei")
        ref = Ref(*owner("mei"))
        claims = await services.index.claim(site.clock.now() + SECOND, 1, MINUTE)
        delivery = Delivery(
            watches=services.watches,
            messages=services.messages,
            people=services.people,
            rates=services.rates,
            clock=site.clock,
        )
        stale = await site.begun("mei")

        waiting = await delivery.resume(stale, Lease(claims[0], services.index, site.clock))
        assert waiting is not None
        assert waiting > site.clock.now()

        parcel = stale.outbox[0]
        sender = Sender("1", SECOND)
        assert await services.watches.sent(ref, parcel, sender, channel="D1", ts="1.1")
        assert await delivery.resume(stale, Lease(claims[0], services.index, site.clock)) is None

        lost = Claim(ref.member, "7", site.clock.now(), 0, until=0.0)
        assert await delivery.resume(stale, Lease(lost, services.index, site.clock)) is not None
        assert posts(site) == []
