import gc
from collections.abc import Iterator

import pytest

from bot.cli._garbage import collect_less_often


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_collector_comes_less_often_but_comes() -> None:
    """It stays on, and only its first step is wider."""
    _, second, third = gc.get_threshold()

    collect_less_often()

    assert gc.isenabled()
    assert gc.get_threshold() == (50_000, second, third)
