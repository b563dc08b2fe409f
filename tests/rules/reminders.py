"""A watch that lives through time: it looks at what is listed, plans, and remembers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.models.connection import Owner
from bot.models.ledger import Entry, Ledger
from bot.models.listing import Coverage, Listing, Problem, State
from bot.models.notice import Edit
from bot.models.target import Target
from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.matches import Matches, matches_all
from bot.rules.observe import Look, observe
from bot.rules.plan import Plan, plan
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi

ALL_WEEK = frozenset(range(1, 8))


def watch(**fields: Any) -> Watch:
    given = {
        "id": "w1",
        "owner": Owner("T1", "U1"),
        "mode": "all",
        "created_at": NOW - DAY,
        "changed_at": NOW - DAY,
        **fields,
    }
    return Watch(**given)


def coverage(
    target: Target = KYUUBI,
    now: datetime = NOW,
    *,
    state: State = "fresh",
    connection_id: str = "c1",
    truncated: bool = False,
    problem: str | None = None,
) -> Coverage:
    failure = "unavailable" if state != "fresh" and problem is None else problem
    return Coverage(
        connection_id=connection_id,
        connection_label="prod",
        target=target,
        state=state,
        read_at=None if state == "failed" else now,
        truncated=truncated,
        problem=Problem(kind=failure, source=target.source) if failure else None,
    )


def look(
    *tokens: Token,
    now: datetime = NOW,
    read: Iterable[Coverage] | None = None,
    everything: bool = True,
    unreadable: int = 0,
) -> Look:
    """Look at tokens; unless told otherwise, each target was read in full."""
    targets = {token.target.id: token.target for token in tokens} or {KYUUBI.id: KYUUBI}
    covered = tuple(read) if read is not None else tuple(coverage(t, now) for t in targets.values())
    return Look(
        Listing(tokens=tokens, coverage=covered, now=now, unreadable=unreadable),
        frozenset(c.target.id for c in covered) if everything else frozenset(),
    )


Upstream = Callable[[datetime], Look]


def listed(*tokens: Token) -> Upstream:
    """List the same for ever, and what has expired too."""
    return lambda now: look(*tokens, now=now)


def seen(*looks: Look, ledger: Ledger | None = None, **settings: Any) -> Ledger:
    """Return the ledger after looks, each at its own time."""
    ledger = ledger or Ledger()
    for each in looks:
        ledger = observe(ledger, each, watch(**settings), each.listing.now).ledger
    return ledger


def only(ledger: Ledger) -> Entry:
    [entry] = ledger.entries.values()
    return entry


def expiring(name: str = "etl", *, within: timedelta, **fields: Any) -> Token:
    return kyuubi(name, expires_at=NOW + within, **fields)


@dataclass
class Bell:
    """A watch and its memory; `said` are the plans that made a message."""

    watch: Watch = field(default_factory=watch)
    ledger: Ledger = field(default_factory=Ledger)
    matches: Matches = matches_all
    said: list[tuple[datetime, Plan]] = field(default_factory=list)
    edits: list[tuple[datetime, Edit]] = field(default_factory=list)
    notices: int = 0

    def wake(self, now: datetime, seen: Look) -> Plan:
        """Look and plan once, and do what was planned."""
        self.ledger = observe(self.ledger, seen, self.watch, now).ledger
        planned = plan(
            self.ledger,
            self.watch,
            now,
            notice_id=f"n{self.notices}",
            matches=self.matches,
            listed=seen.listing.tokens,
        )
        self.ledger = planned.ledger
        if planned.speaks:
            self.notices += 1
            self.said.append((now, planned))
        self.edits += [(now, edit) for edit in planned.edits]
        return planned

    def live(
        self,
        upstream: Upstream,
        start: datetime,
        end: datetime,
        every: timedelta | None = None,
        *,
        polls: bool = True,
    ) -> "Bell":
        """Wake from `start` to before `end`: when planned, or every so often.

        Without `polls` only when something may be sent, which spares most of the looks.
        """
        now: datetime | None = start
        while now is not None and now < end:
            planned = self.wake(now, upstream(now))
            now = now + every if every else planned.wake if polls else planned.next_send
        return self

    @property
    def rung(self) -> list[tuple[str, int, datetime]]:
        """Name, threshold and time of all that rang, first looks aside."""
        return [
            (item.token.name or item.token.id, item.threshold, when)
            for when, planned in self.said
            for item in planned.send
            if item.why.reason != "first look"
        ]

    @property
    def thresholds(self) -> list[int]:
        return [threshold for _, threshold, _ in self.rung]

    @property
    def states(self) -> list[str]:
        return [edit.state for _, edit in self.edits]


def settled(*tokens: Token, **fields: Any) -> Bell:
    """Make a bell whose first look, an hour before `NOW`, is behind it."""
    bell = Bell(watch(**fields))
    bell.wake(NOW - HOUR, look(*tokens, now=NOW - HOUR))
    bell.said.clear()
    return bell


MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")

PLACES = {
    "hour": st.integers(0, 23),
    "workdays": st.frozensets(st.integers(1, 7), min_size=1),
    "zone": st.sampled_from(ZONES),
}
SETTINGS = st.fixed_dictionaries(
    {
        **PLACES,
        "mode": st.sampled_from(["all", "all", "unasked", "mine"]),
        "mine": st.just(("ann",)),
        "thresholds": st.sets(st.sampled_from([60, 30, 14, 10, 7, 5, 3, 2, 1, 0]), min_size=1).map(
            tuple
        ),
        "fallback": st.none() | st.just("U2"),
    }
)
LIVES = st.sampled_from([365 * DAY, 60 * DAY, 14 * DAY, 2 * DAY]) | st.integers(
    0, 400 * 24 * 60
).map(lambda minutes: minutes * MINUTE)


@st.composite
def tokens(draw: st.DrawFn) -> tuple[Token, ...]:
    """Draw a few tokens around now, of every kind of life."""
    several = []
    for number in range(draw(st.integers(1, 5))):
        ends = NOW + draw(st.integers(-24 * 60, 40 * 24 * 60)) * MINUTE
        life = draw(LIVES)
        several.append(
            kyuubi(
                f"t{number}",
                created_at=draw(st.sampled_from([ends - life, ends - life, ends - life, None])),
                expires_at=draw(st.sampled_from([ends, ends, ends, None])),
                created_by=draw(st.sampled_from(["ann", "bob"])),
                last_used_at=draw(st.sampled_from([None, NOW, ends])),
            )
        )
    return tuple(several)
