"""The App Home tab: what expires next, and what is connected."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.blocks import actions
from bot.blocks._advice import advice_blocks
from bot.blocks._coverage import age_line
from bot.blocks._elements import OPTIONS, button, option, select
from bot.blocks._kit import Block, View, context, divider, header, home, plain_text, row, section
from bot.blocks._rows import as_paragraphs, expiry_words
from bot.blocks._timeline import timeline_blocks
from bot.blocks.connect import three_steps
from bot.blocks.connections import connection_blocks, forget_button
from bot.blocks.problems import explain
from bot.errors import NotAllowedError, TokenbellError
from bot.models.connection import Connection
from bot.models.health import Health
from bot.models.listing import Listing
from bot.models.query import Query
from bot.models.token import Token
from bot.rules.findings import LATER, count_names, urgency
from bot.rules.resolve import token_ref
from bot.rules.select import SOON
from bot.rules.select import select as select_rows
from bot.rules.summary import summary
from bot.rules.timeline import timeline
from bot.rules.times import count, exact_span

NEXT = 6
"""How many tokens that need somebody within a week the tab tells everything about."""

_CONTROLS = "home.controls"
_READING = "Reading anew…"


def newcomer_home(command: str) -> View:
    """Return the tab of somebody who has connected nothing."""
    return home(
        [
            header("Know which tokens expire before something stops working"),
            three_steps(command),
            row(button("Connect", actions.CONNECT_START, style="primary")),
        ]
    )


def loading_home() -> View:
    """Return the tab until it is filled."""
    return home([section(plain_text("Reading your tokens…"))])


def failed_home(
    problem: TokenbellError | None, *, command: str, titles: Mapping[str, str], reference: str = ""
) -> View:
    """Return the tab when nothing could be loaded."""
    told = explain(problem, command=command, titles=titles, reference=reference)
    text = " ".join(filter(None, (told.what, told.why, told.next_step)))
    # Slack asks for the tab each time it is opened, so opening it is trying again.
    again = (
        None if isinstance(problem, NotAllowedError) else context("Open this tab again to retry.")
    )
    return home(
        [
            section(plain_text(text)),
            again,
            context(f"Reference: {told.reference}") if told.reference else None,
        ]
    )


def home_view(
    connections: Sequence[Connection],
    listing: Listing,
    *,
    unreadable: Sequence[str] = (),
    reminders: Sequence[Block | None] = (),
    shares: Sequence[Block | None] = (),
    health: Mapping[str, Health] | None = None,
    reading: bool = False,
    zone: str,
    command: str,
    titles: Mapping[str, str],
) -> View:
    """Return the tab: what expires next, what rings, what is shared, and what is connected.

    `unreadable` are the ids of connections that cannot be opened, `reminders` what
    `reminder_blocks` makes, `shares` what tells of shared lists. `health` tells by connection when
    it was last read well. While `reading`, the listing is an earlier one and a new one is on its
    way.
    """
    rows = select_rows(Query(), listing.tokens, listing.now).rows
    return home(
        [
            *_next(listing, rows, zone, command),
            _controls(listing, rows),
            _age(listing, reading=reading),
            divider(),
            *reminders,
            *shares,
            *connection_blocks(
                connections,
                unreadable,
                coverage=listing.coverage,
                health=health,
                zone=zone,
                command=command,
                titles=titles,
            ),
            row(button("Connect another", actions.CONNECT_START), forget_button()),
        ]
    )


def _next(listing: Listing, rows: Sequence[Token], zone: str, command: str) -> list[Block | None]:
    """Return what somebody must act on, soonest first; then the quarter, and what else is worth a look."""
    now = listing.now
    names = count_names(listing.tokens, now)
    near = takewhile(lambda t: t.expires_at and t.expires_at - now <= LATER, rows)
    month = [token for token in near if urgency(token, now) != "none"]
    urgent = [token for token in month if urgency(token, now) != "later"]
    more = len(urgent) - NEXT
    return [
        header(_heading(month, listing)),
        *as_paragraphs(urgent[:NEXT], now, zone, names, listing.limits),
        context(f"And {more:,} more: {command} expiring {SOON.days}d") if more > 0 else None,
        *(timeline_blocks(timeline(rows, now, zone), now) if rows else []),
        *advice_blocks(summary(rows, now, names, listing.limits), listing.limits),
    ]


def _controls(listing: Listing, rows: Sequence[Token]) -> Block | None:
    """Return the ways from here to every token."""
    options = (
        option(token.display_name, token_ref(token), expiry_words(token, listing.now))
        for token in rows[:OPTIONS]
    )
    return row(
        select(actions.HOME_DETAILS, "Details of…", options) if rows else None,
        button("List all in Messages", actions.LIST_AGAIN) if listing.coverage else None,
        button("Read anew", actions.HOME_REFRESH) if listing.coverage else None,
        # The same in each version of the tab: a menu stays open while a new one comes.
        name=_CONTROLS,
    )


def _age(listing: Listing, *, reading: bool) -> Block | None:
    age = _READING if reading else age_line(listing)
    return context(age) if age else None


def _heading(month: Sequence[Token], listing: Listing) -> str:
    window = exact_span(LATER)
    if not month:
        readable = " that I could read" if listing.missing or listing.unreadable else ""
        return f"Nothing{readable} expires within {window}"
    ended = sum(token.status(listing.now) == "expired" for token in month)
    ending = len(month) - ended
    verb = "expires" if ending == 1 else "expire"
    parts = (
        f"{count(ending, 'token')} {verb} within {window}" if ending else "",
        f"{ended:,} expired in use" if ended else "",
    )
    return ", ".join(filter(None, parts))
