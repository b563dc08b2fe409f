"""What is stored of a watch, as records, and how they are written into Redis.

A ledger and a notice are JSON, compressed and sealed; ids, times and counters are in the clear. A
ledger is in two fields: a look that finds nothing new writes the small one alone.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from bot.errors import SealError
from bot.models.ledger import Ledger, dump_entries, dump_looks, load_ledger
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.store import _records
from bot.store.vault import Vault

WATCH, LOOKS, ENTRIES, NOTICE = "watch", "looks", "entries", "notice"
"""Kinds of sealed records, and the fields that they are in."""

_BEHIND = "behind:"
# The text is sealed afterwards, so speed matters more than the last byte.
_COMPRESSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_WATCHES_REMEMBERED = 10_000

State = Literal["sending", "sent", "failed"]


class Ref(NamedTuple):
    """Where a watch is: its scope, and its id, which is a person's own for their DM."""

    scope: str
    id: str

    @classmethod
    def of(cls, watch: Watch) -> "Ref":
        """Return where a watch is kept."""
        return cls(watch.owner.scope, watch.id)

    @classmethod
    def parse(cls, member: str) -> "Ref":
        """Read what `member` wrote."""
        scope, _, watch_id = member.partition("/")
        return cls(unquote(scope), unquote(watch_id))

    @property
    def member(self) -> str:
        """The watch in the due index."""
        return f"{quote(self.scope, safe='')}/{quote(self.id, safe='')}"


class Parcel(NamedTuple):
    """One message to be sent for a notice.

    `to` is who gets a copy, empty for the watch's own place; `items` are which of the items the
    copy tells, none for all.
    """

    notice_id: str
    to: str = ""
    items: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.to:
            return self.notice_id
        return f"{self.notice_id}~{self.to}~{'.'.join(map(str, self.items))}"

    @classmethod
    def parse(cls, text: str) -> "Parcel":
        """Read what `str` wrote."""
        notice_id, _, rest = text.partition("~")
        to, _, items = rest.partition("~")
        return cls(notice_id, to, tuple(map(int, filter(None, items.split(".")))))


@dataclass(frozen=True, slots=True)
class Record:
    """A watch as it is at one moment.

    `version` changes with each write. `ledger` is None before the first look, and when it cannot
    be opened. `outbox` is what is being sent. `behind` are notices whose messages do not show their
    latest state, each with the version that it is of. `turn` is when a post was promised a place
    in the scope's rate, by Redis' clock. `dm` is the channel of the owner's DM, if known.
    `undeliverable` is why the last notice did not reach its owner, in Slack's word.
    """

    ref: Ref
    watch: Watch
    version: int
    ledger: Ledger | None = None
    outbox: tuple[Parcel, ...] = ()
    behind: Mapping[str, int] = field(default_factory=dict)
    turn: datetime | None = None
    dm: str = ""
    looked_at: datetime | None = None
    next_send: datetime | None = None
    undeliverable: str = ""

    def changed(self, ledger: Ledger, *notices: Notice) -> "Change":
        """Return a change of the ledger and notices alone."""
        return Change(
            ledger, notices, looked_at=self.looked_at, next_send=self.next_send, turn=self.turn
        )

    def after(self, change: "Change") -> "Record":
        """Return the watch as it is once a change of it is saved or begun."""
        version = self.version + 1
        return replace(
            self,
            version=version,
            ledger=change.ledger,
            behind={**self.behind, **dict.fromkeys((n.id for n in change.notices), version)},
            looked_at=change.looked_at,
            next_send=change.next_send,
            turn=change.turn,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What to remember: the ledger, notices with other contents than before, and when to ring.

    The times are those of `Record`; None forgets them.
    """

    ledger: Ledger
    notices: Sequence[Notice] = ()
    looked_at: datetime | None = None
    next_send: datetime | None = None
    turn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A notice as it is kept: of which watch, whether it was sent, and where to."""

    notice: Notice
    watch_id: str
    state: State
    channel: str = ""
    ts: str = ""
    code: str = ""


class Sender(NamedTuple):
    """Who sends: the generation of a claim, and how long it needs for one parcel at the most."""

    generation: str
    span: timedelta


class WatchRecords:
    """Reads and writes the hashes in which watches and notices are kept."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        # Never sealed twice alike, and seldom changed: the same text holds the same settings.
        self._opened = lru_cache(maxsize=_WATCHES_REMEMBERED)(self._open_watch)

    def seal_watch(self, watch: Watch) -> str:
        """Return a watch's settings, sealed."""
        return _records.seal(self._vault, WATCH, Ref.of(watch), watch)

    def open_watch(self, ref: Ref, sealed: str) -> Watch:
        """Return a watch's settings; raise SealError when they do not open."""
        return self._opened(ref, sealed)

    def _open_watch(self, ref: Ref, sealed: str) -> Watch:
        return _records.unseal(self._vault, WATCH, ref, sealed, Watch)

    def seal_notice(self, notice: Notice) -> str:
        """Return a notice, sealed."""
        data = notice.model_dump_json(exclude_defaults=True).encode()
        return self._seal(NOTICE, (notice.watch.owner.scope, notice.id), data)

    def record(self, ref: Ref, fields: Mapping[str, str]) -> Record:
        """Read a watch; raise SealError when its settings do not open, or the rest is no record."""
        watch = self.open_watch(ref, fields.get(WATCH, ""))
        with _readable(WATCH):
            return Record(
                ref=ref,
                watch=watch,
                version=int(fields["version"]),
                ledger=self._ledger(ref, fields.get(LOOKS), fields.get(ENTRIES)),
                outbox=tuple(map(Parcel.parse, fields.get("outbox", "").split())),
                behind={
                    name.removeprefix(_BEHIND): int(version)
                    for name, version in fields.items()
                    if name.startswith(_BEHIND)
                },
                turn=_instant(fields.get("turn")),
                dm=fields.get("dm", ""),
                looked_at=_instant(fields.get("looked_at")),
                next_send=_instant(fields.get("next_send")),
                undeliverable=fields.get("undeliverable", ""),
            )

    def filed(self, scope: str, notice_id: str, fields: Mapping[str, str]) -> Filed:
        """Read a notice; raise SealError when it does not open, or the rest is no record."""
        data = self._open(NOTICE, (scope, notice_id), fields.get(NOTICE, ""))
        with _readable(NOTICE):
            return Filed(
                notice=Notice.model_validate_json(data),
                watch_id=fields["watch"],
                state=_state(fields["state"]),
                channel=fields.get("channel", ""),
                ts=fields.get("ts", ""),
                code=fields.get("code", ""),
            )

    def fields(self, record: Record, change: Change) -> list[str | int]:
        """Return a change of a watch as its fields and values, in turn, after their number."""
        ref, known = record.ref, record.ledger
        values: dict[str, str | int] = {
            LOOKS: self._seal(LOOKS, ref, dump_looks(change.ledger)),
            "looked_at": _ms(change.looked_at),
            "next_send": _ms(change.next_send),
            "turn": _ms(change.turn),
        }
        if known is None or known.entries != change.ledger.entries:
            values[ENTRIES] = self._seal(ENTRIES, ref, dump_entries(change.ledger))
        return [len(values), *(part for pair in values.items() for part in pair)]

    def _ledger(self, ref: Ref, looks: str | None, entries: str | None) -> Ledger | None:
        if looks is None or entries is None:
            return None
        try:
            return load_ledger(self._open(LOOKS, ref, looks), self._open(ENTRIES, ref, entries))
        except SealError:
            return None

    def _seal(self, kind: str, bound: Sequence[str], data: bytes) -> str:
        return self._vault.seal(kind, bound, zlib.compress(data, _COMPRESSION))

    def _open(self, kind: str, bound: Sequence[str], sealed: str) -> bytes:
        data = self._vault.open(kind, bound, sealed)
        try:
            return zlib.decompress(data)
        except zlib.error:
            raise SealError(f"a record of kind {kind} has an unknown form") from None


@contextmanager
def _readable(kind: str) -> Iterator[None]:
    """Turn what is wrong with the fields beside the sealed one into SealError."""
    try:
        yield
    except (KeyError, ValueError, OverflowError):
        raise SealError(f"a record of kind {kind} has an unknown form") from None


def _state(text: str) -> State:
    return "sent" if text == "sent" else "failed" if text == "failed" else "sending"


def _ms(instant: datetime | None) -> int | str:
    return "" if instant is None else (instant - _EPOCH) // _MILLISECOND


def instant(ms: str) -> datetime:
    """Read a time in epoch milliseconds."""
    return _EPOCH + int(ms) * _MILLISECOND


def _instant(ms: str | None) -> datetime | None:
    return None if ms is None else instant(ms)
