"""Composition objects: text, options, confirmation dialogs.

docs.slack.dev/reference/block-kit/composition-objects
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sandbox.slack import limits
from sandbox.slack.types import Json
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
    union,
)


def plain(most: int = limits.TEXT) -> Check:
    """Check a plain_text object."""
    return union({"plain_text": fields({"text": text(most)}, {"emoji": boolean})})


def marked(most: int = limits.TEXT) -> Check:
    """Check a text object that may be mrkdwn."""
    return union(
        {
            "plain_text": fields({"text": text(most)}, {"emoji": boolean}),
            "mrkdwn": fields({"text": text(most)}, {"verbatim": boolean}),
        }
    )


def _reachable(value: object, at: str) -> Iterator[str]:
    try:
        parts = urlsplit(str(value))
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        yield problem("invalid_url", at)
    elif host == "localhost" or host.startswith("127."):
        yield problem("downloading image failed", at)


IMAGE_URL = every(text(limits.IMAGE_URL), _reachable)

CONFIRM = fields(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": marked(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": choice("primary", "danger")},
)

SLACK_FILE = fields({}, {"id": text(), "url": text()})

DISPATCH = fields(
    {},
    {
        "trigger_actions_on": array(
            choice("on_enter_pressed", "on_character_entered"), least=1, most=2
        )
    },
)

FILTER = fields(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), least=1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def option(words: Check, description: Check, *, url: bool = False) -> Check:
    """Check an option; only those of overflow menus may have a URL."""
    more: dict[str, Check] = {"description": description}
    if url:
        more["url"] = text(limits.OPTION_URL)
    return fields({"text": words, "value": text(limits.OPTION_VALUE)}, more)


SELECT_OPTION = option(plain(limits.OPTION_TEXT), plain(limits.OPTION_DESCRIPTION))
LISTED_OPTION = option(marked(limits.OPTION_TEXT), marked(limits.OPTION_DESCRIPTION))
OVERFLOW_OPTION = option(plain(limits.OPTION_TEXT), plain(limits.OPTION_DESCRIPTION), url=True)
OPTION_GROUP = fields(
    {
        "label": plain(limits.GROUP_LABEL),
        "options": array(SELECT_OPTION, least=1, most=limits.OPTIONS),
    }
)


@rule
def initial_among_options(value: Json, at: str) -> Iterator[str]:
    """Check that what is chosen at the start can be chosen."""
    offered = [
        *value.get("options", ()),
        *(o for group in value.get("option_groups", ()) for o in group["options"]),
    ]
    first = value.get("initial_options") or [value.get("initial_option")]
    if any(chosen is not None and chosen not in offered for chosen in first):
        name = "initial_options" if "initial_options" in value else "initial_option"
        yield problem("must be one of the options", f"{at}/{name}")


@rule
def options_or_groups(value: Json, at: str) -> Iterator[str]:
    """Check that a select has options, once."""
    if ("options" in value) is ("option_groups" in value):
        yield problem("must define either `options` or `option_groups`", f"{at}/type")


SELECTED_AT_MOST = integer(1)
