"""What is checked over all blocks of one message or view."""

from collections.abc import Iterator

from sandbox.slack import limits
from sandbox.slack.controls import INTERACTIVE, inner_blocks
from sandbox.slack.types import Json
from sandbox.slack.validate.block import BLOCKS, Surface
from sandbox.slack.validate.schema import array, problem, union

TABLES = frozenset({"table", "data_table"})
_MOST: dict[Surface, int] = {
    "message": limits.MESSAGE_BLOCKS,
    "modal": limits.VIEW_BLOCKS,
    "home": limits.VIEW_BLOCKS,
}


def check_blocks(
    blocks: object, surface: Surface, at: str, *, refuse_tables: bool = False
) -> list[str]:
    """Return everything that Slack finds wrong with a list of blocks."""
    allowed = {
        name: check
        for name, check in BLOCKS[surface].items()
        if not (refuse_tables and name in TABLES)
    }
    found = list(array(union(allowed), most=_MOST[surface])(blocks, at))
    if found or not isinstance(blocks, list):
        return found
    return [*_unique_ids(blocks, at), *_markdown_total(blocks, at)]


def tables_in(blocks: list[Json]) -> int:
    """Count the tables, those in containers included."""
    return sum(int(block["type"] in TABLES) + tables_in(inner_blocks(block)) for block in blocks)


def _unique_ids(blocks: list[Json], at: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            yield problem(f"`block_id` {block_id} already exists", f"{at}/{index}/block_id")
        elif block_id is not None:
            seen.add(block_id)
        yield from _unique_actions(block, f"{at}/{index}")


def _unique_actions(block: Json, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, element in enumerate(block.get("elements", ())):
        if element["type"] not in INTERACTIVE:
            continue
        action_id = element.get("action_id")
        if action_id in seen:
            yield problem(
                f"`action_id` {action_id} already exists", f"{at}/elements/{index}/action_id"
            )
        elif action_id is not None:
            seen.add(action_id)


def _markdown_total(blocks: list[Json], at: str) -> Iterator[str]:
    total = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if total > limits.MARKDOWN_TOTAL:
        yield problem(f"must be less than {limits.MARKDOWN_TOTAL + 1} characters", at)
