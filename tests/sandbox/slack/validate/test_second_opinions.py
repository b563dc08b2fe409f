"""The sandbox's limits against those of two libraries: where they know a limit, all agree."""

import re
from collections.abc import Callable

import pytest
import slackblocks
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slackblocks import _limits as theirs
from slackblocks import _surfaces as surfaces
from slackblocks._core import resolve
from slackblocks.errors import InvalidUsageError

from sandbox.slack import limits as ours
from sandbox.slack.validate.block import BLOCKS, Surface
from sandbox.slack.validate.document import check_blocks
from tests.sandbox.slack.validate.samples import (
    Json,
    actions,
    button,
    field,
    marked,
    option,
    plain,
    section,
    select,
)

SAME = {
    "ID": "BLOCK_ID_MAX_LENGTH",
    "TEXT": "TEXT_MAX_LENGTH",
    "MESSAGE_BLOCKS": "MESSAGE_BLOCKS_MAX_ITEMS",
    "MESSAGE_ATTACHMENTS": "MESSAGE_ATTACHMENTS_MAX_ITEMS",
    "MARKDOWN_TOTAL": "MARKDOWN_TOTAL_TEXT_MAX_LENGTH",
    "VIEW_BLOCKS": "VIEW_BLOCKS_MAX_ITEMS",
    "VIEW_TITLE": "VIEW_TITLE_MAX_LENGTH",
    "VIEW_BUTTON": "VIEW_SUBMIT_MAX_LENGTH",
    "PRIVATE_METADATA": "VIEW_PRIVATE_METADATA_MAX_LENGTH",
    "HEADER_TEXT": "HEADER_TEXT_MAX_LENGTH",
    "SECTION_TEXT": "SECTION_TEXT_MAX_LENGTH",
    "SECTION_FIELDS": "SECTION_FIELDS_MAX_ITEMS",
    "SECTION_FIELD": "SECTION_FIELDS_ITEM_MAX_LENGTH",
    "CONTEXT_ELEMENTS": "CONTEXT_ELEMENTS_MAX_ITEMS",
    "ACTIONS_ELEMENTS": "ACTIONS_ELEMENTS_MAX_ITEMS",
    "CONTEXT_ACTIONS_ELEMENTS": "CONTEXT_ACTIONS_ELEMENTS_MAX_ITEMS",
    "INPUT_LABEL": "INPUT_LABEL_MAX_LENGTH",
    "INPUT_HINT": "INPUT_HINT_MAX_LENGTH",
    "IMAGE_URL": "IMAGE_IMAGE_URL_MAX_LENGTH",
    "IMAGE_ALT_TEXT": "IMAGE_ALT_TEXT_MAX_LENGTH",
    "IMAGE_TITLE": "IMAGE_TITLE_MAX_LENGTH",
    "ALERT_TEXT": "ALERT_TEXT_MAX_LENGTH",
    "CARD_TITLE": "CARD_TITLE_MAX_LENGTH",
    "CARD_SUBTITLE": "CARD_SUBTITLE_MAX_LENGTH",
    "CARD_BODY": "CARD_BODY_MAX_LENGTH",
    "CARD_ACTIONS": "CARD_ACTIONS_MAX_ITEMS",
    "CAROUSEL_ELEMENTS": "CAROUSEL_ELEMENTS_MAX_ITEMS",
    "CONTAINER_TITLE": "CONTAINER_TITLE_MAX_LENGTH",
    "CONTAINER_BLOCKS": "CONTAINER_CHILD_BLOCKS_MAX_ITEMS",
    "VIDEO_TITLE": "VIDEO_TITLE_MAX_LENGTH",
    "VIDEO_DESCRIPTION": "VIDEO_DESCRIPTION_MAX_LENGTH",
    "VIDEO_NAME": "VIDEO_AUTHOR_NAME_MAX_LENGTH",
    "TABLE_ROWS": "TABLE_ROWS_MAX_ITEMS",
    "TABLE_COLUMNS": "TABLE_COLUMNS_MAX_ITEMS",
    "DATA_TABLE_ROWS": "DATA_TABLE_ROWS_MAX_ITEMS",
    "DATA_TABLE_COLUMNS": "DATA_TABLE_COLUMNS_MAX_ITEMS",
    "DATA_TABLE_PAGE": "DATA_TABLE_PAGE_SIZE_MAX",
    "DATA_TABLE_TEXT": "DATA_TABLE_CONTENT_MAX_LENGTH",
    "BUTTON_TEXT": "BUTTON_TEXT_MAX_LENGTH",
    "BUTTON_VALUE": "BUTTON_VALUE_MAX_LENGTH",
    "BUTTON_URL": "BUTTON_URL_MAX_LENGTH",
    "ACCESSIBILITY_LABEL": "BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH",
    "PLACEHOLDER": "SELECT_PLACEHOLDER_MAX_LENGTH",
    "OPTIONS": "SELECT_OPTIONS_MAX_ITEMS",
    "OPTION_GROUPS": "SELECT_OPTION_GROUPS_MAX_ITEMS",
    "OPTION_TEXT": "OPTION_TEXT_MAX_LENGTH",
    "OPTION_VALUE": "OPTION_VALUE_MAX_LENGTH",
    "OPTION_DESCRIPTION": "OPTION_DESCRIPTION_MAX_LENGTH",
    "OPTION_URL": "OPTION_URL_MAX_LENGTH",
    "GROUP_LABEL": "OPTION_GROUP_LABEL_MAX_LENGTH",
    "OVERFLOW_OPTIONS": "OVERFLOW_OPTIONS_MAX_ITEMS",
    "CHECKED_OPTIONS": "CHECKBOXES_OPTIONS_MAX_ITEMS",
    "CONFIRM_TITLE": "CONFIRMATION_TITLE_MAX_LENGTH",
    "CONFIRM_TEXT": "CONFIRMATION_TEXT_MAX_LENGTH",
    "CONFIRM_BUTTON": "CONFIRMATION_CONFIRM_MAX_LENGTH",
    "INPUT_TEXT": "PLAIN_TEXT_INPUT_MAX_LENGTH_MAX",
    "FILES": "FILE_INPUT_MAX_FILES_MAX",
    "LINES": "RICH_TEXT_INPUT_MAX_LINES_MAX",
    "LIST_INDENT": "RICH_TEXT_LIST_INDENT_MAX",
}
NOT_THEIRS = {"MESSAGE_TEXT", "UPDATE_TEXT", "VIEW_BYTES"}
NOT_OURS = {"data_visualization", "file", "plan", "task_card"}
DISPUTED_ON_HOME = {"table", "data_table", "container"}


@pytest.mark.parametrize("name", sorted(SAME))
def test_each_limit_agrees_with_slackblocks(name: str) -> None:
    """The two tables were written independently and give the same number."""
    assert getattr(ours, name) == getattr(theirs, SAME[name])


def test_no_limit_is_left_uncompared() -> None:
    """A new limit has to be compared, or named as one that slackblocks does not have."""
    names = {name for name in vars(ours) if re.fullmatch(r"[A-Z_]+", name)}

    assert names == set(SAME) | NOT_THEIRS


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_surfaces_agree_except_where_slack_disputes_itself(surface: Surface) -> None:
    """The same blocks on the same surfaces; tables on Home are disputed, four are not modelled."""
    expected = surfaces._BLOCK_TYPES_BY_SURFACE[surface] - NOT_OURS
    if surface == "home":
        expected -= DISPUTED_ON_HOME

    assert set(BLOCKS[surface]) == expected


SIZES: dict[str, tuple[int, Callable[[int], Json]]] = {
    "header": (150, lambda n: {"type": "header", "text": plain(n)}),
    "section": (3000, lambda n: section(text=marked(n))),
    "fields": (10, lambda n: {"type": "section", "fields": [marked()] * n}),
    "field": (2000, lambda n: {"type": "section", "fields": [marked(n)]}),
    "context": (10, lambda n: {"type": "context", "elements": [marked()] * n}),
    "block_id": (255, lambda n: {"type": "divider", "block_id": "x" * n}),
    "alt_text": (
        2000,
        lambda n: {"type": "image", "image_url": "https://a.example/x", "alt_text": "x" * n},
    ),
}


@pytest.mark.parametrize("name", sorted(SIZES))
@pytest.mark.parametrize("beyond", [0, 1])
def test_slackblocks_reads_what_the_sandbox_accepts(name: str, beyond: int) -> None:
    """At the limit both accept, one beyond both refuse."""
    most, build = SIZES[name]
    block = build(most + beyond)

    try:
        slackblocks.Block.from_dict(block)
    except InvalidUsageError:
        accepted = False
    else:
        accepted = True

    assert accepted is (beyond == 0)
    assert (check_blocks([block], "message", "/blocks") == []) is accepted


def words(text: str) -> slackblocks.Text:
    return slackblocks.Text(text, type_=slackblocks.TextType.PLAINTEXT)


def test_what_slackblocks_builds_is_accepted() -> None:
    """A message built by slackblocks at many of its limits passes."""
    blocks = [
        slackblocks.HeaderBlock("x" * 150),
        slackblocks.SectionBlock(
            "x" * 3000,
            accessory=slackblocks.Button("x" * 75, "go", value="v" * 2000, style="danger"),
        ),
        slackblocks.ActionsBlock(
            [
                slackblocks.StaticSelectMenu(
                    action_id="pick",
                    options=[slackblocks.Option(words("x" * 75), "v" * 150)] * 100,
                    placeholder="x" * 150,
                ),
                slackblocks.OverflowMenu("more", [slackblocks.Option(words("a"), "b")] * 5),
                slackblocks.DatePicker(action_id="day", initial_date="2026-12-01"),
            ]
        ),
        slackblocks.TableBlock([[slackblocks.RawText("x")] * 20] * 100),
        slackblocks.RichTextBlock(
            [slackblocks.RichTextSection([slackblocks.RichText("bold", bold=True)])]
        ),
    ]
    rendered = [resolve(block) for block in blocks]

    assert check_blocks(rendered, "message", "/blocks") == []


lengths = st.sampled_from([1, 74, 75, 76, 149, 150, 151, 255, 256, 1999, 2000, 2001, 3000, 3001])
counts = st.sampled_from([1, 2, 5, 6, 10, 11, 25, 26, 100, 101])
texts = st.builds(plain, lengths) | st.builds(marked, lengths)
buttons = st.builds(
    button,
    text=st.builds(plain, lengths),
    action_id=st.builds("x".__mul__, lengths),
    value=st.builds("x".__mul__, lengths),
)
selects = st.builds(
    lambda n, text: select(
        options=[option(min(text, 80), 4)] * n, action_id="a", placeholder=plain(text)
    ),
    counts,
    lengths,
)
BLOCK = (
    st.builds(lambda n: {"type": "header", "text": plain(n)}, lengths)
    | st.builds(lambda text: section(text=text), texts)
    | st.builds(lambda n, text: {"type": "section", "fields": [text] * n}, counts, texts)
    | st.builds(lambda n, text: {"type": "context", "elements": [text] * n}, counts, texts)
    | st.builds(actions, buttons | selects)
    | st.builds(lambda n: actions(*(button(action_id=f"a{i}") for i in range(n))), counts)
    | st.builds(
        lambda n, m: field(
            {"type": "plain_text_input", "action_id": "a"}, label=plain(n), hint=plain(m)
        ),
        lengths,
        lengths,
    )
)


@settings(deadline=None)
@given(BLOCK)
def test_what_the_sdk_refuses_the_sandbox_refuses(block: Json) -> None:
    """The sandbox is never more lenient than slack_sdk's own validators."""
    try:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()
    except SlackObjectFormationError:
        assert check_blocks([block], "message", "/blocks") != []
