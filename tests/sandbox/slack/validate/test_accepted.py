"""What Slack takes: each block at its limits."""

import pytest

from sandbox.slack.validate.document import check_blocks
from tests.sandbox.slack.validate.samples import (
    IMAGE,
    Json,
    actions,
    button,
    confirm,
    data_table,
    field,
    line,
    marked,
    option,
    plain,
    rich,
    section,
    select,
    table,
    word,
)

DATE: Json = {"type": "date", "timestamp": 1795300000, "format": "{date_short} at {time}"}
PICKER: Json = {"type": "datetimepicker"}

GOOD = [
    {"type": "divider", "block_id": "x" * 255},
    {"type": "header", "text": plain(150)},
    section(text=marked(3000), fields=[marked(2000)] * 10, expand=True),
    section(text=plain(1) | {"emoji": False}),
    section(text=marked() | {"verbatim": True}),
    section(accessory=IMAGE),
    {"type": "context", "elements": [IMAGE, *[marked(3000)] * 9]},
    actions(*(button(action_id=f"a{n}") for n in range(25))),
    actions(
        button(
            action_id="x" * 255,
            text=plain(75),
            value="v" * 2000,
            url="https://a.example/" + "x" * 2982,
            style="danger",
            confirm=confirm(style="primary"),
            accessibility_label="x" * 75,
        )
    ),
    actions(select(options=[option(75, 150, description=plain(75))] * 100, placeholder=plain(150))),
    actions(select(initial_option=option())),
    actions({"type": "overflow", "options": [option(url="https://a.example")] * 5}),
    actions({"type": "checkboxes", "options": [{"text": marked(), "value": "v"}] * 10}),
    actions({"type": "radio_buttons", "options": [option()], "initial_option": option()}),
    actions({"type": "datepicker", "initial_date": "2026-12-01"}),
    actions({"type": "timepicker", "initial_time": "23:59", "timezone": "Asia/Shanghai"}),
    actions({"type": "conversations_select", "filter": {"include": ["im"]}}),
    field({"type": "plain_text_input", "max_length": 3000, "min_length": 3000}, hint=plain(2000)),
    field({"type": "plain_text_input", "initial_value": ""}, label=plain(2000)),
    field({"type": "number_input", "is_decimal_allowed": True, "min_value": "-1.5"}),
    field({"type": "rich_text_input", "initial_value": rich(line(word()))}),
    field(PICKER | {"initial_date_time": 1795300000}, optional=True, dispatch_action=True),
    field({"type": "file_input", "filetypes": ["csv"], "max_files": 10}),
    field({"type": "multi_static_select", "options": [option()], "max_selected_items": 1}),
    field(
        {
            "type": "plain_text_input",
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        }
    ),
    IMAGE | {"title": plain(2000), "alt_text": "x" * 2000},
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"},
    {"type": "markdown", "text": "x" * 12_000},
    {
        "type": "video",
        "alt_text": "x",
        "title": plain(200),
        "thumbnail_url": "https://a.example",
        "video_url": "https://a.example",
    },
    {"type": "card", "title": marked(150), "body": marked(200), "actions": [button()] * 3},
    {"type": "carousel", "elements": [{"type": "card", "body": marked()}] * 10},
    {"type": "container", "title": plain(150), "child_blocks": [table(), section()]},
    {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain()}],
    },
    table(100, 20, column_settings=[None, {"align": "right"}, *[{"is_wrapped": True}] * 18]),
    table() | {"rows": [[{"type": "raw_number", "value": 1.5, "text": "1.5"}, rich(line(word()))]]},
    data_table(201, 20, page_size=100, row_header_column_index=19),
    rich(
        line(word(style={"bold": True, "code": False}), DATE | {"fallback": "x", "url": "x"}),
        line(
            {"type": "link", "url": "https://a.example", "text": "x"},
            {"type": "user", "user_id": "U1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "emoji", "name": "wave", "skin_tone": 2},
            {"type": "broadcast", "range": "here"},
            {"type": "color", "value": "#A1b2C3"},
        ),
        {"type": "rich_text_list", "style": "ordered", "elements": [line(word())], "indent": 8},
        {"type": "rich_text_quote", "elements": [word()], "border": 1},
        {"type": "rich_text_preformatted", "elements": [word()], "language": "sql"},
    ),
    rich(),
    rich(line()),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_what_is_at_the_limit_passes(block: Json) -> None:
    """Each block at its limits is accepted in a message."""
    assert check_blocks([block], "message", "/blocks") == []
