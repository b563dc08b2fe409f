"""One token of a reminder in words: what is said of it, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.blocks._kit import Block, context
from bot.blocks._reminders_outcome import outcome
from bot.blocks._rich import bullets, date, emoji, foreign, line, rich, words
from bot.blocks._rows import marker
from bot.blocks._text import Json, plain, where
from bot.models.ledger import ItemState
from bot.models.listing import Limits
from bot.models.notice import Item, Notice
from bot.models.token import Token
from bot.rules.findings import USUAL, Kind, findings
from bot.rules.items import names_around
from bot.rules.resolve import token_ref
from bot.rules.times import count, exact_span, span

LINES = 30
"""How many items there is a line for, before they are only counted."""

_LINES_A_BLOCK = 15
_NAME = 60
_WHERE = 80
_VALUE = 60
_NOTE = 600
_PEOPLE = 3
_ANY_TIME = timedelta(days=3650)

WAITING: frozenset[ItemState] = frozenset({"ringing", "expired"})
"""What an item is in while it waits for an answer."""

ANSWERABLE: frozenset[ItemState] = WAITING | {"snoozed", "lapsing"}
"""What it is in while an answer can be given or taken back."""

_ABOUT_EXPIRY = {"expiring_in_use", "expired_in_use", "expiring"}
_OUT_OF_USE = "Nothing has used it lately: delete it, or renew it if something still needs it."
_USE_UNKNOWN = "Whatever still uses it needs a new token; if nothing does, delete it."


class Told(NamedTuple):
    """An item as it stands in its notice.

    `note` is what a look just found, said once. `limits` tell from when on use and sharing are
    worth a word.
    """

    notice: Notice
    item: Item
    now: datetime
    zone: str
    note: str = ""
    limits: Limits = USUAL

    @property
    def state(self) -> ItemState:
        """What became of it."""
        return self.notice.state(self.item.key)

    @property
    def handle(self) -> str:
        """What its buttons carry: the notice and the token, as opaque ids."""
        return f"{self.notice.id}:{token_ref(self.item.token)}"

    @property
    def over(self) -> bool:
        """Tell whether the token has expired."""
        return self.item.expiry <= self.now


def paragraph(told: Told) -> Block:
    """Return an item in full: what and when, where and for whom, and what to do."""
    return rich(*_lines(told))


def _bullet(told: Told) -> Json:
    if told.state in WAITING:
        place = foreign(where(told.item.token.target), _WHERE)
        return line(*_heading(told), words(" · "), place)
    return line(*_outcome(told))


def _lines(told: Told) -> Iterator[Json]:
    if told.state not in WAITING:
        yield line(*_outcome(told))
    else:
        yield line(*_heading(told), *_distance(told))
        yield line(*_context(told))
        yield line(*_advice(told))
        yield from _besides(told)
        yield from _caveats(told)
    if told.note:
        yield line(emoji("mag"), words(" "), foreign(told.note, _NOTE))


def _heading(told: Told) -> list[Json]:
    item = told.item
    lead = "expired " if told.over else "expires "
    return [
        marker(item.token, told.now),
        words(" "),
        foreign(item.token.display_name, _NAME, bold=True),
        words(" "),
        date(item.expiry, told.zone, lead=lead, bold=True),
    ]


def _distance(told: Told) -> list[Json]:
    """Return how far away the expiry was when the message was made.

    A message stays for weeks, and Slack draws only dates anew: `in 3 days` would soon be wrong.
    """
    left = told.item.expiry - told.notice.made_at
    if not left or (told.over and left > timedelta(0)):
        return []
    return [words(f", {span(left)} {'after' if left > timedelta(0) else 'before'} this message")]


def _context(told: Told) -> list[Json]:
    token = told.item.token
    return [
        foreign(where(token.target), _WHERE),
        words(" · "),
        *_last_use(token, told.zone),
        words(" · "),
        *_whom(token),
    ]


def _last_use(token: Token, zone: str) -> list[Json]:
    if not token.reports("last_used_at"):
        return [words("last use not reported")]
    if token.last_used_at is None:
        return [words("never used")]
    return [date(token.last_used_at, zone, lead="last used ")]


def _whom(token: Token) -> list[Json]:
    """Return who is affected: the accounts that may use it, else how many or what does."""
    if token.accounts:
        return [words("for "), words(_several(token.accounts))]
    if token.members:
        return [words(f"for {count(len(token.members), 'member')}")]
    if token.consumer:
        return [words("for "), foreign(token.consumer, _VALUE)]
    if token.reports("accounts") or token.reports("members"):
        return [words("for nobody")]
    return [words("accounts not reported")]


def _several(names: Sequence[str]) -> str:
    shown = ", ".join(plain(name, _VALUE) for name in names[:_PEOPLE])
    more = len(names) - _PEOPLE
    return f"{shown} and {more:,} more" if more > 0 else shown


def _advice(told: Told) -> list[Json]:
    token = told.item.token
    made_by = [words(" Created by "), foreign(token.created_by, _VALUE), words(".")]
    # Its use is known as of the message: what was in use then must not look forgotten later.
    moment = told.now if told.over else told.notice.made_at
    return [words(what_to_do(token, moment)), *(made_by if token.created_by else [])]


def _besides(told: Told) -> Iterator[Json]:
    """Yield what else is to be said of the token, as it was when the message was made."""
    found = besides(told.item, told.notice.made_at, told.limits)
    if found:
        yield line(words(f"Besides: {found}."))


def besides(item: Item, made_at: datetime, limits: Limits) -> str:
    """Return what a message that is made at a moment says of a token besides its expiry."""
    said: Mapping[Kind, str] = {
        "unused": f"unused for {exact_span(limits.unused_after)} or more",
        "widely_shared": f"shared by more than {limits.shared_more_than}",
        "same_name": f"one of {item.namesakes:,} tokens of this name there (renewed or copied?)",
    }
    found = findings(item.token, made_at, limits=limits, names=names_around(item))
    return ", ".join(said[each.kind] for each in found if each.kind in said)


def what_to_do(token: Token, now: datetime) -> str:
    """Return what to do about a token that expires or has expired."""
    advice = (
        finding.advice
        for finding in findings(token, now, soon=_ANY_TIME)
        if finding.kind in _ABOUT_EXPIRY
    )
    out_of_use = _OUT_OF_USE if token.reports("last_used_at") else _USE_UNKNOWN
    return next(advice, out_of_use)


def _caveats(told: Told) -> Iterator[Json]:
    """Yield what makes an item less than it should be: late, or from an old look."""
    item, zone = told.item, told.zone
    if item.why.late:
        due = date(item.why.slot, zone, lead="I am late: this was due ")
        yield line(due, words("."))
    if item.last_seen is not None:
        seen = date(item.last_seen, zone, lead="I cannot look there now: last seen ")
        yield line(seen, words("."))


def _outcome(told: Told) -> list[Json]:
    return outcome(told.item, told.notice.edits[told.item.key], told.zone)


def bullets_of(told: Sequence[Told], command: str) -> Iterator[Block]:
    """Yield items as lines, and count those for which there is no room."""
    shown = [_bullet(each) for each in told[:LINES]]
    for start in range(0, len(shown), _LINES_A_BLOCK):
        yield rich(bullets(shown[start : start + _LINES_A_BLOCK]))
    if len(told) > LINES:
        yield context(f"And {len(told) - LINES:,} more: {command} list")
