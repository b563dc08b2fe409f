"""Ids and timestamps that look like Slack's."""

import secrets
import string

from sandbox.clock import SandboxClock

_LETTERS = string.ascii_uppercase + string.digits


def new_id(kind: str) -> str:
    """Return an id such as `V07K2M4X9QD`; `kind` is its first letter or letters."""
    return f"{kind}07" + "".join(secrets.choice(_LETTERS) for _ in range(8))


def short_id() -> str:
    """Return five characters, as Slack gives to a block without `block_id`."""
    return secrets.token_urlsafe(4)[:5]


def secret() -> str:
    """Return 24 characters that nobody guesses, as in a `response_url`."""
    return secrets.token_hex(12)


class Timestamps:
    """Message timestamps: seconds and a counter, unique and never going back."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        """Return the next one, by the clock that people see."""
        self._last = max(self._last + 1, self._clock.now() * 1_000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seen(self, ts: str) -> None:
        """Stay ahead of a timestamp that was given before a restart."""
        self._last = max(self._last, int(ts.replace(".", "")))
