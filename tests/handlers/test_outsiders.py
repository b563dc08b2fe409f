"""Every control and every form there is, used by those who may not use the bot."""

import pytest

from bot.store import keys
from tests.fixtures.bot import IDS, Office, owner
from tests.handlers.forged import CONTROLS, FORMS, clicked, submitted, told
from tests.handlers.test_access import REFUSED


async def did_nothing(office: Office, name: str) -> None:
    """Check that nothing was read for somebody, and nothing kept but who they are."""
    assert office.calls() == 1  # when the insider connected
    kept = {key async for key in office.bot.redis.scan_iter(f"tb:*{IDS[name]}*")}
    assert kept == {keys.person(*owner(name))}


@pytest.mark.parametrize("name", ["sam", "dana"])
async def test_no_control_works_for_an_outsider(shared: Office, name: str) -> None:
    """A guest and a stranger who press whatever there is are told why nothing happens."""
    for action_id in [*CONTROLS, "of.another.version"]:
        assert REFUSED in await told(shared, clicked(shared, name, action_id)), action_id

    await did_nothing(shared, name)


@pytest.mark.parametrize("name", ["sam", "dana"])
async def test_no_form_works_for_an_outsider(shared: Office, name: str) -> None:
    """Whatever an outsider submits does nothing, as if it had been theirs to fill in."""
    for callback_id in [*FORMS, "of.another.version"]:
        said = await told(shared, submitted(shared, name, callback_id))
        assert REFUSED in said or said == "", (callback_id, said)

    await did_nothing(shared, name)
