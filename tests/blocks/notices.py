"""Reminders to draw: plain ones by keyword, and hostile ones by hypothesis."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from bot.models.connection import Owner
from bot.models.ledger import ItemState
from bot.models.notice import Blind, Edit, Item, Notice, Reason, Summary, Why
from bot.models.token import Token
from bot.models.watch import EXPIRED
from bot.rules.preview import Planned
from tests.rules.make import DAY, HOSTILE, MOMENTS, NOW, TARGETS, TOKENS, kyuubi
from tests.rules.reminders import watch

# Building notices of hostile tokens takes hypothesis longer than it likes.
slowly = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)

OWNER = Owner("T1", "U1")
WAYS = {"kyuubi": "EMR console: the gateway's tokens.", "idaas": "Have its consumer ask for one."}


def item(token: Token | None = None, *, threshold: int = 7, **fields: Any) -> Item:
    """Return a token as it rings in the slot of a threshold."""
    token = token or kyuubi("etl nightly", expires_at=NOW + 7 * DAY)
    expiry = token.expires_at
    assert expiry is not None
    why = {
        "rule": "expired" if threshold == EXPIRED else "threshold",
        "threshold": threshold,
        "reason": "on time",
        "life": 100 * DAY,
        "instant": expiry - threshold * DAY,
        "slot": NOW,
        "now": NOW,
        "zone": "Europe/Berlin",
        "hour": 10,
        **fields.pop("why", {}),
    }
    return Item(token.key, expiry, threshold, token, Why(**why), **fields)


def notice(*items: Item, **fields: Any) -> Notice:
    """Return a notice that was made now."""
    return Notice(**{"id": "n1", "watch": watch(), "made_at": NOW, "items": items, **fields})


def edited(one: Notice, state: ItemState, *, index: int = 0, **fields: Any) -> Notice:
    """Return a notice after one of its items changed."""
    changed = one.items[index]
    return one.edited([Edit(one.id, changed.key, changed.expiry, state, **fields)])


def planned(*items: Item, when: datetime = NOW + DAY, **fields: Any) -> Planned:
    """Return a message to come."""
    return Planned(when, items, **fields)


_LIVES = st.integers(25, 24 * 4000).map(lambda hours: timedelta(hours=hours))
_WHYS = st.builds(
    Why,
    rule=st.sampled_from(["threshold", "expired"]),
    threshold=st.integers(0, 365),
    reason=st.sampled_from(get_args(Reason)),
    life=_LIVES,
    instant=MOMENTS,
    slot=MOMENTS,
    now=st.just(NOW),
    zone=st.sampled_from(["Asia/Kathmandu", "America/Los_Angeles", "UTC"]),
    hour=st.integers(0, 23),
    late=st.booleans(),
    at_once=st.booleans(),
)
ITEMS = st.builds(
    Item,
    key=st.text("abcdef0123456789", min_size=1, max_size=12),
    expiry=MOMENTS,
    threshold=st.integers(0, 365),
    token=TOKENS,
    why=_WHYS,
    last_seen=st.none() | MOMENTS,
    namesakes=st.integers(0, 5000),
)
WATCHES = st.builds(
    watch,
    mode=st.sampled_from(["unasked", "all", "off"]),
    query=HOSTILE,
    zone=st.sampled_from(["Asia/Kathmandu", "UTC"]),
    own_zone=st.booleans(),
    thresholds=st.lists(st.integers(0, 365), min_size=1, max_size=12).map(tuple),
    workdays=st.frozensets(st.integers(1, 7), min_size=1),
    hour=st.integers(0, 23),
    fallback=st.none() | st.just("U2"),
) | st.builds(
    watch,
    mode=st.just("mine"),
    mine=st.lists(HOSTILE, min_size=1, max_size=120).map(tuple),
)
BLINDS = st.builds(
    Blind,
    target=TARGETS,
    since=MOMENTS,
    problem=st.sampled_from(["stale", "truncated", "empty", "unopened", "throttled"]) | HOSTILE,
)
SUMMARIES = st.builds(
    Summary,
    mode=st.sampled_from(["unasked", "all", "mine"]),
    watched=st.integers(0, 5000),
    expired=st.integers(0, 5000),
    unread=st.lists(TARGETS, max_size=7).map(tuple),
)
_STATES = st.sampled_from(get_args(ItemState))


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """Draw a notice of any size, its items in any states."""
    some = draw(st.lists(ITEMS, max_size=4))
    items = [
        replace(each, key=f"{number}")
        for number, each in enumerate(some * draw(st.sampled_from([1, 3, 60])))
    ]
    made = notice(
        *items,
        watch=draw(WATCHES),
        made_at=draw(MOMENTS),
        summary=draw(st.none() | SUMMARIES),
        blind=tuple(draw(st.lists(BLINDS, max_size=8))),
    )
    return made.edited(
        Edit(
            "n1",
            each.key,
            each.expiry,
            draw(_STATES),
            draw(st.none() | MOMENTS),
            draw(st.none() | MOMENTS),
        )
        for each in items[:8]
        if draw(st.booleans())
    )


NOTICES = notices()
PLANNED = st.builds(
    Planned,
    when=MOMENTS,
    items=st.lists(ITEMS, max_size=3).map(lambda some: tuple(some * 5)),
    fallback=st.lists(ITEMS, max_size=2).map(tuple),
    summary=st.none() | SUMMARIES,
    blind=st.lists(BLINDS, max_size=4).map(tuple),
).filter(lambda each: each.items or each.summary or each.blind)
