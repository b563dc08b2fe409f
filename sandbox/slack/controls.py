"""Interactive elements: where they are, what value they have, what a person may choose.

Shapes of values: docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.slack.errors import WrongRequestError
from sandbox.slack.types import Json

Values = dict[str, dict[str, Json]]


@dataclass(frozen=True)
class Shape:
    """How an element's value looks: under `key`, from the field `initial`, one or `many`.

    `of` says what it is made of: text, option, user, conversation, channel, date, time, datetime,
    rich_text or file.
    """

    key: str
    initial: str
    of: str
    many: bool = False


SHAPES = {
    "plain_text_input": Shape("value", "initial_value", "text"),
    "email_text_input": Shape("value", "initial_value", "text"),
    "url_text_input": Shape("value", "initial_value", "text"),
    "number_input": Shape("value", "initial_value", "text"),
    "rich_text_input": Shape("rich_text_value", "initial_value", "rich_text"),
    "static_select": Shape("selected_option", "initial_option", "option"),
    "external_select": Shape("selected_option", "initial_option", "option"),
    "radio_buttons": Shape("selected_option", "initial_option", "option"),
    "overflow": Shape("selected_option", "", "option"),
    "checkboxes": Shape("selected_options", "initial_options", "option", many=True),
    "multi_static_select": Shape("selected_options", "initial_options", "option", many=True),
    "multi_external_select": Shape("selected_options", "initial_options", "option", many=True),
    "users_select": Shape("selected_user", "initial_user", "user"),
    "multi_users_select": Shape("selected_users", "initial_users", "user", many=True),
    "conversations_select": Shape("selected_conversation", "initial_conversation", "conversation"),
    "multi_conversations_select": Shape(
        "selected_conversations", "initial_conversations", "conversation", many=True
    ),
    "channels_select": Shape("selected_channel", "initial_channel", "channel"),
    "multi_channels_select": Shape("selected_channels", "initial_channels", "channel", many=True),
    "datepicker": Shape("selected_date", "initial_date", "date"),
    "timepicker": Shape("selected_time", "initial_time", "time"),
    "datetimepicker": Shape("selected_date_time", "initial_date_time", "datetime"),
    "file_input": Shape("files", "", "file", many=True),
}
BUTTONS = frozenset({"button", "workflow_button", "icon_button", "feedback_buttons"})
INTERACTIVE = BUTTONS | SHAPES.keys()
_STATELESS = BUTTONS | {"overflow"}


class Control(NamedTuple):
    """An element that a person can use, and the block that it is in."""

    block: Json
    element: Json

    @property
    def path(self) -> tuple[str, str]:
        """The ids under which the app finds it."""
        return self.block["block_id"], self.element["action_id"]


def controls(blocks: list[Json]) -> Iterator[Control]:
    """Yield every interactive element, in the order of the page."""
    for block in blocks:
        for part in (
            *(block[name] for name in ("accessory", "element") if name in block),
            *block.get("elements", ()),
            *block.get("actions", ()),
        ):
            if part["type"] in INTERACTIVE:
                yield Control(block, part)
        yield from controls(inner_blocks(block))


def inner_blocks(block: Json) -> list[Json]:
    """Return the blocks inside a block: those of a container, the cards of a carousel."""
    inner: list[Json] = block.get("elements" if block["type"] == "carousel" else "child_blocks", [])
    return inner


def initial(element: Json, here: str | None = None) -> Json:
    """Return the value of an untouched element, null-shaped as Slack sends it.

    `here` is the conversation that a view was opened from.
    """
    shape = SHAPES[element["type"]]
    value = element.get(shape.initial)
    if value is None and here is not None and element.get("default_to_current_conversation"):
        value = [here] if shape.many else here
    if value is None and shape.many:
        value = []
    return {"type": element["type"], shape.key: value}


def values_of(blocks: list[Json], before: Values | None = None, here: str | None = None) -> Values:
    """Return the state of blocks; what was filled in `before` stays where the ids did."""
    values: Values = {}
    for control in controls(blocks):
        if control.element["type"] in _STATELESS:
            continue
        block_id, action_id = control.path
        value = initial(control.element, here)
        kept = (before or {}).get(block_id, {}).get(action_id)
        if kept is not None and kept["type"] == value["type"] and _offered(control.element, kept):
            value = kept
        values.setdefault(block_id, {})[action_id] = value
    return values


def _offered(element: Json, value: Json) -> bool:
    shape = SHAPES[element["type"]]
    if shape.of != "option" or "external" in element["type"]:
        return True
    chosen = value[shape.key]
    chosen = chosen if shape.many else [chosen] if chosen else []
    return {option["value"] for option in chosen} <= {o["value"] for o in options(element)}


def options(element: Json) -> list[Json]:
    """Return the options of a select, those in groups included."""
    groups = element.get("option_groups", ())
    return [*element.get("options", ()), *(o for group in groups for o in group["options"])]


def filled(element: Json, given: object, find: Callable[[str, str], str]) -> Json:
    """Return the value of an element after a person filled it in.

    `given` is what docs/sandbox.md says under `values` and `selected`; `find(kind, ref)` turns
    the name of a user or channel into an id. Raise WrongRequestError for what cannot be chosen.
    """
    shape = SHAPES[element["type"]]
    if shape.many:
        if given is True:
            given = [o["value"] for o in options(element)[:1]]
        parts = [] if given in (None, False) else given if isinstance(given, list) else [given]
        return {
            "type": element["type"],
            shape.key: [_one(element, shape, part, find) for part in parts],
        }
    if given is None or given == "":
        return {"type": element["type"], shape.key: None}
    return {"type": element["type"], shape.key: _one(element, shape, given, find)}


def _one(element: Json, shape: Shape, given: object, find: Callable[[str, str], str]) -> object:
    if shape.of == "option":
        ref = given.get("value") if isinstance(given, dict) else given
        for option in options(element):
            if ref in (option.get("value"), option["text"]["text"]):
                return option
        raise WrongRequestError(f"{element['action_id']} offers no option {ref!r}")
    if shape.of in ("user", "conversation", "channel"):
        return find(shape.of, str(given))
    if shape.of == "datetime":
        if not isinstance(given, int):
            raise WrongRequestError(f"{element['action_id']} takes seconds since 1970")
        return given
    if shape.of == "rich_text":
        return given if isinstance(given, dict) else rich_text(str(given))
    return given if shape.of == "file" else str(given)


def rich_text(text: str) -> Json:
    """Return what Slack's editor makes of plain words."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
