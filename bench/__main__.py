"""Measure everything, or what is named, and print one table."""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench._table import Row, show

_QUIET = 0.5


def names() -> list[str]:
    """Return what can be measured: every public module here."""
    here = Path(__file__).parent
    return sorted(path.stem for path in here.glob("[a-z]*.py"))


def measure(chosen: list[str]) -> Iterator[Row]:
    """Run the benches one after the other."""
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        yield from importlib.import_module(f"bench.{name}").measure()


def main() -> int:
    """Return 0 when every claim held."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*names(), []], metavar="NAME")
    chosen = parser.parse_args().names or names()
    load = os.getloadavg()[0]
    if load > _QUIET:
        print(f"this machine has other work (load {load:.1f}): ratios will be off", file=sys.stderr)
    return 0 if show(measure(chosen)) else 1


if __name__ == "__main__":
    sys.exit(main())
