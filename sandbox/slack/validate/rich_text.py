"""rich_text: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

import re
from collections.abc import Iterator

from sandbox.slack import limits
from sandbox.slack.validate.schema import (
    Check,
    array,
    boolean,
    choice,
    every,
    fields,
    integer,
    problem,
    text,
    union,
)

_STYLE = fields(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean),
)
_BORDER = integer(0, 1)
_DATE_WORDS = frozenset(
    {
        "date_num",
        "date_slash",
        "date_long",
        "date_long_full",
        "date_long_pretty",
        "date",
        "date_pretty",
        "date_short",
        "date_short_pretty",
        "day_divider_pretty",
        "time",
        "time_secs",
        "ago",
    }
)


def _date_words(value: object, at: str) -> Iterator[str]:
    words = re.findall(r"\{([^{}]*)\}", str(value))
    if not words or not _DATE_WORDS.issuperset(words):
        yield problem("invalid date format", at)


INLINE: dict[str, Check] = {
    "text": fields({"text": text()}, {"style": _STYLE}),
    "link": fields(
        {"url": text(limits.BUTTON_URL)}, {"text": text(), "unsafe": boolean, "style": _STYLE}
    ),
    "emoji": fields(
        {"name": text()}, {"unicode": text(), "skin_tone": integer(1, 6), "style": _STYLE}
    ),
    "user": fields({"user_id": text()}, {"style": _STYLE}),
    "usergroup": fields({"usergroup_id": text()}, {"style": _STYLE}),
    "channel": fields({"channel_id": text()}, {"style": _STYLE}),
    "team": fields({"team_id": text()}, {"style": _STYLE}),
    "broadcast": fields({"range": choice("here", "channel", "everyone")}, {"style": _STYLE}),
    "color": fields({"value": text(pattern=r"#[0-9A-Fa-f]{6}")}, {"style": _STYLE}),
    "date": fields(
        {"timestamp": integer(0), "format": every(text(), _date_words)},
        {"url": text(), "fallback": text(), "style": _STYLE},
    ),
}
_SECTION = fields({"elements": array(union(INLINE))})
_LIST = fields(
    {
        "style": choice("bullet", "ordered"),
        "elements": array(union({"rich_text_section": _SECTION})),
    },
    {"indent": integer(0, limits.LIST_INDENT), "offset": integer(0), "border": _BORDER},
)
_PREFORMATTED = fields(
    {"elements": array(union({"text": INLINE["text"], "link": INLINE["link"]}))},
    {"border": _BORDER, "language": text()},
)
_QUOTE = fields({"elements": array(union(INLINE))}, {"border": _BORDER})

ELEMENTS = array(
    union(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": _LIST,
            "rich_text_preformatted": _PREFORMATTED,
            "rich_text_quote": _QUOTE,
        }
    )
)
RICH_TEXT = fields({"elements": ELEMENTS}, {"block_id": text(limits.ID)})
