"""Logging for the processes: one line a record, and no secret in it whoever wrote it."""

import logging
import re

_SECRETS = re.compile(
    r"""
      xox[abeprs][\w.-]*-[\w-]+ | xapp-[\w-]+         # Slack's tokens
    | (?i:bearer|basic)\s+[\w.~+/=-]{8,}              # an Authorization header
    | LTAI\w{8,}                                      # an AccessKey id
    | eyJ[\w-]+\.[\w-]+\.[\w-]*                       # a JWT
    | https?://hooks\.slack\S+ | https?://\S+/response/\S+  # a response_url works for 30 minutes
    | -----BEGIN[^-]+-----[\s\S]+?-----END[^-]+-----  # a private key
    """,
    re.VERBOSE,
)
_CHATTY = ("aiohttp", "asyncio", "httpcore", "httpx", "slack_bolt", "slack_sdk", "stamina")


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback included, and then blots out what looks like a secret."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return redact(super().format(record))


def redact(text: str) -> str:
    """Blot out what looks like a secret."""
    return _SECRETS.sub("[redacted]", text)


def configure(level: str) -> None:
    """Log to standard error from `level` on.

    The libraries that write URLs and bodies at DEBUG are not heard below WARNING, whatever the
    level.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(
        RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    # Not by the loggers' levels: Bolt sets those of its own anew.
    handler.addFilter(_is_heard)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _is_heard(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY
