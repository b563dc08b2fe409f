"""What Slack adds to blocks when it keeps them."""

import json

from sandbox.slack.controls import INTERACTIVE, inner_blocks
from sandbox.slack.ids import short_id
from sandbox.slack.types import Json


def kept(given: list[Json]) -> list[Json]:
    """Return a copy with the ids and defaults that Slack fills in."""
    blocks: list[Json] = json.loads(json.dumps(given))
    _name(blocks)
    for block in blocks:
        _complete(block)
    return blocks


def _name(blocks: list[Json]) -> None:
    for block in blocks:
        block["block_id"] = block.get("block_id") or short_id()
        _name(inner_blocks(block))


def _complete(node: object) -> None:
    if isinstance(node, list):
        for item in node:
            _complete(item)
    if isinstance(node, dict):
        if node.get("type") in INTERACTIVE:
            node["action_id"] = node.get("action_id") or short_id()
        elif node.get("type") == "plain_text":
            node.setdefault("emoji", True)
        elif node.get("type") == "mrkdwn":
            node.setdefault("verbatim", False)
        for child in node.values():
            _complete(child)


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
