"""The inspector: the bot's calls, failures on demand, events, credentials."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import section

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def inspect(page: Page, tab: str) -> Locator:
    await page.get_by_role("button", name="Inspector", exact=True).click()
    await page.get_by_role("tab", name=tab).click()
    return page.get_by_role("tabpanel", name=tab)


async def test_calls(visit: Visit, bot: Bot) -> None:
    """Each call of the bot with its outcome, newest first; its body on demand, by service."""
    page = await visit()
    panel = await inspect(page, "Calls")
    await bot.post([section("from the log")])
    first = panel.locator(".call").first
    await expect(first).to_contain_text("200chat.postMessageslack")
    await expect(first).not_to_contain_text("from the log")
    await first.locator("summary").click()
    await expect(first).to_contain_text("from the log")
    await expect(first).not_to_contain_text("xoxb-")

    await panel.get_by_label("Service").select_option("kyuubi")
    await expect(panel).to_contain_text("No calls yet.")


async def test_failures(visit: Visit, sandbox: Sandbox) -> None:
    """One click makes a service fail, another makes all work; or fill in the details."""
    page = await visit()
    panel = await inspect(page, "Failures")
    await expect(panel).to_contain_text("Everything works.")
    await panel.get_by_role("button", name="Kyuubi hangs").click()
    await expect(panel).to_contain_text("kyuubi: hang")
    await panel.get_by_role("button", name="Slack posts, but its answer is lost").click()
    lost = "slack: reset, calls with “chat.postMessage”, 1 more, after doing the work"
    await expect(panel).to_contain_text(lost)
    assert [fault.kind for fault in sandbox.faults.active] == ["hang", "reset"]
    await panel.get_by_role("button", name="Let everything work again").click()
    await expect(panel).to_contain_text("Everything works.")

    await panel.get_by_label("Service").select_option("idaas")
    await panel.get_by_label("What it does").select_option("429")
    await panel.get_by_label("Seconds").fill("2.5")
    await panel.get_by_label("Only calls that contain").fill("authenticationTokens")
    await panel.get_by_label("Times").fill("3")
    await panel.get_by_label("Do the work first").check()
    await panel.get_by_role("button", name="Add").click()
    await expect(panel).to_contain_text("idaas: 429, 2.5 s")
    await panel.get_by_role("button", name="Ten times tighter").click()
    await sandbox.wait_for(lambda: sandbox.platform.rates.scale == 0.1)
    (fault,) = sandbox.faults.active
    assert (fault.service, fault.seconds, fault.match, fault.times, fault.accepted) == (
        "idaas",
        2.5,
        "authenticationTokens",
        3,
        True,
    )


async def test_events(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """What happens to the app, the person and the channel in sight reaches the bot."""
    page = await visit()
    panel = await inspect(page, "Events")
    await panel.get_by_label("Time zone").select_option("Europe/Berlin")
    await expect(page.locator("#sidebar")).to_contain_text("10:05 AM in Berlin")
    assert (await bot.heard("user_change"))["event"]["user"]["tz"] == "Europe/Berlin"
    await panel.get_by_role("button", name="Remove the app").click()
    await bot.heard("channel_left")
    await panel.get_by_role("button", name="Add the app").click()
    await expect(page.get_by_text("and Tokenbell.")).to_be_visible()
    await panel.get_by_role("button", name="Refuse table blocks").click()
    await sandbox.wait_for(lambda: sandbox.platform.app.refuse_tables)
    await page.get_by_role("button", name="Tokenbell").first.click()
    await expect(panel.get_by_role("button", name="Remove the app")).to_have_count(0)
    await panel.get_by_role("button", name="Uninstall the app").click()
    await bot.heard("app_uninstalled")


async def test_it_opens_and_closes(visit: Visit) -> None:
    """Arrows choose its tabs; Esc closes it and gives the focus back."""
    page = await visit()
    await inspect(page, "Calls")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Failures")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("tab", name="Failures")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary", name="Inspector")).to_be_hidden()
    await expect(page.get_by_role("button", name="Inspector", exact=True)).to_be_focused()


class TestCredentials:
    """With the company's tokens, which the other tests do without."""

    @pytest_asyncio.fixture(loop_scope="session", name="sandbox")
    async def _sandbox(self) -> AsyncIterator[Sandbox]:
        async with Sandbox() as sandbox:
            yield sandbox

    async def test_what_a_person_connects_with(self, visit: Visit, bot: Bot) -> None:
        """Their own credentials and nobody else's, each value to be copied."""
        page = await visit()
        panel = await inspect(page, "Credentials")
        first = panel.locator(".credential").first
        await expect(first).to_contain_text("kyuubi")
        row = first.locator(".values__row").first
        value = await row.locator("dd").inner_text()
        await row.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_contain_text("Copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == value
        await page.get_by_role("radio", name="Sam Ortiz").click()
        await expect(panel).to_contain_text("Nothing to connect with.")
