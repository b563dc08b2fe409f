"""What a refusal of Slack's means to who delivers: whether it is out, and worth another try."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Literal, TypeVar

from bot.errors import NotAllowedError, SlackError
from bot.slack import RATE_LIMITED, UNREACHABLE

Refusal = Literal["throttled", "uncertain", "app", "message", "recipient"]
"""Why a call did not go through.

`throttled`: not now. `uncertain`: nobody knows whether Slack did it. `app`: the app itself may not,
at present. `message`: Slack does not take the content. `recipient`: it cannot reach whom it is for.
Except for `uncertain`, nothing is out.
"""

NOT_INSTALLED = "not_installed"
"""Our own word for an installation that is gone."""

NOT_SHAREABLE = "not_shareable"
"""Our own word for a channel in which somebody may not show others anything any more."""

CALL = timedelta(seconds=10)
"""After which a call counts as lost."""

_Answer = TypeVar("_Answer")

_UNCERTAIN = frozenset(
    {
        UNREACHABLE,
        "broken_answer",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
    }
)
_APP = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        NOT_INSTALLED,
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
    }
)
_MESSAGE = frozenset(
    {
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
    }
)


def refusal(error: SlackError) -> Refusal:
    """Return what a failed call means.

    https://docs.slack.dev/reference/methods/chat.postMessage#errors
    """
    code = error.code
    if code == RATE_LIMITED:
        return "throttled"
    if code in _UNCERTAIN or code.startswith("http_5"):
        return "uncertain"
    if code in _APP or code.startswith("http_"):
        return "app"
    return "message" if code in _MESSAGE else "recipient"


async def timed(method: str, answer: Awaitable[_Answer], *, within: timedelta = CALL) -> _Answer:
    """Return what a call answers. Raises SlackError, also where there is no installation."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await answer
    except TimeoutError:
        raise SlackError(method, UNREACHABLE) from None
    except NotAllowedError:
        raise SlackError(method, NOT_INSTALLED) from None
