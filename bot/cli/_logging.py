"""Logging for the processes: no record passes for two, and none has a secret, whoever wrote it."""

import logging
import re

from bot.config import LogLevel

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
_OURS = ("bot", "handlers")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_CHATTY = ("aiohttp", "asyncio", "httpcore", "httpx", "slack_bolt", "slack_sdk", "stamina")


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback included, and then blots out what looks like a secret.

    Further lines are indented, and control characters written out: what somebody else said can
    neither look like a record of its own nor move the cursor of who reads it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and those that belong to it."""
        text = _CONTROLS.sub(_written_out, redact(super().format(record)))
        return text.replace("\n", "\n    ")


def _written_out(control: re.Match[str]) -> str:
    return repr(control[0])[1:-1]


def redact(text: str) -> str:
    """Blot out what looks like a secret."""
    return _SECRETS.sub("[redacted]", text)


def configure(level: LogLevel) -> None:
    """Log to standard error from `level` on.

    DEBUG is for our own loggers. The libraries write URLs and bodies there, and slack_sdk fails to
    answer a ping that it cannot write.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(
        RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    # Not by their loggers' levels: Bolt sets those of its own anew, to that of the root.
    handler.addFilter(_is_heard)
    least = max(logging.getLevelNamesMapping()[level], logging.INFO)
    logging.basicConfig(level=least, handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def _is_heard(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY
