"""Messages and views as a person reads them."""

from collections.abc import Iterator
from typing import Any

from bot.blocks._kit import Message
from tests.blocks.checker import objects

Json = dict[str, Any]


def blocks_of(payload: Message | Json) -> list[Json]:
    """Return the blocks of a message or a view."""
    if isinstance(payload, Message):
        return payload.blocks
    blocks: list[Json] = payload["blocks"]
    return blocks


def lines(payload: Message | Json) -> list[str]:
    """Return what is read, a line for each paragraph, bullet, input and grey text."""
    return [line for block in blocks_of(payload) for line in _lines(block)]


def rows(message: Message) -> list[list[str]]:
    """Return the cells of the table at the bottom."""
    table = message.blocks[-1]
    assert table["type"] == "table"
    return [["".join(_lines(each)) for each in row] for row in table["rows"]]


def buttons(payload: Message | Json) -> dict[str, str]:
    """Return the buttons by their labels, with their values."""
    return {
        each["text"]["text"]: each.get("value", "")
        for each in objects(blocks_of(payload))
        if each.get("type") == "button"
    }


def inputs(view: Json) -> dict[str, Json]:
    """Return the inputs of a view by their block ids."""
    return {
        block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"
    }


def menu(payload: Message | Json, action_id: str) -> list[tuple[str, str]]:
    """Return the labels and values of a menu's options."""
    (found,) = [e for e in objects(blocks_of(payload)) if e.get("action_id") == action_id]
    return [(option["text"]["text"], option["value"]) for option in found["options"]]


def _lines(block: Json) -> Iterator[str]:
    kind = block["type"]
    if kind in {"header", "section"}:
        yield block["text"]["text"]
    elif kind == "raw_text":
        yield block["text"]
    elif kind == "context":
        yield from (each["text"] for each in block["elements"])
    elif kind == "input":
        yield block["label"]["text"]
    elif kind == "rich_text":
        for part in block["elements"]:
            bullets = part["elements"] if part["type"] == "rich_text_list" else [part]
            yield from ("".join(map(_word, bullet["elements"])) for bullet in bullets)


def _word(element: Json) -> str:
    if element["type"] == "emoji":
        return f":{element['name']}:"
    if element["type"] == "user":
        return f"@{element['user_id']}"
    return str(element["text"] if element["type"] == "text" else f"<{element['fallback']}>")
