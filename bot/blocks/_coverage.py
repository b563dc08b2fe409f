"""What a listing could not read and why, and how old the rest is."""

from collections.abc import Iterable, Mapping

from bot.blocks._kit import Block
from bot.blocks._rich import bullets, emoji, foreign, line, rich, words
from bot.blocks._text import plain, where
from bot.blocks.problems import problem_line
from bot.models.listing import Coverage, Listing
from bot.models.target import Target
from bot.rules.times import ago, count

_SHOWN_PLACES = 3
_SHOWN_LINES = 5
_PLACE = 60
_PLACES = 250
_REASON = 450


def places(targets: Iterable[Target]) -> str:
    """Name a few targets and count the others: `kyuubi · prod, idaas · x and 3 more`."""
    names = list(dict.fromkeys(plain(where(target), _PLACE) for target in targets))
    shown = ", ".join(names[:_SHOWN_PLACES])
    more = len(names) - _SHOWN_PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown


def coverage_block(listing: Listing, *, command: str, titles: Mapping[str, str]) -> Block | None:
    """Return what is missing or old in a listing, one line per reason; None when all is well."""
    lines: list[tuple[str, str]] = []
    for group in _alike(each for each in listing.coverage if each.state != "fresh"):
        first, named = group[0], places(coverage.target for coverage in group)
        reason = first.problem and problem_line(first.problem, command=command, titles=titles)
        if first.state == "failed":
            label = plain(first.connection_label, _PLACE)
            lines.append((f"Could not read {named} with “{label}”.", reason or ""))
        else:
            oldest = min(coverage.read_at or listing.now for coverage in group)
            lines.append((f"As of {ago(oldest, listing.now)}: {named}.", reason or ""))
    cut_off = [coverage for coverage in listing.coverage if coverage.truncated]
    if cut_off:
        total = "There are more tokens than I read at a time."
        lines.append((f"Not all of {places(c.target for c in cut_off)}.", total))
    if listing.unreadable:
        lines.append(unreadable(listing, command))
    if not lines:
        return None
    if len(lines) > _SHOWN_LINES:
        more = count(len(lines) - _SHOWN_LINES + 1, "more problem")
        lines[_SHOWN_LINES - 1 :] = [(f"And {more}.", f"See {command} connect.")]
    return rich(bullets(_bullet(*texts) for texts in lines))


def unreadable(listing: Listing, command: str) -> tuple[str, str]:
    """Return what could not be opened, and the reason with the next step."""
    number = count(listing.unreadable, "connection")
    remedy = f"The bot's key was changed or lost. Connect again: {command} connect."
    return f"Could not open {number}.", remedy


def _bullet(what: str, reason: str) -> Block:
    return line(
        emoji("warning"),
        words(" "),
        foreign(what, _PLACES, bold=True),
        words(" ") if reason else None,
        foreign(reason, _REASON) if reason else None,
    )


def _alike(coverage: Iterable[Coverage]) -> list[list[Coverage]]:
    """Group targets that fail alike: one refused key is one line, however many targets it has."""
    groups: dict[object, list[Coverage]] = {}
    for each in coverage:
        # Request ids and waits differ from call to call: the first of a group stands for all.
        same = {"request_id": "", "retry_after": None}
        reason = each.problem and each.problem.model_copy(update=same)
        groups.setdefault((each.state, reason, each.connection_id), []).append(each)
    return list(groups.values())


def age_line(listing: Listing) -> str:
    """Return how old the fresh part of a listing is; nothing when nothing is fresh."""
    times = [c.read_at for c in listing.coverage if c.state == "fresh" and c.read_at]
    if not times:
        return ""
    return f"Read {ago(min(times), listing.now)} from {count(len(times), 'place')}."
