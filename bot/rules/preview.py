"""Every notice to come if nothing changes upstream and nobody answers: the same plan, folded.

There is no second planner. Between two moments at which something may be sent nothing else
happens, so these are all that is gone through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from bot.models.ledger import Ledger
from bot.models.notice import Blind, Item, Summary
from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.matches import Matches, matches_all
from bot.rules.observe import Look, observe
from bot.rules.plan import Plan, plan

_NOTICE_ID = "preview"


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to come; `fallback` are the items that the fallback person gets too."""

    when: datetime
    items: tuple[Item, ...]
    fallback: tuple[Item, ...] = ()
    summary: Summary | None = None
    blind: tuple[Blind, ...] = ()

    @classmethod
    def of(cls, when: datetime, planned: Plan) -> "Planned":
        """Return the message of a plan."""
        return cls(when, planned.send, planned.fallback, planned.summary, planned.blind)


def preview(
    look: Look,
    ledger: Ledger,
    watch: Watch,
    now: datetime,
    until: datetime,
    *,
    matches: Matches = matches_all,
) -> list[Planned]:
    """Return the messages from now on up to a moment.

    A target that was read stays readable, one that was not stays so. A filter that depends on time
    (`unused:`) is asked again each time; a token that begins to match between two slots and has
    less than a day left rings some hours before what is told here.
    """
    messages = _messages(look, ledger, watch, now, matches, look.listing.tokens)
    return list(takewhile(lambda message: message.when <= until, messages))


def next_notice(
    look: Look,
    ledger: Ledger,
    watch: Watch,
    now: datetime,
    key: str,
    *,
    matches: Matches = matches_all,
) -> Planned | None:
    """Return the next message that names a token, None when there is none in sight."""
    entries = {key: ledger.entries[key]} if key in ledger.entries else {}
    tokens = tuple(token for token in look.listing.tokens if token.key == key)
    alone = replace(look, listing=look.listing.model_copy(update={"tokens": tokens}))
    listed = look.listing.tokens
    messages = _messages(alone, replace(ledger, entries=entries), watch, now, matches, listed)
    return next((message for message in messages if message.items), None)


def _messages(
    look: Look,
    ledger: Ledger,
    watch: Watch,
    now: datetime,
    matches: Matches,
    listed: Sequence[Token],
) -> Iterator[Planned]:
    when: datetime | None = now
    while when is not None:
        ledger = observe(ledger, _repeated(look, when), watch, when).ledger
        planned = plan(
            ledger,
            watch,
            when,
            notice_id=_NOTICE_ID,
            matches=matches,
            listed=listed,
        )
        if planned.speaks:
            yield Planned.of(when, planned)
        ledger, when = planned.ledger, planned.next_send


def _repeated(look: Look, when: datetime) -> Look:
    """Return a look as it would be at another time: what could be read then can be read now."""
    coverage = tuple(
        read.model_copy(update={"read_at": when}) if read.state == "fresh" else read
        for read in look.listing.coverage
    )
    listing = look.listing.model_copy(update={"coverage": coverage, "now": when})
    return replace(look, listing=listing)
