"""What every room's tests share."""

import gc
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


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what stays for good, which is a lot."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """Give the loggers their levels back: commands set them, and others remember the root's."""
    loggers = [logging.getLogger(name) for name in (None, "bot", "handlers")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
