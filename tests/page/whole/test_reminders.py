"""A quarter of a year of reminders, by moving the clock and clicking through."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.bot import controls_of
from tests.fixtures.demo import ask
from tests.page.conftest import Visit
from tests.page.whole.conftest import Picture, answer, say

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

_A_MONTH_MS = 120_000
"""How long a month may take, on a machine that does other things as well."""


async def moves(page: Page, *labels: str) -> None:
    """Move the clock on, step by step, by pressing buttons of its panel."""
    await page.locator("#clock").click()
    panel = page.get_by_role("dialog", name="Clock")
    for label in labels:
        button = panel.get_by_role("button", name=label, exact=True)
        await button.click()
        await expect(button).to_be_disabled()
        await expect(button).to_be_enabled(timeout=_A_MONTH_MS)
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def lapsing(origin: str) -> list[tuple[str, str]]:
    """Return the notice and the token of each button that lets one lapse."""
    answer = await ask(origin, "/_control/messages/@tokenbell?user=mei")
    controls = [found for each in answer["messages"] for found in controls_of(each["blocks"])]
    values = [each["value"] for each in controls if each["action_id"] == "notice.lapse"]
    return [(notice, token) for notice, _, token in (value.partition(":") for value in values)]


async def test_a_quarter_of_a_year(visit: Visit, origin: str, picture: Picture) -> None:
    """The first look asks once; then each reminder comes at its slot, and renewals show themselves."""
    page = await visit("/#/mei/app/messages", size=(1180, 1240))
    messages = page.get_by_role("article")
    first = messages.first
    await expect(first).to_contain_text(re.compile("I watch [0-9]+ tokens for you"))
    await first.get_by_role("button", name="All of them").click()
    await expect(first).to_contain_text("You chose: all of them ring.")

    await moves(page, "+1 week")
    await expect(messages).not_to_have_count(1)
    await messages.last.scroll_into_view_if_needed()
    await expect(page.locator(".toast")).to_have_count(0)
    await picture(page, "reminder")

    await moves(page, "+30 days", "+30 days", "+30 days")
    assert await messages.count() > 10
    renewed = messages.filter(has_text="Renewed: now expires")
    assert await renewed.count() > 3
    waiting = [name for _, name in await lapsing(origin)]
    assert len(waiting) == len(set(waiting)), "a token waits for an answer in two messages"


async def test_answers_change_the_message_they_are_given_in(visit: Visit) -> None:
    """Snooze, lapse, undo and a look for renewals: each shows in the same message."""
    page = await visit("/#/mei/app/messages", size=(1180, 1240))
    message = page.get_by_role("article").first
    await expect(message).to_contain_text("airflow-nightly")
    count = await page.get_by_role("article").count()

    await message.get_by_role("button", name="Renewed", exact=True).first.click()
    await expect(message).to_contain_text("Not renewed yet, as of")
    await message.get_by_role("button", name="Let it lapse").first.click()
    await expect(message).to_contain_text("Letting it lapse")
    await message.get_by_role("button", name="Undo").first.click()
    await expect(message).not_to_contain_text("Letting it lapse")
    await message.get_by_role("button", name="Snooze…").first.click()
    await page.get_by_role("option", name="1 week").click()
    await expect(message).to_contain_text("Snoozed until")

    await say(page, "/tokens remind")
    dialog = page.get_by_role("dialog", name="Reminders")
    await expect(dialog).to_contain_text("Silent because you said so")
    await dialog.get_by_role("button", name="Undo").click()
    await expect(dialog).not_to_contain_text("Silent because you said so")
    await expect(message).not_to_contain_text("Snoozed until")
    assert await page.get_by_role("article").count() == count


async def test_settings_in_one_form(visit: Visit, picture: Picture) -> None:
    """A mistake is told at its field; what is saved shows in the form, in Home and in the preview."""
    page = await visit("/#/mei/general", size=(1180, 1240))
    await say(page, "/tokens remind")
    dialog = page.get_by_role("dialog", name="Reminders")
    await dialog.get_by_role("radio", name="All of them").check()
    await picture(page, "settings")
    await dialog.get_by_role("textbox", name="Only tokens that match").fill("creater:mei")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("Did you mean “creator:”?")
    await dialog.get_by_role("textbox", name="Only tokens that match").fill("kyuubi")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("All tokens that match kyuubi ring.")
    await dialog.get_by_role("button", name="Done").click()

    await say(page, "/tokens preview 90d")
    coming = answer(page, "come within 90 days")
    await expect(coming).to_contain_text("days before it expires")
    await expect(coming).not_to_contain_text("idaas · Partner API · ")
    await picture(page, "preview")
    await coming.get_by_role("button", name="Next").click()
    await expect(coming.get_by_role("button", name="Previous")).to_be_visible()

    page = await visit("/#/mei/app/home")
    panel = page.get_by_role("tabpanel", name="Home")
    await expect(panel).to_contain_text("All tokens that match kyuubi ring.")


async def test_why_this_in_the_dark(visit: Visit) -> None:
    """Behind the dots of each token stands why it rang; its answers work there too."""
    page = await visit("/#/mei/app/messages", size=(1180, 1240), theme="dark")
    message = page.get_by_role("article").first
    await message.get_by_role("button", name="More").first.click()
    await page.get_by_role("menuitem", name="Why this?").click()
    dialog = page.get_by_role("dialog", name="Why this?")
    await expect(dialog).to_contain_text("The watch looked for the first time")

    await dialog.get_by_role("button", name="Let it lapse").click()

    await expect(dialog).to_contain_text("Letting it lapse")
    await expect(message).to_contain_text("Letting it lapse")
