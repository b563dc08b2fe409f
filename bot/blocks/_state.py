"""What was filled into a view, whatever shape Slack gives what was left empty.

`view["state"]["values"]` maps block ids to action ids to values, and an empty input is null, an
empty list or missing. https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Mapping
from typing import Any

State = Mapping[str, Any]


def fields_of(view: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the fields of a view; its state may leave out what was left empty."""
    blocks = view.get("blocks")
    found = blocks if isinstance(blocks, list) else []
    return frozenset(_string(_mapping(block).get("block_id")) for block in found)


def text_of(state: State, name: str) -> str:
    """Return what was typed into a field, or the value of its chosen option; else nothing."""
    value = _value(state, name)
    return _string(value.get("value")) or _string(
        _mapping(value.get("selected_option")).get("value")
    )


def choices_of(state: State, name: str) -> list[str]:
    """Return the values of the options that were chosen in a field."""
    chosen = _value(state, name).get("selected_options")
    options = chosen if isinstance(chosen, list) else []
    return [value for option in options if (value := _string(_mapping(option).get("value")))]


def person_of(state: State, name: str) -> str:
    """Return the user id that was chosen in a field; else nothing."""
    return _string(_value(state, name).get("selected_user"))


def _value(state: State, name: str) -> Mapping[str, Any]:
    values = _mapping(state.get("values"))
    return next((_mapping(value) for value in _mapping(values.get(name)).values()), {})


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
