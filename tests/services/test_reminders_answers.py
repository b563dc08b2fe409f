"""Answers to notices: applied to what is, seen in the message, and never lost in a race."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.errors import GoneError, StoreUnavailableError
from bot.jobs.lease import Point
from bot.models.ledger import Entry
from bot.services.reminders import ReminderService
from bot.store import keys
from bot.store.redis import Redis
from bot.store.watches import Ref
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures import canaries as canary
from tests.fixtures.bot import owner, text_of
from tests.fixtures.world import ETL, REPORTS
from tests.jobs.site import DAY, HOUR, Site, open_site

MEI, JONAS = owner("mei"), owner("jonas")
WEEK = timedelta(weeks=1)


@dataclass
class Rung:
    """Somebody has been told of two tokens, in one message."""

    site: Site
    notice_id: str
    loader: str
    dashboard: str

    @property
    def reminders(self) -> ReminderService:
        return self.site.bot.services.reminders

    @property
    def message(self) -> Json:
        return self.site.heard("mei")[1]

    async def entry(self, key: str) -> Entry:
        ledger = (await self.site.record("mei")).ledger
        assert ledger is not None
        return ledger.entries[key]


@pytest.fixture
async def rung(redis_url: str, canaries: canary.Watch) -> AsyncIterator[Rung]:
    """Run a worker that has rung for two tokens in one message."""
    async with open_site(redis_url, canaries) as site:
        site.token("loader", 9 * DAY)
        site.token("dashboard", 9 * DAY)
        await site.connect("mei", "kyuubi", ETL, REPORTS)
        await site.settle()
        await site.settings("mei", thresholds=(7, 3, 0))
        await site.live(3 * DAY)
        assert len(site.heard("mei")) == 2
        ledger = (await site.record("mei")).ledger
        assert ledger is not None
        by_name = {entry.token.name: key for key, entry in ledger.entries.items()}
        opened = ledger.entries[by_name["loader"]].open
        assert opened is not None
        yield Rung(site, opened.notice_id, by_name["loader"], by_name["dashboard"])


async def test_a_notice_is_its_readers_alone(rung: Rung) -> None:
    """Nobody else's watch has it, and an unknown one is none."""
    await rung.site.connect("jonas")
    await rung.site.settle()

    found = await rung.reminders.notice(MEI, rung.notice_id)

    assert found is not None
    assert {item.key for item in found[1].items} == {rung.loader, rung.dashboard}
    assert await rung.reminders.notice(JONAS, rung.notice_id) is None
    assert await rung.reminders.notice(MEI, "unknown") is None
    with pytest.raises(GoneError, match="no longer kept"):
        await rung.reminders.lapse(JONAS, rung.notice_id, [rung.loader])


async def test_a_snooze_silences_one_token_until_its_end(rung: Rung) -> None:
    """The message says so; the other token rings on, and this one again afterwards."""
    notice = await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], DAY)

    assert (notice.state(rung.loader), notice.state(rung.dashboard)) == ("snoozed", "ringing")
    assert "Snoozed" in str(rung.message["blocks"])
    status = await rung.reminders.status(MEI)
    assert status is not None
    assert set(status.snoozed) == {rung.loader}
    await rung.site.live(2 * DAY)
    assert "loader" in " ".join(text_of(each) for each in rung.site.heard("mei")[2:])
    assert (await rung.entry(rung.loader)).snoozed is None


async def test_what_is_let_lapse_never_rings_again(rung: Rung) -> None:
    """Only for this expiry: a renewal is a new life."""
    notice = await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])

    assert notice.state(rung.loader) == "lapsing"
    status = await rung.reminders.status(MEI)
    assert status is not None
    assert set(status.lapsing) == {rung.loader}
    await rung.site.live(8 * DAY)
    later = " ".join(text_of(each) for each in rung.site.heard("mei")[2:])
    assert "dashboard" in later
    assert "loader" not in later

    rung.site.token("loader", 8 * DAY)
    await rung.site.live(6 * DAY)
    assert "loader" in text_of(rung.site.heard("mei")[-1])


async def test_all_items_at_once(rung: Rung) -> None:
    """One press answers the whole message."""
    notice = await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader, rung.dashboard], WEEK)

    assert {item.state for item in notice.edits.values()} == {"snoozed"}


async def test_an_answer_can_be_taken_back(rung: Rung) -> None:
    """The message is as it was, and it rings as if nothing had been said."""
    await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])

    await rung.reminders.undo(MEI, [rung.loader])

    found = await rung.reminders.notice(MEI, rung.notice_id)
    assert found is not None
    assert found[1].state(rung.loader) == "ringing"
    assert not (await rung.entry(rung.loader)).lapsing
    with pytest.raises(GoneError, match="Nothing is silenced"):
        await rung.reminders.undo(MEI, [rung.loader, "unknown"])
    await rung.site.live(4 * DAY)
    assert "loader" in text_of(rung.site.heard("mei")[-1])


async def test_an_answer_to_what_is_over_is_refused(rung: Rung) -> None:
    """Another expiry has another notice; a key that the notice does not name is nobody's."""
    rung.site.token("loader", 90 * DAY)
    await rung.site.live(2 * HOUR)

    with pytest.raises(GoneError, match="another expiry"):
        await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], DAY)
    with pytest.raises(GoneError, match="no such token"):
        await rung.reminders.snooze(MEI, rung.notice_id, ["unknown"], DAY)
    notice = await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader, rung.dashboard], DAY)
    assert (notice.state(rung.loader), notice.state(rung.dashboard)) == ("renewed", "snoozed")


async def test_who_has_disconnected_is_told(rung: Rung) -> None:
    """There is nothing left to answer, and nothing is made again."""
    await rung.reminders.forget_owner(MEI)

    with pytest.raises(GoneError, match="no longer kept"):
        await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], DAY)
    with pytest.raises(GoneError, match="no reminders of yours"):
        await rung.reminders.undo(MEI, [rung.loader])
    with pytest.raises(GoneError, match="no reminders of yours"):
        await rung.reminders.check_renewed(MEI, rung.notice_id, [rung.loader])


async def test_a_look_finds_a_renewal_at_once(rung: Rung) -> None:
    """Whoever has just renewed a token need not wait for the next look."""
    rung.site.token("loader", 90 * DAY)
    rung.site.pass_time(11)

    found = await rung.reminders.check_renewed(MEI, rung.notice_id, [rung.loader, rung.dashboard])

    assert found.states == {rung.loader: "renewed", rung.dashboard: "ringing"}
    assert found.unread == frozenset()
    assert found.notice.state(rung.loader) == "renewed"
    assert "loader" in text_of(rung.message)


async def test_asking_again_and_again_does_not_ask_the_service(rung: Rung) -> None:
    """Within ten seconds the answer is the same."""
    rung.site.pass_time(11)
    for _ in range(5):
        await rung.reminders.check_renewed(MEI, rung.notice_id, [rung.loader])
    before = rung.site.calls()

    await rung.reminders.check_renewed(MEI, rung.notice_id, [rung.loader])

    assert rung.site.calls() == before


async def test_a_look_that_saw_nothing_says_so(rung: Rung) -> None:
    """Not yet renewed is not the same as not readable."""
    rung.site.sandbox.faults.add(Fault(service="kyuubi", kind="500"))
    rung.site.pass_time(11)

    found = await rung.reminders.check_renewed(MEI, rung.notice_id, [rung.loader])

    assert found.states == {rung.loader: "ringing"}
    assert found.unread == {rung.loader}


async def test_two_answers_at_once_both_count(rung: Rung) -> None:
    """Neither overwrites the other, in the ledger or in the message."""
    await asyncio.gather(
        rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], WEEK),
        rung.reminders.lapse(MEI, rung.notice_id, [rung.dashboard]),
    )

    assert (await rung.entry(rung.loader)).snoozed is not None
    assert (await rung.entry(rung.dashboard)).lapsing
    found = await rung.reminders.notice(MEI, rung.notice_id)
    assert found is not None
    assert found[1].state(rung.loader) == "snoozed"
    assert found[1].state(rung.dashboard) == "lapsing"


@pytest.mark.parametrize("point", ["plan", "begin", "post", "sent", "edit"])
async def test_an_answer_while_the_worker_is_at_it(rung: Rung, point: Point) -> None:
    """Wherever the worker is, the answer holds, and no notice comes twice."""
    waiting = [True]

    async def checkpoint(reached: Point, _member: str) -> None:
        if reached == point and waiting:
            waiting.clear()
            await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])

    rung.site.bot.worker.checkpoint = checkpoint
    await rung.site.live(8 * DAY)

    assert waiting == []
    assert (await rung.entry(rung.loader)).lapsing
    record = await rung.site.record("mei")
    assert (record.outbox, dict(record.behind)) == ((), {})
    of_dashboard = [each for each in rung.site.heard("mei") if "dashboard" in text_of(each)]
    assert len(of_dashboard) == 4


async def test_an_answer_holds_though_the_message_cannot_be_edited(rung: Rung) -> None:
    """It is remembered; the worker shows it later."""
    rung.site.fault("500", "chat.update")

    notice = await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], WEEK)

    assert notice.state(rung.loader) == "snoozed"
    await rung.site.live(2 * HOUR)
    await rung.site.wait(lambda: "Snoozed" in str(rung.message["blocks"]), "the edit")


async def test_a_refusal_by_the_store_while_editing_is_not_the_readers(
    rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered was stored before."""
    messages = rung.site.bot.services.messages

    async def away(*_args: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(messages, "refresh", away)

    notice = await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])

    assert notice.state(rung.loader) == "lapsing"


async def test_too_many_at_once_are_told(rung: Rung, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses every race hears that it did not work, rather than wait for ever."""
    watches = rung.site.bot.services.watches

    async def lose(*_args: object) -> bool:
        return False

    monkeypatch.setattr(watches, "save", lose)

    with pytest.raises(StoreUnavailableError, match="too many"):
        await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])


async def test_a_notice_that_has_ended_meanwhile(rung: Rung, redis: Redis) -> None:
    """What is silenced stays so, though the message can no longer be told of."""
    await redis.unlink(keys.notice(MEI.scope, rung.notice_id))
    before = await rung.site.record("mei")
    assert before.ledger is not None

    with pytest.raises(GoneError, match="no longer kept"):
        await rung.reminders.snooze(MEI, rung.notice_id, [rung.loader], DAY)

    assert (await rung.site.bot.services.watches.load(Ref(*MEI))) is not None


async def test_an_answer_can_be_taken_back_though_its_message_has_ended(
    rung: Rung, redis: Redis
) -> None:
    """A notice is kept for a while; a lapse for as long as the token is."""
    await rung.reminders.lapse(MEI, rung.notice_id, [rung.loader])
    await redis.unlink(keys.notice(MEI.scope, rung.notice_id))

    await rung.reminders.undo(MEI, [rung.loader])

    assert not (await rung.entry(rung.loader)).lapsing
