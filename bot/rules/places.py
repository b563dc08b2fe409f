"""What a target is called where people read it."""

from functools import lru_cache

from bot.models.target import Target
from bot.rules.text import tidy

NOTHING = "-"
"""Stands for text that is empty: Slack refuses an empty one."""

_ELLIPSIS = "…"
_COORDINATE = 16
_REMEMBERED = 1000
_KEPT_START, _KEPT_END = 8, 4


def place(target: Target) -> str:
    """Return what a person calls a target: its label, or else its ids, shortened."""
    return _place(target.label, tuple(target.coordinates.items()))


@lru_cache(maxsize=_REMEMBERED)  # a list names the same few places again and again
def _place(label: str, coordinates: tuple[tuple[str, str], ...]) -> str:
    ids = (_short(tidy(value)) for name, value in coordinates if name != "region")
    return tidy(label) or " · ".join(filter(None, ids))


def where(target: Target) -> str:
    """Return a target with its source, as filters name it: `kyuubi · prod`."""
    return _where(target.source, target.label, tuple(target.coordinates.items()))


@lru_cache(maxsize=_REMEMBERED)
def _where(source: str, label: str, coordinates: tuple[tuple[str, str], ...]) -> str:
    return f"{tidy(source)} · {_place(label, coordinates) or NOTHING}"


def _short(value: str) -> str:
    if len(value) <= _COORDINATE:
        return value
    return f"{value[:_KEPT_START]}{_ELLIPSIS}{value[-_KEPT_END:]}"
