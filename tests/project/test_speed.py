"""What is said about speed can be measured."""

import re
from pathlib import Path

from bench.__main__ import names
from tests import conftest

_TESTS = Path(conftest.__file__).parent
_PAGE = (Path(__file__).parents[2] / "docs" / "speed.md").read_text(encoding="utf-8")


def test_each_bench_is_on_the_page() -> None:
    """The page names every bench by its command, and none that there is not."""
    assert sorted(set(re.findall(r"`python -m bench ([a-z]+)`", _PAGE))) == names()


def test_the_page_shows_one_run() -> None:
    """Its table has a row for each claim of the benches, as they print it."""
    table = _PAGE.partition("## One run")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (yes|NO) \|$", table, re.MULTILINE)

    assert len(rows) >= len(names())


def test_what_a_run_begins_with_is_there() -> None:
    """What takes longest has not been renamed without being begun with any more."""
    assert [place for place in conftest.LONGEST if not (_TESTS / place).exists()] == []
