"""A reading as bytes: a line of JSON about the reading, then lines with a slice of tokens each.

The target is left out: whoever reads it back knows it, and has an own label for it.
"""

import zlib
from collections.abc import Sequence

from pydantic import TypeAdapter
from pydantic_core import from_json

from bot.models.listing import Reading
from bot.models.target import Target
from bot.models.token import Token
from bot.slices import Slices

# The text is sealed afterwards, so speed matters more than the last byte.
_COMPRESSION = 1
_TOKENS: TypeAdapter[tuple[Token, ...]] = TypeAdapter(tuple[Token, ...])


async def pack(reading: Reading, slices: Slices) -> bytes:
    """Write a reading, when nobody else has anything to do."""
    packer = zlib.compressobj(_COMPRESSION)
    head = reading.model_dump_json(exclude_defaults=True, exclude={"target", "tokens"})

    def write(tokens: Sequence[Token]) -> bytes:
        line = _TOKENS.dump_json(
            tuple(tokens), exclude_defaults=True, exclude={"__all__": {"target"}}
        )
        return packer.compress(b"\n" + line)

    head_part = packer.compress(head.encode())
    parts = await slices.each(write, reading.tokens, patient=True)
    return b"".join((head_part, *parts, packer.flush()))


async def unpack(target: Target, data: bytes, slices: Slices) -> Reading | None:
    """Read a reading of a target back; None when another version wrote it otherwise."""

    def read(lines: Sequence[bytes]) -> tuple[Token, ...]:
        rows = from_json(lines[0])
        for row in rows:
            row["target"] = target
        return _TOKENS.validate_python(rows)

    try:
        head, *lines = zlib.decompress(data).split(b"\n")
        tokens = tuple(token for some in await slices.each(read, lines, 1) for token in some)
        # A head that names tokens, as older versions wrote it, is refused as a second argument.
        return Reading(target=target, tokens=tokens, **from_json(head))
    except (zlib.error, ValueError, TypeError):
        return None
