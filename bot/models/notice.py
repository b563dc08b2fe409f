"""One reminder message: what it says of which tokens, why, and what became of them since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.models._base import Instant, Model
from bot.models.ledger import ItemState
from bot.models.target import Target
from bot.models.token import Token
from bot.models.watch import Mode, Watch

Rule = Literal["threshold", "expired"]
"""What rings: so many days before the expiry, or the expiry itself."""

Reason = Literal["on time", "newly known", "missed", "snooze ended", "first look"]
"""Why it rings now.

`newly known`: the slot had passed when the token, its expiry or the setting became known.
`missed`: nothing was sent in its slot, though the watch knew.
"""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item rings, and why now.

    `life` is how long this expiry lasts, `instant` when the threshold is crossed, `slot` when that
    should have rung. `now` is the moment of planning, `zone` and `hour` the clock that slots go by.
    `late`: nothing was sent in its slot, though the watch knew. `at_once`: rung outside the slots,
    because the next one would leave less than a day.
    """

    rule: Rule
    threshold: int
    reason: Reason
    life: timedelta
    instant: Instant
    slot: Instant
    now: Instant
    zone: str
    hour: int
    late: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One token in a notice, as it was when the notice was made.

    `last_seen` is None while the token is listed; otherwise its target could not be read since.
    `namesakes` is how many active tokens of its place had its name, 0 where that was not counted.
    """

    key: str
    expiry: Instant
    threshold: int
    token: Token
    why: Why
    last_seen: Instant | None = None
    namesakes: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one item of an earlier notice.

    `expiry` is the item's own; `new_expiry` tells the token's when it is `renewed` or `moved`
    (None: it never expires). `until` tells when a snooze ends.
    """

    notice_id: str
    key: str
    expiry: Instant
    state: ItemState
    new_expiry: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the first look of a watch found.

    `watched` tokens that expire, of which `expired` already have; the notice's items are those
    that expire soon. `unread` targets are not counted yet.
    """

    mode: Mode
    watched: int
    expired: int
    unread: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Blind:
    """A target that could not be read in full for a day: its silence means nothing.

    `problem` is as in `TargetMemory`.
    """

    target: Target
    since: Instant
    problem: str


class Notice(Model):
    """One message: its frozen items, and the edits of them so far by token key.

    `watch` is kept as it was, so that "Why this?" can tell by which settings it rang.
    """

    id: str
    watch: Watch
    made_at: Instant
    items: tuple[Item, ...]
    summary: Summary | None = None
    blind: tuple[Blind, ...] = ()
    edits: dict[str, Edit] = Field(default_factory=dict)

    def edited(self, edits: Iterable[Edit]) -> "Notice":
        """Return the notice after those edits that are its own."""
        own = {edit.key: edit for edit in edits if edit.notice_id == self.id}
        return self.model_copy(update={"edits": {**self.edits, **own}})

    def state(self, key: str) -> ItemState:
        """Return what became of an item."""
        edit = self.edits.get(key)
        return edit.state if edit else "ringing"
