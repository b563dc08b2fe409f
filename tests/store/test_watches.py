"""Watches and the guard over their notices, against a real server."""

from dataclasses import replace

import pytest

from bot.errors import SealError, StoreUnavailableError
from bot.models.connection import Owner
from bot.models.ledger import TargetMemory
from bot.store import keys
from bot.store.keyring import KEY_BYTES, Keyring
from bot.store.redis import Redis, connect
from bot.store.rotation import Report, rotate
from bot.store.vault import Vault
from bot.store.watches import Change, Parcel, Record, Ref, WatchStore
from tests.fixtures.redis import START
from tests.store.records import OWNER, target
from tests.store.watches import (
    COPY,
    DAY,
    ONE,
    PARCEL,
    REF,
    begun,
    begun_from,
    ledger,
    loaded,
    notice,
    watch,
)


@pytest.fixture(name="watches")
def _watches(redis: Redis, vault: Vault) -> WatchStore:
    return WatchStore(redis, vault)


@pytest.mark.parametrize(
    "ref", [Ref("T1", "U1"), Ref("E/1%", "U 1/2"), Ref("T1", "U1.abc-_DEF"), Ref("ü", "~")]
)
def test_a_watch_is_found_from_its_entry(ref: Ref) -> None:
    """What stands in the due index names the watch, whatever its ids are."""
    assert Ref.parse(ref.member) == ref


@pytest.mark.parametrize("parcel", [PARCEL, COPY, Parcel("a-_b", "U1")])
def test_a_parcel_is_read_as_written(parcel: Parcel) -> None:
    """The outbox keeps who gets which items of what."""
    assert Parcel.parse(str(parcel)) == parcel
    assert " " not in str(parcel)


async def test_a_watch_is_created_once(watches: WatchStore) -> None:
    """A second one with its id changes nothing: two connections at once make one watch."""
    assert await watches.load(REF) is None
    assert await watches.create(watch(hour=8))
    assert not await watches.create(watch(hour=10))

    record = await loaded(watches)
    assert record == Record(ref=REF, watch=watch(hour=8), version=1)
    assert [batch async for batch in watches.ids("T1")] == [["U1"]]


async def test_settings_change_only_where_there_is_a_watch(watches: WatchStore) -> None:
    """What was removed does not come back because a form was still open."""
    assert not await watches.put(watch())
    await watches.create(watch())
    assert await watches.put(watch(hour=11))

    assert (await loaded(watches)).watch.hour == 11


async def test_a_change_is_kept(watches: WatchStore) -> None:
    """Ledger and times are as they were saved; what is left out is forgotten."""
    await watches.create(watch())
    record = await loaded(watches)
    full = Change(ledger(1, 2), looked_at=START, next_send=START + DAY, turn=START - DAY)
    assert await watches.save(record, full)

    record = await loaded(watches)
    assert record.ledger == ledger(1, 2)
    assert (record.looked_at, record.next_send, record.turn) == (START, START + DAY, START - DAY)

    assert await watches.save(record, Change(ledger()))
    record = await loaded(watches)
    assert (record.looked_at, record.next_send, record.turn) == (None, None, None)


async def test_what_a_look_has_not_changed_is_not_written_again(
    watches: WatchStore, redis: Redis
) -> None:
    """Most looks find nothing new: then only how reading went is sealed and stored anew."""
    await watches.create(watch())
    await watches.save(await loaded(watches), Change(ledger(1, 2)))
    first = await redis.hgetall(keys.watch(*REF))
    memory = TargetMemory(target(), known_since=START, read_at=START + DAY)
    later = replace(ledger(1, 2), targets={target().id: memory})

    await watches.save(await loaded(watches), Change(later))
    second = await redis.hgetall(keys.watch(*REF))

    assert (await loaded(watches)).ledger == later
    assert second["entries"] == first["entries"]
    assert second["looks"] != first["looks"]

    await watches.save(await loaded(watches), Change(ledger(2)))
    assert (await loaded(watches)).ledger == ledger(2)


async def test_nobody_overwrites_what_he_has_not_read(watches: WatchStore) -> None:
    """Of two changes from one reading the second has to read again; settings count as well."""
    await watches.create(watch())
    record = await loaded(watches)
    assert await watches.save(record, Change(ledger(1)))
    assert not await watches.save(record, Change(ledger(2)))
    assert not await begun_from(watches, record)

    record = await loaded(watches)
    await watches.put(watch(mode="off"))
    assert not await watches.save(record, Change(ledger(2)))
    assert not await begun_from(watches, record)
    assert (await loaded(watches)).ledger == ledger(1)
    assert await watches.notice("T1", "n1") is None


async def test_a_removed_watch_leaves_nothing(watches: WatchStore, redis: Redis) -> None:
    """Not the notices either, and who is still sending one cannot bring it back."""
    await watches.create(watch())
    await watches.create(watch(Owner("T1", "U2")))
    await begun(watches)
    record = await loaded(watches)

    await watches.forget_owner(OWNER)
    await watches.forget_owner(OWNER)

    assert not await watches.sent(REF, PARCEL, ONE, channel="D1", ts="1.5")
    assert not await watches.save(record, Change(ledger()))
    assert not await begun_from(watches, record)
    assert not await watches.put(watch())
    await watches.shown(REF, "n1", 1)
    assert {key async for key in redis.scan_iter()} == {
        "tb:scopes",
        keys.watches("T1"),
        keys.watch("T1", "U2"),
    }
    assert [batch async for batch in watches.ids("T1")] == [["U2"]]


async def test_a_watch_that_was_written_since_is_not_removed(watches: WatchStore) -> None:
    """Who connects again at the last moment keeps the watch."""
    await watches.create(watch())
    record = await loaded(watches)
    await watches.put(watch())

    assert not await watches.remove(REF, record.version)
    assert await watches.remove(REF, (await loaded(watches)).version)
    assert await watches.load(REF) is None
    assert not await watches.remove(REF, 1)


async def test_the_next_sendings_of_a_scope_are_known(watches: WatchStore) -> None:
    """Each watch tells its own, unless none is in sight."""
    assert [each async for each in watches.next_sends("T1")] == []
    for number, days in enumerate((3, 1, None, 2)):
        await watches.create(watch(Owner("T1", f"U{number}")))
        record = await loaded(watches, Ref("T1", f"U{number}"))
        when = START + days * DAY if days else None
        await watches.save(record, Change(ledger(), next_send=when))

    assert {ref.id: when async for ref, when in watches.next_sends("T1")} == {
        "U0": START + 3 * DAY,
        "U1": START + DAY,
        "U3": START + 2 * DAY,
    }


async def test_all_watches_are_listed_in_batches(watches: WatchStore) -> None:
    """The sweep of a large workspace leaves none out."""
    for number in range(1_500):
        await watches.create(watch(Owner("T1", f"U{number}")))

    batches = [batch async for batch in watches.ids("T1")]

    assert {watch_id for batch in batches for watch_id in batch} == {f"U{n}" for n in range(1_500)}
    assert len(batches) > 1
    assert [batch async for batch in watches.ids("T2")] == [[]]


async def test_nothing_of_a_watch_is_readable_in_redis(watches: WatchStore, redis: Redis) -> None:
    """Names, settings and tokens are sealed: the canaries in them are looked for at the end."""
    await watches.create(watch())
    await begun(watches)
    assert (await loaded(watches)).watch == watch()

    values = await redis.hgetall(keys.watch(*REF)) | await redis.hgetall(keys.notice("T1", "n1"))
    assert not [value for value in values.values() if "alice" in value or "nightly" in value]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("watch", ""),
        ("version", None),
        ("version", "x"),
        ("outbox", "n1~U2~x"),
        ("behind:n1", "1.5"),
        ("turn", "9" * 30),
        ("looked_at", "nan"),
    ],
)
async def test_a_watch_that_was_damaged_is_told_from_a_fault(
    watches: WatchStore, redis: Redis, field: str, value: str | None
) -> None:
    """What is in the clear may be anything too: the record is unreadable, and nothing fails."""
    await watches.create(watch())
    await begun(watches)
    if value is None:
        damage = redis.register_script("return redis.call('HDEL', KEYS[1], ARGV[1])")
    else:
        damage = redis.register_script("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])")
    await damage(keys=[keys.watch(*REF)], args=[field, value or ""])

    with pytest.raises(SealError):
        await watches.load(REF)


@pytest.mark.parametrize("field", ["notice", "watch", "state"])
async def test_a_notice_that_was_damaged_is_none(
    watches: WatchStore, redis: Redis, field: str
) -> None:
    """A notice without one of its parts is as good as gone."""
    await watches.create(watch())
    await begun(watches)
    damage = redis.register_script("return redis.call('HDEL', KEYS[1], ARGV[1])")
    await damage(keys=[keys.notice("T1", "n1")], args=[field])

    assert await watches.notice("T1", "n1") is None


async def test_a_watch_that_was_moved_does_not_open(watches: WatchStore, redis: Redis) -> None:
    """Settings, ledger and notice open only where they belong."""
    await watches.create(watch())
    await begun(watches)
    copy = redis.register_script("return redis.call('COPY', KEYS[1], KEYS[2])")
    await copy(keys=[keys.watch(*REF), keys.watch("T1", "U9")], args=[])
    with pytest.raises(SealError):
        await watches.load(Ref("T1", "U9"))
    await redis.unlink(keys.watch("T1", "U9"))

    await copy(keys=[keys.notice("T1", "n1"), keys.notice("T1", "n9")], args=[])
    assert await watches.notice("T1", "n9") is None
    await redis.unlink(keys.notice("T1", "n9"))


@pytest.mark.parametrize("part", ["looks", "entries"])
@pytest.mark.parametrize("content", ["rubbish", "sealed rubbish", "sealed JSON"])
async def test_a_damaged_ledger_is_as_good_as_none(
    watches: WatchStore, redis: Redis, vault: Vault, content: str, part: str
) -> None:
    """The settings are kept, and the watch looks as if for the first time."""
    await watches.create(watch())
    await begun(watches)
    values = {
        "rubbish": "rubbish",
        "sealed rubbish": vault.seal(part, REF, b"rubbish"),
        "sealed JSON": WatchStore(redis, vault)._records._seal(part, REF, b'{"version": 0}'),
    }
    write = redis.register_script("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])")
    await write(keys=[keys.watch(*REF)], args=[part, values[content]])

    record = await loaded(watches)

    assert (record.watch, record.ledger) == (watch(), None)


async def test_a_notice_of_another_form_is_as_good_as_none(
    watches: WatchStore, redis: Redis
) -> None:
    """A button of a message that an older version wrote leads nowhere, and breaks nothing."""
    await watches.create(watch())
    await begun(watches)
    sealed = watches._records._seal("notice", ("T1", "n1"), b'{"id": "n1"}')
    write = redis.register_script("return redis.call('HSET', KEYS[1], 'notice', ARGV[1])")
    await write(keys=[keys.notice("T1", "n1")], args=[sealed])

    assert await watches.notice("T1", "n1") is None


async def test_a_change_of_keys_takes_watches_along(redis: Redis) -> None:
    """Settings, ledger and notices are sealed anew, and open without the old key."""
    old, new = (bytes([number]) * KEY_BYTES for number in (1, 2))
    before = WatchStore(redis, Vault(Keyring("k1", {"k1": old})))
    await before.create(watch())
    await begun(before)
    await before.create(watch(Owner("T2", "U2")))
    both = Vault(Keyring("k2", {"k2": new, "k1": old}))

    assert await rotate(redis, both, [WatchStore(redis, both)]) == Report({"k2": 5}, 5, 0)

    after = WatchStore(redis, Vault(Keyring("k2", {"k2": new})))
    record = await loaded(after)
    assert (record.watch, record.ledger) == (watch(), ledger())
    filed = await after.notice("T1", "n1")
    assert filed is not None
    assert filed.notice == notice()


async def test_a_change_of_keys_passes_over_what_has_ended(
    watches: WatchStore, redis: Redis, vault: Vault
) -> None:
    """A notice that is in the index but no longer there is no reason to stop."""
    await watches.create(watch())
    await begun(watches)
    await redis.unlink(keys.notice("T1", "n1"))

    assert (await rotate(redis, vault, [watches])).by_key == {"k1": 3}


async def test_everything_says_when_redis_is_away(vault: Vault) -> None:
    """No call hangs or fails otherwise."""
    client = connect("redis://127.0.0.1:1")
    watches, record = WatchStore(client, vault), Record(REF, watch(), 1)
    for call in (
        watches.load(REF),
        watches.create(watch()),
        watches.save(record, Change(ledger())),
        begun_from(watches, record),
        watches.take_over(REF, PARCEL, ONE),
        watches.notice("T1", "n1"),
        watches.remove(REF),
    ):
        with pytest.raises(StoreUnavailableError):
            await call
    await client.aclose()
