"""How each target of a watch was read in one look."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.models.ledger import Ledger, TargetMemory
from bot.models.listing import Coverage
from bot.models.watch import Watch

Extent = Literal["failed", "stale", "partial", "complete"]
"""How much of a target was read, from nothing to all of it."""

_EXTENTS: tuple[Extent, ...] = ("failed", "stale", "partial", "complete")


@dataclass(slots=True)
class Sight:
    """How one target was read in this look, and what it was like before.

    `tokens` counts those that were read; `unexplained`: one has vanished, or all of them, and only
    a reading of everything can tell why.
    """

    before: TargetMemory
    extent: Extent
    read_at: datetime
    problem: str | None
    everything: bool
    tokens: int = 0
    unexplained: bool = False

    @property
    def is_news(self) -> bool:
        """Tell whether it knows more than the looks before: a stale reading may be older."""
        seen_at = self.before.seen_at
        if self.extent == "stale":
            return seen_at is None or self.read_at > seen_at
        return self.extent != "failed"


def sights_of(
    coverages: Iterable[Coverage],
    everything: Container[str],
    ledger: Ledger,
    watch: Watch,
    now: datetime,
) -> dict[str, Sight]:
    """Return how each target of a watch was read, by the best of its connections.

    `everything` are the ids of those whose expired and revoked tokens were asked for.
    """
    sights: dict[str, Sight] = {}
    for coverage in coverages:
        if watch.connections is not None and coverage.connection_id not in watch.connections:
            continue
        target_id = coverage.target.id
        before = ledger.targets.get(target_id) or TargetMemory(coverage.target, known_since=now)
        sight = Sight(
            before=replace(before, target=coverage.target),
            extent=_extent(coverage),
            read_at=coverage.read_at or now,
            problem=_problem(coverage),
            everything=target_id in everything,
        )
        other = sights.get(target_id)
        if other is None or _worth(other) < _worth(sight):
            sights[target_id] = sight
    return sights


def _extent(coverage: Coverage) -> Extent:
    if coverage.state == "fresh":
        return "partial" if coverage.truncated else "complete"
    return coverage.state


def _problem(coverage: Coverage) -> str | None:
    if coverage.problem is not None:
        return coverage.problem.kind
    if coverage.state == "fresh":
        return "truncated" if coverage.truncated else None
    return coverage.state


def _worth(sight: Sight) -> tuple[int, datetime]:
    return _EXTENTS.index(sight.extent), sight.read_at


def memories_of(
    ledger: Ledger, sights: Mapping[str, Sight], *, lost: bool
) -> dict[str, TargetMemory]:
    """Return how reading the targets goes; those that are no longer watched are forgotten."""
    memories = {target_id: _memory(sight) for target_id, sight in sights.items()}
    if lost:
        unopened = ledger.targets.keys() - memories.keys()
        memories |= {id_: replace(ledger.targets[id_], problem="unopened") for id_ in unopened}
    return memories


def _memory(sight: Sight) -> TargetMemory:
    before, read_at = sight.before, sight.read_at
    if sight.extent == "complete":
        return replace(before, read_at=read_at, seen_at=read_at, problem=None, told=False)
    seen_at = read_at if sight.is_news else before.seen_at
    return replace(before, seen_at=seen_at, problem=sight.problem)
