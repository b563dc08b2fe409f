"""Text that is safe to show: cut to Slack's limits, escaped where Slack would read markup."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Any

from bot.rules.places import NOTHING, place, where
from bot.rules.text import tidy

__all__ = [
    "NOTHING",
    "Json",
    "code",
    "cut",
    "escape",
    "place",
    "plain",
    "title",
    "units",
    "where",
]

Json = dict[str, Any]

_ELLIPSIS = "…"
_SHORT = 128
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def units(text: str) -> int:
    """Return the length of a text as JavaScript counts it, which is never less than ours."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def cut(text: str, limit: int) -> str:
    """Cut a text to a limit, between characters, and mark the cut."""
    # No character counts for more than two.
    if 2 * len(text) <= limit or units(text) <= limit:
        return text
    room = limit - len(_ELLIPSIS)
    kept = sum(1 for _ in takewhile(room.__ge__, accumulate(map(units, text))))
    return text[:kept].rstrip() + _ELLIPSIS


def plain(text: str | None, limit: int) -> str:
    """Return foreign text as one visible line within a limit, `-` when nothing is left."""
    if not text:
        return NOTHING
    return (_short if len(text) <= _SHORT else _plain)(text, limit)


def _plain(text: str, limit: int) -> str:
    return cut(tidy(text), limit) or NOTHING


_short = lru_cache(4096)(_plain)
"""The same names and places come in every reply; long texts are not kept in memory."""


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup in mrkdwn and in message text.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.translate(_MARKUP)


def code(text: str) -> str:
    """Return text as inline code for mrkdwn; a backtick, which cannot be escaped, is replaced."""
    return f"`{escape(text.replace('`', chr(0x27)))}`"


def title(source: str, titles: Mapping[str, str]) -> str:
    """Return what a source is called in words."""
    return titles.get(source) or tidy(source) or NOTHING
