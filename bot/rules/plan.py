"""What a watch says now: one message of all that is due, edits of older ones, and when to wake.

Pure: what is remembered, the settings and the moment come in; the plan and the memory as it will
be once the plan is carried out go out. docs/reminders.md has the rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.models.ledger import Entry, Ledger, OpenItem
from bot.models.notice import Blind, Edit, Item, Notice, Summary
from bot.models.token import Token
from bot.models.watch import EXPIRED, Watch
from bot.rules.agenda import Agenda, blind_slot
from bot.rules.due import UNASKED_LIMIT, Moment, call, passed_over, settled
from bot.rules.edits import after_edit, edit_of, is_open, superseded
from bot.rules.items import Ringing, item_of, urgent_first, with_namesakes
from bot.rules.matches import Matches, includes, matches_all

POLL = timedelta(hours=6)
"""How long a watch sleeps at most. The caller adds the jitter."""

OPEN_POLL = timedelta(hours=1)
"""How long it sleeps at most while a notice is open, so that it turns to renewed in time."""

KEPT = timedelta(days=90)
"""How long after its expiry a token that is no longer listed is remembered: it may be renewed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now.

    `send`, `summary` and `blind` are one message; `fallback` are the items of it that the fallback
    person gets too. `edits` change older messages. `ledger` is what to remember once all this is
    done. `next_send` is the earliest moment at which anything may be sent again, None when nothing
    is in sight; `wake` is when to look again at the latest.
    """

    send: tuple[Item, ...]
    summary: Summary | None
    blind: tuple[Blind, ...]
    fallback: tuple[Item, ...]
    edits: tuple[Edit, ...]
    ledger: Ledger
    next_send: datetime | None
    wake: datetime

    @property
    def speaks(self) -> bool:
        """Tell whether there is a message to post."""
        return bool(self.send or self.summary or self.blind)

    def notice(self, notice_id: str, watch: Watch, now: datetime) -> Notice:
        """Return the message as a record."""
        return Notice(
            id=notice_id,
            watch=watch,
            made_at=now,
            items=self.send,
            summary=self.summary,
            blind=self.blind,
        )


def plan(
    ledger: Ledger,
    watch: Watch,
    now: datetime,
    *,
    notice_id: str,
    matches: Matches = matches_all,
    listed: Sequence[Token] = (),
) -> Plan:
    """Return what a watch says now. `notice_id` names the message, if there is to be one.

    `listed` are all tokens of the look, those that never ring as well: they share names.
    """
    return _Planner(ledger, watch, now, notice_id, matches, listed).plan()


class _Planner:
    """Goes through a ledger, collecting what rings, what changes and what lies ahead."""

    def __init__(
        self,
        ledger: Ledger,
        watch: Watch,
        now: datetime,
        notice_id: str,
        matches: Matches,
        listed: Sequence[Token],
    ) -> None:
        self._watch = watch
        self._now = now
        self._notice_id = notice_id
        self._matches = matches
        self._listed = listed
        self._moment = Moment.of(
            watch, now, limit=UNASKED_LIMIT if watch.mode == "unasked" else None
        )
        self._entries = dict(ledger.entries)
        self._targets = dict(ledger.targets)
        self._first_look_done = ledger.first_look_done
        self._agenda = Agenda(now)
        self._send: list[Item] = []
        self._fallback: set[str] = set()
        self._edits: list[Edit] = []
        self._is_open = False

    def plan(self) -> Plan:
        summary = self._first_look() if self._is_first_look() else None
        for one in self._due():
            if self._unanswered(one):
                self._fallback.add(one.key)
            self._ring(one)
        blind = tuple(self._blind())
        self._tidy()
        send = with_namesakes(urgent_first(self._send, self._now), self._listed, self._now)
        off = self._watch.mode == "off"
        next_send = None if off else self._agenda.soonest(self._moment.slots)
        return Plan(
            send=send,
            summary=summary,
            blind=blind,
            fallback=tuple(item for item in send if item.key in self._fallback),
            edits=tuple(self._edits),
            ledger=Ledger(
                entries=self._entries,
                targets=self._targets,
                first_look_done=self._first_look_done or summary is not None,
            ),
            next_send=next_send,
            wake=self._wake(next_send),
        )

    def _is_first_look(self) -> bool:
        if self._first_look_done or self._watch.mode == "off":
            return False
        return any(memory.seen_at is not None for memory in self._targets.values())

    def _first_look(self) -> Summary:
        """Count what is there, and ring what expires soon by any threshold of the settings.

        So that none of these rings again when the person chooses what should.
        """
        moment = Moment.of(self._watch, self._now)
        watched = expired = 0
        for key, entry in list(self._entries.items()):
            said = call(entry, moment)
            if said is None or not self._includes(entry.token):
                continue
            if said.expiry <= self._now:
                expired += 1
                self._entries[key] = replace(entry, rung=EXPIRED)
                continue
            watched += 1
            if said.due is not None:
                self._ring(Ringing(key, entry, said, said.due), first_look=True)
        unread = tuple(m.target for m in self._targets.values() if m.seen_at is None)
        return Summary(self._watch.mode, watched, expired, unread)

    def _due(self) -> Iterator[Ringing]:
        """Yield what rings now, and take in what lies ahead."""
        moment, agenda, now = self._moment, self._agenda, self._now
        reach = moment.reach
        for key, entry in self._entries.items():
            # Most tokens are far from everything: nothing is due, and others come sooner.
            expiry = entry.token.expires_at
            if expiry and entry.snoozed is None and expiry - now >= agenda.threshold + reach:
                continue
            said = call(entry, moment)
            if said is None:
                continue
            agenda.note(said)
            if said.due is None:
                self._entries[key] = settled(entry, said, moment)
            elif not self._includes(entry.token):
                self._entries[key] = passed_over(entry, said, now)
                if said.expiry > now:
                    agenda.note_slot(moment.next_slot)
            elif said.rings:
                yield Ringing(key, entry, said, said.due)

    def _includes(self, token: Token) -> bool:
        return includes(self._watch, token, self._now, self._matches)

    def _unanswered(self, one: Ringing) -> bool:
        """Tell whether a last notice rings although nobody answered the one before it."""
        before = one.entry.open
        if self._watch.fallback is None or before is None or one.entry.snoozed is not None:
            return False
        last = (EXPIRED, self._moment.last_notice(one.said.life))
        return one.threshold in last and before.expiry == one.said.expiry

    def _ring(self, one: Ringing, *, first_look: bool = False) -> None:
        self._send.append(item_of(one, self._moment, self._watch, first_look=first_look))
        edit = superseded(one.key, one.entry, self._moment)
        if edit is not None:
            self._edits.append(edit)
        expiry = one.said.expiry
        self._entries[one.key] = replace(
            one.entry,
            rung=one.threshold,
            snoozed=None,
            open=OpenItem(self._notice_id, expiry, "expired" if expiry <= self._now else "ringing"),
        )

    def _blind(self) -> Iterator[Blind]:
        """Yield the targets that went unread for too long, once an outage."""
        for target_id, memory in self._targets.items():
            slot = blind_slot(memory, self._moment)
            if slot is None or self._watch.mode == "off":
                continue
            if slot > self._now:
                self._agenda.note_slot(slot)
            else:
                self._targets[target_id] = replace(memory, told=True)
                yield Blind(memory.target, memory.blind_since, memory.problem or "")

    def _tidy(self) -> None:
        """Bring the messages of open items up to date, and forget what nothing can come of."""
        for key, entry in list(self._entries.items()):
            if entry.open is not None:
                self._bring_up_to_date(key, entry, entry.open)
            if _outlived(entry, self._now):
                del self._entries[key]

    def _bring_up_to_date(self, key: str, entry: Entry, item: OpenItem) -> None:
        watched = self._includes(entry.token)
        edit = edit_of(key, entry, item, self._moment, watched=watched)
        if edit is not None:
            self._edits.append(edit)
            item = after_edit(item, edit)
            self._entries[key] = replace(entry, open=item)
        self._is_open |= is_open(item, self._now)

    def _wake(self, next_send: datetime | None) -> datetime:
        latest = self._now + (OPEN_POLL if self._is_open else POLL)
        return latest if next_send is None else min(latest, next_send)


def _outlived(entry: Entry, now: datetime) -> bool:
    """Tell whether nothing can come of remembering a token."""
    expiry = entry.token.expires_at
    if expiry is None or entry.presence == "unwatched":
        return True
    if entry.presence == "gone":
        return expiry <= now
    return entry.presence != "listed" and expiry + KEPT <= now
