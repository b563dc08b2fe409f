"""Buttons, menus and inputs, within Slack's limits.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Iterable
from typing import Literal

from bot.blocks._kit import plain_text
from bot.blocks._text import Json, cut
from bot.rules.text import tidy

OPTIONS = 100
FEW_OPTIONS = 10
"""How many boxes or radio buttons there can be."""

OVERFLOW_OPTIONS = 5

_LABEL = 75
_VALUE = 2000
_OPTION_VALUE = 150
_PLACEHOLDER = 150
_TYPED = 3000
_CONFIRM_TITLE, _CONFIRM_TEXT, _CONFIRM_BUTTON = 100, 300, 30

Style = Literal["primary", "danger"]


def button(
    label: str,
    action_id: str,
    value: str = "",
    *,
    style: Style | None = None,
    confirm: Json | None = None,
) -> Json:
    """Return a button. `value` is an opaque id: it travels through the reader's client."""
    element: Json = {
        "type": "button",
        "action_id": action_id,
        "text": plain_text(label, _LABEL),
    }
    extras = {"value": cut(value, _VALUE), "style": style, "confirm": confirm}
    return element | {name: extra for name, extra in extras.items() if extra}


def confirm(title: str, text: str, yes: str, *, no: str = "Cancel", danger: bool = True) -> Json:
    """Return the question that is asked before an action."""
    return {
        "title": plain_text(title, _CONFIRM_TITLE),
        "text": plain_text(text, _CONFIRM_TEXT),
        "confirm": plain_text(yes, _CONFIRM_BUTTON),
        "deny": plain_text(no, _CONFIRM_BUTTON),
        "style": "danger" if danger else "primary",
    }


def option(label: str, value: str, description: str = "") -> Json:
    """Return one choice of a menu."""
    choice = {"text": plain_text(label, _LABEL), "value": cut(value, _OPTION_VALUE)}
    return choice | ({"description": plain_text(description, _LABEL)} if description else {})


def select(
    action_id: str,
    placeholder: str,
    options: Iterable[Json],
    *,
    initial: str | None = None,
    confirm: Json | None = None,
) -> Json:
    """Return a menu of at most 100 options; `initial` is the value of the chosen one."""
    element = _choices("static_select", action_id, options, OPTIONS)
    element["placeholder"] = plain_text(placeholder, _PLACEHOLDER)
    if confirm:
        element["confirm"] = confirm
    return element | _chosen_one(element, initial)


def multi_select(
    action_id: str, placeholder: str, options: Iterable[Json], *, initial: Iterable[str] = ()
) -> Json:
    """Return a menu in which several of at most 100 options can be chosen."""
    element = _choices("multi_static_select", action_id, options, OPTIONS)
    element["placeholder"] = plain_text(placeholder, _PLACEHOLDER)
    return element | _chosen_several(element, initial)


def checkboxes(action_id: str, options: Iterable[Json], *, initial: Iterable[str] = ()) -> Json:
    """Return at most 10 boxes."""
    element = _choices("checkboxes", action_id, options, FEW_OPTIONS)
    return element | _chosen_several(element, initial)


def radio_buttons(action_id: str, options: Iterable[Json], *, initial: str | None = None) -> Json:
    """Return at most 10 options of which one can be chosen."""
    element = _choices("radio_buttons", action_id, options, FEW_OPTIONS)
    return element | _chosen_one(element, initial)


def overflow(action_id: str, options: Iterable[Json]) -> Json:
    """Return a menu behind three dots, of at most 5 options."""
    return _choices("overflow", action_id, options, OVERFLOW_OPTIONS)


def person_select(action_id: str, placeholder: str, *, initial: str | None = None) -> Json:
    """Return a menu of the members of the workspace; its value is a user id."""
    element: Json = {
        "type": "users_select",
        "action_id": action_id,
        "placeholder": plain_text(placeholder, _PLACEHOLDER),
    }
    return element | ({"initial_user": initial} if initial else {})


def channel_select(action_id: str, placeholder: str, *, initial: str | None = None) -> Json:
    """Return a menu of the workspace's own channels; its value is a channel id."""
    element: Json = {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain_text(placeholder, _PLACEHOLDER),
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    return element | ({"initial_conversation": initial} if initial else {})


def link_button(label: str, action_id: str, url: str) -> Json:
    """Return a button that leads to an address of ours or of Slack's."""
    return button(label, action_id) | {"url": url}


def text_input(
    action_id: str, *, placeholder: str = "", initial: str = "", multiline: bool = False
) -> Json:
    """Return a field to type in."""
    element: Json = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": multiline,
        "max_length": _TYPED,
    }
    if placeholder:
        element["placeholder"] = plain_text(placeholder, _PLACEHOLDER)
    lines = initial.splitlines() if multiline else [initial]
    if typed := "\n".join(map(tidy, lines)):
        element["initial_value"] = cut(typed, _TYPED)
    return element


def _choices(kind: str, action_id: str, options: Iterable[Json], limit: int) -> Json:
    distinct = {option["value"]: option for option in options}
    return {"type": kind, "action_id": action_id, "options": list(distinct.values())[:limit]}


def _chosen_one(element: Json, value: str | None) -> Json:
    chosen = [option for option in element["options"] if option["value"] == value]
    return {"initial_option": chosen[0]} if chosen else {}


def _chosen_several(element: Json, values: Iterable[str]) -> Json:
    wanted = set(values)
    chosen = [option for option in element["options"] if option["value"] in wanted]
    return {"initial_options": chosen} if chosen else {}
