"""How somebody's reminders stand: what rings, what is next, and what is wrong."""

from collections.abc import Iterator

from bot.blocks import actions
from bot.blocks._elements import button
from bot.blocks._kit import (
    Block,
    Message,
    View,
    context,
    header,
    message,
    modal,
    plain_text,
    row,
    section,
)
from bot.blocks._rich import date, emoji, foreign, line, rich, words
from bot.blocks._text import Json
from bot.blocks._upcoming import next_line, rule
from bot.blocks.remind import TITLE
from bot.models.watch import Watch
from bot.rules.preview import Planned
from bot.rules.why import days_in_words, what_rings, when_it_rings

_CODE = 80
_SENTENCE = 600


def in_words(watch: Watch, upcoming: Planned | None, *, looked: bool = True) -> list[Json]:
    """Return the settings as paragraphs: what rings, when, and what is next.

    `looked` tells whether anybody has looked yet, as for the other functions here.
    """
    if watch.mode == "off":
        return [line(words("Reminders are off: nothing rings.", bold=True))]
    rings = f"{what_rings(watch)} ring."
    when = f"{when_it_rings(watch)}, at {watch.hour:02}:00, {days_in_words(watch.workdays)}"
    until = ", until you choose what rings" if watch.mode == "unasked" else ""
    return [
        line(foreign(f"{rings[:1].upper()}{rings[1:]}", _SENTENCE, bold=True)),
        line(words(f"{when[:1].upper()}{when[1:]}, in {watch.zone}{until}.")),
        next_line(upcoming, watch.zone, looked=looked),
    ]


def saved_view(
    watch: Watch, upcoming: Planned | None, command: str, *, looked: bool = True
) -> View:
    """Return what rings from now on."""
    return modal(
        TITLE,
        [
            rich(*in_words(watch, upcoming, looked=looked)),
            context(f"See all that is to come: {command} preview"),
        ],
        callback_id=actions.REMIND_VIEW,
        close="Done",
    )


def remind_card() -> Message:
    """Return the way to the settings, for when they could not be opened at once."""
    text = "Choose when I ring, and for what."
    settings = button("Settings", actions.REMIND_SETTINGS, style="primary")
    return message(text, [section(plain_text(text), accessory=settings)])


def reminder_blocks(
    watch: Watch,
    upcoming: Planned | None,
    *,
    undeliverable: str,
    workers: int,
    looked: bool = True,
) -> list[Block | None]:
    """Return what rings, what is next and what is wrong, with the way to the settings.

    `undeliverable` is why the last reminder did not arrive, in Slack's word. `workers` counts
    those that are alive.
    """
    unasked = watch.mode == "unasked"
    return [
        header("Reminders"),
        rich(*in_words(watch, upcoming, looked=looked), *_problems(undeliverable, workers)),
        row(
            button(
                "Choose what rings" if unasked else "Settings",
                actions.REMIND_SETTINGS,
                style="primary" if unasked else None,
            )
        ),
    ]


def lost_blocks() -> list[Block | None]:
    """Return the same where the settings cannot be opened."""
    return [
        header("Reminders"),
        rich(
            line(
                emoji("warning"),
                words(" "),
                words("I cannot open your settings, so nothing rings.", bold=True),
                words(" The bot's key was changed or lost: ask whoever runs it for the old one."),
            )
        ),
    ]


def undelivered_message(undeliverable: str, command: str) -> Message:
    """Tell somebody whom reminders do not reach, where they read what the bot answers.

    `undeliverable` is why the last one did not arrive, in Slack's word.
    """
    meanwhile = f"Until that is mended, see what is due with {command}, or choose who else is told."
    return message(
        "My last reminder did not reach you.",
        [
            rich(_undelivered(undeliverable, meanwhile)),
            row(button("Settings", actions.REMIND_SETTINGS)),
        ],
    )


def state_message(watch: Watch, upcoming: Planned | None, *, looked: bool) -> Message:
    """Return what rings from now on, for somebody whose choice has no message to show it in."""
    return message(
        "Your reminders are set.",
        [
            rich(*in_words(watch, upcoming, looked=looked)),
            row(button("Settings", actions.REMIND_SETTINGS)),
        ],
    )


def _undelivered(code: str, meanwhile: str) -> Json:
    return line(
        emoji("warning"),
        words(" "),
        words("My last reminder did not reach you", bold=True),
        words(": Slack refused it ("),
        foreign(code, _CODE),
        words(f"). {meanwhile}"),
    )


def _problems(undeliverable: str, workers: int) -> Iterator[Json]:
    if undeliverable:
        yield _undelivered(
            undeliverable, "Look here until that is mended, or choose who else is told."
        )
    if not workers:
        yield line(
            emoji("warning"),
            words(" "),
            words("No worker is running, so nothing rings.", bold=True),
            words(" Tell whoever runs the bot."),
        )


def token_line(planned: Planned | None, key: str, quiet: str, zone: str) -> Json:
    """Return when a token rings next and by which rule, or why it does not: `quiet`."""
    rings = [item for item in planned.items if item.key == key] if planned else []
    if planned is None or not rings:
        return line(words(f"No reminder is in sight: {quiet}."))
    when = date(planned.when, zone, lead="Next reminder: ")
    return line(when, words(f", {rule(rings[0])}."))
