"""A list of tokens as a message: what needs a reader first, then controls, then the rows."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from bot.blocks import actions
from bot.blocks._coverage import coverage_block, places
from bot.blocks._elements import button, option, overflow, select
from bot.blocks._kit import Block, Message, context, message, mrkdwn, plain_text, row, section
from bot.blocks._rows import as_paragraphs, as_table, expiry_words
from bot.blocks._small_print import small_print
from bot.blocks._tally import tally
from bot.blocks._text import code, plain, where
from bot.models.listing import Listing
from bot.models.query import Query
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.export import FORMATS, Format
from bot.rules.findings import names_of
from bot.rules.query import format_query, perhaps_meant
from bot.rules.resolve import token_ref
from bot.rules.select import Selection
from bot.rules.times import count

PAGE_ROWS = 20

_QUERY = 200
_SPOKEN_NAME = 60


class _Page(NamedTuple):
    rows: Sequence[Token]
    number: int
    last: int
    screen: str

    @property
    def first_row(self) -> int:
        return self.number * PAGE_ROWS + 1


def list_message(
    *,
    listing: Listing,
    selection: Selection,
    query: Query,
    page: int,
    screen: str,
    zone: str,
    command: str,
    titles: Mapping[str, str],
    can_share: bool = False,
    tables: bool = True,
) -> Message:
    """Return a page of a list, counted from 0 and clamped to those that there are.

    `screen` is the opaque id under which the query is kept. Buttons carry `screen:page`, Filter
    and Show all `screen`, and the block of the controls is named `screen:page`, so that Details,
    whose options are `token_ref`s, comes back with it. `titles` are the names of the sources in
    words. Without `tables` the rows are paragraphs.
    """
    last = max(len(selection.rows) - 1, 0) // PAGE_ROWS
    number = min(max(page, 0), last)
    rows = selection.rows[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]
    shown = _Page(rows, number, last, screen)
    draw = as_table if tables else as_paragraphs
    nothing, hint = ("", "") if rows else _nothing(listing, selection, query, titles)
    headline = f"*{nothing}*{hint}" if nothing else _headline(selection, query)
    return message(
        _spoken(listing, selection, nothing),
        [
            section(mrkdwn(headline)),
            coverage_block(listing, command=command, titles=titles),
            _controls(shown, listing, query, can_share=can_share),
            small_print(
                listing, selection, query, shown.first_row, shown.first_row + len(rows) - 1
            ),
            *(
                draw(
                    rows,
                    listing.now,
                    zone,
                    names_of(rows, listing.tokens, listing.now),
                    listing.limits,
                )
                if rows
                else ()
            ),
        ],
    )


def _headline(selection: Selection, query: Query) -> str:
    number, warnings = _tally(selection)
    filters = f" · {_shown(query)}" if query.filters else ""
    return f"*{number}*{f', *{warnings}*' if warnings else ''}{filters}"


def _tally(selection: Selection) -> tuple[str, str]:
    return tally(len(selection.rows), selection.soon, selection.expired)


def _spoken(listing: Listing, selection: Selection, nothing: str) -> str:
    """Return the list in a few words, for notifications and screen readers."""
    sentences = [nothing or ", ".join(filter(None, _tally(selection)))]
    for first in selection.rows[:1]:
        name = plain(first.display_name, _SPOKEN_NAME)
        sentences.append(f"First: {name}, {expiry_words(first, listing.now)}")
    if listing.missing:
        number = count(len(listing.missing), "place")
        sentences.append(f"{number} could not be read in full")
    return "".join(f"{sentence}. " for sentence in sentences)


def _nothing(
    listing: Listing, selection: Selection, query: Query, titles: Mapping[str, str]
) -> tuple[str, str]:
    """Say why there are no rows, and in mrkdwn what would show some."""
    if not listing.coverage:
        return "There is nowhere to look yet", ". Add a place under Manage connections."
    if all(coverage.state == "failed" for coverage in listing.coverage):
        return "Nothing could be read", "."
    if not selection.read:
        return "No tokens", f" in {count(len(listing.coverage), 'place')}."
    if not query.filters:
        return "No tokens need you", f". There are {selection.read:,} in all, see below."
    meant = perhaps_meant(query, titles)
    hint = f" Did you mean {code(meant)}?" if meant else ""
    return "No token matches", f" {_shown(query)} among {selection.read:,}.{hint}"


def _shown(query: Query) -> str:
    return code(plain(format_query(query), _QUERY))


def _controls(page: _Page, listing: Listing, query: Query, *, can_share: bool) -> Block | None:
    here = f"{page.screen}:{page.number}"
    elements = []
    if page.number > 0:
        elements.append(_turn("Previous", page, page.number - 1))
    if page.number < page.last:
        elements.append(_turn("Next", page, page.number + 1))
    if listing.coverage:
        elements.append(button("Filter…", actions.LIST_FILTER, page.screen))
    else:
        elements.append(button("Manage connections", actions.CONNECT_MANAGE, style="primary"))
    if page.rows:
        options = (_option(token, listing) for token in page.rows)
        elements.append(select(actions.LIST_DETAILS, "Details of…", options))
    elif query.filters:
        elements.append(button("Show all", actions.LIST_CLEAR, page.screen))
    elements.append(button("Refresh", actions.LIST_REFRESH, here))
    if can_share and page.rows:
        elements.append(button("Share…", actions.LIST_SHARE, here))
    if page.rows:
        elements.append(overflow(actions.LIST_EXPORT, map(partial(_export, page), FORMATS)))
    return row(*elements, name=here)


def _turn(label: str, page: _Page, number: int) -> Block:
    return button(label, f"{actions.LIST_PAGE}.{label.lower()}", f"{page.screen}:{number}")


def _export(page: _Page, form: Format) -> Block:
    return option(f"Export as {form.upper()}", f"{form}:{page.screen}", "All rows, as a file by DM")


def _option(token: Token, listing: Listing) -> Block:
    description = f"{expiry_words(token, listing.now)} · {where(token.target)}"
    return option(token.display_name, token_ref(token), description)


def reading_message(targets: Sequence[Target]) -> Message:
    """Say what is still being read."""
    text = f"Still reading {places(targets)}."
    return message(text, [context(text)])


def expired_message(command: str) -> Message:
    """Say that a list is too old for its buttons, and offer a new one."""
    text = f"This list is old: its buttons work for 30 minutes. Run {command} again."
    again = button("Run again", actions.LIST_AGAIN, style="primary")
    return message(text, [section(plain_text(text)), row(again)])


def not_yours_message(command: str) -> Message:
    """Say that only the person who asked for a list can use its buttons."""
    text = f"This list belongs to somebody else. Run {command} to see your own tokens."
    return message(text, [section(plain_text(text))])
