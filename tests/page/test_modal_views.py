"""Modals as views: results, stacks, closing, and what they tell the app."""

import json
from typing import Any

import pytest
from playwright.async_api import expect

from sandbox.server import Sandbox
from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.modal import EMPTY, NAME, Json, answers, opened
from tests.page.samples import (
    actions,
    button,
    date,
    field,
    md,
    modal,
    option,
    plain,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_testing_and_its_result(visit: Visit, bot: Bot) -> None:
    """A submit can show that it works on it, and later what came of it."""
    await bot.open_with("/tokens", modal(NAME))
    views: list[str] = []

    async def test_it(ack: Any, body: Json) -> None:
        views.append(body["view"]["id"])
        await ack(response_action="update", view={**EMPTY, "title": plain("Testing…")})

    bot.on["connect"] = test_it
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Name").fill("mine")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Testing…")).to_be_visible()
    await bot.client.views_update(view_id=views[0], view=EMPTY)

    dialog = page.get_by_role("dialog", name="Done")
    await expect(dialog).to_contain_text("All is well.")
    await expect(dialog.get_by_role("button")).to_have_count(1)


async def test_stacks(visit: Visit, bot: Bot) -> None:
    """A pushed view is on top; Back and the close button go down by one, the cross closes all."""
    await bot.open_with("/tokens", modal(NAME, actions(button("more", "More"))))

    async def push(ack: Any, body: Json) -> None:
        await ack()
        view = modal(actions(button("more", "More")), title=f"Level {len(bot.received)}")
        await bot.client.views_push(trigger_id=body["trigger_id"], view=view)

    bot.on["more"] = push
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Name").fill("kept below")
    await expect(dialog.get_by_role("button", name="Back")).to_have_count(0)
    await dialog.get_by_role("button", name="More").click()
    await page.get_by_role("dialog", name="Level 2").get_by_role("button", name="More").click()
    await expect(page.get_by_role("dialog", name="Level 3")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(1)

    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("dialog", name="Level 2")).to_be_visible()
    assert (await bot.heard("view_closed"))["is_cleared"] is False
    await page.get_by_role("button", name="Back").click()
    await expect(dialog.get_by_role("textbox", name="Name")).to_have_value("kept below")
    await dialog.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Close", exact=True).click()

    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert (await bot.heard("view_closed", 3))["is_cleared"] is True


async def test_esc_closes_the_top_view(visit: Visit, bot: Bot) -> None:
    """Twice in a row as well; what is open above it goes first."""
    select = field("one", "One", {"type": "static_select", "options": [option("Alpha")]})
    await bot.open_with("/tokens", modal(select))
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("button", name="One").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await bot.heard("view_closed")


async def test_the_focus_enters_what_was_loading(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """A view that had nothing to fill in gets its form: its first field is ready to be typed in."""
    await bot.open_with("/tokens", EMPTY)
    page = await visit()
    await opened(page, "Done")
    (view,) = sandbox.views("mei")
    await bot.client.views_update(view_id=view["id"], view=modal(NAME))

    await expect(page.get_by_role("textbox", name="Name")).to_be_focused()


async def test_the_focus_stays_inside(visit: Visit, bot: Bot) -> None:
    """Tab goes round within the modal, and nothing behind it can be reached."""
    await bot.open_with("/tokens", modal(NAME))
    page = await visit()
    dialog = await opened(page)
    inside = (
        "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
    )
    for _ in range(6):
        await page.keyboard.press("Tab")
        assert await page.evaluate(inside)
    await expect(dialog).to_be_visible()


async def test_a_field_may_tell_the_app_at_once(visit: Visit, bot: Bot) -> None:
    """A dispatching input sends a choice when made, a text at Enter or as it is typed."""
    typing = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    await bot.open_with(
        "/tokens",
        modal(
            field(
                "at-enter",
                "At Enter",
                {"type": "plain_text_input", "action_id": "enter"},
                dispatch_action=True,
            ),
            field(
                "typed",
                "Typed",
                {"type": "plain_text_input", "action_id": "typed", **typing},
                dispatch_action=True,
            ),
            field(
                "one",
                "One",
                {"type": "static_select", "action_id": "one", "options": [option("Alpha")]},
                dispatch_action=True,
            ),
            field(
                "quiet",
                "Quiet",
                {"type": "checkboxes", "action_id": "quiet", "options": [option("Yes")]},
            ),
        ),
    )
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("checkbox").check()
    await dialog.get_by_role("textbox", name="At Enter").fill("now")
    await page.keyboard.press("Enter")
    action = await bot.chosen()
    assert (action["action_id"], action["value"]) == ("enter", "now")
    await dialog.get_by_role("textbox", name="Typed").fill("as I go")
    action = await bot.chosen(2)
    assert (action["action_id"], action["value"]) == ("typed", "as I go")
    await dialog.get_by_role("button", name="One").click()
    await page.get_by_role("option", name="Alpha").click()
    action = await bot.chosen(3)
    assert (action["action_id"], action["selected_option"]["value"]) == ("one", "alpha")
    await expect(dialog).to_be_visible()


async def test_optional_choices_can_be_emptied(visit: Visit, bot: Bot) -> None:
    """An optional select offers none, an optional date can be cleared."""
    select = {
        "type": "static_select",
        "options": [option("Alpha")],
        "initial_option": option("Alpha"),
    }
    await bot.open_with(
        "/tokens",
        modal(
            field("one", "One", select, optional=True),
            field(
                "day", "Day", {"type": "datepicker", "initial_date": "2026-12-31"}, optional=True
            ),
        ),
    )
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("button", name="One").click()
    await page.get_by_role("option", name="None").click()
    await dialog.get_by_role("button", name="Day").click()
    await page.get_by_role("button", name="Clear").click()
    await dialog.get_by_role("button", name="Save").click()

    assert answers((await bot.heard("view_submission"))["view"]) == {"one": None, "day": None}


async def test_a_view_to_read(visit: Visit, bot: Bot) -> None:
    """Without buttons it has no foot; dates, alerts and rich text are drawn as in messages."""
    view = {
        "type": "modal",
        "title": plain("Details"),
        "blocks": [
            {"type": "alert", "level": "warning", "text": md("*Soon*")},
            words(date(1, "{date_short_pretty} at {time}")),
        ],
    }
    await bot.open_with("/tokens", view)
    page = await visit()
    dialog = await opened(page, "Details")
    await expect(dialog.get_by_role("note")).to_have_text("Soon")
    await expect(dialog.locator("time")).to_have_text("Tomorrow at 5:05 PM")
    await expect(dialog.locator("footer")).to_have_count(0)


async def test_a_modal_survives_a_reload(visit: Visit, bot: Bot) -> None:
    """It is open again after the page was, with what the app was told, and only for its owner."""
    mode = field("mode", "Mode", {"type": "radio_buttons", "options": [option("A"), option("B")]})
    await bot.open_with("/tokens", modal({**mode, "dispatch_action": True}))
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("radio", name="B").check()
    await bot.chosen()
    await page.reload()
    await expect(dialog.get_by_role("radio", name="B")).to_be_checked()
    other = await visit("/#/jonas/general")
    await expect(other.get_by_role("dialog")).to_have_count(0)


async def test_an_action_carries_the_whole_form(visit: Visit, bot: Bot) -> None:
    """What is typed in other fields goes along, as the app may want to look something up."""
    await bot.open_with("/tokens", modal(NAME, actions(button("look-up", "Look up"))))
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Name").fill("typed")
    async with page.expect_request("**/_control/interact") as request:
        await dialog.get_by_role("button", name="Look up").click()

    sent = json.loads((await request.value).post_data or "")
    assert sent["values"] == {"value": "typed"}
    await bot.chosen()
