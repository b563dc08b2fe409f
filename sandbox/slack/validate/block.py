"""Blocks: docs.slack.dev/reference/block-kit/blocks, each with the surfaces that take it."""

from collections.abc import Iterator
from typing import Literal

from sandbox.slack import limits
from sandbox.slack.types import Json
from sandbox.slack.validate import elements
from sandbox.slack.validate.composition import IMAGE_URL, marked, plain
from sandbox.slack.validate.rich_text import ELEMENTS, RICH_TEXT
from sandbox.slack.validate.schema import (
    Check,
    array,
    boolean,
    choice,
    every,
    fields,
    problem,
    rule,
    text,
    union,
)
from sandbox.slack.validate.tables import DATA_TABLE, TABLE

Surface = Literal["message", "modal", "home"]

_ID: dict[str, Check] = {"block_id": text(limits.ID)}


@rule
def _text_or_fields(value: Json, at: str) -> Iterator[str]:
    if "text" not in value and "fields" not in value:
        yield problem("must define either `text` or `fields`", f"{at}/type")


@rule
def _some_content(value: Json, at: str) -> Iterator[str]:
    if not {"hero_image", "title", "actions", "body"} & value.keys():
        yield problem("must define one of `hero_image`, `title`, `actions` or `body`", f"{at}/type")


SECTION = every(
    fields(
        {},
        {
            **_ID,
            "text": marked(limits.SECTION_TEXT),
            "fields": array(marked(limits.SECTION_FIELD), least=1, most=limits.SECTION_FIELDS),
            "accessory": union(elements.ACCESSORIES),
            "expand": boolean,
        },
    ),
    _text_or_fields,
)
ACTIONS = fields(
    {"elements": array(union(elements.ACTIONS), least=1, most=limits.ACTIONS_ELEMENTS)}, _ID
)
INPUT = fields(
    {"label": plain(limits.INPUT_LABEL), "element": union(elements.INPUTS)},
    {
        **_ID,
        "hint": plain(limits.INPUT_HINT),
        "optional": boolean,
        "dispatch_action": boolean,
    },
)
CARD = every(
    fields(
        {},
        {
            **_ID,
            "title": marked(limits.CARD_TITLE),
            "subtitle": marked(limits.CARD_SUBTITLE),
            "body": marked(limits.CARD_BODY),
            "subtext": marked(limits.CARD_BODY),
            "hero_image": union({"image": elements.IMAGE}),
            "icon": union({"image": elements.IMAGE}),
            "actions": array(union({"button": elements.BUTTON}), least=1, most=limits.CARD_ACTIONS),
        },
    ),
    _some_content,
)
_SIMPLE: dict[str, Check] = {
    "actions": ACTIONS,
    "context": fields(
        {"elements": array(union(elements.CONTEXT), least=1, most=limits.CONTEXT_ELEMENTS)}, _ID
    ),
    "divider": fields({}, _ID),
    "header": fields({"text": plain(limits.HEADER_TEXT)}, _ID),
    "image": every(
        fields(
            {"alt_text": text(limits.IMAGE_ALT_TEXT)},
            {
                **_ID,
                "image_url": IMAGE_URL,
                "slack_file": fields({}, {"id": text(), "url": text()}),
                "title": plain(limits.IMAGE_TITLE),
            },
        ),
        elements.image_source,
    ),
    "input": INPUT,
    "rich_text": fields({"elements": ELEMENTS}, _ID),
    "section": SECTION,
    "video": fields(
        {
            "alt_text": text(limits.IMAGE_ALT_TEXT),
            "title": plain(limits.VIDEO_TITLE),
            "thumbnail_url": text(limits.IMAGE_URL),
            "video_url": text(limits.IMAGE_URL),
        },
        {
            **_ID,
            "author_name": text(limits.VIDEO_NAME),
            "description": plain(limits.VIDEO_DESCRIPTION),
            "provider_name": text(limits.VIDEO_NAME),
            "provider_icon_url": text(),
            "title_url": text(),
        },
    ),
}
_CONTAINER = fields(
    {
        "child_blocks": array(
            union({**_SIMPLE, "table": TABLE}), least=1, most=limits.CONTAINER_BLOCKS
        )
    },
    {
        **_ID,
        "title": plain(limits.CONTAINER_TITLE),
        "rich_text_title": union({"rich_text": RICH_TEXT}),
        "subtitle": marked(limits.CONTAINER_TITLE),
        "width": choice("narrow", "standard", "wide", "full"),
        "icon": union({"image": elements.IMAGE}),
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
)
_CAROUSEL = fields(
    {"elements": array(union({"card": CARD}), least=1, most=limits.CAROUSEL_ELEMENTS)}, _ID
)

# Whether Home takes tables is disputed between Slack's own documents: here it does not.
BLOCKS: dict[Surface, dict[str, Check]] = {
    "message": {
        **_SIMPLE,
        "card": CARD,
        "carousel": _CAROUSEL,
        "container": _CONTAINER,
        "context_actions": fields(
            {
                "elements": array(
                    union(elements.CONTEXT_ACTIONS),
                    least=1,
                    most=limits.CONTEXT_ACTIONS_ELEMENTS,
                )
            },
            _ID,
        ),
        "data_table": DATA_TABLE,
        "markdown": fields({"text": text(limits.MARKDOWN_TOTAL)}, _ID),
        "table": TABLE,
    },
    "modal": {
        **_SIMPLE,
        "alert": fields(
            {"text": marked(limits.ALERT_TEXT)},
            {**_ID, "level": choice("default", "info", "warning", "error", "success")},
        ),
        "card": CARD,
    },
    "home": {**_SIMPLE, "card": CARD, "carousel": _CAROUSEL},
}
