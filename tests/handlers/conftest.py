"""What the tests of the listeners share."""

from collections.abc import Iterator

import pytest
import stamina

from tests.fixtures.bot import Office


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Retry as often as in earnest, but without the pauses."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture(name="shared")
async def _shared(http_office: Office) -> Office:
    """Run a bot with something to see, and a message in a channel that strangers are in."""
    await http_office.connect("mei")
    await http_office.sandbox.happen("invite_bot", channel="ext-acme-port")
    http_office.sandbox.say("mei", "ext-acme-port", "a message with buttons")
    return http_office
