"""What stands in grey below a list's controls: which rows these are, and which are not shown."""

from collections.abc import Sequence

from bot.blocks._coverage import age_line, places
from bot.blocks._kit import Block, context
from bot.models.listing import Listing
from bot.models.query import Query, Sort
from bot.models.target import Target
from bot.rules.select import EXPIRED_SHOWN, Selection
from bot.rules.times import count, exact_span

_SHORT_LIVED_PLACES = 3
_ORDERS: dict[Sort, str] = {
    "expiry": "soonest expiry first",
    "used": "latest use first",
    "name": "by name",
    "created": "newest first",
}


def small_print(
    listing: Listing, selection: Selection, query: Query, first: int, last: int
) -> Block | None:
    """Return it for the rows `first` to `last`, counted from 1; None when there is nothing."""
    lines = [
        _range(len(selection.rows), first, last, _ORDERS[query.sort]),
        _not_shown(selection),
        _left_out(selection.use_unknown, "last use"),
        _left_out(selection.sharing_unknown, "who may use a token"),
        age_line(listing),
    ]
    shown = [line for line in lines if line]
    return context(*shown) if shown else None


def _range(total: int, first: int, last: int, order: str) -> str:
    if last - first + 1 < total:
        return f"{first:,} to {last:,} of {total:,}, {order}."
    return f"{order.capitalize()}." if total > 1 else ""


def _not_shown(selection: Selection) -> str:
    hidden = []
    if selection.short_lived:
        hidden.append(f"{_short_lived(selection.short_lived)} (life:short)")
    if selection.hidden_revoked:
        hidden.append(f"{selection.hidden_revoked:,} revoked (status:revoked)")
    if selection.hidden_expired:
        ended = f"{selection.hidden_expired:,} expired over {exact_span(EXPIRED_SHOWN)} ago"
        hidden.append(f"{ended} (status:expired)")
    return f"Not shown: {', '.join(hidden)}." if hidden else ""


def _short_lived(groups: Sequence[tuple[Target, int]]) -> str:
    shown = [
        f"{number:,} short-lived in {places([target])}"
        for target, number in groups[:_SHORT_LIVED_PLACES]
    ]
    rest = sum(number for _, number in groups[_SHORT_LIVED_PLACES:])
    return ", ".join([*shown, f"{rest:,} short-lived elsewhere"] if rest else shown)


def _left_out(number: int, what: str) -> str:
    return f"{count(number, 'token')} left out: {what} is not reported." if number else ""
