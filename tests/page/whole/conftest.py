"""The page with the whole bot behind it, as `make demo` starts it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.fixtures.demo import demo

PICTURES = os.environ.get("TEST_PICTURES", "")
"""Where to put the pictures that the documents show; nowhere when empty."""

Picture = Callable[[Page, str], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session", name="origin")
async def _origin(tmp_path: Path) -> AsyncIterator[str]:
    """Start the demo, and return where its page is."""
    # Reading for the first time, on a machine that does other things as well.
    expect.set_options(timeout=30_000)
    async with demo(tmp_path / "demo", traced=False) as (page, _):
        yield page.rstrip("/")
    expect.set_options(timeout=10_000)


@pytest.fixture(name="picture")
def _picture() -> Picture:
    """Return what takes a picture for the documents, when they are being taken."""

    async def picture(page: Page, name: str) -> None:
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled")

    return picture


async def say(page: Page, text: str) -> None:
    """Type something into the composer and send it."""
    composer = page.get_by_role("combobox", name="Message to")
    await composer.fill(text)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await expect(composer).to_have_value("")


def answer(page: Page, text: str) -> Locator:
    """Return the newest message that holds a text."""
    return page.get_by_role("article").filter(has_text=text).last
