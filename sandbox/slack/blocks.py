"""What Slack adds to blocks when it keeps them."""

import copy

from sandbox.slack.controls import BUTTONS, SHAPES
from sandbox.slack.ids import short_id
from sandbox.slack.types import Json


def kept(blocks: list[Json]) -> list[Json]:
    """Return a copy with the ids and defaults that Slack fills in."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        _complete(block, is_block=True)
    return blocks


def _complete(node: Json, *, is_block: bool = False) -> None:
    kind = node.get("type")
    if is_block:
        node["block_id"] = node.get("block_id") or short_id()
    elif kind in SHAPES or kind in BUTTONS:
        node["action_id"] = node.get("action_id") or short_id()
    if kind == "plain_text":
        node.setdefault("emoji", True)
    elif kind == "mrkdwn":
        node.setdefault("verbatim", False)
    for name, child in node.items():
        if isinstance(child, dict):
            _complete(child)
        elif isinstance(child, list) and kind not in ("table", "data_table"):
            for item in child:
                if isinstance(item, dict):
                    _complete(item, is_block=name in ("child_blocks", "blocks"))


def tables_last(blocks: list[Json]) -> list[Json]:
    """Return blocks in the order that Slack draws them: a table at the bottom of its message."""
    return sorted(blocks, key=lambda block: block["type"] == "table")


def kept_attachments(attachments: list[Json]) -> list[Json]:
    """Return a copy of attachments, numbered, with their blocks completed."""
    return [
        {"id": number, "fallback": "[no preview available]", **attachment}
        | ({"blocks": kept(attachment["blocks"])} if "blocks" in attachment else {})
        for number, attachment in enumerate(attachments, start=1)
    ]
