"""How long planning takes: `python -m bench.plan`."""

import gc
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

from bot.models.connection import Owner
from bot.models.ledger import Ledger, dump_ledger, load_ledger
from bot.models.listing import Coverage, Listing
from bot.models.target import Target
from bot.models.token import Token, token_key
from bot.models.watch import Watch
from bot.rules.observe import Look, observe
from bot.rules.plan import plan

TOKENS = 10_000
TARGETS = 10
RUNS = 7
LIMIT_MS = 50

_NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
_DAY = timedelta(days=1)
_WATCH = Watch(
    id="bench",
    owner=Owner("T1", "U1"),
    mode="all",
    zone="Asia/Shanghai",
    hour=17,
    created_at=_NOW - _DAY,
    changed_at=_NOW - _DAY,
)


def measure() -> dict[str, float]:
    """Return medians in milliseconds of processor time, and bytes a token of a stored ledger.

    `plan` is what a watch of 10,000 tokens does when it wakes for its daily notices, on expiries
    spread over a year; `plan_1_000` is the same with a tenth of them.
    """
    tokens = _tokens(TOKENS)
    first, later = _look(tokens, _NOW - _DAY), _look(tokens, _NOW)
    new = observe(Ledger(), first, _WATCH, _NOW - _DAY).ledger
    known = plan(new, _WATCH, _NOW - _DAY, notice_id="n1").ledger
    observed = observe(known, later, _WATCH, _NOW).ledger
    small = Ledger(
        dict(list(observed.entries.items())[: TOKENS // 10]), observed.targets, first_look_done=True
    )
    stored = dump_ledger(observed)
    return {
        "plan": _median(lambda: plan(observed, _WATCH, _NOW, notice_id="n2")),
        "plan_1_000": _median(lambda: plan(small, _WATCH, _NOW, notice_id="n2")),
        "plan_first_look": _median(lambda: plan(new, _WATCH, _NOW, notice_id="n1")),
        "observe": _median(lambda: observe(known, later, _WATCH, _NOW)),
        "dump": _median(lambda: dump_ledger(observed)),
        "load": _median(lambda: load_ledger(stored)),
        "bytes_per_token": len(stored) / TOKENS,
        "due": float(len(plan(observed, _WATCH, _NOW, notice_id="n2").send)),
    }


def _tokens(number: int) -> tuple[Token, ...]:
    places = [
        Target(
            source="kyuubi",
            coordinates={
                "region": "cn-hangzhou",
                "workspace_id": f"w-{place}",
                "kyuubi_service_id": f"kb-{place}",
            },
        )
        for place in range(TARGETS)
    ]
    return tuple(
        Token(
            source="kyuubi",
            key=token_key(
                "kyuubi", "cn-hangzhou", f"w-{n % TARGETS}", f"kb-{n % TARGETS}", f"tk-{n}"
            ),
            id=f"tk-{n}",
            target=places[n % TARGETS],
            name=f"token-{n}",
            masked="abc••••••xyz",
            created_by="admin",
            created_at=_NOW - 365 * _DAY,
            # A step that shares no factor with the number of tokens puts them out of order.
            expires_at=_NOW + (n * 7919 % number) * 365 * _DAY / number,
            last_used_at=_NOW - _DAY,
            accounts=("etl", "reporting"),
        )
        for n in range(number)
    )


def _look(tokens: tuple[Token, ...], now: datetime) -> Look:
    targets = {token.target["workspace_id"]: token.target for token in tokens[:TARGETS]}
    coverage = tuple(
        Coverage(
            connection_id="c1", connection_label="prod", target=target, state="fresh", read_at=now
        )
        for target in targets.values()
    )
    everything = frozenset(target.id for target in targets.values())
    return Look(Listing(tokens=tokens, coverage=coverage, now=now), everything)


def _median(work: Callable[[], object]) -> float:
    """Return the median of several runs in milliseconds; what others do meanwhile is left out."""
    work()
    times = []
    for _ in range(RUNS):
        gc.collect()
        start = process_time()
        work()
        times.append((process_time() - start) * 1000)
    return statistics.median(times)


def main() -> int:
    """Print the figures; return 1 when planning takes longer than is claimed."""
    figures = measure()
    print(f"| {TOKENS:,} tokens, {figures['due']:.0f} due | median of {RUNS} |")
    print("|---|---|")
    for name in ("plan", "plan_1_000", "plan_first_look", "observe", "dump", "load"):
        print(f"| {name} | {figures[name]:.1f} ms |")
    print(f"| ledger, before sealing | {figures['bytes_per_token']:.0f} bytes a token |")
    print(f"| claimed for plan | {LIMIT_MS} ms at most |")
    return int(figures["plan"] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
