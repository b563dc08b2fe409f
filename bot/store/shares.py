"""Shares: which lists were posted where, and which messages have still to be taken down.

Where a message is stands in the clear beside the sealed record, so that it can be taken down even
when the key is lost. A share ends in one step with the order to take its message down.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from bot.errors import SealError
from bot.models.connection import Owner
from bot.models.share import Share
from bot.store import _records, keys
from bot.store.redis import Redis, milliseconds, translate_errors
from bot.store.rotation import Sealed
from bot.store.scopes import Scopes
from bot.store.vault import Vault

_KIND = "share"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

How = Literal["delete", "empty"]
"""Whether a message goes altogether, or only what it showed."""

# KEYS: share, index, ageing. ARGV: id, user, sealed, channel, ts, TTL, when it ages (ms).
_CREATE = """
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'share', ARGV[3], 'channel', ARGV[4], 'ts', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return redis.call('ZADD', KEYS[3], ARGV[7], ARGV[1])
"""
# KEYS: share, index, ageing. ARGV: id, what was read, what takes its place, ts, TTL, when it ages.
_EXCHANGE = """
if redis.call('HGET', KEYS[1], 'share') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'share', ARGV[3], 'ts', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[6], ARGV[1])
return 1
"""
# KEYS: share, index, ageing, takedowns. ARGV: id, how, when (ms). Answers with 0 when there was no
# such share, with 1 when there is nothing to take down, else with the takedown.
_END = """
local found = redis.call('HMGET', KEYS[1], 'channel', 'ts')
redis.call('UNLINK', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if not found[1] then return 0 end
if ARGV[2] == '' or found[2] == '' then return 1 end
local takedown = ARGV[2] .. '/' .. found[1] .. '/' .. found[2] .. '/' .. ARGV[3]
redis.call('ZADD', KEYS[4], ARGV[3], takedown)
return takedown
"""
# KEYS: ageing, takedowns. ARGV: until when (ms), how many. Answers with what is due of both.
_DUE = """
local function due(key)
  return redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
end
return {due(KEYS[1]), due(KEYS[2])}
"""
# KEYS: ageing, takedowns. Answers with the earliest of both, as text; nothing when there is none.
_NEXT = """
local earliest
for _, key in ipairs(KEYS) do
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if first and (not earliest or tonumber(first) < tonumber(earliest)) then earliest = first end
end
return earliest
"""
# KEYS: a sorted set. ARGV: member, when (ms). What is no longer there stays away.
_POSTPONE = "return redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])"
# KEYS: a sorted set. ARGV: member, when (ms).
_ORDER = "return redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])"
# KEYS: a sorted set. ARGV: member.
_STRIKE = "return redis.call('ZREM', KEYS[1], ARGV[1])"
# KEYS: ageing.
_ALL = "return redis.call('ZRANGE', KEYS[1], 0, -1)"


class Takedown(NamedTuple):
    """A message that has to be taken down, and since when."""

    how: How
    channel: str
    ts: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.how}/{self.channel}/{self.ts}/{_ms(self.since)}"

    @classmethod
    def parse(cls, text: str) -> "Takedown":
        """Read what `str` wrote."""
        how, channel, ts, since = text.split("/")
        return cls("delete" if how == "delete" else "empty", channel, ts, _instant(since))


class Due(NamedTuple):
    """What is to be done in a scope: the ids of shares that have come of age, and takedowns."""

    shares: tuple[str, ...]
    takedowns: tuple[Takedown, ...]


class ShareStore:
    """Keeps shares for 90 days at the most, and takedowns until they are done."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault
        self._scopes = Scopes(redis)
        self._create = redis.register_script(_CREATE)
        self._exchange = redis.register_script(_EXCHANGE)
        self._end = redis.register_script(_END)
        self._due = redis.register_script(_DUE)
        self._next = redis.register_script(_NEXT)
        self._postpone = redis.register_script(_POSTPONE)
        self._order = redis.register_script(_ORDER)
        self._strike = redis.register_script(_STRIKE)
        self._all = redis.register_script(_ALL)

    async def create(self, share: Share, ages_at: datetime) -> None:
        """Store a new share."""
        await self._scopes.add(share.owner.scope)
        async with translate_errors():
            await self._create(
                keys=_keys(share.owner, share.id),
                args=[
                    share.id,
                    share.owner.user,
                    self._seal(share),
                    share.channel,
                    share.ts,
                    milliseconds(keys.SHARE_TTL),
                    _ms(ages_at),
                ],
            )

    async def get(self, scope: str, share_id: str) -> Share | None:
        """Return a share, None when there is none; raise SealError when it is unreadable."""
        fields = await self._fields(scope, share_id)
        return self._open(scope, share_id, fields) if fields else None

    async def of(self, owner: Owner) -> tuple[Share, ...]:
        """Return a person's shares, the latest first, without those that do not open."""
        found = []
        for share_id in await self.ids(owner):
            try:
                share = await self.get(owner.scope, share_id)
            except SealError:
                continue
            if share is not None:
                found.append(share)
        return tuple(sorted(found, key=lambda share: (share.posted_at, share.id), reverse=True))

    async def ids(self, owner: Owner) -> list[str]:
        """Return the ids of a person's shares, among them some that have ended by themselves."""
        async with translate_errors():
            return sorted(await self._redis.smembers(keys.shares(*owner)))

    async def change(
        self,
        scope: str,
        share_id: str,
        change: Callable[[Share], Share],
        ages_at: Callable[[Share], datetime],
    ) -> Share | None:
        """Change a share as it is at this moment, and return what it became; None when it ended.

        Nothing that is written at the same time is lost; for that `change` may be called again.
        Raises SealError.
        """
        while True:
            fields = await self._fields(scope, share_id)
            if not fields:
                return None
            changed = change(self._open(scope, share_id, fields))
            async with translate_errors():
                done: int = await self._exchange(
                    keys=_keys(changed.owner, share_id),
                    args=[
                        share_id,
                        fields["share"],
                        self._seal(changed),
                        changed.ts,
                        milliseconds(keys.SHARE_TTL),
                        _ms(ages_at(changed)),
                    ],
                )
            if done:
                return changed

    async def end(
        self, owner: Owner, share_id: str, how: How | None, at: datetime
    ) -> Takedown | bool:
        """Delete a share, and order its message to be taken down; None leaves the message.

        Return the takedown, or whether there was such a share.
        """
        async with translate_errors():
            answer: str | int = await self._end(
                keys=[*_keys(owner, share_id), keys.takedowns(owner.scope)],
                args=[share_id, how or "", _ms(at)],
            )
        return Takedown.parse(answer) if isinstance(answer, str) else bool(answer)

    async def forget_owner(self, owner: Owner) -> None:
        """Delete all shares of a person, whatever their messages show; for a purge."""
        for share_id in await self.ids(owner):
            await self.end(owner, share_id, None, _EPOCH)

    async def order(self, scope: str, takedown: Takedown) -> None:
        """Order a message to be taken down."""
        async with translate_errors():
            await self._order(
                keys=[keys.takedowns(scope)], args=[str(takedown), _ms(takedown.since)]
            )

    async def due(self, scope: str, now: datetime, limit: int) -> Due:
        """Return what is to be done by now, at most `limit` of each kind."""
        async with translate_errors():
            shares, takedowns = await self._due(keys=_lines(scope), args=[_ms(now), limit])
        return Due(tuple(shares), tuple(map(Takedown.parse, takedowns)))

    async def next(self, scope: str) -> datetime | None:
        """Return when there is something to be done again, None for never."""
        async with translate_errors():
            earliest: str | None = await self._next(keys=_lines(scope), args=[])
        return None if earliest is None else _instant(earliest)

    async def postpone(self, scope: str, what: str | Takedown, until: datetime) -> None:
        """Let a share (by its id) or a takedown be due later; what has ended stays so."""
        async with translate_errors():
            await self._postpone(keys=[_line(scope, what)], args=[str(what), _ms(until)])

    async def strike(self, scope: str, what: str | Takedown) -> None:
        """Let nothing be due any more of a share (by its id), or of a takedown."""
        async with translate_errors():
            await self._strike(keys=[_line(scope, what)], args=[str(what)])

    async def owner(self, scope: str, share_id: str) -> Owner | None:
        """Return whose share it is, None when there is none; for that it need not open."""
        fields = await self._fields(scope, share_id)
        user = fields.get("user")
        return Owner(scope, user) if user else None

    async def owners(self, scope: str) -> list[Owner]:
        """Return everybody in a scope who has shared something."""
        found = {await self.owner(scope, share_id) for share_id in await self._ids(scope)}
        return sorted(owner for owner in found if owner is not None)

    async def sealed(self) -> AsyncIterator[Sealed]:
        """Yield every stored share as it is, for a change of keys."""
        for scope in await self._scopes.all():
            for share_id in await self._ids(scope):
                if fields := await self._fields(scope, share_id):
                    key, bound = keys.share(scope, share_id), (scope, share_id)
                    yield Sealed(key, "share", _KIND, bound, fields.get("share", ""))

    async def _ids(self, scope: str) -> list[str]:
        async with translate_errors():
            found: list[str] = await self._all(keys=[keys.ageing(scope)], args=[])
        return found

    async def _fields(self, scope: str, share_id: str) -> dict[str, str]:
        async with translate_errors():
            return await self._redis.hgetall(keys.share(scope, share_id))

    def _seal(self, share: Share) -> str:
        return _records.seal(self._vault, _KIND, (share.owner.scope, share.id), share)

    def _open(self, scope: str, share_id: str, fields: Mapping[str, str]) -> Share:
        sealed = fields.get("share", "")
        return _records.unseal(self._vault, _KIND, (scope, share_id), sealed, Share)


def _keys(owner: Owner, share_id: str) -> list[str]:
    return [keys.share(owner.scope, share_id), keys.shares(*owner), keys.ageing(owner.scope)]


def _lines(scope: str) -> list[str]:
    return [keys.ageing(scope), keys.takedowns(scope)]


def _line(scope: str, what: str | Takedown) -> str:
    return keys.takedowns(scope) if isinstance(what, Takedown) else keys.ageing(scope)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _instant(text: str) -> datetime:
    return _EPOCH + int(text) * _MILLISECOND
