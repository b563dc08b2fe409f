"""What the bot asked of Slack and of Alibaba, secrets redacted, for people and tests to read."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_KEPT = 5_000
_SECRET_FIELDS = re.compile(
    r"(?i)^(token|authorization|client_secret|client_assertion|access_token|refresh_token"
    r"|access_?key_?secret|x-acs-security-token|x-slack-signature|password|signature)$"
)
_SECRET_TEXT = re.compile(r"(xox[abpesr]-|xapp-|xoxe)[\w-]+|(?i:bearer|basic)\s+[\w.~+/=-]+")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: `service` is slack, kyuubi, idaas or idaas_token; `at` is wall milliseconds."""

    at: int
    service: str
    method: str
    path: str
    status: int
    error: str
    user: str
    body: Any


def redact(value: Any) -> Any:
    """Return a copy without secrets: by field name, and by what Slack's tokens look like."""
    if isinstance(value, dict):
        return {
            k: "[redacted]" if _SECRET_FIELDS.match(str(k)) and v else redact(v)
            for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, str):
        return _SECRET_TEXT.sub("[redacted]", value)
    return value


class Journal:
    """The last few thousand calls."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self.listeners: list[Callable[[], None]] = []

    def write(
        self,
        *,
        at: int,
        service: str,
        method: str,
        path: str,
        status: int,
        error: str = "",
        user: str = "",
        body: Any = None,
    ) -> None:
        """Keep a call. `error` is the service's own code, `body` what was sent."""
        self._calls.append(
            Call(
                at=at,
                service=service,
                method=method,
                path=path,
                status=status,
                error=error,
                user=user,
                body=redact(body),
            )
        )
        for listener in tuple(self.listeners):
            listener()

    def calls(self, service: str | None = None, method: str | None = None) -> list[Call]:
        """Return the calls kept, oldest first."""
        return [
            c
            for c in self._calls
            if (service is None or c.service == service) and (method is None or c.method == method)
        ]

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return all calls for the control API; what was sent is not to be changed."""
        # Not `asdict`: copying each body takes longer than the call did.
        return [dict(vars(c)) for c in self._calls]
