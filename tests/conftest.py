"""What every room's tests share."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A loaded machine is no reason to fail: time is measured in bench/. Fifty examples keep the whole
# run short; each run takes other ones.
settings.register_profile("tokenbell", deadline=None, max_examples=50)
settings.load_profile("tokenbell")

pytest_plugins = [
    "tests.fixtures.canaries",
    "tests.fixtures.redis",
    "tests.fixtures.sandbox",
    "tests.fixtures.bot",
]


@pytest.fixture(autouse=True)
def _root_level() -> Iterator[None]:
    """Give the root logger its level back: commands set it, and loggers remember what it meant."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
