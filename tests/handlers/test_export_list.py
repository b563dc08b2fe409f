"""The menu of a list that exports it: the same filter, for the same person, while it holds."""

import pytest

from bot.blocks import Message
from bot.blocks._elements import option, overflow
from bot.blocks._kit import row
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, owner, text_of
from tests.handlers.ringing import choice_of
from tests.handlers.test_export import received, table


async def offered(office: Office, value: str, name: str = "mei") -> Json:
    """Send somebody a menu of a test's making, with one choice; return its message."""
    block = row(overflow("list.export", [option("Export", value)]))
    assert block is not None
    where = await office.bot.desk.slack.dm(*owner(name), Message("x", [block]))
    return next(each for each in office.sandbox.dm(name) if each["ts"] == where.ts)


def chosen(value: str) -> Json:
    """Return the choice of what a menu offers under a value."""
    return {"action_id": "list.export", "selected": value}


async def test_a_list_is_exported_from_its_menu(office: Office) -> None:
    """The same filter goes into the file; the list stays as it is, with the answer below it."""
    await office.connect("mei")
    listed = await office.types("mei", "list name:dash")

    answer = await office.asks("mei", choice_of(listed, "", "Export as CSV"), listed)

    assert "with 1 token" in text_of(answer)
    assert office.now("mei", listed) == listed
    _, content = await received(office)
    assert [each["name"] for each in table(content)] == ["dashboards"]


@pytest.mark.parametrize("label", ["Export as CSV", "Export as JSON"])
async def test_the_menu_of_an_old_list_says_so(office: Office, label: str) -> None:
    """In the place of the list, with a button that shows it anew."""
    await office.connect("mei")
    listed = await office.types("mei")
    await office.bot.desk.screens.forget_owner(owner("mei"))

    now = await office.clicks("mei", choice_of(listed, "", label), listed)

    assert "This list is old" in text_of(now)
    assert buttons_of(now) == ["Run again"]
    assert office.sandbox.dm("mei") == []


@pytest.mark.parametrize("value", ["-", "pdf:x", "csv", "csv:", "json:../..", "csv:" + "x" * 140])
async def test_a_choice_of_somebodys_making_sends_nothing(office: Office, value: str) -> None:
    """A format or a list that was never offered is answered like a list that is too old."""
    await office.connect("mei")
    message = await offered(office, value)

    now = await office.clicks("mei", chosen(value), message)

    assert "This list is old" in text_of(now)
    assert office.sandbox.calls("files.getUploadURLExternal") == []


async def test_somebody_elses_list_is_not_exported(office: Office) -> None:
    """The menu works for whom it was made for: nobody is sent another's rows."""
    await office.connect("mei")
    await office.types("mei")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    value = f"csv:{screen.rpartition(':')[2]}"
    message = await offered(office, value, "jonas")

    answer = await office.asks("jonas", chosen(value), message)

    assert "This belongs to somebody else." in text_of(answer)
    assert office.sandbox.calls("files.getUploadURLExternal") == []
