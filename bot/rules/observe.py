"""What a look at the sources tells about the tokens that a watch remembers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.models.ledger import Entry, Ledger, Presence
from bot.models.listing import Listing
from bot.models.token import SHORT_LIFE, Token
from bot.models.watch import EXPIRED, Watch
from bot.rules.sights import Sight, memories_of, sights_of

GONE_AFTER = timedelta(minutes=10)
"""How far apart two complete readings without a token must be until it counts as gone."""


@dataclass(frozen=True, slots=True)
class Look:
    """A listing, and the ids of those targets whose expired and revoked tokens were asked for."""

    listing: Listing
    everything: frozenset[str] = frozenset()


class Observed(NamedTuple):
    """The ledger after a look, and the ids of targets to read again with everything.

    A source may leave out revoked tokens unless asked: only a reading of everything tells whether
    a token that vanished was revoked or is gone.
    """

    ledger: Ledger
    explain: frozenset[str] = frozenset()


def observe(ledger: Ledger, look: Look, watch: Watch, now: datetime) -> Observed:
    """Return what a watch remembers after a look. The same look again changes nothing more."""
    sights = sights_of(look.listing.coverage, look.everything, ledger, watch, now)
    entries = dict(ledger.entries)
    unseen = set(ledger.entries)
    ids: dict[int, str] = {}
    for token in look.listing.tokens:
        # The id of a target is a hash, and the tokens of a reading share one target object.
        place = id(token.target)
        target_id = ids.get(place) or ids.setdefault(place, token.target.id)
        sight = sights.get(target_id)
        if sight is None or sight.extent == "failed":
            continue
        sight.tokens += 1
        known = ledger.entries.get(token.key)
        if known is None:
            new = _first_seen(token, target_id, sight, now)
            if new is not None:
                entries[token.key] = new
        elif sight.is_news:
            unseen.discard(token.key)
            if sight.extent == "stale" or known.presence != "listed" or token != known.token:
                entries[token.key] = _seen_again(known, token, target_id, sight, now)
    absent = {key: ledger.entries[key] for key in ledger.entries if key in unseen}
    _doubt_empty(absent.values(), sights, now)
    lost = look.listing.unreadable > 0
    for key, entry in absent.items():
        entries[key] = _not_seen(entry, sights.get(entry.target_id), ledger, now, lost=lost)
    return Observed(
        Ledger(entries, memories_of(ledger, sights, lost=lost), ledger.first_look_done),
        frozenset(target_id for target_id, sight in sights.items() if sight.unexplained),
    )


def _first_seen(token: Token, target_id: str, sight: Sight, now: datetime) -> Entry | None:
    """Return the entry of a token not known before, None for one that never rings.

    One that has expired already is old news: it keeps silent.
    """
    expiry = token.expires_at
    if expiry is None:
        return None
    stale = sight.extent == "stale"
    entry = Entry(
        token=token,
        target_id=target_id,
        armed_at=now,
        since=now if token.created_at is None else None,
        rung=EXPIRED if expiry <= now else None,
        presence="unreadable" if stale else "listed",
        last_seen=sight.read_at if stale else None,
    )
    return None if entry.life is None or entry.life <= SHORT_LIFE else entry


def _seen_again(known: Entry, token: Token, target_id: str, sight: Sight, now: datetime) -> Entry:
    if not token.reports("expires_at"):
        # What cannot be read of its expiry is no news of it.
        token = token.model_copy(update={"expires_at": known.expiry})
        last_seen = known.last_seen or sight.before.seen_at
        entry = replace(known, token=token, presence="unreadable", last_seen=last_seen)
    elif sight.extent == "stale":
        entry = replace(known, token=token, presence="unreadable", last_seen=sight.read_at)
    else:
        entry = replace(
            known,
            token=token,
            target_id=target_id,
            presence="listed",
            last_seen=None,
            missing_since=None,
        )
    if token.expires_at != known.expiry:
        return _new_expiry(known, entry, now)
    back = known.presence in ("gone", "unwatched") or (known.token.revoked and not token.revoked)
    return rearmed(entry, now) if back else entry


def _new_expiry(known: Entry, entry: Entry, now: datetime) -> Entry:
    """Arm anew for another expiry. A later one begins a life; an earlier one only shortens it."""
    later = entry.expiry is None or (known.expiry is not None and entry.expiry > known.expiry)
    still_over = later and entry.expiry is not None and entry.expiry <= now
    return replace(
        entry,
        armed_at=now,
        since=now if later else known.since,
        rung=EXPIRED if still_over else None,
        snoozed=None,
        lapsing=False,
    )


def rearmed(entry: Entry, now: datetime) -> Entry:
    """Return an entry that may ring again from now on; what has expired by then keeps silent."""
    over = entry.expiry is not None and entry.expiry <= now
    return replace(entry, armed_at=now, rung=EXPIRED if over else entry.rung)


def _doubt_empty(absent: Iterable[Entry], sights: dict[str, Sight], now: datetime) -> None:
    """Take an empty answer of a target that had living tokens for no answer."""
    for entry in absent:
        sight = sights.get(entry.target_id)
        if sight is None or sight.extent != "complete" or sight.tokens:
            continue
        hidden = entry.token.revoked and not sight.everything
        if entry.presence != "gone" and not hidden and entry.expiry and entry.expiry > now:
            sight.extent, sight.problem = "partial", "empty"
            sight.unexplained = not sight.everything


def _not_seen(
    entry: Entry, sight: Sight | None, ledger: Ledger, now: datetime, *, lost: bool
) -> Entry:
    """Return the entry of a token that the look did not show."""
    presence, missing_since = _absence(entry, sight, now, lost=lost)
    last_seen = entry.last_seen
    if entry.presence == "listed":
        before = ledger.targets.get(entry.target_id)
        last_seen = (before and before.seen_at) or now
    return replace(entry, presence=presence, last_seen=last_seen, missing_since=missing_since)


def _absence(
    entry: Entry, sight: Sight | None, now: datetime, *, lost: bool
) -> tuple[Presence, datetime | None]:
    since = entry.missing_since
    if sight is None:
        # A connection that could not be opened has not been removed.
        return "unreadable" if lost else "unwatched", since
    if entry.presence in ("gone", "ended"):
        return entry.presence, since
    if sight.extent != "complete":
        return "unreadable", since
    hidden = entry.token.revoked and not sight.everything
    if hidden or (entry.expiry is not None and entry.expiry <= now):
        return "ended", since
    if not sight.everything:
        sight.unexplained = True
        return "missing", since
    since = since or sight.read_at
    return "gone" if sight.read_at - since >= GONE_AFTER else "missing", since
