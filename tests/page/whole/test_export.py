"""A list as a file, from the composer to what is downloaded."""

import asyncio
import csv
import io

import pytest
from playwright.async_api import expect

from tests.page.conftest import Visit
from tests.page.whole.conftest import Picture, answer, say

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_a_list_comes_as_a_file(visit: Visit, picture: Picture) -> None:
    """The file is in the DM with its size, can be downloaded, and names what could not be read."""
    page = await visit("/#/mei/app/messages", size=(1280, 620))
    await say(page, "/tokens export")
    question = answer(page, "As which file shall I send it?")
    await question.get_by_role("button", name="CSV, for spreadsheets").click()

    await expect(answer(page, "I sent you tokens-")).to_contain_text("24 tokens")
    file = page.get_by_role("link", name="Download tokens-").last
    await expect(file).to_contain_text("CSV")
    await expect(file).to_contain_text("kB")
    await expect(answer(page, "24 tokens as CSV")).to_contain_text("Not complete")
    await file.scroll_into_view_if_needed()
    await expect(file).to_be_in_viewport(ratio=1)
    await picture(page, "export")
    async with page.expect_download() as started:
        await file.click()
    download = await started.value
    saved = await download.path()

    assert download.suggested_filename.endswith("-incomplete.csv")
    text = (await asyncio.to_thread(saved.read_bytes)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sum(row["record"] == "token" for row in rows) == 24
    assert {row["place"] for row in rows if row["record"] == "place that could not be read"} == {
        "Old BI gateway",
        "Northquay portal",
    }
    assert not [row for row in rows if row["name"].startswith(("=", "+", "-", "@"))]
