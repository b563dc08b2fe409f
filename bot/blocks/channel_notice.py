"""A reminder as a channel sees it: of each token the columns that its preview showed."""

from collections.abc import Iterator, Sequence

from bot.blocks import actions
from bot.blocks._elements import button, confirm
from bot.blocks._kit import Block, Message, context, message, plain_text, row, section
from bot.blocks._reminders import LINES, WAITING, Told
from bot.blocks._reminders_controls import answers, snooze_menu
from bot.blocks._reminders_outcome import outcome
from bot.blocks._rich import emoji, foreign, line, person, rich, verbatim, words
from bot.blocks._shared_rows import line_of
from bot.blocks._text import Json, plain
from bot.models.notice import Notice
from bot.models.watch import Watch
from bot.rules.items import names_around
from bot.rules.share import row_of
from bot.rules.times import count, relative
from bot.rules.why import when_it_rings

IN_FULL = 10
"""How many items have their own controls; the others are a line each."""

_LINES_A_BLOCK = 15
_NAME = 60
_NOTE = 600
_QUERY = 200
_BLIND = (
    "I could not read everything for a day, so silence here does not mean that nothing is due. "
    "Whoever set this up sees the reason on Home."
)


def channel_notice(notice: Notice, told: Sequence[Told], *, command: str) -> Message:
    """Return a reminder as it stands; `told` are its items."""
    waiting = [each for each in told if each.state in WAITING]
    rest = told[IN_FULL:]
    return message(
        _spoken(notice, waiting),
        [
            _heading(notice, waiting),
            *_in_full(told[:IN_FULL]),
            *_others(rest[:LINES]),
            context(f"And {len(rest) - LINES:,} more.") if len(rest) > LINES else None,
            context(_BLIND) if notice.blind else None,
            _controls(notice, waiting),
            context(
                f"Anybody may look: Mine and Details show your own connections. {command} lists "
                "your own tokens. Only whoever set this up, or an admin, can answer."
            ),
        ],
    )


def _spoken(notice: Notice, waiting: Sequence[Told]) -> str:
    if waiting:
        item = waiting[0].item
        verb = "expired" if waiting[0].over else "expires"
        more = f" And {count(len(waiting) - 1, 'more token')}." if len(waiting) > 1 else ""
        name = plain(item.token.display_name, _NAME)
        return f"{name} {verb} {relative(item.expiry, waiting[0].now)}.{more}"
    if notice.summary:
        return _summary(notice, notice.summary.watched)
    return _BLIND if notice.blind else "Nothing is left to do here."


def _summary(notice: Notice, watched: int) -> str:
    soon = len(notice.items)
    every = "which is soon" if watched == 1 else "all of them soon"
    some = f", {every if soon == watched else f'{soon:,} of them soon'}" if soon else ""
    return f"This channel is reminded before {count(watched, 'token')} expire{_s(watched)}{some}."


def _s(number: int) -> str:
    return "s" if number == 1 else ""


def _heading(notice: Notice, waiting: Sequence[Told]) -> Block:
    """Return whose reminders these are, and what this one is about."""
    whose = whose_line(notice.watch)
    if notice.summary:
        rings = f"I remind {when_it_rings(notice.watch)}."
        first = line(words(_summary(notice, notice.summary.watched), bold=True))
        return rich(first, line(words(rings)), whose)
    if not waiting:
        return rich(whose)
    number = count(len(waiting), "token")
    text = f"{number} {'needs' if len(waiting) == 1 else 'need'} somebody"
    return rich(line(words(text, bold=True)), whose)


def whose_line(watch: Watch) -> Json:
    """Return whose reminders ring in a channel, and by which filter."""
    elements = [words("Set up by "), person(watch.owner.user)]
    if watch.query:
        elements += [words(" · "), verbatim(watch.query, _QUERY)]
    return line(*elements)


def _in_full(told: Sequence[Told]) -> Iterator[Block | None]:
    for each in told:
        yield rich(*_lines(each))
        yield answers(each, [button("Details", actions.NOTICE_DETAILS, each.handle)])


def _others(told: Sequence[Told]) -> Iterator[Block]:
    lines = [next(_lines(each)) for each in told]
    for start in range(0, len(lines), _LINES_A_BLOCK):
        yield rich(*lines[start : start + _LINES_A_BLOCK])


def _lines(told: Told) -> Iterator[Json]:
    item, watch = told.item, told.notice.watch
    if told.state in WAITING:
        seen = row_of(item.token, watch.columns, told.now, names_around(item), told.limits)
        yield line_of(watch.columns, seen, told.zone)
    else:
        yield line(*outcome(item, told.notice.edits[item.key], told.zone))
    if told.note:
        yield line(emoji("mag"), words(" "), foreign(told.note, _NOTE))


def _controls(notice: Notice, waiting: Sequence[Told]) -> Block | None:
    several = len(waiting) > 1
    return row(
        button("Mine", actions.CHANNEL_MINE, notice.id),
        button("All renewed", actions.NOTICE_RENEWED, notice.id) if several else None,
        snooze_menu(notice.id, "Snooze all…") if several else None,
        settings_button(notice.watch),
        stop_button(notice.watch),
    )


def settings_button(watch: Watch) -> Json:
    """Return the button that opens when a channel is reminded."""
    return button("Settings", actions.CHANNEL_SETTINGS, watch.id)


def stop_button(watch: Watch, suffix: str = "") -> Json:
    """Return the button that ends reminders of a channel, which asks first."""
    question = confirm(
        "Stop reminding this channel?",
        "The reminders there are emptied, and none comes any more. Only whose they are or an admin "
        "can do that.",
        "Stop them",
    )
    return button("Stop…", f"{actions.CHANNEL_STOP}{suffix}", watch.id, confirm=question)


def renewal_message(*, renewed: bool) -> Message:
    """Tell somebody else whether a token was renewed, and nothing more."""
    text = "Renewed." if renewed else "Not yet."
    return message(text, [section(plain_text(text))])


def stopped_message() -> Message:
    """Say that a channel is reminded no more."""
    text = "Stopped: this channel is reminded no more, and its reminders are emptied."
    return message(text, [section(plain_text(text))])
