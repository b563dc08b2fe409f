"""The guard over notices, against a real server: none lost, none sent by two at a time."""

import asyncio
from datetime import timedelta

import pytest

from bot.store import keys
from bot.store.redis import Redis, connect
from bot.store.vault import Vault
from bot.store.watches import Change, Parcel, Sender, WatchStore
from tests.fixtures.redis import START
from tests.store.watches import (
    BLINK,
    COPY,
    DAY,
    KEEP,
    ONE,
    PARCEL,
    REF,
    TWO,
    begun,
    ledger,
    loaded,
    notice,
    snoozed,
    watch,
)


@pytest.fixture(name="watches")
def _watches(redis: Redis, vault: Vault) -> WatchStore:
    return WatchStore(redis, vault)


async def test_a_notice_is_begun_with_its_ledger(watches: WatchStore, redis: Redis) -> None:
    """Both are there or neither, and the notice is kept as long as it should be."""
    await watches.create(watch())
    assert await begun(watches, PARCEL, COPY)

    record = await loaded(watches)
    assert (record.ledger, record.outbox) == (ledger(), (PARCEL, COPY))
    filed = await watches.notice("T1", "n1")
    assert filed is not None
    assert (filed.notice, filed.watch_id, filed.state) == (notice(), "U1", "sending")
    assert KEEP - DAY < timedelta(milliseconds=await redis.pttl(keys.notice("T1", "n1"))) <= KEEP


async def test_only_one_notice_is_sent_at_a_time(watches: WatchStore) -> None:
    """While one is in the outbox, no other is begun."""
    await watches.create(watch())
    await begun(watches)

    assert not await begun(watches, Parcel("n2"), what=notice("n2"))
    assert (await loaded(watches)).outbox == (PARCEL,)


async def test_a_sent_notice_is_where_it_was_posted(watches: WatchStore) -> None:
    """The message can be edited later, the DM is known, and the next notice may begin."""
    await watches.create(watch())
    await begun(watches)

    assert await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5", is_dm=True)

    filed = await watches.notice("T1", "n1")
    assert filed is not None
    assert (filed.state, filed.channel, filed.ts) == ("sent", "D1", "1.5")
    record = await loaded(watches)
    assert (record.outbox, record.dm) == ((), "D1")
    assert await begun(watches, Parcel("n2"), what=notice("n2"))


async def test_copies_follow_the_notice(watches: WatchStore) -> None:
    """The outbox is worked off in order, each parcel once."""
    await watches.create(watch())
    await begun(watches, PARCEL, COPY)
    assert not await watches.dropped(REF, COPY, ONE)

    assert await watches.sent(REF, PARCEL, ONE, channel="C1", ts="1.5")
    assert not await watches.sent(REF, PARCEL, ONE, channel="C1", ts="1.6")
    assert (await loaded(watches)).outbox == (COPY,)

    assert await watches.dropped(REF, COPY, ONE)
    record = await loaded(watches)
    assert (record.outbox, record.dm) == ((), "")


async def test_what_nobody_can_receive_goes_to_somebody_else(watches: WatchStore) -> None:
    """A notice that cannot be delivered says so, and what is sent instead is in the outbox."""
    await watches.create(watch())
    await begun(watches, PARCEL, COPY)
    instead = Parcel("n1", "U3")

    assert await watches.failed(REF, PARCEL, ONE, code="user_disabled", instead=[instead])

    record = await loaded(watches)
    assert (record.outbox, record.undeliverable) == ((instead,), "user_disabled")
    filed = await watches.notice("T1", "n1")
    assert filed is not None
    assert (filed.state, filed.code) == ("failed", "user_disabled")

    await watches.dropped(REF, instead, ONE)
    await begun(watches, Parcel("n2"), what=notice("n2"))
    await watches.sent(REF, Parcel("n2"), ONE, channel="D1", ts="2.5", is_dm=True)
    assert (await loaded(watches)).undeliverable == ""
    assert await watches.take_untold(REF) == ""


async def test_what_was_not_received_is_told_to_the_first_who_asks(watches: WatchStore) -> None:
    """Why a notice did not arrive is handed out once; that it did not arrive stays known."""
    assert await watches.take_untold(REF) == ""
    await watches.create(watch())
    await begun(watches, PARCEL)
    await watches.failed(REF, PARCEL, ONE, code="user_disabled")

    assert [await watches.take_untold(REF) for _ in range(2)] == ["user_disabled", ""]
    assert (await loaded(watches)).undeliverable == "user_disabled"


async def test_who_did_not_begin_does_not_end(watches: WatchStore) -> None:
    """Another claim can neither record, fail, drop nor roll back what one is sending."""
    await watches.create(watch())
    await begun(watches)
    record = await loaded(watches)

    assert not await watches.sent(REF, PARCEL, TWO, channel="D1", ts="1.5")
    assert not await watches.failed(REF, PARCEL, TWO, code="x")
    assert not await watches.dropped(REF, PARCEL, TWO)
    assert not await watches.roll_back(record, Change(ledger()), [PARCEL], TWO.generation)
    await watches.release(REF, PARCEL, TWO.generation)

    assert (await loaded(watches)).outbox == (PARCEL,)
    left = await watches.take_over(REF, PARCEL, TWO)
    assert isinstance(left, timedelta)
    assert timedelta(0) < left <= ONE.span


async def test_a_parcel_is_taken_over_after_its_deadline(watches: WatchStore) -> None:
    """Then the first one can no longer record it, and the number of tries is known."""
    await watches.create(watch())
    await begun(watches, sender=ONE._replace(span=BLINK))

    tries = [await taken_over(watches, sender) for sender in (TWO._replace(span=BLINK), TWO)]

    assert tries == [1, 2]
    assert not await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    assert await watches.sent(REF, PARCEL, TWO, channel="D1", ts="1.6")
    assert await watches.take_over(REF, PARCEL, TWO) is None


async def taken_over(watches: WatchStore, sender: Sender, parcel: Parcel = PARCEL) -> int:
    async with asyncio.timeout(20):
        while True:
            tries = await watches.take_over(REF, parcel, sender)
            if isinstance(tries, int):
                return tries
            await asyncio.sleep(0.005)


async def test_a_released_parcel_can_be_taken_over_at_once(watches: WatchStore) -> None:
    """Who knows that it is not out lets the next one try again."""
    await watches.create(watch())
    await begun(watches)

    await watches.release(REF, PARCEL, ONE.generation)

    assert await watches.take_over(REF, PARCEL, TWO) == 1


async def test_tries_begin_anew_with_each_parcel(watches: WatchStore) -> None:
    """A copy is not held to the trouble that the notice had."""
    await watches.create(watch())
    await begun(watches, PARCEL, COPY, sender=ONE._replace(span=BLINK))
    await taken_over(watches, TWO)
    await watches.sent(REF, PARCEL, TWO._replace(span=BLINK), channel="D1", ts="1.5")

    assert await taken_over(watches, ONE, COPY) == 1


async def test_a_refused_notice_leaves_nothing(watches: WatchStore, redis: Redis) -> None:
    """What is certainly not out is taken back, with what it changed elsewhere."""
    await watches.create(watch())
    await begun(watches, Parcel("n0"), what=notice("n0"))
    await watches.sent(REF, Parcel("n0"), ONE, channel="D1", ts="1.5")
    before = Change(ledger(1, notice_id="n0"), [notice("n0")], next_send=START)
    edited = Change(ledger(1), [snoozed(notice("n0"))])
    await begun(watches, PARCEL, COPY, change=edited)
    record = await loaded(watches)

    assert await watches.roll_back(record, before, [PARCEL, COPY], ONE.generation)

    record = await loaded(watches)
    assert (record.ledger, record.outbox, record.next_send) == (before.ledger, (), START)
    old = await watches.notice("T1", "n0")
    assert old is not None
    assert old.notice == notice("n0")
    assert await watches.notice("T1", "n1") is None
    await watches.remove(REF)
    assert {key async for key in redis.scan_iter()} == {"tb:scopes"}


async def test_an_answer_in_between_keeps_a_notice(watches: WatchStore) -> None:
    """Who has answered meanwhile is not undone: then the notice waits for another try."""
    await watches.create(watch())
    await begun(watches)
    record = await loaded(watches)
    await watches.save(record, Change(ledger(1, 2)))

    assert not await watches.roll_back(record, Change(ledger()), [PARCEL], ONE.generation)
    record = await loaded(watches)
    assert (record.ledger, record.outbox) == (ledger(1, 2), (PARCEL,))


async def test_a_message_that_is_behind_is_known(watches: WatchStore) -> None:
    """A changed notice waits for its message, until what it said last is shown."""
    await watches.create(watch())
    await begun(watches)
    await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    record = await loaded(watches)
    assert record.behind == {}

    await watches.save(record, Change(ledger(), [snoozed(notice())]))
    first = await loaded(watches)
    await watches.save(first, Change(ledger(), [notice()]))
    second = await loaded(watches)
    assert list(first.behind) == list(second.behind) == ["n1"]

    assert await watches.shown(REF, "n1", first.behind["n1"]) == second.behind["n1"]
    assert (await loaded(watches)).behind == second.behind
    assert await watches.shown(REF, "n1", second.behind["n1"]) is None
    assert (await loaded(watches)).behind == {}
    filed = await watches.notice("T1", "n1")
    assert filed is not None
    assert filed.notice == notice()


async def test_of_two_who_edit_at_once_the_later_edits_again(watches: WatchStore) -> None:
    """Nobody knows whose edit came last, so the message counts as behind once more."""
    await watches.create(watch())
    await begun(watches)
    await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    await watches.save(await loaded(watches), Change(ledger(), [snoozed(notice())]))
    slow = await loaded(watches)
    await watches.save(slow, Change(ledger(), [notice()]))
    quick = await loaded(watches)

    assert await watches.shown(REF, "n1", quick.behind["n1"]) is None
    behind = await watches.shown(REF, "n1", slow.behind["n1"])

    assert (await loaded(watches)).behind == {"n1": behind}
    assert behind is not None
    assert await watches.shown(REF, "n1", behind) is None
    assert (await loaded(watches)).behind == {}


async def test_a_notice_that_has_ended_is_not_written_again(
    watches: WatchStore, redis: Redis
) -> None:
    """A change of one that is no longer kept leaves neither a record nor a mark."""
    await watches.create(watch())
    await begun(watches)
    await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    await redis.unlink(keys.notice("T1", "n1"))

    assert await watches.save(await loaded(watches), Change(ledger(), [snoozed(notice())]))

    assert (await loaded(watches)).behind == {}
    assert await watches.notice("T1", "n1") is None


@pytest.mark.parametrize("end", ["sent", "failed"])
async def test_a_notice_that_ended_while_sent_is_not_written_again(
    watches: WatchStore, redis: Redis, end: str
) -> None:
    """Nor does recording it bring a part of it back."""
    await watches.create(watch())
    await begun(watches)
    await redis.unlink(keys.notice("T1", "n1"))

    if end == "sent":
        assert await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    else:
        assert await watches.failed(REF, PARCEL, ONE, code="user_disabled")

    assert await redis.exists(keys.notice("T1", "n1")) == 0


async def test_the_guard_works_in_memory_too(vault: Vault) -> None:
    """The last resort without a server keeps the same promises."""
    client = connect("fakeredis://watches")
    watches = WatchStore(client, vault)
    await watches.create(watch())
    await begun(watches, PARCEL, COPY, sender=ONE._replace(span=BLINK))
    assert await taken_over(watches, TWO) == 1
    assert await watches.failed(REF, PARCEL, TWO, code="user_disabled", instead=[COPY])
    assert await watches.dropped(REF, COPY, TWO)
    record = await loaded(watches)
    assert await watches.save(record, Change(ledger(), [snoozed(notice())]))
    assert (await loaded(watches)).behind
    await watches.remove(REF)
    assert await watches.load(REF) is None
    await client.aclose()


async def test_a_saved_record_is_known_without_reading_it_again(watches: WatchStore) -> None:
    """What a worker holds after a change is what is stored."""
    await watches.create(watch())
    await begun(watches)
    await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    record = await loaded(watches)
    change = Change(ledger(2), [snoozed(notice())], START, START + DAY, START)

    await watches.save(record, change)

    assert await loaded(watches) == record.after(change)
    kept = record.after(change).changed(ledger(3), notice())
    assert kept == Change(ledger(3), (notice(),), START, START + DAY, START)
