"""What the tests of the listeners share."""

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Retry as often as in earnest, but without the pauses."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
