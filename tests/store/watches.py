"""A watch, its ledger and its notices, to store."""

from datetime import timedelta
from typing import Any

from bot.models.connection import Owner
from bot.models.ledger import Entry, Ledger, OpenItem
from bot.models.notice import Edit, Item, Notice, Why
from bot.models.watch import Watch
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.store.records import OWNER, token

DAY = timedelta(days=1)


def watch(owner: Owner = OWNER, **fields: Any) -> Watch:
    given = {
        "id": owner.user,
        "owner": owner,
        "mode": "mine",
        "mine": ("alice", CANARY.access_token),
        "created_at": START,
        "changed_at": START,
        **fields,
    }
    return Watch(**given)


def ledger(*numbers: int, notice_id: str = "n1") -> Ledger:
    entries = {}
    for number in numbers or (1,):
        one = token(number).model_copy(update={"name": CANARY.access_token})
        assert one.expires_at is not None
        entries[one.key] = Entry(
            token=one,
            target_id=one.target.id,
            armed_at=START,
            rung=7,
            open=OpenItem(notice_id, one.expires_at),
        )
    return Ledger(entries=entries, first_look_done=True)


def notice(
    notice_id: str = "n1", *, of: Watch | None = None, numbers: tuple[int, ...] = (1,)
) -> Notice:
    items = []
    for number in numbers:
        one = token(number).model_copy(update={"name": CANARY.access_token})
        assert one.expires_at is not None
        why = Why(
            rule="threshold",
            threshold=7,
            reason="on time",
            life=30 * DAY,
            instant=START,
            slot=START,
            now=START,
            zone="UTC",
            hour=9,
        )
        items.append(Item(key=one.key, expiry=one.expires_at, threshold=7, token=one, why=why))
    return Notice(id=notice_id, watch=of or watch(), made_at=START, items=tuple(items))


def snoozed(one: Notice) -> Notice:
    item = one.items[0]
    return one.edited([Edit(one.id, item.key, item.expiry, "snoozed", until=START + DAY)])
