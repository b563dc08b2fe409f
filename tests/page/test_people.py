"""Being somebody: who one is, what one sees, what one has not read."""

import re

import pytest
from playwright.async_api import expect

from sandbox.server import Sandbox
from tests.page.bot import Bot, control
from tests.page.conftest import Visit
from tests.page.samples import GENERAL, NOW, section

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_everybody_is_there_with_their_time(visit: Visit) -> None:
    """Name, title and local time of each person; the one chosen is marked."""
    page = await visit("/#/aiko/general")
    people = page.get_by_role("radiogroup", name="You are").get_by_role("radio")

    await expect(people).to_have_count(6)
    await expect(people.nth(1)).to_have_accessible_name(
        "Jonas Weber, Data engineer: Kyuubi only, 10:05 AM in Berlin"
    )
    await expect(page.get_by_role("radio", checked=True)).to_have_accessible_name(
        "Aiko Mori, Platform lead, workspace admin: hundreds of tokens, 6:05 PM in Tokyo"
    )
    await expect(page.locator("#sidebar")).to_contain_text("6:05 PM in Tokyo")


async def test_the_same_moment_in_another_zone(visit: Visit, bot: Bot) -> None:
    """Becoming somebody else shows their channels, and every date in their zone."""
    await bot.post([section(f"at <!date^{NOW}^{{time}}|then>")])
    page = await visit()
    await expect(page.locator(".section")).to_have_text("at 5:05 PM")
    await page.get_by_role("radio", name="Sam Ortiz").click()

    await expect(page.locator(".section")).to_have_text("at 1:05 AM")
    await expect(page.locator("#clock")).to_have_text("Sat, Nov 21, 2026, 1:05 AM")
    await expect(page.locator(".place")).to_have_text(["general", "🔔Tokenbell"])
    await expect(page).to_have_url(re.compile("/#/sam/general$"))


async def test_what_was_not_read_is_marked(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """Other channels stand out until looked at, the app's messages are counted, for all people."""
    page = await visit()
    await bot.post([section("x")], channel="C07DATAPLT2")
    for _ in range(2):
        await bot.post([section("x")], channel="D07MEITAN01")
        await bot.post([section("x")], channel="D07JONASW02")
    sandbox.interactions.say("mei", "random", "my own words")

    channel = page.get_by_role("button", name="data-platform, 1 unread")
    await expect(channel).to_be_visible()
    await expect(page.get_by_role("button", name="Tokenbell, 2 unread")).to_be_visible()
    await expect(page.get_by_role("button", name="random", exact=True)).to_be_visible()
    await expect(page.get_by_role("radio", name="Jonas Weber")).to_have_accessible_name(
        "Jonas Weber, Data engineer: Kyuubi only, 10:05 AM in Berlin, 2 unread"
    )
    await channel.click()
    await page.get_by_role("button", name="general").click()
    await expect(page.get_by_role("button", name="data-platform", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="data-platform", exact=True)).to_be_visible()
    await page.get_by_role("radio", name="Jonas Weber").click()
    await expect(page.get_by_role("button", name="data-platform, 1 unread")).to_be_visible()


async def test_a_line_shows_where_new_begins(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """In a channel left and come back to, what came meanwhile stands below it."""
    sandbox.interactions.say("jonas", GENERAL, "seen")
    page = await visit()
    await expect(page.locator(".message")).to_have_count(1)
    await page.get_by_role("button", name="random").click()
    await bot.post([section("unseen")])
    await page.get_by_role("button", name="general, 1 unread").click()

    line = page.get_by_role("separator").filter(has_text="New")
    await expect(line).to_have_count(1)
    following = "node => node.nextElementSibling.textContent.includes('unseen')"
    assert await line.evaluate(following)


async def test_what_is_new_is_seen_from_its_beginning(visit: Visit, bot: Bot) -> None:
    """A message that does not fit shows its first line: when it comes, and when it was waiting."""
    tall = [section(f"line {number}") for number in range(40)]
    first = "the very first line"
    page = await visit("/#/mei/general")
    await bot.post([section(first), *tall])
    await expect(page.get_by_text(first)).to_be_in_viewport()
    await expect(page.get_by_text("line 39")).not_to_be_in_viewport()

    await page.get_by_role("button", name="random").click()
    waiting = "what was waiting"
    await bot.post([section(waiting), *tall])
    await page.get_by_role("button", name="general, 1 unread").click()
    await expect(page.get_by_text(waiting)).to_be_in_viewport()
    await expect(page.get_by_role("separator").filter(has_text="New")).to_be_in_viewport()
    pill = page.get_by_role("button", name="New messages")
    await expect(pill).to_be_hidden()

    await page.get_by_role("button", name="random").click()
    await bot.post([section("a third one"), *tall])
    await bot.post([section("and the last")])
    await page.get_by_role("button", name="general, 2 unread").click()
    await expect(page.get_by_text("a third one")).to_be_in_viewport()
    await pill.click()
    await expect(page.get_by_text("and the last")).to_be_in_viewport()


async def test_only_members_are_told_how_to_begin(visit: Visit) -> None:
    """The app is not for guests and strangers, so nothing invites them to type its command."""
    for place, begins in (("mei/general", 1), ("sam/general", 0), ("dana/ext-acme-port", 0)):
        page = await visit(f"/#/{place}")
        await expect(page.get_by_text("This is the very beginning")).to_be_visible()
        await expect(page.get_by_text("to begin.")).to_have_count(begins)


async def test_the_address_leads_back(visit: Visit) -> None:
    """It names person and place; changing it is going there, and unknown names go somewhere."""
    page = await visit("/#/jonas/app")
    await expect(page.get_by_role("heading", level=1)).to_have_text("🔔Tokenbell")
    await expect(page.get_by_role("heading", level=2, name="Tokenbell")).to_be_visible()
    await page.evaluate("location.hash = '#/jonas/data-platform'")
    await expect(page.get_by_role("heading", level=1)).to_have_text("data-platform")
    await page.evaluate("location.hash = '#/aiko/on-call'")
    await expect(page.get_by_role("radio", name="Aiko Mori")).to_be_checked()
    await expect(page.get_by_role("heading", level=1)).to_have_text("on-call")

    page = await visit("/#/nobody/nowhere")
    await expect(page.get_by_role("radio", name="Mei Tan")).to_be_checked()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")


async def test_people_and_channels_are_reached_by_arrows(visit: Visit) -> None:
    """Each list is one tab stop; arrows move, Enter chooses."""
    page = await visit()
    await page.get_by_role("radio", name="Mei Tan").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="Jonas Weber")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("radio", name="Jonas Weber")).to_be_checked()
    await page.get_by_role("button", name="general").focus()
    await page.keyboard.press("End")
    await expect(page.get_by_role("button", name="Tokenbell")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("random")


async def test_channels_come_and_go(visit: Visit, sandbox: Sandbox) -> None:
    """Leaving a channel takes it away, an archived one moves down, a lost bot is told."""
    page = await visit("/#/mei/random")
    await control(sandbox, "lifecycle", event="leave", user="mei", channel="random")
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await expect(page.get_by_role("button", name="random")).to_have_count(0)
    await control(sandbox, "lifecycle", event="archive", channel="data-platform")
    archived = page.get_by_role("region", name="Archived").get_by_role("button")
    await expect(archived).to_have_text(["data-platform", "migration-2025"])
    await expect(page.get_by_text("and Tokenbell.")).to_be_visible()
    await control(sandbox, "lifecycle", event="kick_bot", channel="general")
    await expect(page.get_by_text("Tokenbell is not in it.")).to_be_visible()


async def test_a_bot_that_is_away_is_told(visit: Visit, sandbox: Sandbox) -> None:
    """A banner says that commands reach nobody, until the bot connects."""
    page = await visit()
    banner = page.get_by_role("status")
    await expect(banner).to_contain_text("Tokenbell is not connected")
    bot = Bot(sandbox)
    await bot.connect()
    await page.reload()
    await expect(banner).to_be_hidden()
    await bot.close()
