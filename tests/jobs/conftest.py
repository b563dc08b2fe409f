"""What the tests of the worker share."""

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.canaries import Watch
from tests.jobs.site import Site, open_site


@pytest.fixture
async def site(redis_url: str, canaries: Watch) -> AsyncIterator[Site]:
    """Run a worker."""
    async with open_site(redis_url, canaries) as site:
        yield site
