"""Every reminder to come, before it comes."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.blocks import actions
from bot.blocks._elements import button
from bot.blocks._kit import Block, Message, context, message, row
from bot.blocks._reminders import besides
from bot.blocks._rich import bullets, date, foreign, line, person, rich, words
from bot.blocks._text import Json, where
from bot.blocks._upcoming import about, next_line, of_tokens, rule, unseen
from bot.models.listing import Limits
from bot.models.watch import Watch
from bot.rules.findings import USUAL
from bot.rules.preview import Planned
from bot.rules.times import count, exact_span, stamp

PAGE = 8
"""How many reminders there are on a page."""

_ITEMS = 8
_NAME = 60
_WHERE = 60
_SENTENCE = 600

_FAR = timedelta(days=90)
_HINT = "This is only a preview: nothing is sent, and what you answer or renew changes it."


def preview_message(
    planned: Sequence[Planned],
    watch: Watch,
    *,
    window: timedelta,
    after: Planned | None,
    page: int,
    screen: str,
    command: str,
    limits: Limits = USUAL,
) -> Message:
    """Return a page of the reminders to come: when, to whom, what and why.

    `window` is how far they reach. `after` is the first that comes later, if any is in
    sight. The value of a button is `screen:page`. `limits` tell from when on use and sharing are
    worth a word.
    """
    if watch.mode == "off":
        return _message("Reminders are off: nothing rings", [], "")
    hint = f"{_HINT} Further ahead: {command} preview {_FAR.days}d" if window < _FAR else _HINT
    if not planned:
        none = f"No reminder within {exact_span(window)}"
        return _message(none, [rich(next_line(after, watch.zone))], hint)
    last = (len(planned) - 1) // PAGE
    number = min(max(page, 0), last)
    shown = planned[number * PAGE : (number + 1) * PAGE]
    verb = "comes" if len(planned) == 1 else "come"
    text = f"{count(len(planned), 'reminder')} {verb} within {exact_span(window)}"
    first = planned[0]
    spoken = f"{text}. First: {about(first)}, {stamp(first.when, watch.zone)}"
    return _message(
        text,
        [_planned(each, watch, limits) for each in shown],
        hint,
        spoken=spoken,
        pages=_pages(number, last, screen),
    )


def _message(
    text: str,
    blocks: Sequence[Block],
    hint: str,
    *,
    spoken: str = "",
    pages: Sequence[Json | None] = (),
) -> Message:
    return message(
        f"{spoken or text}.",
        [
            rich(line(words(f"{text}.", bold=True))),
            *blocks,
            row(*pages, button("Settings", actions.REMIND_SETTINGS)),
            context(hint) if hint else None,
        ],
    )


def _planned(planned: Planned, watch: Watch, limits: Limits) -> Block:
    when = date(planned.when, watch.zone, bold=True)
    return rich(line(when, *_to_whom(planned, watch)), bullets(_what(planned, limits)))


def _to_whom(planned: Planned, watch: Watch) -> list[Json]:
    if watch.fallback is None or not planned.fallback:
        return [words(" to you")]
    told = of_tokens(planned.fallback)
    some = planned.fallback != planned.items
    return [
        words(" to you, and unless you answer before to "),
        person(watch.fallback),
        *([words(" of "), foreign(told, _SENTENCE)] if some else []),
    ]


def _what(planned: Planned, limits: Limits) -> Iterator[Json]:
    if planned.summary is not None:
        expired = planned.summary.expired
        also = f", {expired:,} expired already" if expired else ""
        yield line(
            words(f"The first look: {count(planned.summary.watched, 'token')} watched{also}")
        )
    for item in planned.items[:_ITEMS]:
        also = besides(item, planned.when, limits)
        yield line(
            foreign(item.token.display_name, _NAME, bold=True),
            words(" · "),
            foreign(where(item.token.target), _WHERE),
            words(f" · {rule(item)}"),
            words(f" · {also}") if also else None,
        )
    if len(planned.items) > _ITEMS:
        yield line(words(f"and {len(planned.items) - _ITEMS:,} more"))
    if planned.blind:
        told = unseen(planned.blind)
        yield line(foreign(f"{told[:1].upper()}{told[1:]}", _SENTENCE))


def _pages(number: int, last: int, screen: str) -> list[Json | None]:
    return [
        _turn("Previous", screen, number - 1) if number > 0 else None,
        _turn("Next", screen, number + 1) if number < last else None,
    ]


def _turn(label: str, screen: str, number: int) -> Json:
    return button(label, f"{actions.PREVIEW_PAGE}.{label.lower()}", f"{screen}:{number}")
