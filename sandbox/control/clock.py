"""Moving the clock that people see, without leaving anything out that a bot does on the way."""

import asyncio
import ssl
from urllib.parse import urlsplit

import httpx

from sandbox.loopback import LOOPBACK
from sandbox.slack.errors import RefusedError, WrongRequestError
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json

_MOST_STEPS = 10_000
_MOST_MS = 10 * 366 * 86_400_000
_IDLE_SECONDS = 60.0
_POLL_SECONDS = 0.02
_AFTER_DUE_MS = 1


class ClockControl:
    """The bots' clocks and the sandbox's own, moved together.

    A bot's clock is a loopback URL as docs/sandbox.md describes; one that no longer answers is
    forgotten.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._bots: dict[str, None] = {}
        self._moving = asyncio.Lock()
        # Bots are asked over plain HTTP; reading the machine's certificates would take longer
        # than the whole start.
        self._client = httpx.AsyncClient(
            trust_env=False,
            timeout=_IDLE_SECONDS,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def close(self) -> None:
        """Let go of the connections to the bots."""
        await self._client.aclose()

    async def register(self, url: str) -> Json:
        """Take a bot's clock and set it to the sandbox's time."""
        if not _is_loopback(url):
            raise WrongRequestError("clock must be a loopback http URL")
        self._bots[url] = None
        await self._set(self._platform.clock.offset_ms)
        return {"offset_ms": self._platform.clock.offset_ms, "bots": len(self._bots)}

    async def move(self, seconds: float, mode: str) -> Json:
        """Move on by so many seconds; return the new time and how many steps it took."""
        if mode not in ("step", "jump"):
            raise WrongRequestError("mode must be step or jump")
        if seconds < 0:
            raise WrongRequestError("advance_seconds must be positive")
        async with self._moving:
            target = self._platform.clock.offset_ms + round(seconds * 1000)
            if target > _MOST_MS:
                raise WrongRequestError("ten years ahead is the most")
            steps = await self._step(target) if mode == "step" else 0
            await self._set(target)
            await self._settled(target)
        return {
            "now": self._platform.clock.now(),
            "offset_ms": self._platform.clock.offset_ms,
            "steps": steps + 1,
        }

    async def _step(self, target: int) -> int:
        """Stop at each moment that some bot has something due before the target."""
        offset = self._platform.clock.offset_ms
        for step in range(_MOST_STEPS):
            states = await self._settled(offset)
            due = [state["next_due"] for state in states if state.get("next_due") is not None]
            wall = self._platform.clock.wall()
            offset = max(offset, min(due) - wall + _AFTER_DUE_MS) if due else target
            if offset >= target:
                return step
            await self._set(offset)
        raise RefusedError("a bot is due again and again without end")

    async def _set(self, offset_ms: int) -> None:
        self._platform.rates.skip((offset_ms - self._platform.clock.offset_ms) / 1000)
        self._platform.clock.offset_ms = offset_ms
        for url in tuple(self._bots):
            await self._ask(url, {"offset_ms": offset_ms})
        self._platform.changes.publish(
            {"type": "clock", "now": self._platform.clock.now(), "offset_ms": offset_ms}
        )

    async def _settled(self, offset_ms: int) -> list[Json]:
        """Wait until every bot has done what is due at this time; return how they are then."""
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                while True:
                    states, now = await self._states(), self._platform.clock.now()
                    if all(_is_idle(state, now) for state in states):
                        return states
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise RefusedError(f"a bot is still busy at offset {offset_ms}") from None

    async def _states(self) -> list[Json]:
        answers = [await self._ask(url, None) for url in tuple(self._bots)]
        return [answer for answer in answers if answer is not None]

    async def _ask(self, url: str, body: Json | None) -> Json | None:
        try:
            if body is None:
                response = await self._client.get(url)
            else:
                response = await self._client.post(url, json=body)
            answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            self._bots.pop(url, None)
            return None
        return answer if isinstance(answer, dict) else None


def _is_idle(state: Json, now: int) -> bool:
    due = state.get("next_due")
    return bool(state.get("idle")) and (due is None or due > now)


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK
