"""What every room's tests share."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is no reason to fail: time is measured in bench/.
settings.register_profile("tokenbell", deadline=None)
settings.load_profile("tokenbell")

pytest_plugins = [
    "tests.fixtures.canaries",
    "tests.fixtures.redis",
    "tests.fixtures.sandbox",
    "tests.fixtures.bot",
]


LONGEST = (
    "page/whole/test_reminders.py",
    "page/whole",
    "cli/test_demo.py",
    "cli/test_worker.py",
    "jobs/test_crash.py",
    "jobs/test_crash_redis.py",
    "page",
)
"""Where the tests are that wait longest for other processes, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no core waits for another's in the end.

    Otherwise the order stays as it is, which is random.
    """
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        place = f"{item.path.relative_to(here).as_posix()}/"
        found = (number for number, each in enumerate(LONGEST) if place.startswith(f"{each}/"))
        return next(found, len(LONGEST))

    items.sort(key=rank)


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
