"""Reminders as messages: one for all that is due, the urgent and still used first."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bot.blocks import actions
from bot.blocks._blind import blind_blocks, blind_text
from bot.blocks._elements import button, option, select
from bot.blocks._first_look import choice, first_look, first_look_text
from bot.blocks._kit import Block, Message, context, message, row
from bot.blocks._reminders import ANSWERABLE, WAITING, Told, bullets_of, paragraph
from bot.blocks._reminders_controls import answers, explanations, explanations_menu, snooze_menu
from bot.blocks._rich import date, line, person, rich, words
from bot.blocks._text import Json, plain, title, where
from bot.blocks.channel_notice import channel_notice
from bot.models.ledger import ItemState
from bot.models.listing import Limits
from bot.models.notice import Item, Notice
from bot.models.watch import Mode
from bot.rules.findings import USUAL
from bot.rules.resolve import token_ref
from bot.rules.times import count, relative, stamp

IN_FULL = 10
"""How many items have their own controls; the others are a line each."""

_NOTHING_LEFT = "Nothing is left to do here."
_NAME = 60
_SOURCES = 4


def notice_message(
    notice: Notice,
    *,
    now: datetime,
    zone: str,
    command: str,
    titles: Mapping[str, str],
    renewals: Mapping[str, str] | None = None,
    mode: Mode | None = None,
    notes: Mapping[str, str] | None = None,
    limits: Limits = USUAL,
) -> Message:
    """Return a reminder as it stands.

    `renewals` tells by source how a token is renewed. `mode` is what rings by now, where the first
    look asked for it. `notes` tells by token key what a look has just found. `limits`
    tell from when on use and sharing are worth a word.
    """
    told = [
        Told(notice, item, now, zone, (notes or {}).get(item.key, ""), limits)
        for item in notice.items
    ]
    if notice.watch.channel is not None:
        return channel_notice(notice, told, command=command)
    summary, mode = notice.summary, mode or notice.watch.mode
    waiting = [each for each in told if each.state in WAITING]
    full, others = _parted(told)
    return message(
        _spoken(notice, waiting, zone, now),
        [
            first_look(notice, summary, mode) if summary else _headline(told, waiting, zone),
            *(choice(notice, summary, mode) if summary else ()),
            *_in_full(full),
            *_others(others, command),
            *blind_blocks(notice.blind, zone=zone, command=command, titles=titles),
            _how_to_renew(waiting, titles, renewals or {}),
            _controls(notice, waiting),
        ],
    )


def _spoken(notice: Notice, waiting: Sequence[Told], zone: str, now: datetime) -> str:
    """Return a reminder in a few words, for notifications and screen readers."""
    parts = [f"{first_look_text(notice, notice.summary)}."] if notice.summary else []
    if waiting:
        parts.append(_named(waiting, zone, now))
    elif notice.items:
        parts.append(_NOTHING_LEFT)
    if notice.blind:
        parts.append(blind_text(notice.blind, zone))
    return " ".join(parts)


def _named(told: Sequence[Told], zone: str, now: datetime) -> str:
    """Name the first of some items, and count the others."""
    first = told[0].item
    name = plain(first.token.display_name, _NAME)
    place = plain(where(first.token.target), _NAME)
    ends = f"{_verb(told[0])} {relative(first.expiry, now)}, {stamp(first.expiry, zone)}"
    more = f" And {count(len(told) - 1, 'more token')}." if len(told) > 1 else ""
    return f"{name} ({place}) {ends}.{more}"


def _verb(told: Told) -> str:
    return "expired" if told.over else "expires"


def _headline(told: Sequence[Told], waiting: Sequence[Told], zone: str) -> Block | None:
    """Return what several items come to; one item speaks for itself."""
    if len(told) <= 1:
        return None
    over = [each for each in waiting if each.over]
    ahead = [each.item.expiry for each in waiting if not each.over]
    parts: list[Json] = []
    if over:
        have = "has" if len(over) == 1 else "have"
        parts.append(words(f"{count(len(over), 'token')} {have} expired", bold=True))
    if over and ahead:
        parts.append(words(", ", bold=True))
    if ahead:
        thing = f"{len(ahead):,} more" if over else count(len(ahead), "token")
        first = " " if len(ahead) == 1 else ", the first "
        verb = "expires" if len(ahead) == 1 else "expire"
        parts += [
            words(f"{thing} {verb}", bold=True),
            date(min(ahead), zone, lead=first, bold=True),
        ]
    return rich(line(*(parts or [words(_NOTHING_LEFT, bold=True)])))


def _parted(told: Sequence[Told]) -> tuple[Sequence[Told], Sequence[Told]]:
    """Return what is told in full, and what has a line; nothing moves while all have room."""
    if len(told) <= IN_FULL:
        return told, ()
    # What is closed gives its room to what can still be answered.
    by_need = sorted(told, key=lambda each: each.state not in ANSWERABLE)
    return by_need[:IN_FULL], by_need[IN_FULL:]


def _in_full(told: Sequence[Told]) -> Iterator[Block | None]:
    for each in told:
        yield paragraph(each)
        yield answers(each, explanations(each) if len(told) == 1 else [explanations_menu(each)])


def _others(told: Sequence[Told], command: str) -> Iterator[Block | None]:
    """Yield what has no room for controls of its own, with a menu that leads to them."""
    yield from bullets_of(told, command)
    options = [_option(each) for each in told if each.state in ANSWERABLE]
    yield row(select(actions.NOTICE_PICK, "Answer another…", options) if options else None)


def _option(told: Told) -> Json:
    token = told.item.token
    ends = f"{_verb(told)} {stamp(told.item.expiry, told.zone)} · {where(token.target)}"
    return option(token.display_name, told.handle, ends)


def _how_to_renew(
    waiting: Sequence[Told], titles: Mapping[str, str], renewals: Mapping[str, str]
) -> Block | None:
    """Return how tokens are renewed, once for each source that has some here."""
    sources = dict.fromkeys(each.item.token.source for each in waiting)
    ways = [
        f"{title(source, titles)}, to renew: {renewals[source]}"
        for source in sources
        if renewals.get(source)
    ]
    return context(*ways[:_SOURCES]) if ways else None


def _controls(notice: Notice, waiting: Sequence[Told]) -> Block | None:
    several = len(waiting) > 1
    return row(
        button("All renewed", actions.NOTICE_RENEWED, notice.id) if several else None,
        snooze_menu(notice.id, "Snooze all…") if several else None,
        button("Settings", actions.REMIND_SETTINGS, notice.id),
    )


def look_notes(
    states: Mapping[str, ItemState], unread: Collection[str], *, now: datetime, zone: str
) -> dict[str, str]:
    """Return by token key what a look for renewals found, where nothing became of a token.

    `states` are those of the tokens now, `unread` those that could not be read.
    """
    at = stamp(now, zone)
    blind = f"I could not read its place just now ({at}), so I cannot tell. Try again in a minute."
    return {
        key: blind if key in unread else f"Not renewed yet, as of {at}."
        for key, state in states.items()
        if state in ANSWERABLE
    }


def asked(notice: Notice, reference: str) -> list[Item]:
    """Return the items that a control of a notice is about.

    `reference` is what the control carries after the notice's id: nothing for all that wait.
    """
    if not reference:
        return [item for item in notice.items if notice.state(item.key) in WAITING]
    return [item for item in notice.items if token_ref(item.token) == reference]


def fallback_message(
    notice: Notice,
    items: Sequence[Item],
    *,
    now: datetime,
    zone: str,
    command: str,
    titles: Mapping[str, str],
    renewals: Mapping[str, str] | None = None,
    undelivered: bool = False,
    limits: Limits = USUAL,
) -> Message:
    """Return what somebody gets who was chosen to hear what another did not answer.

    It has no controls: the answers are not theirs. `undelivered`: the other could not be told.
    """
    told = [Told(notice, item, now, zone, limits=limits) for item in items]
    owner = person(notice.watch.owner.user)
    what = "this token" if len(told) == 1 else f"these {len(told):,} tokens"
    if undelivered:
        text = "A reminder could not be delivered"
        heading = [
            words("I could not reach ", bold=True),
            owner,
            words(f" about {what}", bold=True),
        ]
    else:
        text = "A reminder went unanswered"
        heading = [owner, words(f" has not answered my reminder of {what}", bold=True)]
    return message(
        f"{text}: {_named(told, zone, now)}",
        [
            rich(line(*heading)),
            *(paragraph(each) for each in told[:IN_FULL]),
            *bullets_of(told[IN_FULL:], command),
            _how_to_renew(told, titles, renewals or {}),
            rich(line(words("You get this because "), owner, words(" chose you for that."))),
        ],
    )
