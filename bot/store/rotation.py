"""A change of keys: everything permanent is sealed anew with the current key, while in use.

A record is exchanged only if it is still the one that was read, so that no write gets lost.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple, Protocol

from bot.errors import SealError
from bot.store.redis import Redis, Script, translate_errors
from bot.store.vault import Vault

_PASSES = 3

# KEYS: record. ARGV: field, or empty for a string; old value, new value.
_EXCHANGE = """
if ARGV[1] == '' then
  if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
  redis.call('SET', KEYS[1], ARGV[3])
else
  if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return 1
"""


class Sealed(NamedTuple):
    """A sealed record where it is stored; `field` is empty for a string."""

    key: str
    field: str
    kind: str
    bound: tuple[str, ...]
    value: str


class SealedStore(Protocol):
    """A store of permanent sealed records."""

    def sealed(self) -> AsyncIterator[Sealed]:
        """Yield every record as it is."""
        ...


class Report(NamedTuple):
    """What a change of keys did. Keys that `by_key` does not name are no longer needed.

    `by_key` counts the records by the id of the key that seals them now, `unreadable` those that
    no key opens, wherever they say that they belong.
    """

    by_key: Mapping[str, int]
    resealed: int
    unreadable: int


async def survey(vault: Vault, stores: Iterable[SealedStore]) -> Report:
    """Count the records by the key that seals them, changing nothing."""
    by_key: Counter[str] = Counter()
    unreadable = 0
    for store in stores:
        async for record in store.sealed():
            try:
                vault.open(record.kind, record.bound, record.value)
            except SealError:
                unreadable += 1
            else:
                by_key[vault.sealed_by(record.value)] += 1
    return Report(dict(by_key), 0, unreadable)


async def rotate(redis: Redis, vault: Vault, stores: Iterable[SealedStore]) -> Report:
    """Seal every record with the current key; safe to repeat, and to stop half-way."""
    exchange = redis.register_script(_EXCHANGE)
    kept = list(stores)
    report, resealed = Report({}, 0, 0), 0
    for _ in range(_PASSES):
        report = await _pass(exchange, vault, kept)
        resealed += report.resealed
        # Somebody wrote at the same moment, perhaps with an older key: look again.
        if set(report.by_key) <= {vault.current}:
            break
    return report._replace(resealed=resealed)


async def _pass(exchange: Script, vault: Vault, stores: Iterable[SealedStore]) -> Report:
    by_key: Counter[str] = Counter()
    resealed = unreadable = 0
    for store in stores:
        async for record in store.sealed():
            try:
                kid = vault.sealed_by(record.value)
                data = vault.open(record.kind, record.bound, record.value)
            except SealError:
                unreadable += 1
                continue
            if kid != vault.current:
                anew = vault.seal(record.kind, record.bound, data)
                async with translate_errors():
                    done: int = await exchange(
                        keys=[record.key], args=[record.field, record.value, anew]
                    )
                resealed += done
                kid = vault.current if done else kid
            by_key[kid] += 1
    return Report(dict(by_key), resealed, unreadable)
