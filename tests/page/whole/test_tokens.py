"""What a newcomer does who has just run `make demo`."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import Visit
from tests.page.whole.conftest import Picture, answer, say

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

FILLED = {
    "AccessKey ID": "LTAI5tNobodyKnowsThis",
    "AccessKey secret": "NotTheSecretOfAnybody000000000",
    "Region": "cn-hangzhou",
    "Workspace ID": "w-6923c0468f5e6b76",
    "Kyuubi gateway ID": "kb-2697a99bed874130452064ec9a85c3aa",
}


async def to_top(page: Page) -> None:
    """Scroll to where the newest message begins."""
    newest = page.get_by_role("article").last
    await newest.evaluate("each => each.scrollIntoView({block: 'start'})")


async def test_both_sources_in_one_list(visit: Visit, picture: Picture) -> None:
    """Typing the command lists both sources; pages, filter and details change that message."""
    page = await visit(size=(1280, 1000))
    await say(page, "/tokens")

    listed = answer(page, "24 tokens")
    await expect(listed).to_contain_text("Only visible to you")
    table = listed.get_by_role("table")
    await expect(table).to_contain_text("airflow-nightly")
    await expect(table).to_contain_text("idaas · Partner API")
    await to_top(page)
    await picture(page, "list")

    await listed.get_by_role("button", name="More options").click()
    await expect(page.get_by_role("menuitem", name="Export as CSV")).to_be_visible()
    await page.keyboard.press("Escape")
    await listed.get_by_role("button", name="Next").click()
    await expect(listed).to_contain_text("21 to 24 of 24")
    await listed.get_by_role("button", name="Previous").click()
    await expect(listed).to_contain_text("1 to 20 of 24")

    await listed.get_by_role("button", name="Filter…").click()
    dialog = page.get_by_role("dialog", name="Filter")
    await dialog.get_by_role("textbox", name="Name").fill("airflow")
    await dialog.get_by_role("button", name="Show").click()
    await expect(dialog).to_be_hidden()
    await expect(answer(page, "1 token")).to_contain_text("airflow-nightly")


async def test_everything_about_one_token(visit: Visit, picture: Picture) -> None:
    """The details of a token take the list's place, and lead back to it."""
    page = await visit()
    await say(page, "/tokens kyuubi name:metabase")
    listed = answer(page, "metabase_readonly")

    await listed.get_by_role("button", name="Details of").click()
    await page.get_by_role("option", name="metabase_readonly").click()

    shown = answer(page, "RAM accounts")
    await expect(shown).to_contain_text("metabase_readonly")
    await to_top(page)
    await picture(page, "token")
    await shown.get_by_role("button", name=re.compile("Back")).click()
    await expect(answer(page, "metabase_readonly").get_by_role("table")).to_be_visible()


async def test_a_newcomer_connects(visit: Visit, picture: Picture) -> None:
    """With nothing connected, the command shows how to begin; a refused key says why."""
    page = await visit("/#/priya/general")
    await say(page, "/tokens")

    await answer(page, "Know which tokens expire").get_by_role("button", name="Connect").click()
    dialog = page.get_by_role("dialog", name="Connect")
    await expect(dialog).to_contain_text("What do you want to connect?")
    await dialog.get_by_role("radio").first.check()
    await dialog.get_by_role("button", name="Next").click()
    await expect(dialog).to_contain_text("The one permission it needs")
    await picture(page, "connect")
    for name, value in FILLED.items():
        await dialog.get_by_role("textbox", name=name).fill(value)
    await dialog.get_by_role("button", name="Test and connect").click()

    await expect(dialog).to_contain_text("There is no such AccessKey")
    await expect(dialog.get_by_role("textbox", name="AccessKey secret")).to_have_value("")
    await expect(dialog.get_by_role("textbox", name="AccessKey ID")).to_have_value(
        FILLED["AccessKey ID"]
    )


async def test_home_shows_it_at_a_glance(visit: Visit) -> None:
    """App Home shows what expires next and each connection; a guest is told it is not for them."""
    page = await visit("/#/mei/app/home")
    panel = page.get_by_role("tabpanel", name="Home")

    await expect(panel).to_contain_text("Your connections")
    await expect(panel).to_contain_text("airflow-nightly")
    await expect(panel.get_by_role("button", name="Delete my data")).to_be_visible()

    page = await visit("/#/sam/general")
    await say(page, "/tokens")
    await expect(answer(page, "Only visible to you")).to_contain_text("member")
