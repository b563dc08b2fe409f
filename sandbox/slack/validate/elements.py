"""Block elements: docs.slack.dev/reference/block-kit/block-elements."""

from collections.abc import Iterator, Mapping

from sandbox.slack import limits
from sandbox.slack.types import Json
from sandbox.slack.validate.composition import (
    CONFIRM,
    DISPATCH,
    FILTER,
    IMAGE_URL,
    LISTED_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SELECT_OPTION,
    SELECTED_AT_MOST,
    SLACK_FILE,
    initial_among_options,
    marked,
    options_or_groups,
    plain,
)
from sandbox.slack.validate.rich_text import RICH_TEXT
from sandbox.slack.validate.schema import (
    Check,
    array,
    boolean,
    choice,
    every,
    fields,
    integer,
    problem,
    rule,
    text,
)

_ID: dict[str, Check] = {"action_id": text(limits.ID)}
_SELECT: dict[str, Check] = {
    **_ID,
    "placeholder": plain(limits.PLACEHOLDER),
    "confirm": CONFIRM,
    "focus_on_load": boolean,
}
_MULTI: dict[str, Check] = {**_SELECT, "max_selected_items": SELECTED_AT_MOST}
_TYPED: dict[str, Check] = {
    **_ID,
    "placeholder": plain(limits.PLACEHOLDER),
    "dispatch_action_config": DISPATCH,
    "focus_on_load": boolean,
}
_STATIC: dict[str, Check] = {
    "options": array(SELECT_OPTION, least=1, most=limits.OPTIONS),
    "option_groups": array(OPTION_GROUP, least=1, most=limits.OPTION_GROUPS),
}
_IDS = array(text())
_DATE = text(pattern=r"\d{4}-\d{2}-\d{2}")
_TIME = text(pattern=r"([01]\d|2[0-3]):[0-5]\d")
_NUMBER = text(pattern=r"-?\d+(\.\d+)?")


def _select(optional: Mapping[str, Check]) -> Check:
    return fields({}, {**_SELECT, **optional})


def _multi(optional: Mapping[str, Check]) -> Check:
    return fields({}, {**_MULTI, **optional})


@rule
def image_source(value: Json, at: str) -> Iterator[str]:
    """Check that an image comes from one place."""
    if ("image_url" in value) is ("slack_file" in value):
        yield problem("must define either `image_url` or `slack_file`", f"{at}/type")


@rule
def _lengths_in_order(value: Json, at: str) -> Iterator[str]:
    least, most = value.get("min_length", 0), value.get("max_length", limits.INPUT_TEXT)
    if least > most:
        yield problem(f"must be less than or equal to {most}", f"{at}/min_length")


BUTTON = fields(
    {"text": plain(limits.BUTTON_TEXT)},
    {
        **_ID,
        "url": text(limits.BUTTON_URL),
        "value": text(limits.BUTTON_VALUE),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(limits.ACCESSIBILITY_LABEL),
    },
)
IMAGE = every(
    fields(
        {"alt_text": text(limits.IMAGE_ALT_TEXT)},
        {"image_url": IMAGE_URL, "slack_file": SLACK_FILE},
    ),
    image_source,
)
CHECKBOXES = every(
    fields(
        {"options": array(LISTED_OPTION, least=1, most=limits.CHECKED_OPTIONS)},
        {
            **_ID,
            "initial_options": array(LISTED_OPTION, least=1, most=limits.CHECKED_OPTIONS),
            "confirm": CONFIRM,
            "focus_on_load": boolean,
        },
    ),
    initial_among_options,
)
RADIO_BUTTONS = every(
    fields(
        {"options": array(LISTED_OPTION, least=1, most=limits.CHECKED_OPTIONS)},
        {**_ID, "initial_option": LISTED_OPTION, "confirm": CONFIRM, "focus_on_load": boolean},
    ),
    initial_among_options,
)
STATIC_SELECT = every(
    _select({**_STATIC, "initial_option": SELECT_OPTION}),
    options_or_groups,
    initial_among_options,
)
MULTI_STATIC_SELECT = every(
    _multi({**_STATIC, "initial_options": array(SELECT_OPTION, least=1, most=limits.OPTIONS)}),
    options_or_groups,
    initial_among_options,
)
PLAIN_TEXT_INPUT = every(
    fields(
        {},
        {
            **_TYPED,
            "initial_value": text(limits.INPUT_TEXT, least=0),
            "multiline": boolean,
            "min_length": integer(0, limits.INPUT_TEXT),
            "max_length": integer(1, limits.INPUT_TEXT),
        },
    ),
    _lengths_in_order,
)
OVERFLOW = fields(
    {"options": array(OVERFLOW_OPTION, least=1, most=limits.OVERFLOW_OPTIONS)},
    {**_ID, "confirm": CONFIRM},
)
_FEEDBACK = fields(
    {"text": plain(limits.BUTTON_TEXT), "value": text(limits.BUTTON_VALUE)},
    {"accessibility_label": text(limits.ACCESSIBILITY_LABEL)},
)

_SINGLE_CHOICES: dict[str, Check] = {
    "static_select": STATIC_SELECT,
    "external_select": _select({"initial_option": SELECT_OPTION, "min_query_length": integer(0)}),
    "users_select": _select({"initial_user": text()}),
    "conversations_select": _select(
        {
            "initial_conversation": text(),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        }
    ),
    "channels_select": _select({"initial_channel": text(), "response_url_enabled": boolean}),
    "datepicker": _select({"initial_date": _DATE}),
    "timepicker": _select({"initial_time": _TIME, "timezone": text()}),
    "checkboxes": CHECKBOXES,
    "radio_buttons": RADIO_BUTTONS,
}
_MULTI_CHOICES: dict[str, Check] = {
    "multi_static_select": MULTI_STATIC_SELECT,
    "multi_external_select": _multi(
        {"initial_options": array(SELECT_OPTION, least=1), "min_query_length": integer(0)}
    ),
    "multi_users_select": _multi({"initial_users": _IDS}),
    "multi_conversations_select": _multi(
        {
            "initial_conversations": _IDS,
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        }
    ),
    "multi_channels_select": _multi({"initial_channels": _IDS}),
}
_DATE_TIME: dict[str, Check] = {
    "datetimepicker": fields(
        {},
        {
            **_ID,
            "initial_date_time": integer(10**9, 10**10 - 1),
            "confirm": CONFIRM,
            "focus_on_load": boolean,
        },
    )
}

ACCESSORIES: dict[str, Check] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": OVERFLOW,
    **_SINGLE_CHOICES,
    **_MULTI_CHOICES,
}
ACTIONS: dict[str, Check] = {
    "button": BUTTON,
    "overflow": OVERFLOW,
    **_SINGLE_CHOICES,
    **_MULTI_CHOICES,
    **_DATE_TIME,
}
INPUTS: dict[str, Check] = {
    **_SINGLE_CHOICES,
    **_MULTI_CHOICES,
    **_DATE_TIME,
    "plain_text_input": PLAIN_TEXT_INPUT,
    "email_text_input": fields({}, {**_TYPED, "initial_value": text()}),
    "url_text_input": fields({}, {**_TYPED, "initial_value": text()}),
    "number_input": fields(
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
    ),
    "rich_text_input": fields(
        {},
        {
            **_TYPED,
            "initial_value": RICH_TEXT,
            "min_lines": integer(1, limits.LINES),
            "max_lines": integer(1, limits.LINES),
        },
    ),
    "file_input": fields(
        {}, {**_ID, "filetypes": array(text(), least=1), "max_files": integer(1, limits.FILES)}
    ),
}
CONTEXT: dict[str, Check] = {"image": IMAGE, "plain_text": plain(), "mrkdwn": marked()}
CONTEXT_ACTIONS: dict[str, Check] = {
    "feedback_buttons": fields({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, _ID),
    "icon_button": fields(
        {"icon": choice("trash"), "text": plain(limits.BUTTON_TEXT)},
        {
            **_ID,
            "value": text(limits.BUTTON_VALUE),
            "confirm": CONFIRM,
            "accessibility_label": text(limits.ACCESSIBILITY_LABEL),
            "visible_to_user_ids": _IDS,
        },
    ),
}
