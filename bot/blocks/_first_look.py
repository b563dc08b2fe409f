"""What the first look of a watch found, and the choice of what rings."""

from bot.blocks import actions
from bot.blocks._coverage import places
from bot.blocks._elements import button
from bot.blocks._kit import Block, row
from bot.blocks._rich import emoji, foreign, line, rich, words
from bot.blocks._text import Json
from bot.models.notice import Notice, Summary
from bot.models.watch import Mode
from bot.rules.mine import suggested
from bot.rules.times import count
from bot.rules.why import what_rings, when_it_rings

_WHAT = 400
_CHOICES: dict[Mode, str] = {"all": "All of them", "mine": "Only mine…", "off": "None"}
_CHOSEN: dict[Mode, str] = {
    "all": "You chose: all of them ring.",
    "mine": "You chose: only yours ring.",
    "off": "You chose: none of them rings.",
}


def first_look_text(notice: Notice, summary: Summary) -> str:
    """Return what the first look found, in one sentence without its full stop."""
    if not summary.watched:
        return "No token of yours is going to expire, so nothing rings for now"
    watched = f"I watch {count(summary.watched, 'token')} for you"
    soon = len(notice.items)
    if not soon:
        return f"{watched}, and none of them expires soon"
    if soon == summary.watched:
        return f"{watched}, and {'it expires' if soon == 1 else 'all expire'} soon"
    return f"{watched}, and {soon:,} of them {'expires' if soon == 1 else 'expire'} soon"


def first_look(notice: Notice, summary: Summary, mode: Mode) -> Block:
    """Return what the first look found, and by which rules it rings from now on.

    `mode` is what rings by now: once it was chosen, the choice stands for the rules.
    """
    watch = notice.watch
    lines = [line(words(f"{first_look_text(notice, summary)}.", bold=True))]
    if summary.expired:
        one = summary.expired == 1
        verb, silent = ("has", "it does") if one else ("have", "they do")
        lines.append(line(words(f"{summary.expired:,} {verb} expired already; {silent} not ring.")))
    if summary.unread:
        unread = f"Not read yet, and not counted: {places(summary.unread)}."
        lines.append(line(foreign(unread, _WHAT)))
    if mode == watch.mode:
        until = "Until you choose, " if mode == "unasked" else ""
        rings = f"{until}I ring {what_rings(watch)}: {when_it_rings(watch)}."
        lines.append(line(foreign(rings, _WHAT)))
    return rich(*lines)


def choice(notice: Notice, summary: Summary, mode: Mode) -> list[Block | None]:
    """Return the choice of what rings, or what was chosen; nothing where nobody was asked."""
    if summary.mode != "unasked":
        return []
    if mode != "unasked":
        chosen = line(emoji("white_check_mark"), words(" "), words(_CHOSEN[mode]))
        return [rich(chosen)]
    best = suggested(summary.watched)
    question = rich(line(words("Which of them shall ring?", bold=True)))
    return [question, row(*(_button(each, notice, best) for each in _CHOICES))]


def _button(mode: Mode, notice: Notice, best: Mode) -> Json:
    """Return the button of one choice; "mine" needs names, so it opens the settings."""
    does = actions.REMIND_SETTINGS if mode == "mine" else actions.REMIND_MODE
    return button(
        _CHOICES[mode],
        f"{does}.{mode}",
        f"{mode}:{notice.id}",
        style="primary" if mode == best else None,
    )
