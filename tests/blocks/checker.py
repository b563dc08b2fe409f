"""Whether Slack would take a message or a view, by three opinions, and whether it is safe.

The sandbox's own table of limits, slack_sdk's validators, slackblocks where it reads blocks back;
and what none of them looks at: lengths as JavaScript counts them, and foreign text that escapes.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import pytest
import slackblocks.blocks
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block, BlockElement
from slack_sdk.models.views import View

from bot.blocks._kit import Message
from sandbox.slack.validate.message import check_message as sandbox_checks_message
from sandbox.slack.validate.view import check_view as sandbox_checks_view

Json = dict[str, Any]

_MOST = {"header": 150, "plain_text": 3000, "mrkdwn": 3000, "raw_text": 2000, "text": 3000}
_TABLE_CHARACTERS = 10_000
_ENTITY = re.compile(r"&(?:amp|lt|gt);")


def _remember_classes(monkey: pytest.MonkeyPatch) -> None:
    """Let slack_sdk look through its classes once, not for each element of each block."""
    elements = vars(BlockElement)["_get_sub_block_elements"].__func__
    known: Any = cache(lambda kind: tuple(elements(kind)))
    monkey.setattr(BlockElement, "_get_sub_block_elements", classmethod(known))

    @cache
    def validators(kind: type[JsonObject]) -> list[str]:
        return [name for name in dir(kind) if hasattr(getattr(kind, name, None), "validator")]

    def validate(each: JsonObject) -> None:
        for name in validators(type(each)):
            getattr(each, name)()

    monkey.setattr(JsonObject, "validate_json", validate)


_remember_classes(pytest.MonkeyPatch())


def check_message(message: Message, *, people: Collection[str] = ()) -> Message:
    """Fail unless Slack would take the message, and nothing in it is parsed or hidden.

    `people` are the user ids that it may name.
    """
    assert message.text
    assert units(message.text) <= 4000
    _check_markup(message.text)
    sandbox_checks_message(message.blocks, [], refuse_tables=False)
    _check_blocks(message.blocks, people)
    tables = [index for index, block in enumerate(message.blocks) if block["type"] == "table"]
    assert tables in ([], [len(message.blocks) - 1])
    return message


def check_view(view: Json) -> Json:
    """Fail unless Slack would take the view, and nothing in it is parsed or hidden."""
    kind = view["type"]
    sandbox_checks_view(view, kind=kind, refuse_tables=False)
    View(**view).to_dict()
    _check_blocks(view["blocks"])
    assert all(block["type"] not in {"table", "data_table"} for block in view["blocks"])
    assert units(view.get("private_metadata", "")) <= 3000
    return view


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _check_blocks(blocks: list[Json], people: Collection[str] = ()) -> None:
    json.dumps(blocks).encode()
    assert all(block["type"] != "markdown" for block in blocks)
    for block in blocks:
        Block.parse(block).to_dict()  # type: ignore[union-attr]  # None only for None
        _ask_slackblocks(block)
        if block["type"] == "table":
            assert sum(len(text) for text in strings(block["rows"])) <= _TABLE_CHARACTERS
        for each in objects(block):
            _check_object(each, people)


def _ask_slackblocks(block: Json) -> None:
    if block["type"] in {"header", "context", "divider"} or (
        block["type"] == "section" and "accessory" not in block
    ):
        slackblocks.blocks.Block.from_dict(block)


def _check_object(each: Json, people: Collection[str]) -> None:
    kind, text = each.get("type"), each.get("text")
    if kind == "mrkdwn":
        assert each["verbatim"] is True
        _check_markup(each["text"])
    elif kind in {"plain_text", "raw_text"}:
        assert each.get("emoji", False) is False
        assert text == " ".join(str(text).split())
    elif kind == "user":
        assert each["user_id"] in people
    elif kind in {"link", "usergroup", "channel", "broadcast"}:
        raise AssertionError(f"a live {kind} element in a message of foreign data")
    if isinstance(text, str):
        assert text
        assert units(text) <= _MOST[str(kind)]
        hidden = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} - {"\n"}
        assert not hidden
    if kind == "button":
        assert units(each["text"]["text"]) <= 75
        assert 0 < units(each.get("value", "-")) <= 2000
    options = each.get("options", [])
    assert len({option["value"] for option in options}) == len(options)
    for option in options:
        assert units(option["text"]["text"]) <= 75
        assert 0 < units(option["value"]) <= 150
        assert units(option.get("description", {}).get("text", "")) <= 75


def _check_markup(text: str) -> None:
    """Only our own asterisks and backticks: no link, no mention, no bare ampersand."""
    assert "<" not in text
    assert ">" not in text
    assert "&" not in _ENTITY.sub("", text)


def objects(value: Any) -> Iterator[Json]:
    """Yield every object in a payload."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def strings(value: Any) -> Iterator[str]:
    """Yield every text that a reader sees in a payload."""
    for each in objects(value):
        for name in ("text", "fallback", "initial_value"):
            if isinstance(each.get(name), str):
                yield each[name]


def seen(payload: Message | Json) -> str:
    """Return all that a reader sees, on one line for each text."""
    blocks = payload.blocks if isinstance(payload, Message) else [payload]
    return "\n".join(strings(blocks))
