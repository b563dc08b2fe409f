"""Scripts that are asked for many times at the same moment go to Redis as one command.

A round trip costs more than most scripts. Nobody waits for others: what is asked for in one pass of
the event loop goes out in the next.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from bot.errors import StoreUnavailableError, TokenbellError
from bot.store._commands import Redis
from bot.store.redis import translate_errors

MOST_AT_ONCE = 50
"""How many go into one command at the most, so that it does not keep Redis from others."""

MOST_TEXT = 500_000
"""How many characters of arguments they may have together."""

# ARGV: for each, how many keys and how many arguments it has, then these arguments.
_EACH = """
local function one(KEYS, ARGV)
%s
end
local answers, key, at = {}, 1, 1
while at < #ARGV do
  local keys, args = {}, {}
  for i = 1, tonumber(ARGV[at]) do keys[i] = KEYS[key + i - 1] end
  for i = 1, tonumber(ARGV[at + 1]) do args[i] = ARGV[at + 1 + i] end
  key, at = key + #keys, at + 2 + #args
  answers[#answers + 1] = one(keys, args)
end
return answers
"""


class _Asked(NamedTuple):
    keys: Sequence[str]
    args: Sequence[str | int]
    answer: "asyncio.Future[Any]"


class Together:
    """A script whose calls on one hash tag are made together. It may not answer with nil."""

    def __init__(self, redis: Redis, script: str) -> None:
        self._script = redis.register_script(_EACH % script)
        self._waiting: defaultdict[str, list[_Asked]] = defaultdict(list)
        self._sending: set[asyncio.Task[None]] = set()

    async def __call__(self, keys: Sequence[str], args: Iterable[str | int]) -> Any:
        """Return what the script answers. Raises StoreUnavailableError."""
        loop = asyncio.get_running_loop()
        asked = _Asked(keys, tuple(args), loop.create_future())
        tag = _tag(keys[0])
        if not self._waiting[tag]:
            loop.call_soon(self._send, tag)
        self._waiting[tag].append(asked)
        return await asked.answer

    def _send(self, tag: str) -> None:
        for batch in _batches(self._waiting.pop(tag)):
            task = asyncio.create_task(self._ask(batch))
            self._sending.add(task)
            task.add_done_callback(partial(self._sent, batch))

    def _sent(self, batch: Sequence[_Asked], task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        for asked in batch:
            asked.answer.cancel()  # nothing happens to those that have theirs

    async def _ask(self, waiting: Sequence[_Asked]) -> None:
        keys = [key for asked in waiting for key in asked.keys]
        args: list[str | int] = []
        for asked in waiting:
            args += [len(asked.keys), len(asked.args), *asked.args]
        try:
            async with translate_errors():
                answers = await self._script(keys=keys, args=args)
            answered = list(zip(waiting, answers, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            _fail(waiting, error)
        else:
            for asked, answer in answered:
                if not asked.answer.done():
                    asked.answer.set_result(answer)


def _batches(waiting: Iterable[_Asked]) -> Iterator[list[_Asked]]:
    batch: list[_Asked] = []
    room = MOST_TEXT
    for asked in waiting:
        size = sum(len(arg) for arg in asked.args if isinstance(arg, str))
        if batch and (len(batch) == MOST_AT_ONCE or size > room):
            yield batch
            batch, room = [], MOST_TEXT
        batch.append(asked)
        room -= size
    yield batch


def _fail(waiting: Iterable[_Asked], error: Exception) -> None:
    for asked in waiting:
        if not asked.answer.done():
            # Each has one of its own: whoever raises it adds to its traceback.
            own = StoreUnavailableError(str(error)) if isinstance(error, TokenbellError) else error
            asked.answer.set_exception(own)


def _tag(key: str) -> str:
    """Return what decides on the slot of a key.

    https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
    """
    return key[key.index("{") : key.index("}")]
