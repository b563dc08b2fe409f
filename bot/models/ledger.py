"""What a watch remembers: what was rung for which expiry, and what the reader answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from bot.models._base import Instant
from bot.models.target import Target
from bot.models.token import Token

Presence = Literal["listed", "unreadable", "missing", "gone", "ended", "unwatched"]
"""How the last look found a token.

`unreadable`: its target was not read, or not in full, and it was not in what was read. `missing`:
not in a complete reading. `gone`: not in two of them. `ended`: no longer listed since it expired or
was revoked. `unwatched`: its target or connection was removed.
"""

ItemState = Literal[
    "ringing",
    "snoozed",
    "lapsing",
    "renewed",
    "moved",
    "revoked",
    "gone",
    "unwatched",
    "expired",
    "superseded",
]
"""What became of one item of a notice.

`moved`: its expiry was brought forward. `superseded`: a later notice rang for the same expiry.
"""

_OVER = frozenset({"gone", "unwatched"})


@dataclass(frozen=True, slots=True)
class Snooze:
    """Silence asked for at a moment, until another."""

    at: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Where a token was last rung: the item's expiry, and what its message shows of it."""

    notice_id: str
    expiry: Instant
    shown: ItemState = "ringing"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one token.

    `token` is as last seen. `target_id` is where. `armed_at`: since when its notices could ring
    (first seen, renewed, reinstated, watched again). `since`: when its present expiry was first
    seen after an older one, or the token itself when its source tells no creation. `rung` is the
    tightest threshold that rang for this expiry; looser ones count as rung. `last_seen` is None
    while it is listed. `missing_since` is the first complete reading without it.
    """

    token: Token
    target_id: str
    armed_at: Instant
    since: Instant | None = None
    rung: int | None = None
    snoozed: Snooze | None = None
    lapsing: bool = False
    presence: Presence = "listed"
    last_seen: Instant | None = None
    missing_since: Instant | None = None
    open: OpenItem | None = None

    @property
    def expiry(self) -> datetime | None:
        """When the token expires, as last seen."""
        return self.token.expires_at

    @property
    def life(self) -> timedelta | None:
        """How long the present expiry lasts, from creation or renewal; None without either end."""
        if self.token.expires_at is None:
            return None
        start = self.token.created_at
        if start is None or (self.since is not None and self.since > start):
            start = self.since
        return None if start is None else self.token.expires_at - start

    @property
    def silenced(self) -> bool:
        """Tell whether nothing about this expiry is worth saying."""
        return self.lapsing or self.token.revoked or self.presence in _OVER


@dataclass(frozen=True, slots=True)
class TargetMemory:
    """How reading one target has gone.

    `known_since` is the first look at it, `read_at` its last complete reading, `seen_at` its last
    reading of any kind. `problem` is why the last look got less than a complete one: the kind of
    an `UpstreamError`, `stale`, `truncated`, `empty` (after it had tokens) or `unopened` (the
    connection); None when it was complete. `told`: the person was told of this outage.
    """

    target: Target
    known_since: Instant
    read_at: Instant | None = None
    seen_at: Instant | None = None
    problem: str | None = None
    told: bool = False

    @property
    def blind_since(self) -> datetime:
        """Since when silence has meant nothing."""
        return self.read_at or self.known_since


@dataclass(frozen=True, slots=True)
class Ledger:
    """The memory of one watch: entries by token key, and its targets by id."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    targets: Mapping[str, TargetMemory] = field(default_factory=dict)
    first_look_done: bool = False


_VERSION = 1
_ENTRIES = TypeAdapter(dict[str, Entry])
_TARGETS = TypeAdapter(dict[str, TargetMemory])
_PLACES = TypeAdapter(dict[str, Target])


def dump_looks(ledger: Ledger) -> bytes:
    """Return as JSON how reading the targets has gone, which each look changes."""
    return to_json(
        {
            "version": _VERSION,
            "first_look_done": ledger.first_look_done,
            "targets": _TARGETS.dump_python(dict(ledger.targets), exclude_defaults=True),
        }
    )


def dump_entries(ledger: Ledger) -> bytes:
    """Return the entries as JSON, which few looks change; each target is written once."""
    return to_json(
        {
            "version": _VERSION,
            "places": {entry.target_id: entry.token.target for entry in ledger.entries.values()},
            "entries": _ENTRIES.dump_python(
                dict(ledger.entries),
                exclude_defaults=True,
                exclude={"__all__": {"token": {"target"}}},
            ),
        }
    )


def load_ledger(looks: bytes, entries: bytes) -> Ledger | None:
    """Return a ledger from its two parts; None when another version wrote one of them otherwise."""
    try:
        looked, known = from_json(looks), from_json(entries)
        if (looked["version"], known["version"]) != (_VERSION, _VERSION):
            return None
        places = _PLACES.validate_python(known["places"])
        for entry in known["entries"].values():
            entry["token"]["target"] = places[entry["target_id"]]
        return Ledger(
            entries=_ENTRIES.validate_python(known["entries"]),
            targets=_TARGETS.validate_python(looked["targets"]),
            first_look_done=looked["first_look_done"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
