"""Text as Slack shows it: mrkdwn, plain text, dates, and what must stay inert."""

import random
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page.bot import Bot
from tests.page.conftest import Visit
from tests.page.samples import DAY, HOSTILE, JONAS, MEI, NOW, md, plain, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

MRKDWN = """async ([text, verbatim]) => {
    const { parseMrkdwn } = await import("/mrkdwn.js");
    return parseMrkdwn(text, { verbatim });
}"""


async def parse(page: Page, text: str, *, verbatim: bool = False) -> list[Any]:
    parts: list[Any] = await page.evaluate(MRKDWN, [text, verbatim])
    return parts


async def inline(page: Page, text: str, *, verbatim: bool = False) -> list[Any]:
    """Return the nodes of a single paragraph."""
    (part,) = await parse(page, text, verbatim=verbatim)
    assert part["type"] == "paragraph"
    children: list[Any] = part["children"]
    return children


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


async def test_styles_need_word_boundaries(lab: Page) -> None:
    """Marks style what they enclose, and are plain characters inside words or beside spaces."""
    assert await inline(lab, "*b* _i_ ~s~ `c`") == [
        {"type": "bold", "children": [text("b")]},
        text(" "),
        {"type": "italic", "children": [text("i")]},
        text(" "),
        {"type": "strike", "children": [text("s")]},
        text(" "),
        {"type": "code", "text": "c"},
    ]
    assert await inline(lab, "*a _b_*") == [
        {"type": "bold", "children": [text("a "), {"type": "italic", "children": [text("b")]}]}
    ]
    for literal in ("snake_case_name", "2*3*4", "* a *", "*open", "a* b*", "**", "``", "~ ~"):
        assert await inline(lab, literal) == [text(literal)]


async def test_code_and_links_shield_what_they_hold(lab: Page) -> None:
    """A mark inside code or a link neither opens nor closes a style."""
    assert await inline(lab, "*a `b* c` d*") == [
        {"type": "bold", "children": [text("a "), {"type": "code", "text": "b* c"}, text(" d")]}
    ]
    assert await inline(lab, "*<https://a.test/x*y|*l*>*") == [
        {
            "type": "bold",
            "children": [{"type": "link", "url": "https://a.test/x*y", "text": "*l*"}],
        }
    ]


async def test_what_stands_in_angle_brackets(lab: Page) -> None:
    """People, channels, groups, broadcasts, links and dates are read; anything else is text."""
    assert await inline(lab, "<@U1|mei><#C1|general><!subteam^S1|@ops><!here>") == [
        {"type": "user", "id": "U1", "text": "mei"},
        {"type": "channel", "id": "C1", "text": "general"},
        {"type": "usergroup", "id": "S1", "text": "@ops"},
        {"type": "broadcast", "range": "here"},
    ]
    assert await inline(lab, "<mailto:a@b.test|a@b.test><https://a.test/?a=1&amp;b=2>") == [
        {"type": "link", "url": "mailto:a@b.test", "text": "a@b.test"},
        {
            "type": "link",
            "url": "https://a.test/?a=1&b=2",
            "text": "https://a.test/?a=1&b=2",
        },
    ]
    assert await inline(lab, "<!date^12^{date} at {time}^https://a.test|then>") == [
        {
            "type": "date",
            "timestamp": 12,
            "format": "{date} at {time}",
            "url": "https://a.test",
            "fallback": "then",
        }
    ]
    for literal in (HOSTILE, "<javascript:alert(1)|click>", "<>", "a < b", "<<>"):
        assert await inline(lab, literal) == [text(literal)]
    assert await inline(lab, "<!unknown|label>") == [text("label")]
    assert await inline(lab, "< <!here>") == [text("< "), {"type": "broadcast", "range": "here"}]


async def test_entities_are_read_once(lab: Page) -> None:
    """An escaped mention is text, and an escaped entity stays an entity."""
    assert await inline(lab, "&lt;!channel&gt; &amp;lt; &quot;") == [text("<!channel> &lt; &quot;")]


async def test_bare_addresses_become_links(lab: Page) -> None:
    """Without the stop after them, and not at all where the text is verbatim."""
    link = {"type": "link", "url": "https://a.test/x", "text": "https://a.test/x"}

    assert await inline(lab, "see https://a.test/x.") == [text("see "), link, text(".")]
    assert await inline(lab, "see https://a.test/x.", verbatim=True) == [
        text("see https://a.test/x.")
    ]


async def test_quotes_and_preformatted_parts(lab: Page) -> None:
    """Quotes go by line, three signs quote the rest, fences keep everything as it is."""
    assert await parse(lab, "> one\n&gt; two\nthree") == [
        {"type": "quote", "children": [text("one"), {"type": "break"}, text("two")]},
        {"type": "paragraph", "children": [text("three")]},
    ]
    assert await parse(lab, ">>> one\ntwo") == [
        {"type": "quote", "children": [text("one"), {"type": "break"}, text("two")]}
    ]
    assert await parse(lab, "a ```\n*b* &lt;c&gt;\n``` d") == [
        {"type": "paragraph", "children": [text("a ")]},
        {"type": "pre", "text": "*b* <c>"},
        {"type": "paragraph", "children": [text(" d")]},
    ]
    assert await parse(
        lab, "```<https://a.test|a> <@U1> <#C1|c> <!date^1^{date}|then> <!here>```"
    ) == [{"type": "pre", "text": "a @U1 #c then @here"}]
    assert await inline(lab, "a ``` b") == [text("a ``` b")]


async def test_any_text_is_read_whole_and_in_time(lab: Page) -> None:
    """Whatever an app sends, every plain letter of it arrives, and long garbage takes no longer."""
    pieces = ["*", "_", "~", "`", "```", "<", ">", "|", ":", "a", "Z9", " ", "\n", "&lt;", "中"]
    pieces += ["<!channel>", "<@U1>", "https://a.test", "<!date^1^{date}|x>", ":bell:", "> "]
    texts = ["".join(random.choices(pieces, k=n % 60)) for n in range(300)]  # noqa: S311 - texts, no secrets
    texts += [piece * 20_000 for piece in ("*", " *a", "<", "`", "_*~", ":a", "<a|", "> ")]

    letters = """async (texts) => {
        const { parseMrkdwn } = await import("/mrkdwn.js");
        const read = (node) => (node.text ?? "") + (node.name ?? "") + (node.fallback ?? "")
            + (node.url ?? "") + (node.children ?? []).map(read).join("");
        return texts.map((text) => parseMrkdwn(text).map(read).join("").match(/Z9|中/g)?.length ?? 0);
    }"""

    found = await lab.evaluate(letters, texts)
    for given, count in zip(texts, found, strict=True):
        assert count >= given.count("Z9") + given.count("中"), given


@pytest.mark.parametrize(
    ("template", "days", "shown"),
    [
        ("{date_num}", 0, "2026-11-21"),
        ("{date_slash}", 0, "21/11/2026"),
        ("{date}", 1, "November 22nd, 2026"),
        ("{date_short}", 10, "Dec 1, 2026"),
        ("{date_long}", 2, "Monday, November 23rd, 2026"),
        ("{date_long_full}", 0, "November 21, 2026"),
        ("{date_pretty} at {time}", 0, "Today at 5:05 PM"),
        ("on {date_short_pretty}", 1, "on tomorrow"),
        ("{date_long_pretty}", -1, "Yesterday"),
        ("{date_long_pretty}", 3, "Tuesday, November 24th, 2026"),
        ("{day_divider_pretty}", 3, "Tuesday, November 24th"),
        ("{day_divider_pretty}", 60, "Wednesday, January 20th, 2027"),
        ("{time_secs}", 0, "5:05:00 PM"),
        ("{ago}", 3, "in 3 days"),
        ("{ago}", -0.1, "2 hours ago"),
        ("{ago}", -400, "1 year ago"),
        ("{ago}", 0, "in 0 seconds"),
        ("{nonsense} {date_num}", 0, "{nonsense} 2026-11-21"),
    ],
)
async def test_date_tokens(lab: Page, template: str, days: float, shown: str) -> None:
    """Each of Slack's tokens, in the reader's zone and relative to the sandbox's clock."""
    code = """async ([seconds, template, now]) => {
        const { slackDate } = await import("/dates.js");
        return slackDate(seconds, template, { tz: "Asia/Shanghai", now, fallback: "then" });
    }"""

    assert await lab.evaluate(code, [NOW + days * DAY, template, NOW * 1000]) == shown
    assert await lab.evaluate(code, [1e15, template, NOW * 1000]) == "then"


async def test_clock_times_become_moments(lab: Page) -> None:
    """A time in a zone is one moment; in the hour that DST skips, the one as far after it."""
    code = """async ([fields, tz]) => {
        const { moment } = await import("/dates.js");
        return new Date(moment(fields, tz)).toISOString();
    }"""

    def at(*values: int) -> dict[str, int]:
        return dict(zip(("year", "month", "day", "hour", "minute"), values, strict=True))

    for values, zone, expected in [
        ((2026, 11, 21, 17, 5), "Asia/Shanghai", "2026-11-21T09:05:00.000Z"),
        ((2026, 11, 21, 17, 5), "Asia/Kathmandu", "2026-11-21T11:20:00.000Z"),
        ((2026, 3, 29, 2, 30), "Europe/Berlin", "2026-03-29T01:30:00.000Z"),
        ((2026, 10, 25, 2, 30), "Europe/Berlin", "2026-10-25T00:30:00.000Z"),
    ]:
        assert await lab.evaluate(code, [at(*values), zone]) == expected


async def test_a_message_shows_its_text(visit: Visit, bot: Bot) -> None:
    """Names, links, emoji and dates of a message are those of its reader; a link opens elsewhere."""
    page = await visit()
    await bot.post(
        [
            section(
                f"*Hello* _i_ ~s~ <@{MEI}> and <@{JONAS}> in <#C07GENERAL1> :bell: :no_such_emoji: "
                f"<!date^{NOW}^{{date_short_pretty}} at {{time}}|then> <https://a.test/x|a link>"
            )
        ]
    )

    message = page.locator(".message").last
    await expect(message.locator(".section")).to_have_text(
        "Hello i s @Mei Tan and @Jonas Weber in #general 🔔 :no_such_emoji: Today at 5:05 PM a link"
    )
    for tag, text_ in (("b", "Hello"), ("i", "i"), ("s", "s")):
        await expect(message.locator(f".section {tag}")).to_have_text(text_)
    await expect(message.locator(".mention--self")).to_have_text("@Mei Tan")
    link = message.get_by_role("link", name="a link")
    await expect(link).to_have_attribute("href", "https://a.test/x")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("target", "_blank")


async def test_hostile_text_is_inert(visit: Visit, bot: Bot) -> None:
    """Markup is shown as the characters it is made of, in every kind of text."""
    page = await visit()
    title = await page.title()
    await bot.post(
        [
            {"type": "header", "text": plain(HOSTILE)},
            section(HOSTILE, fields=[md(f"`{HOSTILE}`"), plain(HOSTILE)]),
            section(f"```{HOSTILE}```"),
            {"type": "context", "elements": [md(f"> {HOSTILE}")]},
            section("<javascript:alert(1)|press> <data:text/html,x|here>"),
        ],
        text=HOSTILE,
    )

    message = page.locator(".message").last
    await expect(message.get_by_text(HOSTILE)).to_have_count(6)
    assert await message.locator("img, script, a").count() == 0
    assert await page.title() == title


async def test_a_broadcast_that_was_not_escaped_is_seen(visit: Visit, bot: Bot) -> None:
    """<!channel> in mrkdwn is drawn as the ping it would be; escaped or plain it is text."""
    page = await visit()
    await bot.post(
        [section("<!channel> &lt;!channel&gt;"), {"type": "header", "text": plain("<!channel>")}]
    )

    message = page.locator(".message").last
    await expect(message.locator("[data-broadcast='channel']")).to_have_text("@channel")
    await expect(message.locator(".section")).to_have_text("@channel <!channel>")
    await expect(message.locator(".header")).to_have_text("<!channel>")


async def test_a_mentioned_channel_is_a_way_there(visit: Visit, bot: Bot) -> None:
    """Following it leads to the channel; one that the reader cannot see has no name and no link."""
    page = await visit("/#/jonas/general")
    await bot.post([section("<#C07DATAPLT2> <#C07ONCALL03>")])

    message = page.locator(".message").last
    await expect(message.locator(".section")).to_have_text("#data-platform #private channel")
    await message.get_by_role("link", name="#data-platform").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("data-platform")
