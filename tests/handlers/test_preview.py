"""`/tokens preview`: every reminder to come."""

from datetime import timedelta

import pytest

from sandbox.company.timeline import DAY
from tests.fixtures.bot import Office, buttons_of, owner, text_of
from tests.fixtures.world import put_token
from tests.handlers.ringing import action_of, first_look, next_slot, read
from tests.handlers.test_access import visible


def many(office: Office) -> None:
    """Give the company tokens that expire one a week, from the second week on."""
    now = office.sandbox.clock.now()
    for week in range(2, 14):
        put_token(office.sandbox.company, f"weekly {week:02}", expires_at=now + week * 7 * DAY)


async def test_each_reminder_says_when_to_whom_what_and_why(office: Office) -> None:
    """What is to come is told to this person only, and nothing is sent."""
    await office.connect("mei")

    answer = await office.types("mei", "preview")

    words = read(answer)
    assert "come within 30 days." in words
    assert "to you" in words
    assert "etl nightly" in words
    assert "days before it expires" in words
    assert "once it has expired" in words
    assert "nothing is sent" in words
    assert answer["ephemeral"]
    assert office.sandbox.dm("mei") == []


async def test_pages_turn_in_place(office: Office) -> None:
    """Eight reminders a page; Next and Previous replace the same message."""
    many(office)
    await office.connect("mei")
    first = await office.types("mei", "preview 90d")
    assert buttons_of(first) == ["Next", "Settings"]

    second = await office.clicks("mei", action_of(first, "Next"), first)
    assert "Previous" in buttons_of(second)
    again = await office.clicks("mei", action_of(second, "Previous"), second)

    assert read(again["blocks"]) == read(first["blocks"])
    assert len(office.sandbox.messages("general", "mei")) == 1


async def test_what_is_foretold_is_what_comes(working_office: Office) -> None:
    """The next reminder of the preview is the one that then arrives, at its time, of its tokens."""
    office = working_office
    await first_look(office)
    month = office.clock.now() + timedelta(days=30)
    foretold = (await office.bot.desk.reminders.preview(owner("mei"), month))[0]

    await next_slot(office)
    rung = await office.next_dm("mei", after=1)

    for item in foretold.items:
        assert item.token.display_name in text_of(rung)


@pytest.mark.parametrize("span", ["tomorrow", "0d", "59m", "2y", "366 d x", "-3d", "9999999999d"])
async def test_a_span_that_is_none(office: Office, span: str) -> None:
    """What is no hour to a year is refused with an example."""
    await office.connect("mei")

    answer = text_of(await office.types("mei", f"preview {span}"))

    assert "How far shall I look ahead? An hour to a year, such as 30d or 8w." in answer
    assert "/tokens preview 30d" in answer


@pytest.mark.parametrize("span", ["1h", "12 h", "8w", "365d", "30 d", "30"])
async def test_a_span_of_any_unit(office: Office, span: str) -> None:
    """Hours, days and weeks are understood, with a space or without."""
    await office.connect("mei")

    assert "nothing is sent" in text_of(await office.types("mei", f"preview {span}"))


async def test_a_short_span_tells_what_comes_after_it(working_office: Office) -> None:
    """When nothing rings within the window, the first reminder after it is named."""
    office = working_office
    office.sandbox.company.kyuubi.tokens.clear()
    put_token(office.sandbox.company, "far away", expires_at=office.sandbox.clock.now() + 300 * DAY)
    await first_look(office)

    answer = read(await office.types("mei", "preview 1h"))

    assert "No reminder within 1 hour." in answer
    assert "Next reminder: " in answer
    assert "far away" in answer


async def test_an_old_preview_says_so(office: Office) -> None:
    """When its record is forgotten, a page cannot be turned any more."""
    many(office)
    await office.connect("mei")
    first = await office.types("mei", "preview 90d")
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    after = await office.clicks("mei", action_of(first, "Next"), first)

    assert "This list is old" in text_of(after)


async def test_a_made_up_page_is_the_first_or_the_last(office: Office) -> None:
    """Whatever number a crafted button carries, there is a page."""
    many(office)
    await office.connect("mei")
    await office.types("mei", "preview 90d")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    for page in ("-1", "99999", "9" * 30, "x", ""):
        message = await visible(office, "preview.page", f"{screen.rpartition(':')[2]}:{page}")

        await office.presses("mei", "preview.page", message)
        await office.idle()

        said = text_of(office.sandbox.messages("ext-acme-port", "mei")[-1])
        assert "come within 90 days." in said


async def test_somebody_elses_preview_is_refused(office: Office) -> None:
    """The pages of a preview turn for its owner alone."""
    await office.connect("mei")
    await office.types("mei", "preview 90d")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    message = await visible(office, "preview.page", f"{screen.rpartition(':')[2]}:0")

    answer = await office.asks("aiko", "preview.page", message)

    assert "This belongs to somebody else." in text_of(answer)
    assert "etl nightly" not in text_of(answer)


async def test_a_newcomer_has_nothing_to_come(office: Office) -> None:
    """With nothing connected there is nothing to look ahead at."""
    answer = text_of(await office.types("priya", "preview"))

    assert "There is nothing to watch yet: /tokens connect" in answer
