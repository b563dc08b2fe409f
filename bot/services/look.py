"""A look through somebody's connections, as the planner takes it."""

from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

from bot.clock import Clock
from bot.errors import InputError
from bot.models.connection import Owner
from bot.models.ledger import Ledger
from bot.models.listing import Listing
from bot.models.watch import Watch
from bot.rules.matches import Matches, matches_all, matches_query
from bot.rules.observe import Look, observe
from bot.rules.query import parse_query

LOOK_AGE = timedelta(minutes=5)
"""How old a reading may be that a watch goes by."""

_FILTERS = 1024


class Tokens(Protocol):
    """Who lists the tokens of a person's connections."""

    async def listing(
        self, owner: Owner, *, everything: bool = False, max_age: timedelta = LOOK_AGE
    ) -> Listing:
        """Return what can be read, and how."""
        ...


class Looker:
    """Looks for a watch: `sources` are the names of those that its filter may name."""

    def __init__(self, tokens: Tokens, clock: Clock, sources: Collection[str]) -> None:
        self._tokens = tokens
        self._clock = clock
        self._sources = frozenset(sources)

    async def look(self, watch: Watch, ledger: Ledger, *, max_age: timedelta = LOOK_AGE) -> Look:
        """Look once; where tokens vanished without a reason, once more at everything there is."""
        look = Look(await self._tokens.listing(watch.owner, max_age=max_age))
        if _shows_all(look.listing, watch, ledger):
            return look
        if not observe(ledger, look, watch, self._clock.now()).explain:
            return look
        listing = await self._tokens.listing(watch.owner, everything=True, max_age=max_age)
        return Look(listing, frozenset(read.target.id for read in listing.coverage))

    def matches(self, watch: Watch) -> Matches:
        """Return the filter of a watch.

        One that cannot be read any more lets everything through: rather noise than silence.
        """
        return _filter(watch.query, self._sources)


def _shows_all(listing: Listing, watch: Watch, ledger: Ledger) -> bool:
    """Tell whether nothing that is remembered is missing, as most of the time: that is cheap."""
    return (
        watch.connections is None
        and all(read.state == "fresh" for read in listing.coverage)
        and ledger.entries.keys() <= {token.key for token in listing.tokens}
    )


@lru_cache(maxsize=_FILTERS)
def _filter(text: str, sources: frozenset[str]) -> Matches:
    if not text:
        return matches_all
    try:
        return matches_query(parse_query(text, sources))
    except InputError:
        return matches_all
