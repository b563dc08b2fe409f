"""Access tokens: issued once for all processes, renewed before they end, sealed in Redis."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr, ValidationError

from bot.clock import Clock
from bot.errors import StoreUnavailableError, TokenbellError
from bot.models.credential import Access, Credential, IssuedToken
from bot.store import keys
from bot.store.cache import Entry, SealedCache
from bot.store.flight import Flight

logger = logging.getLogger(__name__)

_MOST_COPIES = 1024
_AHEAD = timedelta(seconds=60)
_AHEAD_SHARE = 0.2
_SAFETY = timedelta(seconds=5)
_SAFETY_SHARE = 0.1
_PAUSE_SECONDS = 10.0

Issue = Callable[[], Awaitable[IssuedToken]]


@dataclass
class _Copy:
    """What this process knows; `renew_at` is when the monotonic clock allows another try."""

    access: Access
    token: IssuedToken
    renew_at: float = 0.0


class AccessTokenCache:
    """Gives out access tokens that are still good. Implements the OAuth client's `TokenCache`.

    A token is renewed in the background from 60 seconds, or a fifth of its life, before its end:
    whichever is earlier, but not before half its life. Without Redis each process has its own.
    """

    def __init__(self, cache: SealedCache, flight: Flight, clock: Clock) -> None:
        self._cache = cache
        self._flight = flight
        self._clock = clock
        self._copies: OrderedDict[tuple[str, str], _Copy] = OrderedDict()
        self._renewals: set[asyncio.Task[None]] = set()

    async def get(
        self, access: Access, issue: Issue, *, refused: SecretStr | None = None
    ) -> IssuedToken:
        """Return a token for a credential, issued if need be; what `issue` raises is raised.

        `refused` is one that the service did not take: it is dropped everywhere, not returned.
        """
        if refused is not None:
            await self._drop(access, refused)
        copy = self._copies.get((access.scope, access.fingerprint))
        if copy is None or not self._good(copy.token):
            return await self._obtain(access, issue, refused)
        if self._due(copy.token) and self._clock.monotonic() >= copy.renew_at:
            # Not again at once if it fails: the token is still good.
            copy.renew_at = self._clock.monotonic() + _PAUSE_SECONDS
            renewal = asyncio.create_task(self._renew(access, issue))
            self._renewals.add(renewal)
            renewal.add_done_callback(self._renewals.discard)
        return copy.token

    def forget(self, scope: str, credential: Credential) -> None:
        """Drop this process's copies; those in Redis go with `SealedCache.purge_credential`."""
        for key, copy in list(self._copies.items()):
            if key[0] == scope and copy.access.credential == credential:
                del self._copies[key]

    async def close(self) -> None:
        """Give up renewals under way."""
        renewals = list(self._renewals)
        for renewal in renewals:
            renewal.cancel()
        await asyncio.gather(*renewals, return_exceptions=True)

    async def _renew(self, access: Access, issue: Issue) -> None:
        try:
            await self._shared(access, issue, lambda token: not self._due(token))
        except TokenbellError as error:
            logger.info("An access token was not renewed ahead: %s", error)

    async def _obtain(self, access: Access, issue: Issue, refused: SecretStr | None) -> IssuedToken:
        return await self._shared(
            access, issue, lambda token: self._good(token) and token.value != refused
        )

    async def _shared(
        self, access: Access, issue: Issue, wanted: Callable[[IssuedToken], bool]
    ) -> IssuedToken:
        """Return a wanted token from another process, or one issued for all who ask now."""
        issued, mark = False, None

        async def look() -> IssuedToken | None:
            nonlocal mark
            mark, stored = await self._stored(access)
            return stored if stored is not None and wanted(stored) else None

        async def work() -> IssuedToken:
            nonlocal issued
            issued = True
            return await issue()

        async def keep(token: IssuedToken) -> None:
            if mark is not None:
                await self._store(access, token, mark)

        async def join() -> IssuedToken:
            name = f"access_token:{access.fingerprint}"
            token = await self._flight.run(access.scope, name, look=look, work=work, keep=keep)
            self._keep(access, token)
            return token

        token = await join()
        if issued or wanted(token):
            return token
        # We joined somebody who had not heard that this one was refused.
        return await join()

    async def _store(self, access: Access, token: IssuedToken, mark: str) -> None:
        ttl = token.expires_at - self._clock.wall()
        if ttl > timedelta(0):
            data = token.model_dump_json(context={"reveal": True}).encode()
            with suppress(StoreUnavailableError):
                await self._cache.store(access, _entry(access), data, ttl=ttl, mark=mark)

    async def _stored(self, access: Access) -> tuple[str, IssuedToken | None]:
        """Return where the scope's purges stand, and the token that is cached, if any."""
        entry = _entry(access)
        mark, (sealed,) = await self._cache.marked(access.scope, [entry])
        data = self._cache.open(access, entry, sealed)
        return mark, None if data is None else _read(data)

    async def _drop(self, access: Access, refused: SecretStr) -> None:
        def is_refused(data: bytes) -> bool:
            stored = _read(data)
            return stored is not None and stored.value == refused

        copy = self._copies.get((access.scope, access.fingerprint))
        if copy is not None and copy.token.value == refused:
            del self._copies[access.scope, access.fingerprint]
        with suppress(StoreUnavailableError):
            await self._cache.drop(access, _entry(access), is_refused)

    def _keep(self, access: Access, token: IssuedToken) -> None:
        key = (access.scope, access.fingerprint)
        self._copies[key] = _Copy(access, token)
        self._copies.move_to_end(key)
        while len(self._copies) > _MOST_COPIES:
            self._copies.popitem(last=False)

    def _good(self, token: IssuedToken) -> bool:
        """Tell whether a token outlasts a request that begins now."""
        life = token.expires_at - token.issued_at
        return self._clock.wall() < token.expires_at - min(_SAFETY, life * _SAFETY_SHARE)

    def _due(self, token: IssuedToken) -> bool:
        """Tell whether it is time to renew a token."""
        life = token.expires_at - token.issued_at
        ahead = min(max(_AHEAD, life * _AHEAD_SHARE), life / 2)
        return self._clock.wall() >= token.expires_at - ahead


def _entry(access: Access) -> Entry:
    return Entry("access_token", keys.access_token(access.scope, access.fingerprint))


def _read(data: bytes) -> IssuedToken | None:
    try:
        return IssuedToken.model_validate_json(data)
    except ValidationError:
        return None
