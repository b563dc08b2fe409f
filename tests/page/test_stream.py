"""Staying up to date: lost connections, and what happened meanwhile."""

import pytest
from playwright.async_api import Route, expect

from sandbox.company import World
from sandbox.server import Sandbox
from tests.page.conftest import Visit, Watch
from tests.page.samples import GENERAL, NOW_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_sandbox_that_went_away_and_came_back(
    visit: Visit, sandbox: Sandbox, watch: Watch
) -> None:
    """The page says that it lost touch, loses no text, tries again, and shows what is true then."""
    watch.expected += ["net::ERR", "Failed to load resource"]
    sandbox.interactions.say("jonas", GENERAL, "before")
    page = await visit()
    await expect(page.locator(".message")).to_contain_text("before")
    port = int(sandbox.url.rsplit(":", 1)[1])
    await sandbox.__aexit__(None, None, None)
    banner = page.get_by_role("status")
    await expect(banner).to_have_text("The sandbox does not answer. Trying again…")
    await page.get_by_role("combobox", name="Message to").fill("lost")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("The sandbox does not answer.")
    await expect(page.get_by_role("combobox", name="Message to")).to_have_value("lost")

    async with Sandbox(port=port, company=World(0)) as again:
        again.clock.offset_ms = NOW_MS - again.clock.wall()
        again.interactions.say("jonas", GENERAL, "after")
        await expect(page.locator(".message")).to_contain_text("after", timeout=30_000)
        await expect(page.locator(".message")).to_have_count(1)
        again.interactions.say("jonas", GENERAL, "and on")
        await expect(page.locator(".message")).to_have_count(2)
    await page.close()


async def test_a_page_that_is_opened_first(visit: Visit, sandbox: Sandbox, watch: Watch) -> None:
    """It waits for the sandbox to answer."""
    watch.expected += ["Failed to load resource", "net::ERR"]
    page = await visit()
    tries = 0

    async def refuse_once(route: Route) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/_control/state*", refuse_once)
    await page.reload()

    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    assert tries > 1
    assert sandbox.url in page.url


async def test_what_happens_while_the_state_is_read(visit: Visit, sandbox: Sandbox) -> None:
    """A message that arrives between two answers is shown once."""
    page = await visit()

    async def meanwhile(route: Route) -> None:
        answer = await route.fetch()
        sandbox.interactions.say("jonas", GENERAL, "just now")
        await route.fulfill(response=answer)

    await page.route(f"**/_control/messages/{GENERAL}*", meanwhile, times=1)
    await page.reload()

    await expect(page.locator(".message")).to_contain_text("just now")
    await expect(page.locator(".message")).to_have_count(1)
