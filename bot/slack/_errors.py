"""What slack_sdk raises, as `SlackError`, without the request that it quotes."""

import contextlib
import math
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackError

UNREACHABLE = "unreachable"
"""No answer came, so nobody knows whether Slack did it."""

RATE_LIMITED = "ratelimited"

BROKEN_ANSWER = "broken_answer"
"""An answer came that says nothing, so nobody knows whether Slack did it."""

_LONGEST_WAIT = 3600.0
"""Seconds. Slack asks for a minute or so; what asks for years must not silence us for years."""

_ERROR_CODE = re.compile(r"[a-z0-9_]{1,80}")
_TRANSPORT_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
_UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What slack_sdk stumbles with over a body that is no JSON object."""


def error_code(value: object, *, otherwise: str = "unknown_error") -> str:
    """Keep what looks like one of Slack's error codes."""
    text = str(value)
    return text if _ERROR_CODE.fullmatch(text) else otherwise


def status_code(status: int) -> str:
    """Return the code for an answer that is no success and has no word of Slack's."""
    return BROKEN_ANSWER if status == HTTPStatus.OK else f"http_{status}"


@contextlib.contextmanager
def translated(method: str) -> Iterator[None]:
    """Turn what slack_sdk raises into `SlackError`, without the request that it quotes."""
    try:
        yield
    except SlackApiError as error:
        raise _refusal(method, error.response) from None
    except _TRANSPORT_ERRORS as error:
        raise SlackError(method, UNREACHABLE) from error
    except (SlackClientError, *_UNREADABLE):
        # Some of them quote the answer.
        raise SlackError(method, BROKEN_ANSWER) from None


def _refusal(method: str, response: AsyncSlackResponse | dict[str, Any] | str) -> SlackError:
    if not isinstance(response, AsyncSlackResponse):
        return SlackError(method, BROKEN_ANSWER)
    data = response.data if isinstance(response.data, dict) else {}
    retry_after = response.headers.get("Retry-After") or response.headers.get("retry-after")
    limited = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    said = data.get("error")
    code = error_code(said) if said else status_code(response.status_code)
    return SlackError(
        method,
        RATE_LIMITED if limited else code,
        retry_after=seconds(retry_after),
        needed=str(data.get("needed") or ""),
    )


def seconds(value: object) -> float | None:
    """Read a `Retry-After`, an hour at most; None when it is none."""
    try:
        wait = float(str(value))
    except ValueError:
        return None
    return None if math.isnan(wait) else min(max(wait, 0.0), _LONGEST_WAIT)
