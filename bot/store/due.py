"""The due index: what sleeps and when it wakes, and which worker has claimed what.

When something is due goes by the clock that tokens live by, which the caller passes in. Leases go
by Redis' own: a worker that dies loses what it claimed when they end. Each claim has a generation,
by which one that lost its lease can change nothing any more. What keeps failing is parked.

The index is spread over shards, each with a hash tag of its own, so that every script stays in one
slot of a Cluster and none works on more than it is asked for.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from bot import metrics
from bot.clock import Clock
from bot.store import _due_scripts as scripts
from bot.store import keys
from bot.store._together import Together
from bot.store.redis import Redis, milliseconds, translate_errors

SHARDS = 64
MOST_ATTEMPTS = 8
"""How often something is claimed without coming to an end until it is parked."""

_POLL_SECONDS = 1.0
"""How long a shard without work is left alone: so late is noticed what others put there."""

_MOST_AT_ONCE = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) / _MILLISECOND

Outcome = Literal["done", "failed", "back"]
"""How a claim ended: well, not well (which counts), or given back untouched."""

Place = datetime | Literal["claimed", "parked"] | None
"""Where a member is: asleep until then, claimed, parked, or nowhere."""

End = Literal["lost", "kept", "parked"]
_ENDS: tuple[End, ...] = ("lost", "kept", "parked")


class Shuffler(Protocol):
    """The part of `random.Random` that is used here."""

    def sample(self, population: Sequence[str], k: int) -> list[str]:
        """Return so many of a population in random order."""
        ...


@dataclass(slots=True)
class Claim:
    """What a worker may work on, alone, until its lease ends.

    `attempts` counts the claims before it that did not come to an end. `until` is when the lease
    ends, by the monotonic clock, or a little later in truth.
    """

    member: str
    generation: str
    due: datetime
    attempts: int
    until: float


class Peek(NamedTuple):
    """The state of the index: the first that is due, and how many are claimed and parked."""

    next_due: datetime | None
    claimed: int
    parked: int


class _Shard(NamedTuple):
    """The state of one shard; `lost` of the claimed have no lease any more."""

    next_due: datetime | None
    claimed: int
    parked: int
    lost: int


class DueIndex:
    """Schedules members, opaque texts, and hands them to workers when they are due."""

    def __init__(
        self, redis: Redis, clock: Clock, rng: Shuffler, *, poll: float = _POLL_SECONDS
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._poll = poll
        self._shards = [f"{number:02}" for number in range(SHARDS)]
        self._quiet: dict[str, tuple[float, datetime | None]] = {}
        self._schedule = redis.register_script(scripts.PARSE + scripts.SCHEDULE)
        self._claim = redis.register_script(scripts.PARSE + scripts.CLAIM)
        self._extend = redis.register_script(scripts.PARSE + scripts.EXTEND)
        self._finish = Together(redis, scripts.PARSE + scripts.FINISH)
        self._cancel = redis.register_script(scripts.CANCEL)
        self._revive = redis.register_script(scripts.REVIVE)
        self._redis = redis
        self._place = redis.register_script(scripts.PLACE)

    async def wake(self, member: str, due: datetime) -> None:
        """Let a member be due by then at the latest, whether it is known, claimed or parked."""
        shard = _shard(member)
        async with translate_errors():
            await self._schedule(keys=_keys(shard), args=["sooner", _ms(due), member])
        self._quiet.pop(shard, None)

    async def add_missing(self, members: Iterable[str], due: datetime) -> int:
        """Let those members be due then that are not in the index, and return how many."""
        by_shard: defaultdict[str, list[str]] = defaultdict(list)
        for member in members:
            by_shard[_shard(member)].append(member)
        added = 0
        for shard, found in by_shard.items():
            for start in range(0, len(found), _MOST_AT_ONCE):
                batch = found[start : start + _MOST_AT_ONCE]
                async with translate_errors():
                    added += await self._schedule(
                        keys=_keys(shard), args=["missing", _ms(due), *batch]
                    )
        return added

    async def claim(self, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
        """Claim what is due, at most `limit`, the longest due of a shard first.

        What was claimed by a worker that died is due again. Shards are visited in random order.
        """
        claims: list[Claim] = []
        shards = self._rng.sample(self._shards, SHARDS)
        waiting = [shard for shard in shards if not self._is_quiet(shard, now)]
        looked = False
        while waiting and len(claims) < limit:
            found = await self._claim_in(waiting.pop(), now, limit - len(claims), lease)
            claims += found
            if not (found or looked):
                # When little is due, it costs one round trip more and not one for each shard.
                waiting, looked = await self._promising(waiting, now), True
        return claims

    def idle_for(self, now: datetime) -> float:
        """Return for how many seconds nothing is known to be due; 0 when something may be."""
        started = self._clock.monotonic()
        seconds = self._poll
        for shard in self._shards:
            look_again, next_due = self._quiet.get(shard, (started, None))
            seconds = min(seconds, look_again - started)
            if next_due is not None:
                seconds = min(seconds, (next_due - now).total_seconds())
        return max(seconds, 0.0)

    async def extend(self, claim: Claim, lease: timedelta) -> bool:
        """Let a claim's lease end so much later than now; tell whether it is still held."""
        until = self._clock.monotonic() + lease.total_seconds()
        async with translate_errors():
            held: int = await self._extend(
                keys=_keys(_shard(claim.member)),
                args=[claim.member, claim.generation, milliseconds(lease)],
            )
        if held:
            claim.until = until
        return bool(held)

    async def finish(self, claim: Claim, due: datetime | None, outcome: Outcome = "done") -> End:
        """End a claim: let it be due again, None for never.

        What woke it meanwhile wins if it is sooner. `lost` when the lease was another's by then:
        nothing has changed.
        """
        shard = _shard(claim.member)
        when = "" if due is None else _ms(due)
        answer: int = await self._finish(
            keys=_keys(shard),
            args=[claim.member, claim.generation, outcome, when, MOST_ATTEMPTS],
        )
        self._quiet.pop(shard, None)
        ended = _ENDS[answer]
        if ended == "parked":
            metrics.PARKED.inc()
        return ended

    async def cancel(self, member: str) -> None:
        """Forget a member; whoever has claimed it has lost its lease."""
        async with translate_errors():
            await self._cancel(keys=_keys(_shard(member)), args=[member])

    async def revive(self, due: datetime, *, parked_for: timedelta = timedelta(0)) -> int:
        """Let all be due then that were parked so long ago; return how many."""
        revived = 0
        found = await self._look(self._shards)
        for shard in (
            name for name, state in zip(self._shards, found, strict=True) if state.parked
        ):
            args = [_ms(due), int(parked_for / _MILLISECOND), _MOST_AT_ONCE]
            batch = _MOST_AT_ONCE
            while batch == _MOST_AT_ONCE:
                async with translate_errors():
                    batch = await self._revive(keys=_keys(shard), args=args)
                revived += batch
            self._quiet.pop(shard, None)
        return revived

    async def place(self, member: str) -> Place:
        """Return where a member is in the index; a sleeping one by when it is due."""
        async with translate_errors():
            found: str = await self._place(keys=_keys(_shard(member)), args=[member])
        match found:
            case "claimed" | "parked":
                return found
            case "":
                return None
            case due:
                return _instant(due)

    async def peek(self) -> Peek:
        """Return the state of the whole index."""
        shards = await self._look(self._shards)
        return Peek(
            min((shard.next_due for shard in shards if shard.next_due), default=None),
            sum(shard.claimed for shard in shards),
            sum(shard.parked for shard in shards),
        )

    async def _promising(self, shards: Sequence[str], now: datetime) -> list[str]:
        """Return the shards in which something can be claimed; the others are quiet for now."""
        look_again = self._clock.monotonic() + self._poll
        promising = []
        for shard, found in zip(shards, await self._look(shards), strict=True):
            if found.lost or (found.next_due is not None and found.next_due <= now):
                promising.append(shard)
            else:
                self._quiet[shard] = look_again, found.next_due
        return promising

    async def _look(self, shards: Sequence[str]) -> list[_Shard]:
        """Return the states of shards, in one round trip: each is right, if not of one moment."""
        async with translate_errors(), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.eval(
                    scripts.PEEK, 3, keys.wakes(shard), keys.leases(shard), keys.parked(shard)
                )
            answers = await pipe.execute()
        return [_Shard(_instant(due) if due else None, *counts) for due, *counts in answers]

    def _is_quiet(self, shard: str, now: datetime) -> bool:
        look_again, next_due = self._quiet.get(shard, (0.0, None))
        return self._clock.monotonic() < look_again and (next_due is None or now < next_due)

    async def _claim_in(
        self, shard: str, now: datetime, limit: int, lease: timedelta
    ) -> list[Claim]:
        started = self._clock.monotonic()
        until = started + lease.total_seconds()
        # Rounded down: what is due within this very millisecond is not due yet.
        args = [_ms(now, up=False), limit, milliseconds(lease), MOST_ATTEMPTS]
        async with translate_errors():
            found, next_due, recovered, parked = await self._claim(keys=_keys(shard), args=args)
        metrics.RECOVERED.inc(recovered)
        metrics.PARKED.inc(parked)
        if len(found) < limit:
            self._quiet[shard] = started + self._poll, _instant(next_due) if next_due else None
        return [
            Claim(member, generation, _instant(due), int(attempts), until)
            for member, generation, due, attempts in found
        ]


def _shard(member: str) -> str:
    return f"{zlib.crc32(member.encode()) % SHARDS:02}"


def _keys(shard: str) -> Sequence[str]:
    return keys.wakes(shard), keys.leases(shard), keys.claims(shard), keys.parked(shard)


def _ms(instant: datetime, *, up: bool = True) -> int:
    """Return epoch milliseconds, rounded up: nothing is due before its time."""
    whole, rest = divmod(instant - _EPOCH, _MILLISECOND)
    return whole + (1 if rest and up else 0)


def _instant(ms: str | float) -> datetime:
    """Return a time; the first or the last there is for one beyond."""
    return _EPOCH + timedelta(milliseconds=min(max(float(ms), 0.0), _LAST))
