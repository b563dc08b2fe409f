"""A browser on the page, a bot behind it, and a watch over the browser's console."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from sandbox.company import World
from sandbox.server import Sandbox
from sandbox.slack.platform import Limits
from tests.page.bot import Bot
from tests.page.samples import NOW_MS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
Visit = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session", name="chromium")
def _chromium() -> str:
    """Find the browser; without one these tests are skipped, unless they are required."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("TEST_BROWSER") == "required":
        pytest.fail("no Chromium on PATH, and TEST_BROWSER=required")
    pytest.skip("no Chromium on PATH")


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="context")
async def _context(chromium: str) -> AsyncIterator[BrowserContext]:
    """Start a browser that lives in a zone of its own, for all tests: each has its own origin."""
    expect.set_options(timeout=10_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield await browser.new_context(
            timezone_id="Pacific/Auckland", permissions=["clipboard-read", "clipboard-write"]
        )
        await browser.close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest_asyncio.fixture(loop_scope="session", name="sandbox")
async def _sandbox() -> AsyncIterator[Sandbox]:
    """Start a sandbox where it is always the same moment, without tokens and without rate limits."""
    async with Sandbox(company=World(0), limits=Limits(ack=1.5, rates=None)) as sandbox:
        sandbox.clock.offset_ms = NOW_MS - sandbox.clock.wall()
        yield sandbox


@pytest_asyncio.fixture(loop_scope="session", name="bot")
async def _bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    bot = Bot(sandbox)
    await bot.connect()
    yield bot
    await bot.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="lab")
async def _lab(context: BrowserContext) -> AsyncIterator[Page]:
    """Open a page on which to run the modules that need no workspace around them."""
    async with Sandbox(company=World(0)) as sandbox:
        page = await context.new_page()
        await page.goto(sandbox.url)
        yield page
        await page.close()


@dataclass
class Watch:
    """What the browser complained of. A test names the complaints that it provokes."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:")):
            self.complaints.append(f"asked a stranger: {request.url}")

    def unexpected(self) -> list[str]:
        return [c for c in self.complaints if not any(part in c for part in self.expected)]


@pytest.fixture(name="origin")
def _origin(sandbox: Sandbox) -> str:
    """Return where the page is."""
    return sandbox.url


@pytest.fixture(name="watch")
def _watch(origin: str) -> Iterator[Watch]:
    watch = Watch(origin)
    yield watch
    assert watch.unexpected() == []


@pytest_asyncio.fixture(loop_scope="session", name="visit")
async def _visit(context: BrowserContext, origin: str, watch: Watch) -> AsyncIterator[Visit]:
    """Open the page, by default as Mei in #general."""
    pages = []

    async def visit(
        route: str = "/#/mei/general",
        *,
        size: tuple[int, int] = (1280, 860),
        theme: Literal["light", "dark"] = "light",
    ) -> Page:
        page = await context.new_page()
        pages.append(page)
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(color_scheme=theme)
        page.on("console", watch.console)
        page.on("pageerror", lambda error: watch.complaints.append(f"thrown: {error}"))
        page.on("request", watch.request)
        await page.goto(f"{origin}{route}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield visit
    for page in pages:
        if not page.is_closed():
            # Another sandbox may be given the same port, and be the same origin.
            await page.evaluate("localStorage.clear()")
            await page.close()
