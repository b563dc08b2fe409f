"""Errors in words: what failed, why, the next step, and a reference."""

from collections.abc import Mapping
from functools import singledispatch

from bot.blocks import actions
from bot.blocks._elements import button
from bot.blocks._kit import Block, Message, View, context, message, modal, row
from bot.blocks._rich import emoji, foreign, line, rich, words
from bot.blocks._text import Json, plain
from bot.blocks._upstream import (
    CODE,
    MANAGE,
    TELL_OPERATOR,
    Button,
    Words,
    explain_upstream,
    in_seconds,
)
from bot.errors import (
    GoneError,
    InputError,
    NotAllowedError,
    ReplayError,
    SealError,
    SettingsError,
    SlackError,
    StoreError,
    StoreUnavailableError,
    TokenbellError,
    UpstreamError,
)
from bot.models.listing import Problem

__all__ = ["Words", "explain", "problem_line", "problem_message", "problem_view", "tell"]

_SENTENCE = 600
_RATE_LIMIT_WAIT = 60.0
_AGAIN: Button = ("Show my tokens", actions.LIST_AGAIN)
_HELP: Button = ("Help", actions.HELP)

_UNFORESEEN = Words(
    "Something went wrong on my side.",
    "It was noted, without anything that you typed.",
    f"Try again. {TELL_OPERATOR}",
)


@singledispatch
def tell(_error: TokenbellError, _command: str) -> Words:
    """Return the words for an error of ours; each class registers its own below."""
    return _UNFORESEEN


@tell.register
def _(error: InputError, command: str) -> Words:
    example = f"For example: {command} {error.suggestion}" if error.suggestion else ""
    return Words(error.message, next_step=example, button=_HELP)


@tell.register
def _(error: NotAllowedError, _command: str) -> Words:
    return Words(str(error) or "You may not do this.")


@tell.register
def _(error: GoneError, command: str) -> Words:
    if str(error):
        return Words(str(error))
    return Words(
        "What this button belongs to is no longer there.",
        "Lists and forms are kept for 30 minutes, and what is removed is gone at once.",
        f"Start anew: {command}",
        button=_AGAIN,
    )


@tell.register
def _(_error: ReplayError, _command: str) -> Words:
    return Words("That came twice.", "I have done it once already.")


@tell.register
def _(_error: StoreError, _command: str) -> Words:
    return Words("Something is wrong with my storage.", next_step=f"Try again. {TELL_OPERATOR}")


@tell.register
def _(_error: StoreUnavailableError, _command: str) -> Words:
    return Words(
        "I cannot reach my storage.",
        "Your connections are in it, so I cannot read any tokens now.",
        f"Try again in a minute. {TELL_OPERATOR}",
    )


@tell.register
def _(_error: SealError, command: str) -> Words:
    return Words(
        "I cannot open what I keep for you.",
        "It was sealed with a key that the bot no longer has, or it was damaged.",
        f"Ask whoever runs the bot for the old key, or connect again: {command} connect.",
        button=MANAGE,
    )


@tell.register
def _(error: SettingsError, _command: str) -> Words:
    return Words(
        "The bot is not set up right.",
        f"Its setting {plain(error.name, CODE)} is missing or wrong.",
        "Tell whoever runs the bot.",
    )


@tell.register
def _(error: SlackError, _command: str) -> Words:
    if error.code == "missing_scope":
        return Words(
            "I lack a permission in this Slack workspace.",
            f"It is called {plain(error.needed, CODE)}.",
            "Ask whoever runs the bot to add it and to install the app again.",
        )
    if error.retry_after is not None or error.code == "ratelimited":
        wait = in_seconds(error.retry_after or _RATE_LIMIT_WAIT)
        return Words("Slack is limiting how much I post.", next_step=f"Try again in {wait}.")
    what, next_step = _SLACK.get(
        error.code,
        (f"Slack refused to do that ({plain(error.code, CODE)}).", f"Try again. {TELL_OPERATOR}"),
    )
    return Words(what, next_step=next_step)


_SMALLER = f"Try fewer columns, or a filter that finds less. {TELL_OPERATOR}"
_SLACK = {
    "not_in_channel": ("I am not in that channel.", "Invite me there first: /invite"),
    "channel_not_found": ("I cannot see that channel.", "Invite me there first: /invite"),
    "is_archived": ("That channel is archived.", "Choose another one."),
    "not_shareable": (
        "Nothing may be shown in that channel any more.",
        "You or I have left it, it was archived, or people of another organisation joined.",
    ),
    "user_not_in_channel": ("You are not in that channel.", "Join it first."),
    "restricted_action": ("This workspace does not let me post there.", "Ask one of its admins."),
    "invalid_blocks": ("Slack does not take the message as I drew it (invalid_blocks).", _SMALLER),
    "msg_blocks_too_long": ("Slack takes no message that long.", _SMALLER),
    "msg_too_long": ("Slack takes no message that long.", _SMALLER),
    "expired_trigger_id": ("Slack waited too long for the form.", "Press the button again."),
    "exchanged_trigger_id": ("Slack has already opened that form.", "Press the button again."),
    "unreachable": ("Slack did not answer.", "Try again in a minute."),
}


def explain(
    problem: TokenbellError | Problem | None,
    *,
    command: str,
    titles: Mapping[str, str],
    reference: str = "",
) -> Words:
    """Return the words for an error, a recorded problem, or None for anything unforeseen.

    Next steps name the `command`; it is empty for somebody who is in the connect form already.
    `titles` are the names of the sources in words. `reference` is ours, for when the vendor gave
    none.
    """
    if isinstance(problem, UpstreamError):
        problem = Problem.of(problem)
    if isinstance(problem, Problem):
        told = explain_upstream(problem, command=command, titles=titles)
    else:
        told = _UNFORESEEN if problem is None else tell(problem, command)
    return told if told.reference else told._replace(reference=reference)


def problem_line(problem: Problem, *, command: str, titles: Mapping[str, str]) -> str:
    """Return a problem as one line: why, the next step, and the reference."""
    told = explain(problem, command=command, titles=titles)
    reference = f" ({told.reference})" if told.reference else ""
    return f"{told.why} {told.next_step}{reference}"


def problem_message(
    problem: TokenbellError | Problem | None,
    *,
    command: str,
    titles: Mapping[str, str],
    reference: str = "",
    retry: Json | None = None,
) -> Message:
    """Return a problem as a message, with a button where one helps, and with `retry` if given."""
    told = explain(problem, command=command, titles=titles, reference=reference)
    buttons = row(retry, button(*told.button) if told.button else None)
    text = " ".join(filter(None, (told.what, told.why, told.next_step)))
    return message(text, [_paragraph(told), buttons, _reference(told)])


def problem_view(
    problem: TokenbellError | Problem | None,
    *,
    title: str,
    command: str,
    titles: Mapping[str, str],
    reference: str = "",
) -> View:
    """Return a problem as what a modal shows, without the button, which answers in a channel."""
    told = explain(problem, command=command, titles=titles, reference=reference)
    return modal(title, [_paragraph(told), _reference(told)], callback_id=actions.WAITING_VIEW)


def _paragraph(told: Words) -> Block:
    rest = " ".join(filter(None, (told.why, told.next_step)))
    return rich(
        line(
            emoji("warning"),
            words(" "),
            foreign(told.what, _SENTENCE, bold=True),
            words("\n") if rest else None,
            foreign(rest, _SENTENCE) if rest else None,
        )
    )


def _reference(told: Words) -> Block | None:
    return context(f"Reference: {told.reference}") if told.reference else None
