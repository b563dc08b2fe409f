"""`response_url`: five uses within thirty minutes, no token, no membership needed.

docs.slack.dev/interactivity/handling-user-interaction. Every request counts, a refused one too.
"""

import time
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.ids import secret

USES = 5
Origin = Literal["commands", "actions", "app"]


@dataclass(kw_only=True)
class ResponseUrl:
    """Where it answers: to a person in a conversation; `ts` is the message that was clicked."""

    user: str
    channel: str
    ts: str | None
    expires: float
    uses: int = 0


class ResponseUrls:
    """All that were handed out."""

    def __init__(self, base: str, seconds: float) -> None:
        self._base = base
        self._seconds = seconds
        self._known: dict[str, ResponseUrl] = {}

    def new(self, origin: Origin, *, user: str, channel: str, ts: str | None = None) -> str:
        """Hand one out."""
        path = f"hooks/{origin}/{secret()}"
        self._known[path] = ResponseUrl(
            user=user, channel=channel, ts=ts, expires=time.monotonic() + self._seconds
        )
        return f"{self._base}/{path}"

    def use(self, path: str) -> ResponseUrl | str:
        """Count one use; return the URL's target, or Slack's error code."""
        known = self._known.get(path)
        if known is None:
            return "no_service"
        if time.monotonic() > known.expires:
            return "expired_url"
        if known.uses >= USES:
            return "used_url"
        known.uses += 1
        return known
