"""A shared list as the message that a channel sees, while its rows hold and afterwards."""

from bot.blocks import actions
from bot.blocks._elements import button, confirm
from bot.blocks._kit import Block, Message, message, plain_text, row, section
from bot.blocks._rich import date, line, person, rich, verbatim, words
from bot.blocks._shared_rows import as_lines, as_table
from bot.blocks._tally import tally
from bot.blocks._text import Json
from bot.models.share import SharedList
from bot.rules.share import OUTDATED_AFTER
from bot.rules.times import count, exact_span

_QUERY = 200
_REMOVED = (
    "A list was shared here. It was taken down: the connection that it was read with has been "
    "removed, or whoever shared it took it back."
)


def share_message(
    shown: SharedList, *, share: str, zone: str, command: str, tables: bool = True
) -> Message:
    """Return a list as a channel sees it. Buttons carry `share`, its id.

    `zone` is for clients that do not draw dates. Without `tables` the rows are lines.
    """
    draw = as_table if tables else as_lines
    return message(
        f"A list of tokens: {_counted(shown)}.",
        [
            heading(shown, zone),
            small_print(shown, command),
            _controls(share, update=True),
            *draw(shown, zone),
        ],
    )


def outdated_message(shown: SharedList, *, share: str, zone: str, command: str) -> Message:
    """Return what is left of a list whose rows are too old to act on."""
    text = f"The rows were taken down after {exact_span(OUTDATED_AFTER)}: they are outdated."
    advice = f"Run {command} for your own."
    return message(
        f"{text} {advice}",
        [
            heading(shown, zone),
            section(plain_text(f"{text} {advice}")),
            _controls(share, update=True),
        ],
    )


def tombstone_message() -> Message:
    """Return what stands in the place of a list that was taken down."""
    return message(_REMOVED, [section(plain_text(_REMOVED))])


def heading(shown: SharedList, zone: str, *, rings: bool = False) -> Block:
    """Return whose list it is, what came of it, by which filter and as of when.

    With `rings` it is what a channel is reminded of: whose reminders, by which filter.
    """
    who = person(shown.owner.user)
    if rings:
        first = [words("Set up by "), who]
    else:
        number, warnings = tally(shown.total, shown.soon, shown.expired)
        counted = f"{number}, {warnings}" if warnings else number
        first = [who, words(" shares "), words(counted, bold=True)]
    if shown.query:
        first += [words(" · "), verbatim(shown.query, _QUERY)]
    return rich(line(*first), line(words("As of"), date(shown.as_of, zone, lead=" ")))


def small_print(shown: SharedList, command: str, *, rings: bool = False) -> Block | None:
    """Return what the rows leave out, and how long they stay; those of a reminder do."""
    lines = []
    if shown.total > len(shown.rows):
        lines.append(f"The first {len(shown.rows):,} of {shown.total:,}.")
    if shown.missing:
        places = count(shown.places, "place")
        lines.append(f"{shown.missing:,} of {places} could not be read in full.")
    if not rings:
        lines.append(f"Rows are taken down after {exact_span(OUTDATED_AFTER)}.")
    lines.append(f"{command} lists your own tokens.")
    return rich(line(words(" ".join(lines))))


def _counted(shown: SharedList) -> str:
    return ", ".join(filter(None, tally(shown.total, shown.soon, shown.expired)))


def _controls(share: str, *, update: bool) -> Block | None:
    return row(
        button("Mine", actions.SHARE_MINE, share),
        button("Remind me", actions.SHARE_REMIND, share),
        button("Update", actions.SHARE_UPDATE, share) if update else None,
        remove_button(share),
    )


def remove_button(share: str, label: str = "Unshare", suffix: str = "") -> Json:
    """Return the button that takes a shared list down, which asks first."""
    question = confirm(
        "Take this list down?",
        "The message is deleted for everybody. Only who shared it or an admin can do that.",
        "Take it down",
    )
    return button(label, f"{actions.SHARE_REMOVE}{suffix}", share, confirm=question)
