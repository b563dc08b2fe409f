"""What slack_sdk raises, as `SlackError`, without the request that it quotes."""

import contextlib
import json
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

_ERROR_CODE = re.compile(r"[a-z0-9_]{1,80}")
_TRANSPORT_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


def error_code(value: object) -> str:
    """Keep what looks like one of Slack's error codes."""
    text = str(value)
    return text if _ERROR_CODE.fullmatch(text) else "unknown_error"


@contextlib.contextmanager
def translated(method: str) -> Iterator[None]:
    """Turn what slack_sdk raises into `SlackError`, without the request that it quotes."""
    try:
        yield
    except SlackApiError as error:
        raise _refusal(method, error.response) from None
    except (SlackClientError, json.JSONDecodeError) as error:
        raise SlackError(method, "broken_answer") from error
    except _TRANSPORT_ERRORS as error:
        raise SlackError(method, UNREACHABLE) from error


def _refusal(method: str, response: AsyncSlackResponse | dict[str, Any] | str) -> SlackError:
    if not isinstance(response, AsyncSlackResponse):
        return SlackError(method, "broken_answer")
    data = response.data if isinstance(response.data, dict) else {}
    retry_after = response.headers.get("Retry-After") or response.headers.get("retry-after")
    limited = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    code = error_code(data["error"]) if data.get("error") else f"http_{response.status_code}"
    return SlackError(
        method,
        RATE_LIMITED if limited else code,
        retry_after=seconds(retry_after),
        needed=str(data.get("needed") or ""),
    )


def seconds(value: object) -> float | None:
    """Read a `Retry-After`, None when it is none."""
    try:
        return max(float(str(value)), 0.0)
    except ValueError:
        return None
