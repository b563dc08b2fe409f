"""What happens to shared lists while they are posted, and to records that are not as they were."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.errors import GoneError, NotAllowedError
from bot.models.connection import Connection
from bot.models.share import Offer, Share
from bot.services.messages import EDITS
from bot.store import keys
from sandbox.faults import Fault
from tests.fixtures.bot import IDS, Office, owner, text_of
from tests.handlers.shares import opened, posted, preview, rows_of, shared, submitted

GONE = "It was taken down"
SCOPE = owner("mei").scope
WEEK = 7 * 86_400 + 1


def after_posting(
    office: Office, monkeypatch: pytest.MonkeyPatch, does: Callable[[], Awaitable[Any]]
) -> None:
    """Let something happen between Slack's taking of a post and our knowing of it."""
    slack, post = office.bot.desk.slack, office.bot.desk.slack.post

    async def posts(*arguments: Any, **options: Any) -> Any:
        where = await post(*arguments, **options)
        monkeypatch.setattr(slack, "post", post)
        await does()
        return where

    monkeypatch.setattr(slack, "post", posts)


async def tended(office: Office) -> None:
    """Let the worker's part be done now, whenever Slack was called last."""
    for key in [key async for key in office.bot.redis.scan_iter("tb:*:rate:*")]:
        await office.bot.redis.unlink(key)
    await office.bot.desk.takedowns.tend(SCOPE)


async def share_of(office: Office) -> Share:
    """Return the one list that Mei shares."""
    (share,) = await office.bot.desk.shares.of(owner("mei"))
    return share


async def offer_of(office: Office, **more: Any) -> Offer:
    """Return an update of it with what it shows."""
    share = await share_of(office)
    given = {
        "channel": share.channel,
        "channel_name": share.channel_name,
        "shown": share.shown,
        "connections": share.connections,
        "share": share.id,
    }
    return Offer.model_validate({**given, **more})


async def test_a_disconnect_while_a_list_is_posted_takes_it_down(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read with a connection does not outlive it, however close they come."""
    connection = await office.connect("mei")
    view = await preview(office, "mei")
    after_posting(
        office,
        monkeypatch,
        lambda: office.bot.desk.connections.remove(connection.owner, connection.id),
    )

    await submitted(office, "mei", view, "is not shared any more")

    assert posted(office) == []


async def test_a_disconnect_that_nobody_heard_of_takes_it_down(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the removal could not be passed on, the connections are looked at after the post."""
    connection = await office.connect("mei")
    view = await preview(office, "mei")

    async def remove() -> Connection | None:
        store = office.bot.services.connection_store
        return await store.remove(connection.owner, connection.id)

    after_posting(office, monkeypatch, remove)

    await submitted(office, "mei", view, "A connection that this list was read with")

    assert GONE in text_of(posted(office)[0])


async def test_what_the_policy_forbids_meanwhile_is_not_posted(office: Office) -> None:
    """The operator's columns are looked at once more."""
    await office.connect("mei")
    await shared(office, "mei")
    office.bot.desk.shares.policy = ("name",)

    with pytest.raises(NotAllowedError):
        await office.bot.desk.shares.post(await offer_of(office, share=""))

    assert len(posted(office)) == 1


@pytest.mark.parametrize("changed", ["owner", "channel"])
async def test_an_update_stays_its_owners_and_in_its_channel(office: Office, changed: str) -> None:
    """What was offered for another person's share, or another channel, edits nothing."""
    await office.connect("mei")
    message = await shared(office, "mei")
    share = await share_of(office)
    theirs = share.shown.model_copy(update={"owner": owner("aiko")})
    more = {"shown": theirs} if changed == "owner" else {"channel": "C07DATAPLT2"}

    with pytest.raises(NotAllowedError):
        await office.bot.desk.shares.update(await offer_of(office, **more))

    assert office.now("mei", message)["blocks"] == message["blocks"]


async def test_an_update_of_a_list_whose_place_nobody_knows_is_refused(office: Office) -> None:
    """After a post without an answer there is nothing to edit."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(Fault(service="slack", kind="reset", match="chat.postMessage"))
    await submitted(office, "mei", view, "Slack did not answer")

    with pytest.raises(GoneError):
        await office.bot.desk.shares.update(await offer_of(office))


async def test_a_record_that_does_not_open_is_taken_down_in_its_time(office: Office) -> None:
    """Without its key nobody can say what a message shows: once it is a week old, it is emptied."""
    await office.connect("mei")
    await shared(office, "mei")
    share = await share_of(office)
    damage = office.bot.redis.register_script("return redis.call('HSET', KEYS[1], 'share', 'x')")
    await damage(keys=[keys.share(SCOPE, share.id)], args=[])
    await office.bot.desk.takedowns.connections_changed(owner("mei"))
    assert rows_of(posted(office)[0])

    office.pass_time(WEEK)
    await tended(office)

    assert GONE in text_of(posted(office)[0])
    assert await office.bot.desk.takedowns.tend(SCOPE) is None


async def test_what_is_due_too_early_or_gone_is_put_right(office: Office) -> None:
    """An entry that was updated meanwhile waits, and one without a share is struck off."""
    await office.connect("mei")
    await shared(office, "mei")
    share = await share_of(office)
    early = office.bot.redis.register_script(
        "return redis.call('ZADD', KEYS[1], 1, ARGV[1], 1, 'nothing')"
    )
    await early(keys=[keys.ageing(SCOPE)], args=[share.id])

    await tended(office)

    assert rows_of(posted(office)[0])
    again = await office.bot.desk.takedowns.tend(SCOPE)
    assert again is not None
    assert again > share.posted_at


async def test_ageing_needs_nobody_to_be_asked_who_they_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That Slack does not say somebody's zone is no reason to leave old rows."""
    monkeypatch.setattr("bot.lately.SECONDS", 0.0)
    await office.connect("mei")
    await shared(office, "mei")
    await office.bot.redis.unlink(keys.person(SCOPE, IDS["mei"]))
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="users.info"))
    office.pass_time(WEEK)

    await tended(office)

    assert "outdated" in text_of(posted(office)[0])


async def test_ageing_waits_its_turn(office: Office) -> None:
    """When the workspace's edits are used up, it comes back later."""
    await office.connect("mei")
    await shared(office, "mei")
    office.pass_time(WEEK)
    for _ in range(EDITS.burst):
        await office.bot.services.rates.attempt(SCOPE, EDITS)

    again = await office.bot.desk.takedowns.tend(SCOPE)

    assert again is not None
    assert rows_of(posted(office)[0])
    office.pass_time(60)
    await tended(office)
    assert "outdated" in text_of(posted(office)[0])


async def test_ageing_waits_for_a_permission(office: Office) -> None:
    """A scope that the app lost keeps the rows until it is back."""
    await office.connect("mei")
    await shared(office, "mei")
    app = office.sandbox.platform.app
    scopes, app.scopes = app.scopes, ()
    office.pass_time(WEEK)
    await tended(office)
    assert rows_of(posted(office)[0])

    app.scopes = scopes
    office.pass_time(3700)
    await tended(office)

    assert "outdated" in text_of(posted(office)[0])


async def test_an_index_without_its_watch_is_put_right(office: Office) -> None:
    """A channel watch that was begun and never made is forgotten; one that does not open is left out."""
    await office.connect("mei")
    index = keys.channel_watches(*owner("mei"))
    await office.bot.redis.sadd(index, "never-made", "damaged")
    damage = office.bot.redis.register_script(
        "return redis.call('HSET', KEYS[1], 'watch', 'x', 'version', 1)"
    )
    await damage(keys=[keys.watch(SCOPE, "damaged")], args=[])

    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()

    assert await office.bot.redis.smembers(index) == {"damaged"}
    await office.bot.desk.connections.forget(owner("mei"))
    assert await office.bot.redis.smembers(index) == set()


async def test_a_zone_that_nobody_knows_is_utc(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A channel is reminded all the same."""
    await office.connect("mei")
    people, person = office.bot.desk.people, office.bot.desk.people.person

    async def lost(*arguments: Any, **options: Any) -> Any:
        return (await person(*arguments, **options)).model_copy(update={"zone": "Mars/Olympus"})

    monkeypatch.setattr(people, "person", lost)
    view = await preview(office, "mei", "remind here", holds="I shall show its row")

    await submitted(office, "mei", view, "from now on")

    (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
    assert record.watch.zone == "UTC"


@pytest.mark.parametrize("refused", [False, True])
async def test_a_channel_that_is_stopped_while_it_rings_keeps_nothing(
    working_office: Office,
    monkeypatch: pytest.MonkeyPatch,
    refused: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """A reminder that was on its way when its watch ended is deleted, if Slack lets us."""
    office = working_office
    await office.connect("mei")
    await office.next_dm("mei")
    view = await preview(office, "mei", "remind here", holds="I shall show its row")

    async def stop() -> None:
        (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
        await office.bot.desk.channel_watches.stop(owner("mei"), record.ref.id)

    if refused:
        office.sandbox.faults.add(Fault(service="slack", kind="500", match="chat.delete"))
    after_posting(office, monkeypatch, stop)
    await submitted(office, "mei", view, "from now on")
    await office.wait(lambda: office.sandbox.calls("chat.delete"), "a try to delete it")
    await office.wait(lambda: office.bot.worker.idle, "the worker to be idle")

    assert len(posted(office)) == int(refused)


async def test_two_confirmations_at_once_post_one_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two forms with the same preview, submitted in the same moment, one is told to look anew."""
    await office.connect("mei")
    first, second = [await preview(office, "mei") for _ in range(2)]
    screen = first["view"]["private_metadata"]
    opened(office, "mei", second).definition["private_metadata"] = screen
    screens, take, both = office.bot.desk.screens, office.bot.desk.screens.take, asyncio.Barrier(2)

    async def together(*arguments: Any) -> Any:
        await both.wait()
        return await take(*arguments)

    monkeypatch.setattr(screens, "take", together)
    done = await asyncio.gather(*(office.sandbox.submit("mei", each) for each in (first, second)))
    assert not any(each.errors for each in done)
    await office.wait(lambda: told_to_look_anew(office), "word of the one that was too late")
    await office.idle()

    assert len(posted(office)) == 1


def told_to_look_anew(office: Office) -> bool:
    """Tell whether Mei was, in the form that she has open or, of the other, by DM."""
    shown = [*office.sandbox.views("mei"), *office.sandbox.dm("mei")]
    return any("can be confirmed once" in text_of(each) for each in shown)


async def test_a_record_that_ends_while_it_is_looked_at_is_struck_off(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not open and is gone a moment later leaves nothing to come back for."""
    await office.connect("mei")
    await shared(office, "mei")
    key = keys.share(SCOPE, (await share_of(office)).id)
    damage = office.bot.redis.register_script("return redis.call('HSET', KEYS[1], 'share', 'x')")
    await damage(keys=[key], args=[])
    store = office.bot.desk.takedowns._shares
    owner_of = store.owner

    async def too_late(*arguments: str) -> Any:
        await office.bot.redis.unlink(key)
        return await owner_of(*arguments)

    monkeypatch.setattr(store, "owner", too_late)
    office.pass_time(WEEK)

    assert await office.bot.desk.takedowns.tend(SCOPE) is None


async def test_a_channel_that_is_stopped_while_its_times_change_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no longer there is not made anew by a change."""
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds="I shall show its row")
    await submitted(office, "mei", view, "from now on")
    service, people = office.bot.desk.channel_watches, office.bot.desk.people
    (record,) = await service.of(owner("mei"))
    person = people.person

    async def stops(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(people, "person", person)
        await service.stop(owner("mei"), record.ref.id)
        return await person(*arguments, **options)

    monkeypatch.setattr(people, "person", stops)
    times: Any = {"thresholds": (7,), "hour": 9, "workdays": frozenset({1}), "zone": ""}

    with pytest.raises(GoneError):
        await service.change(owner("mei"), record.ref.id, **times)

    assert await service.of(owner("mei")) == ()
