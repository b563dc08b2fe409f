"""Readings that need not be opened twice, and how they are written."""

import asyncio
import json
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import slices
from bot.clock import Ids
from bot.models.credential import Access
from bot.models.token import Token
from bot.slices import Slices
from bot.store._opened import Opened
from bot.store._packed import pack, unpack
from bot.store.cache import SealedCache
from bot.store.keyring import Keyring
from bot.store.readings import Place, ReadingCache
from bot.store.redis import Redis
from bot.store.vault import Vault
from tests.fixtures.redis import START, FrozenClock, asked
from tests.store.records import reading, target, token
from tests.store.upstream import NewCache, NewFlight, Upstream, ask

_TEXT = st.none() | st.text(max_size=20)
_TIME = st.none() | st.datetimes().map(lambda time: time.replace(tzinfo=START.tzinfo))
_TEXTS = st.lists(st.text(max_size=8), max_size=3).map(tuple)
_TOKENS = st.builds(
    token(1).model_copy,
    update=st.fixed_dictionaries(
        {
            "name": _TEXT,
            "created_by": _TEXT,
            "revoked": st.booleans(),
            "expires_at": _TIME,
            "last_used_at": _TIME,
            "accounts": _TEXTS,
            "not_reported": st.frozensets(st.sampled_from(list(Token.model_fields))),
        }
    ),
)


class CountingVault(Vault):
    """A vault that counts what it opens."""

    opened = 0

    def open(self, kind: str, bound: Sequence[str], sealed: str) -> bytes:
        self.opened += 1
        return super().open(kind, bound, sealed)


async def test_what_this_process_has_opened_is_not_opened_again(
    new_cache: NewCache, used: Access, upstream: Upstream, keyring: Keyring
) -> None:
    """A reading is opened once, and not at all where it was fetched; each label has its own."""
    counting = CountingVault(keyring)
    fetcher, other = new_cache(seals=counting), new_cache(seals=counting)
    await ask(fetcher, used, upstream)
    await ask(fetcher, used, upstream)
    assert counting.opened == 0

    assert await ask(other, used, upstream) == await ask(other, used, upstream)
    assert counting.opened == 1
    read, _ = await ask(other, used, upstream, label="mine")
    await ask(other, used, upstream, label="mine")
    assert {read.target.label, *(token.target.label for token in read.tokens)} == {"mine"}
    assert (counting.opened, upstream.calls) == (2, 1)


async def test_many_who_ask_at_once_open_it_once(
    new_cache: NewCache, used: Access, upstream: Upstream, keyring: Keyring
) -> None:
    """Fifty people who look at one place at one moment cost one opening."""
    counting = CountingVault(keyring)
    await ask(new_cache(), used, upstream)
    cache = new_cache(seals=counting)

    found = await asyncio.gather(*(ask(cache, used, upstream) for _ in range(50)))

    assert found == [(reading(), None)] * 50
    assert counting.opened == 1


async def test_what_is_purged_is_gone_at_once(
    new_cache: NewCache, used: Access, upstream: Upstream, redis: Redis, vault: Vault, ids: Ids
) -> None:
    """That a process has opened a reading keeps nothing alive that another one has purged."""
    cache = new_cache()
    await ask(cache, used, upstream)
    await SealedCache(redis, vault, ids).purge_credential(used.scope, used.credential)

    await ask(cache, used, upstream)

    assert upstream.calls == 2


async def test_what_another_process_has_read_since_is_seen(
    new_cache: NewCache, used: Access, upstream: Upstream
) -> None:
    """An opened reading never hides a later one."""
    mine, theirs = new_cache(), new_cache()
    await ask(mine, used, upstream)
    upstream.count = 5
    upstream.clock.advance(START - START.replace(minute=START.minute - 2))
    await ask(theirs, used, upstream)

    read, _ = await ask(mine, used, upstream)

    assert (len(read.tokens), upstream.calls) == (5, 2)


async def test_all_places_are_asked_for_together(
    redis: Redis,
    vault: Vault,
    ids: Ids,
    frozen_clock: FrozenClock,
    used: Access,
    redis_url: str,
    new_flight: NewFlight,
) -> None:
    """Sixty places of one installation, three of them kept, take one question to Redis."""
    upstream = Upstream(frozen_clock)
    cache = ReadingCache(SealedCache(redis, vault, ids), new_flight(), frozen_clock)
    places = [Place(used, target(f"w-{number}")) for number in range(60)]
    for place in places[:3]:
        await cache.get(*place, everything=True, fetch=upstream.fetch)
    before = await asked(redis_url, "mget")

    kept = await cache.kept(places, everything=True)

    assert [each.reading is not None for each in kept] == [True] * 3 + [False] * 57
    assert await asked(redis_url, "mget") == before + 1


def test_what_was_not_asked_for_longest_goes_first() -> None:
    """Only so many tokens are kept; what is asked for stays longer."""
    opened = Opened(most_tokens=9)
    for name in ("a", "b", "c"):
        opened.keep(name, f"sealed {name}", reading(count=2))
    assert opened.get("a", "sealed a") == reading(count=2)

    opened.keep("d", "sealed d", reading(count=2))

    assert [opened.get(name, f"sealed {name}") is not None for name in "abcd"] == [
        True,
        False,
        True,
        True,
    ]


def test_a_reading_larger_than_all_that_is_kept_is_not_kept() -> None:
    """Memory has an end even for a single reading, and what is written anew counts once."""
    opened = Opened(most_tokens=9)
    opened.keep("a", "one", reading(count=9))
    assert opened.get("a", "one") is None

    for number in range(5):
        opened.keep("a", str(number), reading(count=5))
    assert opened.get("a", "4") == reading(count=5)


def test_only_the_very_text_counts() -> None:
    """What was opened from another text, or has gone from Redis, is forgotten."""
    for text in ("another", None):
        opened = Opened()
        opened.keep("a", "sealed", reading())

        assert opened.get("a", text) is None
        assert opened.get("a", "sealed") is None


@given(tokens=st.lists(_TOKENS, max_size=80), everything=st.booleans(), truncated=st.booleans())
@settings(deadline=None, max_examples=30)
async def test_a_reading_survives_being_written(
    tokens: list[Token], *, everything: bool, truncated: bool
) -> None:
    """Whatever its tokens hold, and however many they are: it comes back as it was."""
    whole = reading(everything=everything).model_copy(
        update={"tokens": tuple(tokens), "truncated": truncated}
    )

    data = await pack(whole, Slices())

    assert await unpack(target(), data, Slices()) == whole
    named = await unpack(target(label="mine"), data, Slices())
    assert named is not None
    assert {named.target.label, *(each.target.label for each in named.tokens)} == {"mine"}


async def test_what_another_version_wrote_is_not_read() -> None:
    """What is laid out otherwise is a miss: never an empty list, never an error."""
    head = {"read_at": START.isoformat()}
    row = token().model_dump(mode="json", exclude={"target"})
    layouts: tuple[list[object], ...] = (
        [head | {"tokens": [row]}],
        [head | {"target": {}}],
        [head, [row | {"colour": "red"}]],
        [head, {"tokens": [row]}],
        [head, ["row"]],
        [head, 5],
        [{}],
        [[]],
    )
    for lines in layouts:
        data = zlib.compress("\n".join(map(json.dumps, lines)).encode())
        assert await unpack(target(), data, Slices()) is None


async def test_others_have_their_turn_between_two_slices() -> None:
    """Work on a thousand tokens lets whoever waits run after each slice, and keeps its order."""
    turns: list[str] = []

    async def bystander() -> None:
        for _ in range(3):
            turns.append("bystander")
            await asyncio.sleep(0)

    slices = Slices()
    task = asyncio.create_task(bystander())

    def work(some: Sequence[int]) -> int:
        turns.append("work")
        return len(some)

    sizes = await slices.each(work, range(70), 32)
    await task

    assert sizes == [32, 32, 6]
    assert turns.index("bystander") < 2
    assert turns[:4].count("work") == 2


async def _busy(done: list[str], *, until: int) -> None:
    """Have something to do at each turn of the loop until so much is done."""
    now = asyncio.get_running_loop().time
    while len(done) < until:
        end = now() + 0.0002
        while now() < end:
            pass
        done.append("busy")
        await asyncio.sleep(0)


async def test_long_work_waits_for_whoever_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have many turns for one slice as long as they have something to do."""
    monkeypatch.setattr(slices, "_SHARE_SECONDS", 60.0)
    done: list[str] = []

    task = asyncio.create_task(_busy(done, until=20))
    await Slices().each(lambda _: done.append("slice"), range(2), 1)
    await task

    assert done == [*["busy"] * 20, *["slice"] * 2]


async def test_long_work_comes_on_however_busy_others_are() -> None:
    """Those who never stop have their share, and no more."""
    done: list[str] = []

    task = asyncio.create_task(_busy(done, until=1_000_000))
    await Slices().each(lambda _: done.append("slice"), range(5), 1)
    task.cancel()

    assert done.count("slice") == 5


async def test_two_lists_take_turns() -> None:
    """Of two long ones, both come on: at one turn of the loop there is one slice, not one each."""
    order: list[str] = []
    slices = Slices()

    async def work(name: str) -> None:
        await slices.each(lambda _: order.append(name), range(4), 1)

    await asyncio.gather(work("a"), work("b"))

    assert order == ["a", "b"] * 4


async def test_what_nobody_waits_for_stands_back() -> None:
    """A list to be stored lets one that somebody waits for go first, and comes on after it."""
    order: list[str] = []
    slices = Slices()

    async def work(name: str, *, patient: bool) -> None:
        await slices.each(lambda _: order.append(name), range(4), 1, patient=patient)

    await asyncio.gather(work("store", patient=True), work("read", patient=False))

    assert order == ["store", *["read"] * 4, *["store"] * 3]


async def test_what_nobody_waits_for_comes_on_however_many_wait_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its being stored, everybody would ask again."""
    monkeypatch.setattr(slices, "_PATIENCE_SECONDS", 0.001)
    turns, work = Slices(), asyncio.Event()

    async def wait_for_ever() -> None:
        while not work.is_set():
            await turns.each(lambda _: None, range(100), 1)

    waiting = [asyncio.create_task(wait_for_ever()) for _ in range(2)]
    stored = await turns.each(len, range(5), 1, patient=True)
    work.set()
    await asyncio.gather(*waiting)

    assert stored == [1] * 5
