"""App Home: published for one person, asked for at each look."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import MEI, NOW, actions, button, field, option, plain, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

Json = dict[str, Any]


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}


async def look(page: Page) -> None:
    await page.get_by_role("button", name="Tokenbell").click()
    await page.get_by_role("tab", name="Home").click()


async def test_home_is_published_when_somebody_looks(visit: Visit, bot: Bot) -> None:
    """The app hears of each look at a tab, and what it publishes later appears at once."""

    async def publish(_ack: Any, body: Json) -> None:
        text = f"Next: <!date^{NOW}^{{date_short_pretty}} at {{time}}|soon>"
        view = home({"type": "header", "text": plain("Yours")}, section(text))
        await bot.client.views_publish(user_id=body["event"]["user"], view=view)

    bot.on["app_home_opened"] = publish
    page = await visit()
    await look(page)
    panel = page.get_by_role("tabpanel", name="Home")
    await expect(panel).to_contain_text("YoursNext: Today at 5:05 PM")
    await expect(page.get_by_role("combobox", name="Message to")).to_be_hidden()
    assert (await bot.heard("app_home_opened", 2))["event"]["user"] == MEI

    await bot.client.views_publish(user_id=MEI, view=home(section("Changed.")))
    await expect(panel).to_have_text("Changed.")
    await page.get_by_role("tab", name="Messages").click()
    await expect(panel).to_be_hidden()
    await page.get_by_role("tab", name="Home").click()
    await bot.heard("app_home_opened", 4)
    tabs = [body["event"]["tab"] for body in bot.received]
    assert tabs == ["messages", "home", "messages", "home"]


async def test_an_app_without_a_home(visit: Visit, bot: Bot) -> None:
    """Until something is published the tab says that nothing is."""
    page = await visit("/#/mei/app/home")

    await expect(page.get_by_role("tabpanel")).to_contain_text("has not published a Home")
    await bot.heard("app_home_opened")


async def test_controls_on_home(visit: Visit, bot: Bot) -> None:
    """Their payload names the view; what was typed outlives a new version of it."""
    name = field("name", "Name", {"type": "plain_text_input"})
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [option("On")]}
    view = home(
        section("Version 1"), name, {**actions(button("go", "Go"), boxes), "block_id": "controls"}
    )
    await bot.client.views_publish(user_id=MEI, view=view)
    page = await visit("/#/mei/app/home")
    panel = page.get_by_role("tabpanel")
    await panel.get_by_role("textbox", name="Name").fill("typed")
    await panel.get_by_role("checkbox", name="On").check()
    await bot.chosen()
    await panel.get_by_role("button", name="Go").click()
    body = await bot.heard("block_actions", 2)
    assert (body["view"]["type"], body["actions"][0]["action_id"]) == ("home", "go")

    view["blocks"][0] = section("Version 2")
    await bot.client.views_publish(user_id=MEI, view=view)

    await expect(panel).to_contain_text("Version 2")
    await expect(panel.get_by_role("textbox", name="Name")).to_have_value("typed")
    await expect(panel.get_by_role("checkbox", name="On")).to_be_checked()
    await expect(panel.get_by_role("button", name="Go")).to_be_focused()
