"""Planning: 10,000 tokens in one watch, and whether it grows with their number only."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

from bench._table import Row, ratio_row, show
from bot.models.connection import Owner
from bot.models.ledger import Ledger, dump_entries, dump_looks, load_ledger
from bot.models.listing import Coverage, Listing
from bot.models.target import Target
from bot.models.token import Token, token_key
from bot.models.watch import Watch
from bot.rules.observe import Look, observe
from bot.rules.plan import plan

_TOKENS = 10_000
_TARGETS = 10
_RUNS = 7
_SMALLER = 10

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


def measure() -> list[Row]:
    """Wake a watch for its daily notices, with expiries spread over a year."""
    tokens = _tokens(_TOKENS)
    first, later = _look(tokens, _NOW - _DAY), _look(tokens, _NOW)
    new = observe(Ledger(), first, _WATCH, _NOW - _DAY).ledger
    known = plan(new, _WATCH, _NOW - _DAY, notice_id="n1").ledger
    seen = observe(known, later, _WATCH, _NOW).ledger
    some = dict(list(seen.entries.items())[: _TOKENS // _SMALLER])
    small = Ledger(some, seen.targets, first_look_done=True)
    stored = _written(seen)
    due = len(plan(seen, _WATCH, _NOW, notice_id="n2").send)
    whole = _median(lambda: plan(seen, _WATCH, _NOW, notice_id="n2"))
    part = _median(lambda: plan(small, _WATCH, _NOW, notice_id="n2"))
    what = f"{_TOKENS:,} tokens"
    return [
        _at_most(f"{what} planned, {due} of them due", whole, 50),
        ratio_row(
            f"the same, for each token, against {_TOKENS // _SMALLER:,} tokens",
            whole / _TOKENS * 1e6,
            part / _TOKENS * _SMALLER * 1e6,
            unit="ns",
            at_most=1.5,
        ),
        _at_most(
            f"{what} planned, first look",
            _median(lambda: plan(new, _WATCH, _NOW - _DAY, notice_id="n1")),
            150,
        ),
        _at_most(f"{what} observed", _median(lambda: observe(known, later, _WATCH, _NOW)), 100),
        _at_most(f"a ledger of {what} written", _median(lambda: _written(seen)), 250),
        _at_most(f"a ledger of {what} read", _median(lambda: load_ledger(*stored)), 500),
    ]


def _written(ledger: Ledger) -> tuple[bytes, bytes]:
    return dump_looks(ledger), dump_entries(ledger)


def _at_most(what: str, ours: float, bound: float) -> Row:
    return Row(what, f"{ours:,.3g} ms", "-", "-", f"<= {bound:g} ms", ours <= bound)


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
        for place in range(_TARGETS)
    ]
    return tuple(
        Token(
            source="kyuubi",
            key=token_key(
                "kyuubi", "cn-hangzhou", f"w-{n % _TARGETS}", f"kb-{n % _TARGETS}", f"tk-{n}"
            ),
            id=f"tk-{n}",
            target=places[n % _TARGETS],
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
    targets = {token.target["workspace_id"]: token.target for token in tokens[:_TARGETS]}
    coverage = tuple(
        Coverage(
            connection_id="c1", connection_label="prod", target=target, state="fresh", read_at=now
        )
        for target in targets.values()
    )
    everything = frozenset(target.id for target in targets.values())
    return Look(Listing(tokens=tokens, coverage=coverage, now=now), everything)


def _median(work: Callable[[], object]) -> float:
    """Return the median of several runs, in milliseconds of our own processor time."""
    work()
    times = []
    for _ in range(_RUNS):
        gc.collect()
        start = process_time()
        work()
        times.append((process_time() - start) * 1000)
    return median(times)


if __name__ == "__main__":
    show(measure())
