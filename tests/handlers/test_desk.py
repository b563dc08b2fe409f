"""What the listeners work with."""

import asyncio

import pytest

from handlers._desk import owner_of, scope_of
from tests.fixtures.bot import Office


@pytest.mark.parametrize(
    ("context", "scope"),
    [
        ({"team_id": "T1", "enterprise_id": None}, "T1"),
        ({"team_id": "T1", "enterprise_id": "E1"}, "T1"),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": True}, "E1"),
        ({"team_id": None}, ""),
    ],
)
def test_what_is_stored_belongs_to_the_installation(context: dict[str, object], scope: str) -> None:
    """The organisation's where the whole of it installed the app, else the team's."""
    assert scope_of(context) == scope


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "U1"},
        {"user": {"id": "U1"}},
        {"user": None},
        {"user": "U9"},
        {},
        {"user_id": ""},
    ],
)
def test_who_it_was_is_in_the_signed_request(body: dict[str, object]) -> None:
    """A command, a click and an event each say it elsewhere."""
    assert owner_of(body, {"team_id": "T1", "user_id": "U1"}) == ("T1", "U1")


async def test_work_is_held_once(office: Office) -> None:
    """However often a listener asks to be waited for, it is waited for once, until it ends."""
    desk = office.bot.desk
    go = asyncio.Event()

    async def work() -> None:
        desk.hold_current_task()
        desk.hold_current_task()
        await go.wait()

    working = asyncio.create_task(work())
    await office.wait(lambda: not desk.idle, "the work to begin")
    assert len(desk._working) == 1

    go.set()
    await working
    await office.idle()
