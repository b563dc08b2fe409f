"""App Home, with the whole bot behind it."""

import pytest
from playwright.async_api import expect

from tests.page.conftest import Visit
from tests.page.whole.conftest import Picture, answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_what_is_to_come_and_how_everything_is_doing(visit: Visit, picture: Picture) -> None:
    """The quarter, the advice, the reminders and each connection are on one page."""
    page = await visit("/#/mei/app/home", size=(1280, 1720))
    panel = page.get_by_role("tabpanel", name="Home")

    for heading in ("The coming quarter", "Worth a look", "Reminders", "Your connections"):
        await expect(panel).to_contain_text(heading)
    await expect(panel).to_contain_text("This week: ")
    await expect(panel).to_contain_text("last read today")
    await expect(panel).to_contain_text("It was deleted, an ID is mistyped")
    await expect(panel).not_to_contain_text("Reading anew")
    await picture(page, "home")


async def test_more_is_a_click_away(visit: Visit) -> None:
    """A token opens in a modal, the whole list comes to Messages, and all can be read anew."""
    page = await visit("/#/mei/app/home")
    panel = page.get_by_role("tabpanel", name="Home")

    await panel.get_by_role("button", name="Details of").click()
    await page.get_by_role("option", name="airflow-nightly").click()
    dialog = page.get_by_role("dialog", name="Token")
    await expect(dialog).to_contain_text("Last used: ")
    await expect(dialog).to_contain_text("airflow-nightly")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_be_hidden()

    await panel.get_by_role("button", name="Read anew").click()
    await expect(panel).to_contain_text("Read just now")

    await panel.get_by_role("button", name="List all in Messages").click()
    await page.get_by_role("tab", name="Messages").click()
    await expect(answer(page, "24 tokens").get_by_role("table")).to_be_visible()


async def test_a_newcomers_home(visit: Visit) -> None:
    """Three steps and one button, which opens the form."""
    page = await visit("/#/priya/app/home")
    panel = page.get_by_role("tabpanel", name="Home")

    await expect(panel.get_by_role("listitem")).to_have_count(3)
    await expect(panel.get_by_role("button")).to_have_count(1)
    await panel.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("dialog", name="Connect")).to_contain_text(
        "What do you want to connect?"
    )
