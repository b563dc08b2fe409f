"""Messages: who said them, who sees them, how they change."""

import pytest
from playwright.async_api import expect

from sandbox.server import Sandbox
from tests.page.bot import Bot, control
from tests.page.conftest import Visit
from tests.page.samples import (
    DAY,
    GENERAL,
    HOSTILE,
    MEI,
    NOW,
    actions,
    button,
    date,
    listing,
    md,
    plain,
    section,
    table,
    word,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_messages_arrive_and_change_where_they_are(visit: Visit, bot: Bot) -> None:
    """A new message appears last, an edit takes its place, a deletion removes it."""
    page = await visit()
    first = await bot.post([section("first")])
    await bot.post([section("second")])
    messages = page.locator(".message")
    await expect(messages).to_have_count(2)

    await bot.client.chat_update(channel=GENERAL, ts=first, text="t", blocks=[section("changed")])

    await expect(messages.first).to_contain_text("changed(edited)")
    await expect(messages.last).to_contain_text("second")
    await bot.client.chat_delete(channel=GENERAL, ts=first)
    await expect(messages).to_have_count(1)


async def test_an_author_is_named_once_for_messages_in_a_row(
    visit: Visit, bot: Bot, sandbox: Sandbox
) -> None:
    """What follows at once from the same author stands under the same name; others get theirs."""
    sandbox.interactions.say("jonas", GENERAL, "hello *all*")
    sandbox.interactions.say("jonas", GENERAL, "still me")
    await bot.post([section("the app")])
    page = await visit()

    messages = page.locator(".message")
    await expect(messages).to_have_count(3)
    await expect(messages.nth(0).locator(".message__author")).to_have_text("Jonas Weber")
    await expect(messages.nth(0).locator("b")).to_have_text("all")
    await expect(messages.nth(1).locator(".message__author")).to_have_count(0)
    await expect(messages.nth(2).locator(".message__head")).to_have_text("TokenbellAPP5:05 PM")
    await expect(messages.nth(0).locator(".badge")).to_have_count(0)


async def test_days_part_the_messages(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """A line names each day, in the words of today, and says so anew when the clock moves."""
    await bot.post([section("an old one")])
    sandbox.clock.offset_ms += DAY * 1000
    await bot.post([section("one of the next day")])
    page = await visit()

    lines = page.locator(".divider-line__label")
    await expect(lines).to_have_text(["Yesterday", "Today"])
    await control(sandbox, "clock", advance_seconds=DAY, mode="jump")
    await expect(lines).to_have_text(["Saturday, November 21st", "Yesterday"])


async def test_only_one_person_sees_an_ephemeral(visit: Visit, bot: Bot) -> None:
    """It says so, can be dismissed, and does not come back by itself."""
    await bot.client.chat_postEphemeral(channel=GENERAL, user=MEI, text="psst")
    mei = await visit()
    jonas = await visit("/#/jonas/general")

    message = mei.locator(".message")
    await expect(message).to_contain_text("Only visible to you")
    await expect(jonas.locator(".message")).to_have_count(0)
    await message.hover()
    await message.get_by_role("button", name="Dismiss message").click()
    await expect(message).to_have_count(0)
    await bot.post([section("another")])
    await expect(message).to_have_count(1)


async def test_a_list_with_its_table(visit: Visit, bot: Bot) -> None:
    """Header and rows, alignment and rich text; what is too wide scrolls inside its own frame."""
    page = await visit(size=(600, 800))
    await bot.post(listing())

    shown = page.get_by_role("table")
    await expect(shown.get_by_role("columnheader")).to_have_text(
        ["Name", "Source", "Expires", "Status", "Last used"]
    )
    await expect(shown.get_by_role("row")).to_have_count(21)
    await expect(shown.get_by_role("row").nth(2).get_by_role("cell")).to_have_text(
        ["token-1", "Kyuubi", "Tomorrow", "🟢 active", "not reported"]
    )
    await expect(shown.get_by_role("row").nth(3).get_by_role("cell").first).to_have_text(HOSTILE)
    assert await shown.locator("img").count() == 0
    cell = shown.get_by_role("row").nth(1).get_by_role("cell").nth(2)
    await expect(cell).to_have_css("text-align", "right")
    await expect(cell).to_have_css("white-space", "nowrap")
    wrapped = shown.get_by_role("row").nth(1).get_by_role("cell").first
    await expect(wrapped).to_have_css("white-space", "pre-wrap")
    frame = page.get_by_role("region", name="Table, 20 rows")
    assert await frame.evaluate("node => node.scrollWidth > node.clientWidth")
    assert await page.evaluate("document.body.scrollWidth <= innerWidth")


async def test_cells_of_every_kind(visit: Visit, bot: Bot) -> None:
    """Numbers stand right, a centred column stays centred, cells beyond the settings are plain."""
    page = await visit()
    block = table(1)
    block["column_settings"] = [{"align": "center"}]
    block["rows"][1][1] = {"type": "raw_number", "value": 1234, "text": "1,234"}
    await bot.post([block])

    cells = page.get_by_role("row").nth(1).get_by_role("cell")
    await expect(cells.nth(0)).to_have_css("text-align", "center")
    await expect(cells.nth(1)).to_have_text("1,234")
    await expect(cells.nth(1)).to_have_css("text-align", "right")
    await expect(cells.nth(2)).to_have_css("text-align", "left")


async def test_rich_text_of_every_kind(visit: Visit, bot: Bot) -> None:
    """Elements are drawn as what they are, and their text is never parsed."""
    page = await visit()
    item = {"type": "rich_text_section", "elements": [word("an item")]}
    await bot.post(
        [
            words(
                word("*raw* <!channel> "),
                word("b", bold=True),
                word("i", italic=True),
                word("s", strike=True),
                word("c", code=True),
                word(" "),
                {"type": "user", "user_id": MEI},
                {"type": "channel", "channel_id": GENERAL},
                {"type": "usergroup", "usergroup_id": "S07OPS"},
                {"type": "broadcast", "range": "here"},
                {"type": "emoji", "name": "bell"},
                date(1, "{date_short_pretty} at {time}"),
                {"type": "color", "value": "#e01e5a"},
                {"type": "link", "url": "https://a.test/x", "text": "good"},
                {"type": "link", "url": "javascript:alert(1)", "text": "bad"},
            ),
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_list", "style": "bullet", "elements": [item, item]},
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "indent": 1,
                        "offset": 2,
                        "elements": [item],
                    },
                    {"type": "rich_text_quote", "elements": [word("said")]},
                    {"type": "rich_text_preformatted", "elements": [word("a\n b")]},
                ],
            },
        ]
    )

    line, rest = page.locator(".rich").first, page.locator(".rich").last
    await expect(line).to_have_text(
        "*raw* <!channel> bisc @Mei Tan#general@S07OPS@here🔔Tomorrow at 5:05 PM#e01e5agoodbad"
    )
    for tag, value in (("b", "b"), ("i", "i"), ("s", "s"), ("code", "c")):
        await expect(line.locator(tag)).to_have_text(value)
    await expect(line.get_by_role("link")).to_have_text(["#general", "good"])
    await expect(line.locator(".swatch")).to_have_css("background-color", "rgb(224, 30, 90)")
    await expect(rest.locator("ul li")).to_have_count(2)
    await expect(rest.locator("ol")).to_have_attribute("start", "3")
    await expect(rest.locator("blockquote")).to_have_text("said")
    await expect(rest.locator("pre")).to_have_text("a\n b")


async def test_blocks_to_read(visit: Visit, bot: Bot) -> None:
    """Fields, context, divider, images: described, for the page asks no other server."""
    page = await visit()
    picture = {"type": "image", "image_url": "https://elsewhere.test/x.png", "alt_text": "a chart"}
    await bot.post(
        [
            section("Head", fields=[md("*Creator*\nMei"), plain("*as is*")]),
            {"type": "divider"},
            {"type": "context", "elements": [picture, md("aside")]},
            {**picture, "title": plain("Expiries")},
            section("Side", accessory=picture),
        ]
    )

    message = page.locator(".message")
    await expect(message.locator(".field")).to_have_text(["CreatorMei", "*as is*"])
    await expect(message.get_by_role("separator")).to_have_count(1)
    await expect(message.get_by_role("img", name="a chart")).to_have_count(3)
    await expect(message.locator("figcaption")).to_have_text("Expiries")
    assert await message.locator("img").count() == 0


async def test_attachments_and_what_cannot_be_drawn(visit: Visit, bot: Bot) -> None:
    """An attachment has its colour; a block that the page does not know says so."""
    page = await visit()
    card = {"type": "card", "title": plain("A card"), "body": plain("body")}
    await bot.client.chat_postMessage(
        channel=GENERAL,
        text="hello",
        attachments=[
            {"color": "#2eb67d", "blocks": [section("inside")]},
            {"color": "danger", "fallback": "only words"},
            {"pretext": "before", "title": "Head", "text": "*bold*"},
        ],
    )
    await bot.post([card])

    message = page.locator(".message").first
    await expect(message.locator(".attachment__bar").first).to_have_css(
        "background-color", "rgb(46, 182, 125)"
    )
    await expect(message.locator(".attachment")).to_have_text(
        ["inside", "only words", "beforeHeadbold"]
    )
    await expect(page.locator(".message").last).to_contain_text("cannot draw a “card” block")


async def test_a_file_can_be_downloaded(visit: Visit, bot: Bot) -> None:
    """A file shows its name, kind and size, and a click saves what the bot uploaded."""
    page = await visit()
    await bot.client.files_upload_v2(
        channel=GENERAL, content="a,b\n1,2\n", filename="tokens.csv", title="Tokens"
    )

    file = page.get_by_role("link", name="Download Tokens")
    await expect(file).to_contain_text("CSV · 8 bytes")
    async with page.expect_download() as download:
        await file.click()
    saved = await (await download.value).path()
    assert saved.read_text() == "a,b\n1,2\n"


async def test_the_text_and_the_json_of_a_message(visit: Visit, bot: Bot) -> None:
    """Its tools copy the plain text and show what was sent."""
    page = await visit()
    await bot.post([section("shown")], text="copied *text* &amp; more")

    message = page.locator(".message")
    await message.hover()
    await message.get_by_role("button", name="Copy text").click()
    await expect(page.get_by_role("alert")).to_have_text("Copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == "copied *text* & more"
    await message.get_by_role("button", name="Show JSON").click()
    dialog = page.get_by_role("dialog", name="Message")
    await expect(dialog).to_contain_text('"text": "copied *text* &amp; more"')
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_a_permalink_leads_to_its_message(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """The address that chat.getPermalink gives opens the channel at that message."""
    ts = await bot.post([section("the one")], channel="C07DATAPLT2")
    for number in range(40):
        sandbox.interactions.say("jonas", "data-platform", f"later {number}")
    answer = await bot.client.chat_getPermalink(channel="C07DATAPLT2", message_ts=ts)
    permalink = str(answer["permalink"])
    page = await visit(permalink[permalink.index("/archives") :])

    await expect(page.get_by_role("heading", level=1)).to_have_text("data-platform")
    message = page.locator(f"[data-ts='{ts}']")
    await expect(message).to_be_focused()
    await expect(message).to_be_in_viewport()
    await expect(page).to_have_url(f"{sandbox.url}/#/mei/data-platform")


async def test_readers_of_old_messages_stay_where_they_are(
    visit: Visit, bot: Bot, sandbox: Sandbox
) -> None:
    """Who reads at the end keeps seeing the end; who scrolled up is told, and led there."""
    for number in range(60):
        sandbox.interactions.say("jonas", GENERAL, f"line {number}")
    page = await visit()
    last = page.locator(".message").last
    await expect(last).to_be_in_viewport()
    await bot.post([section("at the end")])
    await expect(last).to_contain_text("at the end")
    await expect(last).to_be_in_viewport()

    await page.locator("#timeline").evaluate("node => { node.scrollTop = 0; }")
    await page.evaluate("new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)))")
    pill = page.get_by_role("button", name="New messages")
    await expect(pill).to_be_hidden()
    await bot.post([section("unseen")])

    await expect(pill).to_be_visible()
    assert await page.locator("#timeline").evaluate("node => node.scrollTop") == 0
    await pill.click()
    await expect(last).to_be_in_viewport()
    await expect(pill).to_be_hidden()


async def test_five_hundred_messages(visit: Visit, bot: Bot, sandbox: Sandbox) -> None:
    """A long channel is whole, and an edit in it redraws that message alone."""
    for number in range(499):
        sandbox.interactions.say("jonas", GENERAL, f"line {number}")
    ts = await bot.post([section("with a button"), actions(button("go", "Go"))])
    page = await visit()
    await expect(page.locator(".message")).to_have_count(500)
    await page.evaluate("document.querySelectorAll('.message').forEach(n => { n.mine = true; })")

    await bot.client.chat_update(channel=GENERAL, ts=ts, text="t", blocks=[section("done")])

    await expect(page.locator(".message").last).to_contain_text("done")
    redrawn = "[...document.querySelectorAll('.message')].filter(n => !n.mine).length"
    assert await page.evaluate(redrawn) == 1


async def test_the_focus_outlives_an_edit(visit: Visit, bot: Bot) -> None:
    """When a message is replaced, the control of the same name has the focus again."""
    ts = await bot.post(
        [section("page 1"), actions(button("prev", "Prev"), button("next", "Next", value="2"))]
    )
    page = await visit()
    await page.get_by_role("button", name="Next").focus()

    await bot.client.chat_update(
        channel=GENERAL,
        ts=ts,
        text="t",
        blocks=[
            section("page 2"),
            actions(button("prev", "Prev"), button("next", "Next", value="3")),
        ],
    )

    await expect(page.locator(".message")).to_contain_text("page 2")
    await expect(page.get_by_role("button", name="Next")).to_be_focused()


async def test_arrows_move_between_messages(visit: Visit, bot: Bot) -> None:
    """Messages are one tab stop; arrows, Home and End move among them."""
    for text in ("one", "two", "three"):
        await bot.post([section(text)])
    page = await visit()
    messages = page.locator(".message")
    await expect(messages).to_have_count(3)
    await messages.last.focus()

    for key, index in (("ArrowUp", 1), ("Home", 0), ("ArrowUp", 0), ("End", 2), ("ArrowDown", 2)):
        await page.keyboard.press(key)
        await expect(messages.nth(index)).to_be_focused()
    assert await page.locator(".message[tabindex='0']").count() == 1


async def test_new_messages_are_spoken(visit: Visit, bot: Bot) -> None:
    """A screen reader hears who said what, and where when it is elsewhere."""
    page = await visit()
    await bot.post([section("x")], text="2 tokens expire")
    await expect(page.locator("#announcer")).to_have_text("Tokenbell: 2 tokens expire")

    await bot.post([section("x")], channel="C07DATAPLT2", text="shared")
    await expect(page.locator("#announcer")).to_have_text("Tokenbell in data-platform: shared")


async def test_an_edited_text_without_blocks(visit: Visit, bot: Bot) -> None:
    """The mark of an edit stands at the end of the text itself."""
    page = await visit()
    answer = await bot.client.chat_postMessage(channel=GENERAL, text="one")
    await bot.client.chat_update(
        channel=GENERAL, ts=str(answer["ts"]), text=f"two <!date^{NOW}^{{date_num}}|x>"
    )

    await expect(page.locator(".message__content")).to_have_text("two 2026-11-21 (edited)")
