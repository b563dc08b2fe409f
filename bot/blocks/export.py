"""What is said about an export: which format, that it is sent, and why it is not."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.blocks import actions
from bot.blocks._coverage import coverage_block
from bot.blocks._elements import Style, button
from bot.blocks._kit import Block, Message, context, message, plain_text, row, section
from bot.blocks._rich import foreign, line, rich, verbatim, words
from bot.blocks._small_print import small_print
from bot.blocks._text import Json, code, plain
from bot.blocks.problems import problem_message
from bot.errors import TokenbellError
from bot.models.export import Export
from bot.models.listing import Listing
from bot.models.query import Query
from bot.rules.export import Format
from bot.rules.query import format_query
from bot.rules.select import Selection
from bot.rules.times import count, stamp

_FILTERS = 200
_NAME = 80
_LABELS: Mapping[Format, str] = {"csv": "CSV, for spreadsheets", "json": "JSON, for programs"}
_SHORT: Mapping[Format, str] = {"csv": "CSV", "json": "JSON"}
_LOST = "The file may have arrived all the same: look in our conversation first."
_NONE = "No file was sent."


class Listed(NamedTuple):
    """A list that is to be a file, and the words that it takes to tell about it."""

    listing: Listing
    selection: Selection
    query: Query
    command: str
    titles: Mapping[str, str]


def format_button(form: Format, label: str, screen: str, *, primary: bool = False) -> Json:
    """Return the button that sends a list as a file. `screen` keeps its query."""
    style: Style | None = "primary" if primary else None
    return button(label, f"{actions.EXPORT}.{form}", screen, style=style)


def choose_message(query: Query, screen: str) -> Message:
    """Ask as which file a list shall come."""
    text = "As which file shall I send it?"
    filters = plain(format_query(query), _FILTERS) if query.filters else ""
    return message(
        text,
        [
            rich(line(words(text), *([words(" "), verbatim(filters)] if filters else []))),
            row(*(format_button(form, label, screen) for form, label in _LABELS.items())),
        ],
    )


def comment(export: Export, form: Format, zone: str) -> str:
    """Return what stands above the file, in mrkdwn."""
    filters = f" · {code(plain(export.filters, _FILTERS))}" if export.filters else ""
    number, moment = count(len(export.tokens), "token"), stamp(export.made_at, zone)
    lines = [f"*{number}* as {_SHORT[form]}, as of {moment}{filters}"]
    if not export.complete:
        lines.append(f":warning: *Not complete*: {missing_words(export)}. The file names them.")
    return "\n".join(lines)


def missing_words(export: Export) -> str:
    """Return how much could not be read."""
    unread = sum(place.state == "failed" for place in export.places)
    cut_off = sum(place.truncated for place in export.places)
    parts = (
        f"{count(unread, 'place')} could not be read" if unread else "",
        f"{count(cut_off, 'place')} could not be read in full" if cut_off else "",
        f"{count(export.unopened, 'connection')} could not be opened" if export.unopened else "",
    )
    return ", ".join(filter(None, parts))


def sent_message(name: str, listed: Listed) -> Message:
    """Say that the file is there, and what is not in it."""
    number = count(len(listed.selection.rows), "token")
    text = f"I sent you {name} with {number}, by direct message."
    return message(
        text,
        [
            rich(
                line(
                    words("I sent you "),
                    foreign(name, _NAME, bold=True),
                    words(f" with {number}, by direct message."),
                )
            ),
            *_about(listed),
        ],
    )


def empty_message(listed: Listed) -> Message:
    """Say that there is nothing to put into a file, and why."""
    listing, query = listed.listing, listed.query
    failed = listing.coverage and all(each.state == "failed" for each in listing.coverage)
    text = (
        "Nothing could be read" if failed else "No token matches" if query.filters else "No tokens"
    )
    text = f"{text}, so there is no file."
    return message(
        text,
        [
            section(plain_text(text)),
            *_about(listed),
        ],
    )


def _about(listed: Listed) -> tuple[Block | None, ...]:
    """Return what could not be read, and what the filters leave out."""
    listing, selection, query, command, titles = listed
    return (
        coverage_block(listing, command=command, titles=titles),
        small_print(listing, selection, query, 1, len(selection.rows)),
    )


def failed_message(
    form: Format,
    screen: str,
    *,
    may_have_arrived: bool,
    problem: TokenbellError | None,
    command: str,
    titles: Mapping[str, str],
    reference: str,
) -> Message:
    """Say why the file did not come, with a button that tries again."""
    told = problem_message(
        problem,
        command=command,
        titles=titles,
        reference=reference,
        retry=format_button(form, "Try again", screen, primary=True),
    )
    return Message(told.text, [*told.blocks, context(_LOST if may_have_arrived else _NONE)])
