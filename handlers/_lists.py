"""Reading a person's list and drawing it: what the command and the list's controls share."""

from datetime import timedelta

from bot.blocks import Message
from bot.blocks.connect import connect_card
from bot.blocks.listing import list_message, reading_message
from bot.blocks.token import token_message
from bot.models.listing import Listing
from bot.models.query import Query
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.query import format_query
from bot.rules.select import select
from bot.services.tokens import FRESH
from handlers._reminders import next_line_of
from handlers._turn import Turn

KIND = "list"
"""What a list keeps under its id: the query, as text."""


async def send(turn: Turn, query: Query) -> None:
    """Answer with the first page of a list."""
    screen = await turn.keep(KIND, {"query": format_query(query)})
    await draw(turn, query, screen, 0)


async def draw(
    turn: Turn, query: Query, screen: str, page: int, *, max_age: timedelta = FRESH
) -> None:
    """Answer with a page of a list that has an id already."""
    listing = await read(turn, everything=query.needs_everything, max_age=max_age)
    if not listing.connections and not listing.unreadable:
        await turn.reply(connect_card(turn.command))
        return
    selection = select(query, listing.tokens, listing.now)

    def page_of_list(*, tables: bool) -> Message:
        return list_message(
            listing=listing,
            selection=selection,
            query=query,
            page=page,
            screen=screen,
            zone=turn.person.zone,
            command=turn.command,
            titles=turn.desk.titles,
            can_share=True,
            tables=tables,
        )

    await turn.show(page_of_list)


async def read(
    turn: Turn, *, everything: bool = False, max_age: timedelta = FRESH, anew: str = ""
) -> Listing:
    """Read a person's list, and say what is being read if that takes its time."""

    async def say(targets: tuple[Target, ...]) -> None:
        await turn.reply(reading_message(targets))

    return await turn.desk.tokens.listing(
        turn.owner,
        everything=everything,
        max_age=max_age,
        anew=anew,
        # What would be replaced is still good to look at while the new one is on its way.
        on_slow=None if turn.replaces else say,
    )


async def token(
    turn: Turn, token: Token, listing: Listing, screen: str = "", page: int = 0
) -> Message:
    """Return everything about a token; with a screen, a button leads back to its list."""
    source = turn.desk.sources.get(token.source)
    return token_message(
        token=token,
        listing=listing,
        info=source.info if source else None,
        zone=turn.person.zone,
        screen=screen,
        page=page,
        reminder=await next_line_of(turn, token),
    )
