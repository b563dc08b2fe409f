"""What holds over all blocks of a message or view, and for anything at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.validate.block import BLOCKS, Surface
from sandbox.slack.validate.document import check_blocks
from tests.sandbox.slack.validate.samples import (
    Json,
    actions,
    button,
    data_table,
    plain,
    table,
)


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_each_surface_has_its_number_of_blocks(surface: Surface, most: int) -> None:
    """50 in a message, 100 in a view."""
    assert check_blocks([{"type": "divider"}] * most, surface, "/b") == []
    assert check_blocks([{"type": "divider"}] * (most + 1), surface, "/b") == [
        f"no more than {most} items allowed [json-pointer:/b]"
    ]


@pytest.mark.parametrize("surface", ["modal", "home"])
@pytest.mark.parametrize("block", [table(), data_table(), {"type": "markdown", "text": "x"}])
def test_some_blocks_are_for_messages_only(surface: Surface, block: Json) -> None:
    """Tables and markdown are neither for modals nor for Home."""
    assert check_blocks([block], surface, "/b") == [
        f"unsupported type: {block['type']} [json-pointer:/b/0/type]"
    ]


def test_alerts_are_for_modals_only() -> None:
    """An alert is accepted in a modal."""
    assert (
        check_blocks([{"type": "alert", "text": plain(200), "level": "info"}], "modal", "/b") == []
    )


def test_block_ids_are_unique() -> None:
    """Two blocks cannot have one id; blocks without one do not clash."""
    divider = {"type": "divider"}
    assert check_blocks([divider, divider], "message", "/b") == []
    assert check_blocks([{**divider, "block_id": "a"}] * 2, "message", "/b") == [
        "`block_id` a already exists [json-pointer:/b/1/block_id]"
    ]


def test_action_ids_are_unique_within_a_block() -> None:
    """In one row of buttons each has its own action_id; another row may repeat it."""
    row = actions(button(action_id="a"), button(), button())
    assert check_blocks([row, row], "message", "/b") == []
    twice = actions(button(action_id="a"), button(action_id="a"))
    assert check_blocks([twice], "message", "/b") == [
        "`action_id` a already exists [json-pointer:/b/0/elements/1/action_id]"
    ]


def test_markdown_counts_together() -> None:
    """All markdown blocks of a message share 12,000 characters."""
    half = {"type": "markdown", "text": "x" * 6000}

    assert check_blocks([half, half], "message", "/b") == []
    assert check_blocks([half, half, {"type": "markdown", "text": "x"}], "message", "/b") == [
        "must be less than 12001 characters [json-pointer:/b]"
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "rows", "options", "element", "block_id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
KINDS = st.sampled_from(sorted(BLOCKS["message"]))


@settings(deadline=None)
@given(
    kind=KINDS,
    rest=st.dictionaries(
        st.sampled_from(
            ["text", "elements", "rows", "fields", "element", "label", "child_blocks", "caption"]
        ),
        ANYTHING,
        max_size=4,
    ),
)
def test_no_block_is_too_strange_to_be_judged(kind: str, rest: Json) -> None:
    """Whatever an app sends, the answer is a list of messages with pointers, never a crash."""
    found = check_blocks([{"type": kind, **rest}], "message", "/blocks")

    assert all("[json-pointer:/blocks" in message for message in found)


@settings(deadline=None)
@given(ANYTHING)
def test_blocks_may_be_anything(blocks: object) -> None:
    """Even what is no list is judged."""
    check_blocks(blocks, "modal", "/view/blocks")
