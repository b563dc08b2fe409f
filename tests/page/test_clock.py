"""The clock that a visitor moves."""

import asyncio

import pytest
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.serve import Server, bind, url_of
from sandbox.server import Sandbox
from tests.page.bot import Bot, control
from tests.page.conftest import Visit, Watch
from tests.page.samples import DAY, date, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_moving_on_changes_every_date(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """The panel shows the time and moves it; what was tomorrow is today, in every message."""
    await bot.post([words(date(1, "{date_short_pretty}, {ago}"))])
    sandbox.clock.offset_ms = 0
    page = await visit()
    opener = page.locator("#clock")
    await expect(opener).not_to_contain_text("+")
    await opener.click()
    panel = page.get_by_role("dialog", name="Clock")
    await expect(panel.get_by_role("radio", name="Step")).to_be_checked()
    before = sandbox.clock.offset_ms
    await panel.get_by_role("button", name="+30 days").click()

    await expect(opener).to_contain_text("+30 d")
    await expect(page.get_by_role("alert")).to_contain_text("after 1 step")
    assert sandbox.clock.offset_ms - before == 30 * DAY * 1000
    await panel.get_by_role("button", name="+1 hour").click()
    await expect(opener).to_contain_text("+30 d 1 h")
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_dates_follow_the_clock(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """Relative words change when somebody else moves the clock."""
    await bot.post([words(date(1, "{date_short_pretty}"))])
    page = await visit()
    await expect(page.locator(".rich")).to_have_text("Tomorrow")
    await control(sandbox, "clock", advance_seconds=DAY, mode="jump")

    await expect(page.locator(".rich")).to_have_text("Today")
    await expect(page.locator("#clock")).to_contain_text("Sun, Nov 22, 2026, 5:05 PM")


async def test_stepping_shows_its_progress(visit: Visit, sandbox: Sandbox) -> None:
    """While a bot is busy at a moment on the way, the panel waits there; a jump does not stop."""
    idle = asyncio.Event()
    due = sandbox.clock.now() + DAY * 1000 // 2

    async def clock(request: Request) -> JSONResponse:
        if request.method == "POST":
            await request.json()
        left = due if sandbox.clock.now() < due else None
        return JSONResponse({"offset_ms": 0, "next_due": left, "idle": left or idle.is_set()})

    listener = bind()
    routes = [Route("/clock", clock, methods=["GET", "POST"])]
    server = Server(Starlette(routes=routes), listener)
    await server.open()
    await control(sandbox, "bots", clock=f"{url_of(listener)}/clock")
    page = await visit()
    await page.locator("#clock").click()
    await page.get_by_role("button", name="+1 day").click()
    progress = page.get_by_role("progressbar", name="Moving the clock")

    await expect(progress).to_be_visible()
    await expect(page.locator("#clock")).to_contain_text("5:05 AM")
    await expect(page.get_by_role("button", name="+1 day")).to_be_disabled()
    assert 0.4 < float(await progress.evaluate("node => node.value")) < 0.6
    idle.set()
    await expect(page.get_by_role("alert")).to_contain_text("after 2 steps")
    await expect(progress).to_be_hidden()
    await page.get_by_role("radio", name="Jump").check()
    await page.get_by_role("button", name="+1 week").click()
    await expect(page.get_by_role("alert").last).to_contain_text("Sun, Nov 29")
    await server.close()


async def test_a_clock_that_cannot_move(visit: Visit, sandbox: Sandbox, watch: Watch) -> None:
    """A refusal is told, and the buttons work again."""
    watch.expected.append("Failed to load resource")
    page = await visit()
    await page.route(
        "**/_control/clock",
        lambda route: route.fulfill(status=409, json={"ok": False, "error": "a bot is still busy"}),
    )
    await page.locator("#clock").click()
    await page.get_by_role("button", name="+1 day").click()

    await expect(page.get_by_role("alert")).to_contain_text("A bot is still busy.")
    await expect(page.get_by_role("button", name="+1 day")).to_be_enabled()
    assert sandbox.clock.offset_ms < DAY * 1000
