"""The App Home tab: what expires next, and what is connected."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bot.blocks import actions
from bot.blocks._coverage import age_line
from bot.blocks._elements import button
from bot.blocks._kit import Block, View, context, divider, header, home, plain_text, row, section
from bot.blocks._rows import as_paragraphs
from bot.blocks.connect import three_steps
from bot.blocks.connections import connection_blocks, forget_button
from bot.blocks.problems import explain
from bot.errors import TokenbellError
from bot.models.connection import Connection
from bot.models.listing import Listing
from bot.models.query import Query
from bot.models.token import Token
from bot.rules.findings import LATER, Names, urgency
from bot.rules.select import select
from bot.rules.times import count, exact_span

NEXT = 10
"""How many tokens the tab shows."""


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
    return home(
        [
            section(plain_text(text)),
            context("This tab is read anew each time you open it."),
            context(f"Reference: {told.reference}") if told.reference else None,
        ]
    )


def home_view(
    connections: Sequence[Connection],
    listing: Listing,
    *,
    unreadable: Sequence[str] = (),
    reminders: Sequence[Block | None] = (),
    zone: str,
    command: str,
    titles: Mapping[str, str],
) -> View:
    """Return the tab: what expires within a month, what rings, and what is connected.

    `unreadable` are the ids of connections that cannot be opened, `reminders` what
    `reminder_blocks` makes.
    """
    age = age_line(listing)
    return home(
        [
            *_next(listing, zone, command),
            context(age) if age else None,
            divider(),
            *reminders,
            *connection_blocks(
                connections, unreadable, coverage=listing.coverage, command=command, titles=titles
            ),
            row(button("Connect another", actions.CONNECT_START), forget_button()),
        ]
    )


def _next(listing: Listing, zone: str, command: str) -> list[Block]:
    """Return what somebody must act on, soonest first."""
    rows = select(Query(), listing.tokens, listing.now).rows
    near = takewhile(lambda t: t.expires_at and t.expires_at - listing.now <= LATER, rows)
    urgent = [token for token in near if urgency(token, listing.now) != "none"]
    more = len(urgent) - NEXT
    rest = f"And {more:,} more: {command} expiring {LATER.days}d"
    return [
        header(_heading(urgent, listing)),
        *as_paragraphs(urgent[:NEXT], listing.now, zone, Names()),
        *([context(rest)] if more > 0 else []),
    ]


def _heading(urgent: Sequence[Token], listing: Listing) -> str:
    window = exact_span(LATER)
    if not urgent:
        readable = " that I could read" if listing.missing or listing.unreadable else ""
        return f"Nothing{readable} expires within {window}"
    ended = sum(token.status(listing.now) == "expired" for token in urgent)
    ending = len(urgent) - ended
    verb = "expires" if ending == 1 else "expire"
    parts = (
        f"{count(ending, 'token')} {verb} within {window}" if ending else "",
        f"{ended:,} expired in use" if ended else "",
    )
    return ", ".join(filter(None, parts))
