"""Reading what Slack answers: what was promised, or `broken_answer`."""

from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackError
from bot.slack._errors import BROKEN_ANSWER

Json = dict[str, Any]


def text_in(answer: AsyncSlackResponse, *path: str) -> str:
    """Return a text that must be there."""
    value: object = answer.data
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        raise _broken(answer)
    return value


def optional_text_in(answer: AsyncSlackResponse, name: str) -> str:
    """Return a text, "" for what is none."""
    value = value_in(answer, name)
    return value if isinstance(value, str) else ""


def object_in(answer: AsyncSlackResponse, name: str) -> Json:
    """Return an object that must be there."""
    value = value_in(answer, name)
    if not isinstance(value, dict):
        raise _broken(answer)
    return value


def list_in(answer: AsyncSlackResponse, name: str) -> list[Any]:
    """Return a list that must be there."""
    value = value_in(answer, name)
    if not isinstance(value, list):
        raise _broken(answer)
    return value


def next_cursor(answer: AsyncSlackResponse) -> str | None:
    """Return where the next page begins, None on the last."""
    about = value_in(answer, "response_metadata")
    cursor = about.get("next_cursor") if isinstance(about, dict) else None
    return cursor if isinstance(cursor, str) and cursor else None


def value_in(answer: AsyncSlackResponse, name: str) -> object:
    """Return whatever is there."""
    # Its own `get` raises where the answer is no object.
    return answer.data.get(name) if isinstance(answer.data, dict) else None


def _broken(answer: AsyncSlackResponse) -> SlackError:
    return SlackError(answer.api_url.rpartition("/")[2], BROKEN_ANSWER)
