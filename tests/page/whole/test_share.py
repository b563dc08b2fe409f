"""Two people and a shared list."""

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import Visit
from tests.page.whole.conftest import Picture, answer, say

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

FILTERS = "kyuubi expiring:30d"


async def share(page: Page, picture: Picture) -> None:
    """Let Mei share what expires within a month in #data-platform."""
    await say(page, f"/tokens share {FILTERS}")
    dialog = page.get_by_role("dialog", name="Share in a channel")
    await expect(dialog).to_contain_text("Sharing shows this to all 4 members of #data-platform")
    await expect(dialog).to_contain_text("airflow-nightly")
    await picture(page, "share-preview")
    await dialog.get_by_role("button", name="Share", exact=True).click()
    await expect(dialog).to_contain_text("Shared in #data-platform")
    await dialog.get_by_role("button", name="Close").last.click()


async def test_two_people_and_a_list(visit: Visit, picture: Picture) -> None:
    """Mei shares, Jonas looks at his own and may not take hers down, Mei does."""
    mei = await visit("/#/mei/data-platform", size=(1280, 1000))
    await share(mei, picture)
    shared = answer(mei, "shares")
    await expect(shared.get_by_role("table")).to_contain_text("airflow-nightly")
    await expect(shared).not_to_contain_text("Only visible to you")
    await picture(mei, "share")

    jonas = await visit("/#/jonas/data-platform")
    seen = answer(jonas, "shares")
    await expect(seen.get_by_role("table")).to_contain_text("airflow-nightly")
    await seen.get_by_role("button", name="Mine").click()
    mine = answer(jonas, "Only visible to you")
    await expect(mine).to_contain_text(FILTERS)
    await expect(mine).not_to_contain_text("shares")

    await seen.get_by_role("button", name="Unshare").click()
    await jonas.get_by_role("button", name="Take it down").click()
    await expect(answer(jonas, "or an admin, can remove it")).to_be_visible()
    await expect(shared.get_by_role("table")).to_be_visible()

    await shared.get_by_role("button", name="Unshare").click()
    await mei.get_by_role("button", name="Take it down").click()
    await expect(answer(mei, "Taken down.")).to_be_visible()
    await expect(seen).to_have_count(0)


async def test_columns_are_chosen_before_anybody_sees_them(visit: Visit) -> None:
    """Choosing a column, by keyboard alone, changes the preview, which is what is posted then."""
    page = await visit("/#/mei/data-platform")
    await say(page, "/tokens share kyuubi name:airflow")
    dialog = page.get_by_role("dialog", name="Share in a channel")
    await expect(dialog).not_to_contain_text("Masked text: ")
    await dialog.get_by_role("button", name="What of each token?").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("masked")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(dialog).to_contain_text("Masked text: ")
    await dialog.get_by_role("button", name="Share", exact=True).click()
    await expect(dialog).to_contain_text("Shared in")

    table = answer(page, "shares").get_by_role("table")
    await expect(table).to_contain_text("Masked text")


async def test_a_channel_is_reminded(visit: Visit, picture: Picture) -> None:
    """Mei has the channel reminded; Jonas may look but not answer; Mei stops it."""
    mei = await visit("/#/mei/data-platform", size=(1280, 1000))
    await say(mei, "/tokens remind here kyuubi name:superset")
    dialog = mei.get_by_role("dialog", name="Share in a channel")
    await expect(dialog).to_contain_text("I shall show its row to all 4 members of #data-platform")
    await dialog.get_by_role("button", name="Remind this channel").click()
    await expect(dialog).to_contain_text("from now on")
    await dialog.get_by_role("button", name="Close").last.click()
    rung = answer(mei, "This channel is reminded before")
    await expect(rung).to_contain_text("superset_embedded")
    await picture(mei, "channel")

    jonas = await visit("/#/jonas/data-platform")
    seen = answer(jonas, "This channel is reminded before")
    await seen.get_by_role("button", name="Let it lapse").first.click()
    await expect(answer(jonas, "or an admin, can answer them")).to_be_visible()
    await seen.get_by_role("button", name="Mine").click()
    await expect(answer(jonas, "kyuubi name:superset")).to_contain_text("Only visible to you")

    await rung.get_by_role("button", name="Stop…").click()
    await mei.get_by_role("button", name="Stop them").click()
    await expect(answer(mei, "It was taken down")).to_be_visible()
