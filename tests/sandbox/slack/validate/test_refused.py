"""What Slack refuses: each broken rule is named, with its place."""

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
    raw,
    rich,
    section,
    select,
    table,
    word,
)

DATE: Json = {"type": "date", "timestamp": 1795300000, "format": "{date_short} at {time}"}
PICKER: Json = {"type": "datetimepicker"}

BAD: list[tuple[object, str]] = [
    ("text", "must provide an object /blocks/0"),
    ({}, "missing required field: type /blocks/0"),
    ({"type": 7}, "must provide a string /blocks/0/type"),
    ({"type": "marquee"}, "unsupported type: marquee /blocks/0/type"),
    ({"type": "divider", "style": "bold"}, "invalid additional property: style /blocks/0"),
    (
        {"type": "divider", "block_id": "x" * 256},
        "must be less than 256 characters /blocks/0/block_id",
    ),
    ({"type": "divider", "block_id": ""}, "must be more than 0 characters /blocks/0/block_id"),
    (
        {"type": "header", "text": plain(151)},
        "must be less than 151 characters /blocks/0/text/text",
    ),
    ({"type": "header", "text": marked()}, "unsupported type: mrkdwn /blocks/0/text/type"),
    ({"type": "header"}, "missing required field: text /blocks/0"),
    ({"type": "section"}, "must define either `text` or `fields` /blocks/0/type"),
    (section(text=marked(0)), "must be more than 0 characters /blocks/0/text/text"),
    (section(text="plain"), "must provide an object /blocks/0/text"),
    (section(text=marked(3001)), "must be less than 3001 characters /blocks/0/text/text"),
    (section(text=marked() | {"emoji": True}), "invalid additional property: emoji /blocks/0/text"),
    (section(text=plain() | {"emoji": "yes"}), "must be a boolean /blocks/0/text/emoji"),
    (section(text={"type": "plain_text", "text": 5}), "must provide a string /blocks/0/text/text"),
    (section(fields=[]), "must provide at least 1 items /blocks/0/fields"),
    (section(fields=[marked()] * 11), "no more than 10 items allowed /blocks/0/fields"),
    (section(fields=[marked(2001)]), "must be less than 2001 characters /blocks/0/fields/0/text"),
    (section(fields={}), "must provide an array /blocks/0/fields"),
    (
        section(accessory={"type": "plain_text_input"}),
        "unsupported type: plain_text_input /blocks/0/accessory/type",
    ),
    (
        {"type": "context", "elements": [marked()] * 11},
        "no more than 10 items allowed /blocks/0/elements",
    ),
    (
        {"type": "context", "elements": [button()]},
        "unsupported type: button /blocks/0/elements/0/type",
    ),
    (actions(), "must provide at least 1 items /blocks/0/elements"),
    (actions(*[button()] * 26), "no more than 25 items allowed /blocks/0/elements"),
    (
        actions(button(text=plain(76))),
        "must be less than 76 characters /blocks/0/elements/0/text/text",
    ),
    (actions(button(text=marked())), "unsupported type: mrkdwn /blocks/0/elements/0/text/type"),
    (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters /blocks/0/elements/0/value",
    ),
    (actions(button(value="")), "must be more than 0 characters /blocks/0/elements/0/value"),
    (actions(button(style="blue")), "must be a valid enum value /blocks/0/elements/0/style"),
    (actions(button(url="x" * 3001)), "must be less than 3001 characters /blocks/0/elements/0/url"),
    (
        actions(button(confirm=confirm(title=plain(101)))),
        "must be less than 101 characters /blocks/0/elements/0/confirm/title/text",
    ),
    (
        actions(button(confirm=confirm(text=marked(301)))),
        "must be less than 301 characters /blocks/0/elements/0/confirm/text/text",
    ),
    (
        actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})),
        "missing required field: deny /blocks/0/elements/0/confirm",
    ),
    (actions(select(options=[])), "must provide at least 1 items /blocks/0/elements/0/options"),
    (
        actions(select(options=[option()] * 101)),
        "no more than 100 items allowed /blocks/0/elements/0/options",
    ),
    (
        actions(select(options=[option(76)])),
        "must be less than 76 characters /blocks/0/elements/0/options/0/text/text",
    ),
    (
        actions(select(options=[option(4, 151)])),
        "must be less than 151 characters /blocks/0/elements/0/options/0/value",
    ),
    (
        actions(select(options=[option(url="https://a.example")])),
        "invalid additional property: url /blocks/0/elements/0/options/0",
    ),
    (
        actions(select(initial_option=None)),
        "must provide an object /blocks/0/elements/0/initial_option",
    ),
    (
        actions(select(initial_option=option(5))),
        "must be one of the options /blocks/0/elements/0/initial_option",
    ),
    (
        actions({"type": "static_select"}),
        "must define either `options` or `option_groups` /blocks/0/elements/0/type",
    ),
    (
        actions(select(option_groups=[{"label": plain(), "options": [option()]}])),
        "must define either `options` or `option_groups` /blocks/0/elements/0/type",
    ),
    (
        actions(select(placeholder=plain(151))),
        "must be less than 151 characters /blocks/0/elements/0/placeholder/text",
    ),
    (
        actions({"type": "overflow", "options": [option()] * 6}),
        "no more than 5 items allowed /blocks/0/elements/0/options",
    ),
    (
        actions({"type": "checkboxes", "options": [option()] * 11}),
        "no more than 10 items allowed /blocks/0/elements/0/options",
    ),
    (
        actions({"type": "checkboxes", "options": [option()], "initial_options": [option(5)]}),
        "must be one of the options /blocks/0/elements/0/initial_options",
    ),
    (
        actions({"type": "datepicker", "initial_date": "1 Dec"}),
        r"input must match regex pattern: \d{4}-\d{2}-\d{2} /blocks/0/elements/0/initial_date",
    ),
    (
        actions({"type": "plain_text_input"}),
        "unsupported type: plain_text_input /blocks/0/elements/0/type",
    ),
    (field(button()), "unsupported type: button /blocks/0/element/type"),
    (
        field({"type": "plain_text_input"}, label=marked()),
        "unsupported type: mrkdwn /blocks/0/label/type",
    ),
    (
        field({"type": "plain_text_input", "max_length": 3001}),
        "must be less than or equal to 3000 /blocks/0/element/max_length",
    ),
    (
        field({"type": "plain_text_input", "max_length": 0}),
        "must be greater than 1 /blocks/0/element/max_length",
    ),
    (
        field({"type": "plain_text_input", "max_length": "9"}),
        "must provide an integer /blocks/0/element/max_length",
    ),
    (
        field({"type": "plain_text_input", "max_length": True}),
        "must provide an integer /blocks/0/element/max_length",
    ),
    (
        field({"type": "plain_text_input", "min_length": 2, "max_length": 1}),
        "must be less than or equal to 1 /blocks/0/element/min_length",
    ),
    (
        field({"type": "number_input"}),
        "missing required field: is_decimal_allowed /blocks/0/element",
    ),
    (
        field(PICKER | {"initial_date_time": 5}),
        "must be greater than 1000000000 /blocks/0/element/initial_date_time",
    ),
    (IMAGE | {"alt_text": ""}, "must be more than 0 characters /blocks/0/alt_text"),
    (
        {"type": "image", "alt_text": "x"},
        "must define either `image_url` or `slack_file` /blocks/0/type",
    ),
    (IMAGE | {"image_url": "file:///etc/passwd"}, "invalid_url /blocks/0/image_url"),
    (IMAGE | {"image_url": "http://[x"}, "invalid_url /blocks/0/image_url"),
    (
        IMAGE | {"image_url": "http://127.0.0.1/x.png"},
        "downloading image failed /blocks/0/image_url",
    ),
    (
        {"type": "markdown", "text": "x" * 12_001},
        "must be less than 12001 characters /blocks/0/text",
    ),
    (
        {"type": "card"},
        "must define one of `hero_image`, `title`, `actions` or `body` /blocks/0/type",
    ),
    ({"type": "alert", "text": plain()}, "unsupported type: alert /blocks/0/type"),
    (table(101), "no more than 100 items allowed /blocks/0/rows"),
    (table(0), "must provide at least 1 items /blocks/0/rows"),
    (table(1, 21), "no more than 20 items allowed /blocks/0/rows/0"),
    (table() | {"rows": [[raw("")]]}, "must be more than 0 characters /blocks/0/rows/0/0/text"),
    (table() | {"rows": [[button()]]}, "unsupported type: button /blocks/0/rows/0/0/type"),
    (
        table() | {"rows": [[{"type": "raw_number", "value": "5", "text": "5"}]]},
        "must provide a number /blocks/0/rows/0/0/value",
    ),
    (table(column_settings=[{}] * 21), "no more than 20 items allowed /blocks/0/column_settings"),
    (
        table(column_settings=[{"align": "middle"}]),
        "must be a valid enum value /blocks/0/column_settings/0/align",
    ),
    (data_table(1), "must provide at least 2 items /blocks/0/rows"),
    (data_table(202), "no more than 201 items allowed /blocks/0/rows"),
    (
        data_table() | {"rows": [[raw()], [raw(), raw()]]},
        "all rows must have the same number of cells /blocks/0/rows/1",
    ),
    (
        data_table() | {"rows": [[rich(line(word()))], [raw()]]},
        "unsupported type: rich_text /blocks/0/rows/0/0/type",
    ),
    (
        data_table() | {"rows": [[raw()], [rich(line(word("x" * 20_000)))]]},
        "no more than 20000 characters allowed /blocks/0/rows",
    ),
    (
        data_table(row_header_column_index=1),
        "must be less than or equal to 0 /blocks/0/row_header_column_index",
    ),
    ({"type": "data_table", "rows": [[raw()]] * 2}, "missing required field: caption /blocks/0"),
    (rich({"type": "paragraph"}), "unsupported type: paragraph /blocks/0/elements/0/type"),
    (rich(line(word(""))), "must be more than 0 characters /blocks/0/elements/0/elements/0/text"),
    (
        rich(line(word(style={"loud": True}))),
        "invalid additional property: loud /blocks/0/elements/0/elements/0/style",
    ),
    (
        rich(line({"type": "broadcast", "range": "all"})),
        "must be a valid enum value /blocks/0/elements/0/elements/0/range",
    ),
    (
        rich(line(DATE | {"format": "soon"})),
        "invalid date format /blocks/0/elements/0/elements/0/format",
    ),
    (
        rich(line(DATE | {"format": "{when}"})),
        "invalid date format /blocks/0/elements/0/elements/0/format",
    ),
    (
        rich(line(DATE | {"timestamp": "now"})),
        "must provide an integer /blocks/0/elements/0/elements/0/timestamp",
    ),
    (
        rich({"type": "rich_text_list", "style": "bullet", "elements": [word()]}),
        "unsupported type: text /blocks/0/elements/0/elements/0/type",
    ),
    (
        rich({"type": "rich_text_list", "style": "bullet", "elements": [], "indent": 9}),
        "must be less than or equal to 8 /blocks/0/elements/0/indent",
    ),
    (
        rich({"type": "rich_text_preformatted", "elements": [DATE]}),
        "unsupported type: date /blocks/0/elements/0/elements/0/type",
    ),
]


@pytest.mark.parametrize(("block", "expected"), BAD, ids=range(len(BAD)))
def test_what_is_beyond_is_named_with_its_place(block: object, expected: str) -> None:
    """Each broken rule gives one message in Slack's words and a pointer."""
    message, _, place = expected.rpartition(" ")

    assert check_blocks([block], "message", "/blocks") == [f"{message} [json-pointer:{place}]"]
