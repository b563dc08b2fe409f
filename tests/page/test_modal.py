"""Modals: fields, their errors, and what an update keeps of them."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.modal import NAME, Json, answers, opened
from tests.page.samples import (
    GENERAL,
    JONAS,
    MEI,
    NOW,
    actions,
    button,
    field,
    modal,
    option,
    plain,
    section,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
