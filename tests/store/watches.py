"""A watch, its ledger and its notices, to store."""

from datetime import timedelta
from typing import Any

from bot.models.connection import Owner
from bot.models.ledger import Entry, Ledger, OpenItem
from bot.models.notice import Edit, Item, Notice, Why
from bot.models.watch import Watch
from bot.store.watches import Change, Parcel, Record, Ref, Sender, WatchStore
from tests.fixtures.canaries import CANARY
from tests.fixtures.redis import START
from tests.store.records import OWNER, token

DAY = timedelta(days=1)
REF = Ref(*OWNER)
PARCEL = Parcel("n1")
COPY = Parcel("n1", "U2", (0, 3))
ONE = Sender("100", timedelta(seconds=30))
TWO = Sender("200", timedelta(seconds=30))
BLINK = timedelta(milliseconds=1)
KEEP = timedelta(days=40)


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


async def loaded(watches: WatchStore, ref: Ref = REF) -> Record:
    record = await watches.load(ref)
    assert record is not None
    return record


async def begun(
    watches: WatchStore,
    *parcels: Parcel,
    sender: Sender = ONE,
    what: Notice | None = None,
    change: Change | None = None,
) -> bool:
    return await watches.begin(
        await loaded(watches),
        change or Change(ledger()),
        what or notice(),
        parcels or (PARCEL,),
        sender,
        keep=KEEP,
    )


async def begun_from(watches: WatchStore, record: Record) -> bool:
    return await watches.begin(record, Change(ledger()), notice(), [PARCEL], ONE, keep=KEEP)
