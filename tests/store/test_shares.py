"""Shares in Redis: kept, changed and ended in one step with the order to take a message down."""

from datetime import datetime, timedelta

import pytest

from bot.errors import SealError
from bot.models.connection import Owner
from bot.models.share import Share
from bot.rules.share import ages_at
from bot.store import keys
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis
from bot.store.shares import Due, ShareStore, Takedown
from bot.store.vault import Vault
from tests.fixtures.redis import START
from tests.store.records import OWNER, share

WEEK = timedelta(days=7)
LATER = START + WEEK


@pytest.fixture(name="store")
def _store(redis: Redis, vault: Vault) -> ShareStore:
    return ShareStore(redis, vault)


async def put(store: ShareStore, *shares: Share) -> None:
    for each in shares:
        await store.create(each, ages_at(each))


async def test_what_was_shared_is_kept(store: ShareStore) -> None:
    """A share comes back as it was, to its id and to its owner; the latest is first."""
    first, second = share(), share(share_id="s2", posted_at=START + timedelta(hours=1))
    await put(store, first, second)

    assert await store.get("T1", "s1") == first
    assert await store.of(OWNER) == (second, first)
    assert await store.owner("T1", "s1") == OWNER
    assert await store.owners("T1") == [OWNER]
    assert await store.get("T2", "s1") is None
    assert await store.owner("T1", "s9") is None
    assert await store.of(Owner("T1", "U2")) == ()


async def test_a_share_outlives_its_record_at_most_by_a_week(
    store: ShareStore, redis: Redis
) -> None:
    """What nobody looks after any more ends by itself."""
    await put(store, share())

    for key in (keys.share("T1", "s1"), keys.shares(*OWNER)):
        assert 0 < await redis.pttl(key) <= keys.SHARE_TTL // timedelta(milliseconds=1)


async def test_a_change_loses_nothing(store: ShareStore) -> None:
    """Two changes at the same time are both made; what has ended is not changed."""
    await put(store, share(ts=""))
    between = False

    def place(now: Share) -> Share:
        return now.model_copy(update={"ts": "5.5"})

    async def outdate() -> None:
        await store.change(
            "T1", "s1", lambda now: now.model_copy(update={"outdated": True}), ages_at
        )

    class Meanwhile(ShareStore):
        async def _fields(self, scope: str, share_id: str) -> dict[str, str]:
            nonlocal between
            fields = await super()._fields(scope, share_id)
            if not between:
                between = True
                await outdate()
            return fields

    changed = await Meanwhile(store._redis, store._vault).change("T1", "s1", place, ages_at)

    assert changed is not None
    assert (changed.ts, changed.outdated) == ("5.5", True)
    assert await store.get("T1", "s1") == changed
    assert await store.change("T1", "s9", place, ages_at) is None


async def test_an_end_orders_the_message_to_be_taken_down(store: ShareStore, redis: Redis) -> None:
    """Nothing is left of a share but where its message is, until that is done."""
    await put(store, share())

    order = await store.end(OWNER, "s1", "empty", START)

    assert order == Takedown("empty", "C1", "1795300000.000100", START)
    assert await store.get("T1", "s1") is None
    assert await store.due("T1", START, 9) == Due((), (order,))
    assert await store.end(OWNER, "s1", "empty", START) is False
    await store.strike("T1", order)
    assert [key async for key in redis.scan_iter("tb:*")] == [keys.scopes()]


@pytest.mark.parametrize("known", [share(ts=""), share()])
async def test_an_end_may_leave_the_message(store: ShareStore, known: Share) -> None:
    """Without an order, or without a message, there is nothing to take down."""
    await put(store, known)

    assert await store.end(OWNER, "s1", "empty" if not known.ts else None, START) is True
    assert await store.next("T1") is None


async def test_what_is_due_comes_in_its_time(store: ShareStore) -> None:
    """Shares age when they were said to, orders are due at once, and both may be put off."""
    await put(store, share(), share(share_id="s2", posted_at=START + WEEK))
    order = Takedown("delete", "C1", "1.1", START)
    await store.order("T1", order)

    assert await store.next("T1") == START
    assert await store.due("T1", LATER, 9) == Due(("s1",), (order,))
    assert await store.due("T1", LATER + WEEK, 1) == Due(("s1",), (order,))

    await store.postpone("T1", order, LATER + WEEK)
    await store.postpone("T1", "s1", LATER + WEEK)
    assert await store.due("T1", LATER, 9) == Due((), ())
    assert await store.next("T1") == LATER + WEEK

    await store.strike("T1", order)
    await store.postpone("T1", order, START)
    assert await store.due("T1", START, 9) == Due((), ())


async def test_a_share_that_does_not_open_can_still_be_ended(
    store: ShareStore, redis: Redis
) -> None:
    """Without its key nobody knows what was shared, but where it is and whose."""
    await put(store, share())
    other = ShareStore(redis, Vault(Keyring.parse(generate_key("k9"))))

    with pytest.raises(SealError):
        await other.get("T1", "s1")
    assert await other.of(OWNER) == ()
    assert await other.owner("T1", "s1") == OWNER
    assert isinstance(await other.end(OWNER, "s1", "delete", START), Takedown)


async def test_a_share_that_was_damaged_is_told_from_a_fault(
    store: ShareStore, redis: Redis
) -> None:
    """One without its record does not open, one without its person is nobody's."""
    await put(store, share(), share(share_id="s2"))
    damage = redis.register_script("return redis.call('HDEL', KEYS[1], 'share', 'user')")
    await damage(keys=[keys.share("T1", "s1")], args=[])

    with pytest.raises(SealError):
        await store.get("T1", "s1")
    assert [each.id for each in await store.of(OWNER)] == ["s2"]
    assert await store.owner("T1", "s1") is None
    assert {record.value for record in [each async for each in store.sealed()]} >= {""}


async def test_a_share_opens_only_where_it_belongs(store: ShareStore, redis: Redis) -> None:
    """A record that was copied to another id does not open."""
    await put(store, share(), share(share_id="s2"))
    stolen = await redis.hget(keys.share("T1", "s1"), "share")
    swap = redis.register_script("return redis.call('HSET', KEYS[1], 'share', ARGV[1])")
    await swap(keys=[keys.share("T1", "s2")], args=[str(stolen)])

    with pytest.raises(SealError):
        await store.get("T1", "s2")


async def test_a_change_of_keys_finds_every_share(store: ShareStore) -> None:
    """All shares of all scopes are sealed anew, those that have ended meanwhile left out."""
    await put(store, share(), share(Owner("T2", "U5"), "s5"))
    await store.order("T1", Takedown("delete", "C1", "1.1", START))

    found = [(each.key, each.field) async for each in store.sealed()]

    assert found == [(keys.share("T1", "s1"), "share"), (keys.share("T2", "s5"), "share")]


@pytest.mark.parametrize("how", ["delete", "empty"])
def test_an_order_is_read_as_it_was_written(how: str) -> None:
    """What is in Redis says how, where and since when."""
    since = datetime.fromisoformat("2026-12-01T09:00:00.250+00:00")
    order = Takedown("delete" if how == "delete" else "empty", "C1", "1795300000.000100", since)

    assert Takedown.parse(str(order)) == order
