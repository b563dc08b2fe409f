"""The rows of the table, and how they are printed."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One claim: what was measured, the bound on it, and whether it held in this run."""

    what: str
    ours: str
    baseline: str
    ratio: str
    bound: str
    holds: bool


def ratio_row(
    what: str, ours: float, baseline: float, *, unit: str, at_least: float = 0, at_most: float = 0
) -> Row:
    """Return a claim about the ratio of two medians of one run."""
    ratio = ours / baseline
    return Row(
        what,
        f"{ours:,.3g} {unit}",
        f"{baseline:,.3g} {unit}",
        f"{ratio:.2f}",
        f">= {at_least:g}" if at_least else f"<= {at_most:g}",
        ratio >= at_least if at_least else ratio <= at_most,
    )


def show(rows: Iterable[Row]) -> bool:
    """Print the rows as a Markdown table; return whether all claims held."""
    rows = list(rows)
    print("| what | ours | baseline | ratio | bound | holds |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        cells = (*row[:5], "yes" if row.holds else "NO")
        print("| " + " | ".join(cells) + " |")
    return all(row.holds for row in rows)
