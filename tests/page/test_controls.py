"""Controls in messages: what is chosen is what the bot is told."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import (
    GENERAL,
    JONAS,
    MEI,
    actions,
    button,
    md,
    option,
    plain,
    section,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pick(page: Page, select: str, name: str) -> None:
    await page.get_by_role("button", name=select).click()
    await page.get_by_role("option", name=name).click()


async def test_buttons(visit: Visit, bot: Bot) -> None:
    """A click tells the bot the action and its value; styles and labels are the app's."""
    page = await visit()
    ts = await bot.post(
        [
            actions(
                button("go", "Go :rocket:", value="7", style="primary"),
                button("stop", "Stop", style="danger", accessibility_label="Stop it all"),
            )
        ]
    )
    go = page.get_by_role("button", name="Go")
    await expect(go).to_have_class("button button--primary")
    await go.click()

    action = await bot.chosen()
    assert (action["action_id"], action["value"]) == ("go", "7")
    body = bot.received[-1]
    assert (body["user"]["id"], body["container"]["message_ts"]) == (MEI, ts)
    await expect(go).not_to_have_attribute("aria-busy", "true")
    await page.get_by_role("button", name="Stop it all").click()
    assert (await bot.chosen(2))["action_id"] == "stop"


async def test_a_button_is_busy_until_it_is_acknowledged(visit: Visit, bot: Bot) -> None:
    """A second click meanwhile is nothing, and a failure is told."""
    page = await visit()

    async def fail(_ack: Any, _body: Any) -> None:
        raise RuntimeError

    bot.on["go"] = fail
    await bot.post([actions(button("go", "Go"))])
    go = page.get_by_role("button", name="Go")
    await go.dblclick()

    await expect(page.get_by_role("alert")).to_contain_text("Tokenbell")
    await expect(go).not_to_have_attribute("aria-busy", "true")
    assert len(bot.received) == 1


async def test_an_app_may_want_to_be_sure(visit: Visit, bot: Bot) -> None:
    """Its own question is asked first; denying or Esc sends nothing."""
    page = await visit()
    confirm = {
        "title": plain("Disconnect?"),
        "text": md("Its *secret* goes."),
        "confirm": plain("Disconnect"),
        "deny": plain("Keep it"),
        "style": "danger",
    }
    await bot.post([actions(button("forget", "Forget", confirm=confirm))])
    forget = page.get_by_role("button", name="Forget")
    dialog = page.get_by_role("alertdialog", name="Disconnect?")

    await forget.click()
    await expect(dialog).to_have_accessible_description("Its secret goes.")
    await dialog.get_by_role("button", name="Keep it").click()
    await expect(dialog).to_have_count(0)
    await expect(forget).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert bot.received == []
    await forget.click()
    await expect(dialog.get_by_role("button", name="Disconnect")).to_be_focused()
    await page.keyboard.press("Enter")

    assert (await bot.chosen())["action_id"] == "forget"


async def test_a_select_with_groups_and_search(visit: Visit, bot: Bot) -> None:
    """Options stand in their groups, typing finds, the keyboard chooses."""
    page = await visit()
    groups = [
        {"label": plain("Kyuubi"), "options": [option("alpha", "nightly"), option("beta")]},
        {"label": plain("IDaaS"), "options": [option("gamma")]},
    ]
    select = {
        "type": "static_select",
        "action_id": "details",
        "placeholder": plain("Details of"),
        "option_groups": groups,
    }
    await bot.post([actions(select)])
    opener = page.get_by_role("button", name="Details of")
    await opener.click()
    await expect(page.get_by_role("group", name="Kyuubi").get_by_role("option")).to_have_count(2)
    search = page.get_by_role("combobox", name="Search")
    await expect(search).to_be_focused()
    await search.fill("nothing")
    await expect(page.get_by_text("No results")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await search.fill("NIGHT")
    await expect(page.get_by_role("option")).to_have_text(["alphanightly"])
    await page.keyboard.press("Escape")
    await expect(search).to_have_count(0)
    await expect(opener).to_be_focused()
    assert bot.received == []

    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")

    assert (await bot.chosen())["selected_option"]["value"] == "gamma"
    await expect(page.get_by_role("button", name="gamma")).to_be_focused()


async def test_selects_of_people_channels_and_conversations(visit: Visit, bot: Bot) -> None:
    """They offer what this person could choose, and send ids."""
    page = await visit()
    await bot.post(
        [
            section("Who?", accessory={"type": "users_select", "action_id": "who"}),
            actions(
                {"type": "channels_select", "action_id": "c", "placeholder": plain("Public")},
                {
                    "type": "conversations_select",
                    "action_id": "v",
                    "placeholder": plain("Anywhere"),
                    "filter": {"include": ["private", "im"]},
                },
            ),
        ]
    )
    await pick(page, "Select an option", "Jonas Weber")
    assert (await bot.chosen())["selected_user"] == JONAS

    await page.get_by_role("button", name="Public").click()
    await expect(page.get_by_role("option")).to_have_text(
        ["general", "data-platform", "random", "ext-acme-port"]
    )
    await page.get_by_role("option", name="general").click()
    assert (await bot.chosen(2))["selected_channel"] == GENERAL
    await page.get_by_role("button", name="Anywhere").click()
    await expect(page.get_by_role("option")).to_have_text(["on-call", "Tokenbell"])
    await page.get_by_role("option", name="on-call").click()
    assert (await bot.chosen(3))["selected_conversation"] == "C07ONCALL03"


async def test_several_choices_are_sent_at_once(visit: Visit, bot: Bot) -> None:
    """A multi select tells the bot when its list closes, and when one choice is taken away."""
    page = await visit()
    select = {
        "type": "multi_static_select",
        "action_id": "many",
        "placeholder": plain("Regions"),
        "options": [option("Alpha"), option("Beta"), option("Gamma")],
        "max_selected_items": 2,
    }
    await bot.post([section("Where?", accessory=select)])
    await page.get_by_role("button", name="Regions").click()
    for name in ("Alpha", "Beta", "Gamma"):
        await page.get_by_role("option", name=name).click()
    await expect(page.get_by_role("option", selected=True)).to_have_text(["Alpha", "Beta"])
    assert bot.received == []
    await page.keyboard.press("Escape")

    values = [o["value"] for o in (await bot.chosen())["selected_options"]]
    assert values == ["alpha", "beta"]
    await page.get_by_role("button", name="Remove Alpha").click()
    values = [o["value"] for o in (await bot.chosen(2))["selected_options"]]
    assert values == ["beta"]
    await page.get_by_role("button", name="Add more").click()
    await page.get_by_role("option", name="Gamma").click()
    await page.get_by_role("option", name="Gamma").click()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("option")).to_have_count(0)
    assert len(bot.received) == 2


async def test_overflow_menus(visit: Visit, bot: Bot) -> None:
    """A menu of commands for the arrow keys; Tab and Esc leave it."""
    page = await visit()
    menu = {
        "type": "overflow",
        "action_id": "more",
        "options": [option("Export", "as CSV"), option("Remind"), option("Remove")],
    }
    await bot.post([section("x", accessory=menu)])
    opener = page.get_by_role("button", name="More options")
    await opener.click()
    items = page.get_by_role("menuitem")
    await expect(items).to_have_text(["Exportas CSV", "Remind", "Remove"])
    for key, index in (("ArrowUp", 2), ("Home", 0), ("ArrowDown", 1), ("End", 2)):
        await page.keyboard.press(key)
        await expect(items.nth(index)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await opener.click()
    await page.keyboard.press("Tab")
    await expect(items).to_have_count(0)
    assert bot.received == []
    await opener.click()
    await items.nth(1).click()

    assert (await bot.chosen())["selected_option"]["value"] == "remind"


async def test_boxes_and_radios(visit: Visit, bot: Bot) -> None:
    """Each change is sent: all that is ticked, or the one that is chosen."""
    page = await visit()
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [option("A"), option("B")]}
    radios = {
        "type": "radio_buttons",
        "action_id": "radios",
        "options": [option("Day"), option("Week", "seven days")],
        "initial_option": option("Day"),
    }
    await bot.post([actions(boxes, radios)])
    await page.get_by_role("checkbox", name="A").check()
    assert [o["value"] for o in (await bot.chosen())["selected_options"]] == ["a"]
    await page.get_by_role("checkbox", name="B").check()
    assert [o["value"] for o in (await bot.chosen(2))["selected_options"]] == ["a", "b"]

    await expect(page.get_by_role("radio", name="Day", exact=True)).to_be_checked()
    await page.get_by_role("radio", name="Week").check()
    assert (await bot.chosen(3))["selected_option"]["value"] == "week"


async def test_a_choice_that_is_taken_back(visit: Visit, bot: Bot) -> None:
    """Denying the app's question leaves the control as it was."""
    page = await visit()
    sure = {
        "title": plain("Sure?"),
        "text": plain("Really"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    options = [option("One"), option("Two")]
    await bot.post(
        [
            actions(
                {"type": "checkboxes", "action_id": "b", "options": options, "confirm": sure},
                {"type": "static_select", "action_id": "s", "options": options, "confirm": sure},
                {"type": "datepicker", "action_id": "d", "confirm": sure},
                {"type": "timepicker", "action_id": "t", "confirm": sure},
                {"type": "datetimepicker", "action_id": "dt", "confirm": sure},
            )
        ]
    )
    deny = page.get_by_role("alertdialog").get_by_role("button", name="No")

    await page.get_by_role("checkbox", name="One").click()
    await deny.click()
    await expect(page.get_by_role("checkbox", name="One")).not_to_be_checked()
    await pick(page, "Select an option", "Two")
    await deny.click()
    await expect(page.get_by_role("button", name="Select an option")).to_be_visible()
    days = page.get_by_role("button", name="Select a date")
    times = page.get_by_role("button", name="Select a time")
    await days.first.click()
    await page.keyboard.press("Enter")
    await deny.click()
    await expect(days).to_have_count(2)
    await times.first.click()
    await page.get_by_role("option", name="9:00 AM").click()
    await deny.click()
    await expect(times).to_have_count(2)
    await days.last.click()
    await page.keyboard.press("Enter")
    await expect(days).to_have_count(1)
    await times.last.click()
    await page.get_by_role("option", name="9:00 AM").click()
    await deny.click()
    await expect(days).to_have_count(2)
    await expect(times).to_have_count(2)
    assert bot.received == []


async def test_dates(visit: Visit, bot: Bot) -> None:
    """A calendar opens at today in this person's zone, and goes by days, weeks and months."""
    page = await visit("/#/mei/general")
    await bot.post([actions({"type": "datepicker", "action_id": "day"})])
    await page.get_by_role("button", name="Select a date").click()
    calendar = page.get_by_role("dialog", name="Choose a date")
    today = calendar.get_by_role("button", name="Saturday, November 21, 2026")
    await expect(today).to_be_focused()
    await expect(today).to_have_attribute("aria-current", "date")
    await calendar.get_by_role("button", name="Next month").click()
    await expect(calendar).to_contain_text("December 2026")
    await calendar.get_by_role("button", name="Monday, December 21, 2026").focus()
    for key in ("ArrowRight", "ArrowDown", "PageDown", "PageDown", "ArrowLeft", "ArrowUp"):
        await page.keyboard.press(key)
    await expect(calendar.get_by_role("button", name="Saturday, February 20, 2027")).to_be_focused()
    await page.keyboard.press("Enter")

    assert (await bot.chosen())["selected_date"] == "2027-02-20"
    await expect(page.get_by_role("button", name="February 20, 2027")).to_be_focused()


async def test_times(visit: Visit, bot: Bot) -> None:
    """A time is chosen from the list or typed to the minute."""
    page = await visit()
    await bot.post([actions({"type": "timepicker", "action_id": "at", "initial_time": "09:30"})])
    await page.get_by_role("button", name="9:30 AM").click()
    options = page.get_by_role("option")
    await expect(options).to_have_count(48)
    search = page.get_by_role("combobox", name="Search")
    for typed, meant in (
        ("917", "9:17 AM"),
        ("9:17 pm", "9:17 PM"),
        ("12am", "12:00 AM"),
        ("21", "9:00 PM"),
    ):
        await search.fill(typed)
        await expect(options).to_have_text([meant])
    for typed in ("25", "9:75", "13pm"):
        await search.fill(typed)
        await expect(options).to_have_count(0)
    await search.fill("9:17p")
    await page.keyboard.press("Enter")

    assert (await bot.chosen())["selected_time"] == "21:17"
    await expect(page.get_by_role("button", name="9:17 PM")).to_be_visible()


async def test_only_one_thing_is_open(visit: Visit, bot: Bot) -> None:
    """A click elsewhere closes what is open; the page keeps it beside its control."""
    page = await visit(size=(800, 500))
    await bot.post(
        [
            actions(
                {"type": "timepicker", "action_id": "t"},
                {"type": "datepicker", "action_id": "d"},
            )
        ]
    )
    await page.get_by_role("button", name="Select a time").click()
    frame = page.locator(".popover")
    box = await frame.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 500
    await page.get_by_role("button", name="Select a date").click()
    await expect(frame).to_have_count(1)
    await expect(page.get_by_role("dialog", name="Choose a date")).to_be_visible()
    await page.get_by_role("heading", level=1).click()
    await expect(frame).to_have_count(0)


async def test_a_button_with_a_url_opens_it_elsewhere(visit: Visit, bot: Bot) -> None:
    """The page opens in a new tab and the bot is told; a script is no page."""
    page = await visit()
    await bot.post(
        [
            actions(
                button("open", "Open", url="https://a.test/docs"),
                button("evil", "Evil", url="javascript:document.title='owned'"),
            )
        ]
    )
    await page.context.route("https://a.test/**", lambda route: route.fulfill(body="docs"), times=1)
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open").click()
    tab = await opened.value
    await tab.wait_for_load_state()
    assert tab.url == "https://a.test/docs"
    assert await tab.evaluate("window.opener") is None
    await tab.close()
    assert (await bot.chosen())["action_id"] == "open"
