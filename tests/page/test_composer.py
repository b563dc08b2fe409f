"""Writing: commands and what completes them, messages, drafts, recall."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.page.bot import Bot, control
from tests.page.conftest import Visit, Watch
from tests.page.samples import GENERAL, MEI

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUSED = "Failed to load resource"


def composer(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message to")


async def test_commands_complete_as_they_are_typed(visit: Visit, bot: Bot) -> None:
    """Enter completes a part of a command, and sends a whole one; Tab completes a verb."""
    page = await visit()
    await expect(composer(page)).to_be_focused()
    await page.keyboard.type("/to")
    options = page.get_by_role("option")
    await expect(options).to_contain_text("/tokenslist | show | share | connect | remind | help")
    await expect(options).to_contain_text("List your tokens, and be reminded before they expire")
    await expect(options).to_have_attribute("aria-selected", "true")

    await page.keyboard.press("Enter")
    await expect(composer(page)).to_have_value("/tokens ")
    await expect(options).to_have_text(["list", "show", "share", "connect", "remind", "help"])
    await page.keyboard.type("s")
    await expect(options).to_have_text(["show", "share"])
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_have_value("/tokens share ")
    await expect(options).to_have_count(0)
    await page.keyboard.type("all of them")
    await page.keyboard.press("Enter")

    command = await bot.heard("command")
    assert (command["command"], command["text"]) == ("/tokens", "share all of them")
    assert (command["user_id"], command["channel_id"]) == (MEI, GENERAL)
    await expect(composer(page)).to_have_value("")


async def test_verbs_are_read_from_the_usage_hint(lab: Page) -> None:
    """Alternatives that begin with a plain word, with what follows it; placeholders are none."""
    code = """async (hint) => (await import("/suggest.js")).verbsOf(hint)
        .map(({ verb, rest }) => `${verb}:${rest}`)"""

    for hint, verbs in (
        ("[filters] | show NAME | expiring 14d | help", ["show:NAME", "expiring:14d", "help:"]),
        ("[list|show NAME or ID]", ["list:", "show:NAME"]),
        ("list, show or share", ["list:", "show:", "share:"]),
        ("[text]", []),
        ("NAME | 14d", []),
        ("", []),
    ):
        assert await lab.evaluate(code, hint) == verbs


async def test_a_bare_command_is_sent_with_its_verbs_in_sight(visit: Visit, bot: Bot) -> None:
    """The verbs on offer do not take Enter from a command that is complete."""
    page = await visit()
    await page.keyboard.type("/tokens ")
    await expect(page.get_by_role("option")).to_have_count(6)
    await page.keyboard.press("Enter")

    assert (await bot.heard("command"))["text"] == ""


async def test_a_suggestion_can_be_clicked_or_sent_away(visit: Visit, bot: Bot) -> None:
    """A click takes it, Esc hides the list, arrows walk around it."""
    page = await visit()
    await page.keyboard.type("/tokens ")
    options = page.get_by_role("option")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    chosen = await options.nth(1).get_attribute("id")
    await expect(composer(page)).to_have_attribute("aria-activedescendant", chosen or "")
    await options.filter(has_text="remind").click()
    await expect(composer(page)).to_have_value("/tokens remind ")
    await composer(page).fill("/tokens l")
    await expect(options).to_have_text(["list"])
    await page.keyboard.press("Escape")
    await expect(options).to_have_count(0)


async def test_people_and_channels_complete(visit: Visit, bot: Bot) -> None:
    """After @ come people by name or handle, after # the channels that this person sees."""
    page = await visit("/#/jonas/general")
    options = page.get_by_role("option")
    await page.keyboard.type("/tokens share #")
    await expect(options).to_have_text(
        [
            "#generalCompany-wide",
            "#data-platformSpark, Kyuubi and whoever runs them",
            "#randomAnything else",
        ]
    )
    await page.keyboard.type("dat")
    await page.keyboard.press("Enter")
    await page.keyboard.type("@tan")
    await expect(options).to_have_text(["Mei Tan@meiOn-call engineer: both systems connected"])
    await page.keyboard.press("Tab")
    await expect(composer(page)).to_have_value("/tokens share #data-platform @mei ")
    await page.keyboard.press("Enter")

    text = (await bot.heard("command"))["text"]
    assert text == "share <#C07DATAPLT2|data-platform> <@U07MEITAN01|mei>"


async def test_messages_are_said(visit: Visit, sandbox: Sandbox) -> None:
    """Enter says it, Shift and Enter break the line, nothing but spaces is not said."""
    page = await visit()
    await page.keyboard.type("   ")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.get_by_role("button", name="Send").click()

    message = page.locator(".message")
    await expect(message.locator(".para")).to_have_text("onetwo")
    await expect(message.locator("br")).to_have_count(1)
    await expect(message.locator(".message__author")).to_have_text("Mei Tan")
    assert [m.text for m in sandbox.workspace.conversations[GENERAL].seen_by(MEI)] == ["one\ntwo"]


async def test_what_was_sent_can_be_recalled(visit: Visit, bot: Bot) -> None:
    """Arrow up in an empty field brings back the last, then the one before; down the next."""
    page = await visit()
    for text in ("/tokens list", "/tokens help"):
        await composer(page).fill(text)
        await page.keyboard.press("Enter")
        await expect(composer(page)).to_have_value("")

    for key, text in (
        ("ArrowUp", "/tokens help"),
        ("ArrowUp", "/tokens list"),
        ("ArrowUp", "/tokens list"),
        ("ArrowDown", "/tokens help"),
        ("ArrowDown", ""),
    ):
        await page.keyboard.press(key)
        await expect(composer(page)).to_have_value(text)
    await page.keyboard.type("mine")
    await page.keyboard.press("ArrowUp")
    await expect(composer(page)).to_have_value("mine")
    await bot.heard("command", 2)


async def test_drafts_stay_in_their_place(visit: Visit) -> None:
    """What was not sent waits in its channel."""
    page = await visit()
    await page.keyboard.type("half a thought")
    await page.get_by_role("button", name="random").click()
    await expect(composer(page)).to_have_value("")
    await page.get_by_role("button", name="general").click()

    await expect(composer(page)).to_have_value("half a thought")


async def test_styles_are_put_around_the_selection(visit: Visit) -> None:
    """The buttons write mrkdwn; without a selection the caret lands between the marks."""
    page = await visit()
    await page.keyboard.type("word")
    await page.keyboard.press("Control+a")
    await page.get_by_role("button", name="Bold").click()
    await expect(composer(page)).to_have_value("*word*")
    await page.get_by_role("button", name="Code").click()
    await page.keyboard.type("x")
    await expect(composer(page)).to_have_value("*word*`x`")
    await page.get_by_role("button", name="Run a command").click()
    await expect(composer(page)).to_have_value("/")
    await expect(page.get_by_role("option")).to_have_count(1)
    await composer(page).fill("to ")
    await page.get_by_role("button", name="Mention someone").click()
    await expect(page.get_by_role("option")).to_have_count(6)


async def test_a_command_that_nobody_answers(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """After the time-out the page says so, and Slackbot too."""
    page = await visit()

    async def too_late(ack: Any, _body: Any) -> None:
        await asyncio.sleep(sandbox.platform.limits.ack + 0.3)
        await ack()

    bot.on["/tokens"] = too_late
    await page.keyboard.type("/tokens list")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("did not answer within 3 seconds")
    message = page.locator(".message")
    await expect(message.locator(".message__author")).to_have_text("Slackbot")
    await expect(message).to_contain_text('/tokens failed with the error "operation_timeout"')
    await page.get_by_role("button", name="Dismiss", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_a_command_typed_on_a_phone(visit: Visit, bot: Bot) -> None:
    """The inspector lends a phone: its keyboard curls quotes, as Slack's users know."""
    page = await visit()
    await page.get_by_role("button", name="Inspector", exact=True).click()
    await page.get_by_role("tab", name="Events").click()
    await page.get_by_role("checkbox", name="Types commands on a phone").check()
    await composer(page).fill('/tokens show "spark etl"')
    await page.keyboard.press("Enter")

    assert (await bot.heard("command"))["text"].startswith("Show “spark etl”")


async def test_a_command_that_does_not_exist(visit: Visit, bot: Bot) -> None:
    """Nothing is sent; the page says what a slash means."""
    page = await visit()
    await page.keyboard.type("/nothing here")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("/nothing is not a valid command")
    await expect(composer(page)).to_have_value("/nothing here")
    assert bot.received == []


async def test_people_of_elsewhere_are_refused(visit: Visit, bot: Bot, watch: Watch) -> None:
    """A stranger sees the shared channel only, and cannot use the app's commands."""
    watch.expected.append(REFUSED)
    page = await visit("/#/dana/general")
    await expect(page.get_by_role("heading", level=1)).to_have_text("ext-acme-port")
    await expect(page.get_by_role("button", name="Tokenbell")).to_have_count(0)
    await page.keyboard.type("/tokens list")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("People of another organisation")
    assert bot.received == []


async def test_where_nobody_writes(visit: Visit, sandbox: Sandbox) -> None:
    """An archived channel and a deactivated account say so instead of a field."""
    page = await visit("/#/mei/migration-2025")
    notice = page.locator(".composer__notice")
    await expect(notice).to_have_text("This channel has been archived.")
    await expect(composer(page)).to_be_hidden()
    await page.get_by_role("button", name="general").click()
    await expect(composer(page)).to_be_visible()

    await control(sandbox, "lifecycle", event="deactivate", user="mei")
    await expect(notice).to_have_text("Mei Tan’s account is deactivated.")
