"""How somebody opens the modal of the bot in the page, and what it answers with."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.page.samples import field, plain, section

Json = dict[str, Any]
NAME = field("name", "Name", {"type": "plain_text_input"})
EMPTY = {"type": "modal", "title": plain("Done"), "blocks": [section("All is well.")]}


async def opened(page: Page, name: str = "Connect") -> Locator:
    """Run the command that opens a modal, and return it."""
    await page.get_by_role("combobox", name="Message to").fill("/tokens connect")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=name)
    await expect(dialog).to_be_visible()
    return dialog


def answers(view: Json) -> Json:
    """Return what each field holds, by block."""
    held = {}
    for block_id, actions_ in view["state"]["values"].items():
        (value,) = actions_.values()
        held[block_id] = next(v for k, v in value.items() if k != "type")
    return held
