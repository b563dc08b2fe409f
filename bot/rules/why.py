"""Why a notice rang, in words: which rule, which watch, which clock."""

from collections.abc import Iterator, Sequence

from bot.models.notice import Item, Reason, Why
from bot.models.watch import EXPIRED, Watch
from bot.rules.due import DAY, UNASKED_LIMIT
from bot.rules.times import count, span, stamp

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES_SHOWN = 3

REASONS: dict[Reason, str] = {
    "on time": "It rang in that slot.",
    "newly known": "When the watch learned of this, the slot had passed.",
    "missed": "Nothing was sent in that slot, so it is late.",
    "snooze ended": "It was snoozed, and the snooze has ended.",
    "first look": "The watch looked for the first time: what expires soon is told once, together.",
}
"""Why a notice rang when it did, in a sentence."""

AT_ONCE = "It did not wait for the next slot: less than a day would be left by then."


def explain(item: Item, watch: Watch) -> tuple[str, ...]:
    """Return the sentences that answer "Why this?"; `watch` is as it was when the notice rang.

    They hold the names and the filter that the person chose: foreign text.
    """
    return tuple(_sentences(item, watch))


def _sentences(item: Item, watch: Watch) -> Iterator[str]:
    why = item.why
    yield _rule(why)
    if why.reason != "first look":
        yield _slot(why)
        yield f"Slots: {why.hour:02}:00, {days_in_words(watch.workdays)}, in {why.zone}."
    yield REASONS[why.reason]
    if why.late and why.reason != "missed":
        yield REASONS["missed"]
    if why.at_once:
        yield AT_ONCE
    if item.last_seen is not None:
        seen = stamp(item.last_seen, why.zone)
        yield f"The token was last seen {seen}: this goes by what was known then."
    chosen = ", until somebody chooses what rings" if watch.mode == "unasked" else ""
    yield f"The watch rings {what_rings(watch)} {when_it_rings(watch)}{chosen}."


def _rule(why: Why) -> str:
    days = why.life // DAY
    life = count(days, "day") if days > 1 else span(why.life)
    if why.threshold == EXPIRED:
        return f"Rule: expired, for what lives longer than a day. This expiry lasted {life}."
    before = count(why.threshold, "day")
    return f"Rule: {before} before it expires, if that fits twice. This expiry lasts {life}."


def _slot(why: Why) -> str:
    slot = f"the slot for that was {stamp(why.slot, why.zone)}"
    if why.threshold == EXPIRED:
        return f"It expired {stamp(why.instant, why.zone)}; {slot}."
    days = count(why.threshold, "day")
    return f"{days} before is {stamp(why.instant, why.zone)}; {slot}."


def days_in_words(workdays: frozenset[int]) -> str:
    """Return weekdays as people write them: `every day`, `Mon-Fri`, `Mon, Wed`."""
    days = sorted(workdays)
    names = [_WEEKDAYS[day - 1] for day in days]
    if len(days) == len(_WEEKDAYS):
        return "every day"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:  # noqa: PLR2004 - two are a pair
        return f"{names[0]}-{names[-1]}"
    return ", ".join(names)


def what_rings(watch: Watch) -> str:
    """Return which tokens ring, whatever the mode: `all tokens that match kyuubi`.

    It holds the names and the filter that the person chose: foreign text.
    """
    what = "all tokens"
    if watch.mode == "mine":
        few = len(watch.mine) <= _NAMES_SHOWN
        names = ", ".join(watch.mine) if few else f"{len(watch.mine)} names"
        what = f"the tokens of {names}"
    return f"{what} that match {watch.query}" if watch.query else what


def when_it_rings(watch: Watch) -> str:
    """Return by which thresholds it rings: `7, 3 and 1 days before, and once expired`."""
    limit = UNASKED_LIMIT if watch.mode == "unasked" else watch.thresholds[0]
    days = [str(days) for days in watch.thresholds if EXPIRED < days <= limit]
    before = [f"{_several(days)} {'day' if days == ['1'] else 'days'} before"] if days else []
    after = ["once expired"] if EXPIRED in watch.thresholds else []
    return ", and ".join([*before, *after])


def _several(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
