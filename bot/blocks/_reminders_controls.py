"""The controls of one token of a reminder."""

from collections.abc import Sequence
from datetime import timedelta

from bot.blocks import actions
from bot.blocks._elements import button, option, overflow, select
from bot.blocks._kit import Block, row
from bot.blocks._reminders import ANSWERABLE, WAITING, Told
from bot.blocks._text import Json
from bot.rules.answers import SNOOZES
from bot.rules.times import exact_span

_WEEK = timedelta(weeks=1)


def answers(told: Told, more: Sequence[Json] = ()) -> Block | None:
    """Return the answers to an item and `more` controls; None once nothing can come of it."""
    handle, state = told.handle, told.state
    if state in WAITING:
        return row(
            button("Renewed", actions.NOTICE_RENEWED, handle),
            snooze_menu(handle, "Snooze…"),
            button("Let it lapse", actions.NOTICE_LAPSE, handle),
            *more,
        )
    if state in ANSWERABLE:
        return row(
            button("Undo", actions.NOTICE_UNDO, handle),
            button("Renewed", actions.NOTICE_RENEWED, handle),
            *more,
        )
    return None


def snooze_menu(handle: str, label: str) -> Json:
    """Return the choice of how long to be silent: an option's value is `days:handle`."""
    options = (option(_length(length), f"{length.days}:{handle}") for length in SNOOZES)
    return select(actions.NOTICE_SNOOZE, label, options)


def _length(length: timedelta) -> str:
    return "1 week" if length == _WEEK else exact_span(length)


def explanations(told: Told) -> list[Json]:
    """Return what is no answer: everything about the token, and why it rang."""
    return [
        button("Details", actions.NOTICE_DETAILS, told.handle),
        button("Why this?", actions.NOTICE_WHY, told.handle),
    ]


def explanations_menu(told: Told) -> Json:
    """Return the same behind three dots: an option's value is `action:handle`."""
    return overflow(
        actions.NOTICE_MORE,
        [
            option("Details", f"{actions.NOTICE_DETAILS}:{told.handle}"),
            option("Why this?", f"{actions.NOTICE_WHY}:{told.handle}"),
        ],
    )
