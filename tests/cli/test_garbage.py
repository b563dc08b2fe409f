import gc
from collections.abc import Iterator

import pytest

from bot.cli._garbage import spare_the_collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_the_collector_comes_less_often_but_comes() -> None:
    """It stays on, and only its first step is wider."""
    _, second, third = gc.get_threshold()

    spare_the_collector()

    assert gc.isenabled()
    assert gc.get_threshold() == (50_000, second, third)


def test_what_a_start_has_built_is_not_looked_through_again() -> None:
    """A full collection looks only at what was made since."""
    built = [{"number": number} for number in range(1_000)]

    spare_the_collector()

    assert gc.get_freeze_count() > len(built)
    assert built not in gc.get_objects()
