"""Modals: fields and their errors, stacks, updates, closing."""

import json
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import (
    GENERAL,
    JONAS,
    MEI,
    NOW,
    actions,
    button,
    date,
    field,
    md,
    modal,
    option,
    plain,
    section,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

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


async def test_every_kind_of_field(visit: Visit, bot: Bot) -> None:
    """What a person fills in is what the bot receives, in Slack's shapes."""
    options = [option("Alpha"), option("Beta", "the second")]
    optional: Json = {"optional": True}
    await bot.open_with(
        "/tokens",
        modal(
            section("*Read* this"),
            field("text", "Text", {"type": "plain_text_input", "placeholder": plain("any")}),
            field("long", "Long", {"type": "plain_text_input", "multiline": True}),
            field("number", "Number", {"type": "number_input", "is_decimal_allowed": True}),
            field("mail", "Mail", {"type": "email_text_input"}),
            field("url", "Address", {"type": "url_text_input"}),
            field("one", "One", {"type": "static_select", "options": options}),
            field("many", "Many", {"type": "multi_static_select", "options": options}),
            field("who", "Who", {"type": "users_select"}),
            field("where", "Where", {"type": "multi_conversations_select"}),
            field("day", "Day", {"type": "datepicker", "initial_date": "2026-12-31"}),
            field("time", "Time", {"type": "timepicker"}),
            field("moment", "Moment", {"type": "datetimepicker"}),
            field("radio", "Radio", {"type": "radio_buttons", "options": options}),
            field("boxes", "Boxes", {"type": "checkboxes", "options": options}),
            field("none", "Nothing", {"type": "plain_text_input"}, **optional),
            field("kept", "Kept", {"type": "plain_text_input", "initial_value": "as it was"}),
        ),
    )
    page = await visit()
    dialog = await opened(page)
    await expect(dialog.get_by_role("textbox", name="Text")).to_be_focused()
    for label, value in (
        ("Text", "words"),
        ("Long", "two\nlines"),
        ("Number", "1.5"),
        ("Mail", "mei@halyard.test"),
        ("Address", "https://a.test/x"),
    ):
        await dialog.get_by_role("textbox", name=label, exact=True).fill(value)
    for label, choice in (("One", "Beta"), ("Who", "Jonas Weber"), ("Time", "9:30 AM")):
        await dialog.get_by_role("button", name=f"{label} Select").click()
        await page.get_by_role("option", name=choice).click()
    for label, choices in (("Many", ("Alpha", "Beta")), ("Where", ("general", "on-call"))):
        await dialog.get_by_role("button", name=f"{label} Select").click()
        for choice in choices:
            await page.get_by_role("option", name=choice).click()
        await page.keyboard.press("Escape")
    await dialog.get_by_role("button", name="Moment Select a date").click()
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Moment Select a time").click()
    await page.get_by_role("combobox", name="Search").fill("17:05")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("radiogroup", name="Radio").get_by_label("Beta").check()
    await dialog.get_by_role("group", name="Boxes").get_by_label("Alpha").check()
    await dialog.get_by_role("button", name="Save").click()

    body = await bot.heard("view_submission")
    held = answers(body["view"])
    assert {name: held[name] for name in ("text", "long", "number", "mail", "url")} == {
        "text": "words",
        "long": "two\nlines",
        "number": "1.5",
        "mail": "mei@halyard.test",
        "url": "https://a.test/x",
    }
    assert (held["one"]["value"], held["who"]) == ("beta", JONAS)
    assert [o["value"] for o in held["many"]] == ["alpha", "beta"]
    assert held["where"] == [GENERAL, "C07ONCALL03"]
    assert (held["day"], held["time"], held["moment"]) == ("2026-12-31", "09:30", NOW)
    assert held["radio"]["value"] == "beta"
    assert [o["value"] for o in held["boxes"]] == ["alpha"]
    assert (held["none"], held["kept"]) == (None, "as it was")
    assert body["user"]["id"] == MEI
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("combobox", name="Message to")).to_be_focused()


async def test_fields_that_share_an_action_id(visit: Visit, bot: Bot) -> None:
    """Each keeps its own value, in its own block."""
    await bot.open_with(
        "/tokens", modal(NAME, field("other", "Other", {"type": "plain_text_input"}))
    )
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Name").fill("first")
    await dialog.get_by_role("textbox", name="Other").fill("second")
    await page.keyboard.press("Enter")

    assert answers((await bot.heard("view_submission"))["view"]) == {
        "name": "first",
        "other": "second",
    }


async def test_what_the_client_itself_refuses(visit: Visit, bot: Bot) -> None:
    """Nothing is sent until required fields are filled and values have their form."""
    await bot.open_with(
        "/tokens",
        modal(
            field("name", "Name", {"type": "plain_text_input", "min_length": 3, "max_length": 5}),
            field(
                "rows",
                "Rows",
                {
                    "type": "number_input",
                    "is_decimal_allowed": False,
                    "min_value": "1",
                    "max_value": "20",
                },
            ),
            field("mail", "Mail", {"type": "email_text_input"}),
            field("url", "Address", {"type": "url_text_input"}),
            field("boxes", "Boxes", {"type": "checkboxes", "options": [option("Yes")]}),
        ),
    )
    page = await visit()
    dialog = await opened(page)
    save = dialog.get_by_role("button", name="Save")
    errors = dialog.locator(".input__error:not(:empty)")
    await save.click()
    await expect(errors).to_have_text(["Please complete this required field."] * 5)
    name = dialog.get_by_role("textbox", name="Name")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description("Please complete this required field.")

    await dialog.get_by_role("checkbox").check()
    for values, complaints in (
        (
            ("ab", "x", "mei", "a.test"),
            [
                "Please enter at least 3 characters.",
                "Please enter a whole number.",
                "Please enter an email address.",
                "Please enter a URL that begins with https://.",
            ],
        ),
        (
            ("abcdef", "0", "m@a.test", "https://a.test"),
            ["Please enter no more than 5 characters.", "Please enter 1 or more."],
        ),
        (("abcd", "21", "m@a.test", "https://a.test"), ["Please enter 20 or less."]),
    ):
        for label, value in zip(("Name", "Rows", "Mail", "Address"), values, strict=True):
            await dialog.get_by_role("textbox", name=label).fill(value)
        await save.click()
        await expect(errors).to_have_text(complaints)
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    assert len(bot.received) == 1
    await dialog.get_by_role("textbox", name="Rows").fill("20")
    await page.keyboard.press("Control+Enter")

    assert answers((await bot.heard("view_submission"))["view"])["rows"] == "20"


async def test_what_the_app_refuses(visit: Visit, bot: Bot) -> None:
    """Its errors stand under their fields, what was typed stays, and the next try may succeed."""
    hinted = field("name", "Name", {"type": "plain_text_input"}, hint=plain("As you like."))
    await bot.open_with("/tokens", modal(hinted))

    async def refuse(ack: Any, _body: Json) -> None:
        await ack(response_action="errors", errors={"name": "That name is taken."})

    bot.on["connect"] = refuse
    page = await visit()
    dialog = await opened(page)
    name = dialog.get_by_role("textbox", name="Name")
    await expect(name).to_have_accessible_description("As you like.")
    await name.fill("mine")
    await page.keyboard.press("Enter")
    await expect(name).to_have_accessible_description("As you like. That name is taken.")
    await expect(name).to_have_value("mine")
    await expect(name).to_be_focused()

    del bot.on["connect"]
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)


async def test_an_app_that_does_not_answer_a_form(visit: Visit, bot: Bot) -> None:
    """The form stays open with what was typed, and says so."""
    await bot.open_with("/tokens", modal(NAME))

    async def fail(_ack: Any, _body: Json) -> None:
        raise RuntimeError

    bot.on["connect"] = fail
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Name").fill("mine")
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("Tokenbell")
    await expect(dialog.get_by_role("textbox", name="Name")).to_have_value("mine")
    await expect(dialog.get_by_role("button", name="Save")).not_to_have_attribute(
        "aria-busy", "true"
    )


async def test_an_update_keeps_what_was_typed(visit: Visit, bot: Bot) -> None:
    """Where the ids stay; a field with a new id starts anew, and the focus stays in its field."""
    secret = field("secret-1", "Secret", {"type": "plain_text_input"})
    await bot.open_with("/tokens", modal(NAME, secret, actions(button("check", "Check"))))
    page = await visit()
    dialog = await opened(page)
    await dialog.get_by_role("textbox", name="Secret").fill("hush")
    await dialog.get_by_role("button", name="Check").click()
    body = await bot.heard("block_actions")
    name = dialog.get_by_role("textbox", name="Name")
    await name.fill("mine")
    await page.keyboard.press("ArrowLeft")

    again = field("secret-2", "Secret", {"type": "plain_text_input"})
    await bot.client.views_update(
        view_id=body["view"]["id"], view=modal(NAME, again, title="Checked")
    )

    dialog = page.get_by_role("dialog", name="Checked")
    name = dialog.get_by_role("textbox", name="Name")
    await expect(name).to_have_value("mine")
    await expect(dialog.get_by_role("textbox", name="Secret")).to_have_value("")
    await expect(name).to_be_focused()
    await page.keyboard.type("!")
    await expect(name).to_have_value("min!e")


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
