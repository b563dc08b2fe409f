"""Sending: one deadline, one retry loop, and nothing of the wire in an error.

Only calls that may be repeated come through here: reads, and asking for an access token.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import stamina

from bot.clients._answer import Answer, Operation, Reply, read
from bot.clients._codes import NONCE_USED
from bot.clock import Clock
from bot.errors import BrokenAnswerError, ThrottledError, UnavailableError
from bot.slices import Slices

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer, unpacked, that are read before it is given up as broken."""

_LARGE_ANSWER = 64 * 1024

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_FORMAT = zlib.MAX_WBITS | 16

_ATTEMPTS = 4
_FIRST_WAIT = 0.2
_JITTER = 0.3
_LONGEST_WAIT = 2.0


@asynccontextmanager
async def deadline(source: str, seconds: float) -> AsyncIterator[float]:
    """End everything within after some seconds, as `UnavailableError`.

    Gives the moment at which it ends, in the event loop's time.
    """
    until = asyncio.get_running_loop().time() + seconds
    scope = asyncio.timeout_at(until)
    try:
        async with scope:
            yield until
    except TimeoutError:
        if not scope.expired():
            raise
        raise UnavailableError(source, detail="not in time") from None


class Transport:
    """Sends requests over a pooled client that many people's credentials share."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock, slices: Slices | None = None) -> None:
        self.http = http
        self._clock = clock
        self._slices = slices or Slices()

    async def get(
        self,
        operation: Operation,
        url: str,
        params: Mapping[str, str],
        *,
        until: float,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
    ) -> Answer:
        """Call a documented operation. Raises `UpstreamError`."""
        named = {
            "accept": "application/json",
            "x-acs-action": operation.name,
            "x-acs-version": operation.version,
            **(headers or {}),
        }
        return await self.call(
            operation,
            lambda: self.http.build_request("GET", url, params=params, headers=named),
            until=until,
            auth=auth,
        )

    async def call(
        self,
        operation: Operation,
        build: Callable[[], httpx.Request],
        *,
        until: float,
        auth: httpx.Auth | None = None,
    ) -> Answer:
        """Send what `build` makes until there is an answer or no sense in asking again.

        Each attempt builds and signs anew. Raises `UpstreamError`.
        """
        retrying = stamina.AsyncRetryingCaller(
            attempts=_ATTEMPTS,
            timeout=None,  # `until` rules
            wait_initial=_FIRST_WAIT,
            wait_jitter=_JITTER,
            wait_max=_LONGEST_WAIT,
        )
        return await retrying(_Backoff(until), self._attempt, operation, build, auth)

    async def _attempt(
        self,
        operation: Operation,
        build: Callable[[], httpx.Request],
        auth: httpx.Auth | None,
    ) -> Answer:
        reply = await self._send(operation, build(), auth)
        if len(reply.body) < _LARGE_ANSWER:
            return read(operation, reply, self._clock.wall())
        # A millisecond or more: the short answer of another service goes first.
        (answer,) = await self._slices.each(
            lambda some: read(operation, some[0], self._clock.wall()), [reply]
        )
        return answer

    async def _send(
        self, operation: Operation, request: httpx.Request, auth: httpx.Auth | None
    ) -> Reply:
        try:
            response = await self.http.send(request, auth=auth, stream=True, follow_redirects=False)
            try:
                body = await _body(response)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            # Raised below, outside of the block: httpx's error holds the request, and with it
            # the credential, and would ride along as the context.
            failure: Exception = UnavailableError(operation.source, detail=type(error).__name__)
        except zlib.error:
            failure = BrokenAnswerError(operation.source, detail="cannot be unpacked")
        else:
            if body is not None:
                return Reply(response.status_code, response.headers, body)
            failure = BrokenAnswerError(
                operation.source, status=response.status_code, detail="too large"
            )
        raise failure


class _Backoff:
    """Decides after a failed attempt: no more, after the usual pause, or when we were told."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._nonce_was_used = False

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, ThrottledError) and error.retry_after is not None:
            return error.retry_after if error.retry_after < self._left() else False
        if not isinstance(error, ThrottledError | UnavailableError):
            return False
        if error.code == NONCE_USED:
            # The next attempt has a nonce of its own, so this does not happen twice by chance.
            again, self._nonce_was_used = not self._nonce_was_used, True
            return 0.0 if again else False
        return self._left() > _LONGEST_WAIT

    def _left(self) -> float:
        return self._until - asyncio.get_running_loop().time()


async def _body(response: httpx.Response) -> bytes | None:
    """Read a body; return None when it is too large to be an answer. Raises zlib.error.

    Unpacked here rather than by httpx, which unpacks as often as a header says and whatever comes
    of it: a few kilobytes would fill the memory.
    """
    packed = response.headers.get("content-encoding", "").strip().lower() in _GZIP
    unpacker = zlib.decompressobj(_GZIP_FORMAT) if packed else None
    body = bytearray()
    async for chunk in response.aiter_raw():
        room = LARGEST_ANSWER + 1 - len(body)
        body += unpacker.decompress(chunk, room) if unpacker else chunk
        if len(body) > LARGEST_ANSWER:
            return None
    return bytes(body)
