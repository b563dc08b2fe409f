"""The table of Redis keys: what is known about each pattern, and how ids become part of a key."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, ParamSpec
from urllib.parse import quote

from bot.errors import StoreError

_LONGEST_PART = 128
_REMEMBERED = 4096

RedisType = Literal["string", "hash", "set", "zset", "list", "stream"]


class Key(NamedTuple):
    """What is known about the keys of one pattern.

    `owner` is the one module that writes them, `longest` the longest TTL that they may have (None:
    they live until they are deleted), `sealed` whether the vault seals what is in them.
    """

    pattern: str
    type: RedisType
    owner: str
    longest: timedelta | None
    sealed: bool
    holds: str

    def matches(self, key: str) -> bool:
        """Tell whether a key has this pattern."""
        return _expression(self.pattern).fullmatch(key) is not None


TABLE: dict[str, Key] = {}
"""Every pattern that may occur, by the name of the function that makes its keys."""

_P = ParamSpec("_P")


def key(
    pattern: str,
    redis_type: RedisType,
    owner: str,
    holds: str,
    *,
    longest: timedelta | None,
    sealed: bool = False,
) -> Callable[[Callable[_P, str]], Callable[_P, str]]:
    """Put the keys that a function makes into the table."""

    def register(function: Callable[_P, str]) -> Callable[_P, str]:
        TABLE[function.__name__] = Key(
            pattern, redis_type, f"bot.store.{owner}", longest, sealed, holds
        )
        return function

    return register


def _expression(pattern: str) -> re.Pattern[str]:
    literal = re.split(r"<[a-z_]+>", pattern)
    return re.compile(r"[A-Za-z0-9._~%-]+".join(re.escape(part) for part in literal))


@lru_cache(maxsize=_REMEMBERED)  # the same few ids come again and again
def part(text: str) -> str:
    """Return text as one part of a key: different texts never give the same part.

    An empty part would give an empty hash tag, which Redis ignores: the key would leave its slot.
    """
    if not text:
        raise StoreError("a part of a key is empty")
    escaped = quote(text, safe="", errors="surrogatepass")
    if len(escaped) <= _LONGEST_PART:
        return escaped
    # `%~` never comes out of `quote`, so that no short text can pose as a long one.
    return f"%~{hashlib.sha256(escaped.encode()).hexdigest()}"


def scoped(scope: str, *parts: str) -> str:
    """Return a key of an installation."""
    return ":".join((f"tb:{{{part(scope)}}}", *map(part, parts)))
