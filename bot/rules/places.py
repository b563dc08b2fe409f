"""What a target is called where people read it."""

from bot.models.target import Target
from bot.rules.text import tidy

NOTHING = "-"
"""Stands for text that is empty: Slack refuses an empty one."""

_ELLIPSIS = "…"
_COORDINATE = 16
_KEPT_START, _KEPT_END = 8, 4


def place(target: Target) -> str:
    """Return what a person calls a target: its label, or else its ids, shortened."""
    ids = (_short(tidy(value)) for name, value in target.coordinates.items() if name != "region")
    return tidy(target.label) or " · ".join(filter(None, ids))


def where(target: Target) -> str:
    """Return a target with its source, as filters name it: `kyuubi · prod`."""
    return f"{tidy(target.source)} · {place(target) or NOTHING}"


def _short(value: str) -> str:
    if len(value) <= _COORDINATE:
        return value
    return f"{value[:_KEPT_START]}{_ELLIPSIS}{value[-_KEPT_END:]}"
