"""Wide and narrow windows, light and dark."""

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import field, listing, modal

pytestmark = pytest.mark.asyncio(loop_scope="session")

BACKGROUND = "getComputedStyle(document.getElementById('place')).backgroundColor"
CONTRAST = """() => {
    const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => channel(v / 255))
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const color = parse(getComputedStyle(at).backgroundColor);
            if (color[3] === undefined || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    const found = [];
    for (const node of document.querySelectorAll("#place *, #nav *, dialog *")) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
        if (!own || !node.checkVisibility() || node.closest(".emoji, .avatar, :disabled")) continue;
        const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push(`${node.className} ${ratio.toFixed(2)} ${node.textContent}`);
    }
    return found;
}"""


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def test_a_narrow_window(visit: Visit, bot: Bot) -> None:
    """Channels and people are in a drawer, and nothing but tables is wider than the window."""
    await bot.post(listing())
    await bot.open_with("/tokens", modal(field("name", "Name", {"type": "plain_text_input"})))
    page = await visit(size=(390, 844))
    assert await fits(page)
    random = page.get_by_role("button", name="random")
    await expect(random).to_have_count(0)
    drawer = page.get_by_role("button", name="Channels and people")
    await drawer.click()
    await expect(drawer).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(random).to_have_count(0)
    await drawer.click()
    await page.locator("#scrim").click(position={"x": 380, "y": 400})
    await expect(random).to_have_count(0)
    await drawer.click()
    await random.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("random")
    await expect(random).to_have_count(0)

    await page.get_by_role("combobox", name="Message to").fill("/tokens")
    await page.keyboard.press("Enter")
    box = await page.get_by_role("dialog", name="Connect").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert await fits(page)


async def test_the_theme_is_the_systems_until_it_is_chosen(visit: Visit) -> None:
    """The button switches, and the choice is remembered."""
    page = await visit(theme="dark")
    assert await page.evaluate(BACKGROUND) == "rgb(26, 29, 33)"
    await page.get_by_role("button", name="Use the light theme").click()
    assert await page.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    await page.reload()
    await expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()
    assert await page.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Use the dark theme").click()
    assert await page.evaluate(BACKGROUND) == "rgb(26, 29, 33)"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_all_text_can_be_read(
    visit: Visit, bot: Bot, theme: Literal["light", "dark"]
) -> None:
    """Every text has a contrast of 4.5 to 1 against what is behind it."""
    await bot.post(listing())
    await bot.open_with("/tokens", modal(field("name", "Name", {"type": "plain_text_input"})))
    page = await visit(theme=theme)
    await expect(page.get_by_role("table")).to_be_visible()
    await page.get_by_role("combobox", name="Message to").fill("/tokens")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".input__error").first).to_be_visible()

    assert await page.evaluate(CONTRAST) == []
