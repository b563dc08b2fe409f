"""A look as a watch takes it: young enough, and twice where something vanished."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.models.connection import Owner
from bot.models.ledger import Ledger
from bot.models.listing import Listing
from bot.rules.matches import matches_all
from bot.services.look import LOOK_AGE, Looker
from tests.fixtures.redis import FrozenClock
from tests.rules.make import DAY, KYUUBI, NOW, kyuubi
from tests.rules.reminders import coverage, look, seen, watch

OWNER = Owner("T1", "U1")


class Tokens:
    """Lists what it is given, one after the other, and remembers how it was asked."""

    def __init__(self, *listings: Listing) -> None:
        self.listings: Sequence[Listing] = listings
        self.asked: list[dict[str, Any]] = []

    async def listing(
        self, owner: Owner, *, everything: bool = False, max_age: timedelta = LOOK_AGE
    ) -> Listing:
        assert owner == OWNER
        self.asked.append({"everything": everything, "max_age": max_age})
        return self.listings[min(len(self.asked), len(self.listings)) - 1]


def looker(tokens: Tokens) -> Looker:
    clock = FrozenClock(NOW)
    return Looker(tokens, clock, ["kyuubi", "idaas"])


TOKEN = kyuubi("etl", expires_at=NOW + 5 * DAY)
NOTHING = Listing(tokens=(), coverage=(coverage(KYUUBI, NOW),), now=NOW)


async def test_a_look_may_be_five_minutes_old() -> None:
    """The first time nothing can have vanished: one look will do."""
    tokens = Tokens(look(TOKEN).listing)

    found = await looker(tokens).look(watch(), Ledger())

    assert tokens.asked == [{"everything": False, "max_age": timedelta(minutes=5)}]
    assert [token.name for token in found.listing.tokens] == ["etl"]
    assert found.everything == frozenset()


async def test_what_vanished_is_looked_for_among_all() -> None:
    """A token that is no longer listed may have been revoked: then all are listed once."""
    ledger = seen(look(TOKEN, now=NOW - DAY))
    revoked = TOKEN.model_copy(update={"revoked": True})
    tokens = Tokens(NOTHING, look(revoked).listing)

    found = await looker(tokens).look(watch(), ledger, max_age=timedelta(seconds=10))

    assert [each["everything"] for each in tokens.asked] == [False, True]
    assert {each["max_age"] for each in tokens.asked} == {timedelta(seconds=10)}
    assert found.everything == {TOKEN.target.id}
    assert found.listing.tokens == (revoked,)


@pytest.mark.parametrize(("query", "passes"), [("", True), ("name:etl", True), ("name:bi", False)])
def test_a_filter_lets_through_what_it_says(query: str, *, passes: bool) -> None:
    """An empty one lets all through."""
    matches = looker(Tokens()).matches(watch(query=query))

    assert matches(TOKEN, NOW) is passes


def test_a_filter_that_nobody_can_read_any_more_lets_all_through() -> None:
    """Rather noise than silence."""
    assert looker(Tokens()).matches(watch(query="sort:sideways")) is matches_all
