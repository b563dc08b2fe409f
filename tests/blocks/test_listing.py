from typing import Any

import pytest

from bot.blocks import actions
from bot.blocks._kit import Message
from bot.blocks.listing import (
    PAGE_ROWS,
    expired_message,
    list_message,
    not_yours_message,
    reading_message,
)
from bot.models.listing import Coverage, Listing
from bot.models.token import Token
from bot.rules.query import parse_query
from bot.rules.resolve import token_ref
from bot.rules.select import select
from tests.blocks.checker import check_message, objects, seen
from tests.blocks.make import COMMAND, FAILED, FRESH, STALE, TITLES
from tests.blocks.reader import buttons, lines, menu, rows
from tests.rules.make import DAY, HOUR, IDAAS, KYUUBI, NOW, idaas, kyuubi

URGENT = kyuubi("etl nightly", expires_at=NOW + 5 * HOUR)
UNUSED = kyuubi("report", expires_at=NOW + 3 * DAY, last_used_at=None)
SILENT = idaas(expires_at=NOW + 30 * DAY)
HEALTHY = kyuubi("dash", expires_at=None, accounts=tuple("abcdef"))


def listing(*tokens: Token, coverage: tuple[Coverage, ...] = (FRESH,), **more: Any) -> Listing:
    return Listing(tokens=tokens, coverage=coverage, now=NOW, **more)


def shown(read: Listing, text: str = "", **options: Any) -> Message:
    query = parse_query(text, TITLES)
    given = {
        "listing": read,
        "selection": select(query, read.tokens, read.now),
        "query": query,
        "page": 0,
        "screen": "scr",
        "zone": "Europe/Berlin",
        "command": COMMAND,
        "titles": TITLES,
        **options,
    }
    return check_message(list_message(**given))


def test_a_reader_sees_at_once_which_token_needs_them() -> None:
    """Counts first, then controls, then rows with a coloured dot, the soonest expiry on top."""
    message = shown(listing(HEALTHY, SILENT, UNUSED, URGENT))

    assert [block["type"] for block in message.blocks] == [
        "section",
        "actions",
        "context",
        "table",
    ]
    assert message.blocks[0]["text"]["text"] == "*4 tokens*, *2 expire within 7 days*"
    assert rows(message) == [
        ["Token", "Expires", "Last used", "Where", "Note"],
        [
            ":red_circle: etl nightly",
            "in 5 hours<, 2026-12-01 15:00 CET>",
            "1 hour ago",
            "kyuubi · prod",
            "in use: renew",
        ],
        [
            ":large_orange_circle: report",
            "in 3 days<, 2026-12-04 10:00 CET>",
            "never",
            "kyuubi · prod",
            "expires soon, never used",
        ],
        [
            ":large_yellow_circle: jwt_payments · app_1 · …0x9k2a",
            "in 30 days<, 2026-12-31 10:00 CET>",
            "not reported",
            "idaas · idaas_1 · app_1 · jwt_payments",
            "-",
        ],
        [
            ":white_circle: dash",
            "never",
            "1 hour ago",
            "kyuubi · prod",
            "never expires, shared by 6",
        ],
    ]
    assert seen(Message("", message.blocks[2:3])) == (
        "Soonest expiry first.\nRead 40 seconds ago from 1 place."
    )


def test_the_text_says_the_list_in_a_few_words() -> None:
    """Who hears a notification learns the counts, the first token and what is missing."""
    message = shown(listing(URGENT, UNUSED, coverage=(FRESH, FAILED)))

    assert message.text == (
        "2 tokens, 2 expire within 7 days. First: etl nightly, expires in 5 hours. "
        "1 place could not be read in full."
    )


def test_without_tables_the_same_rows_are_paragraphs() -> None:
    """Where Slack takes no table, each row is a paragraph with the same content."""
    message = shown(listing(URGENT, HEALTHY), tables=False)

    assert [block["type"] for block in message.blocks[3:]] == ["rich_text", "rich_text"]
    assert lines(Message("", message.blocks[3:])) == [
        (
            ":red_circle: etl nightly  in 5 hours<, 2026-12-01 15:00 CET>\n"
            "Last used: 1 hour ago · kyuubi · prod · in use: renew"
        ),
        (
            ":white_circle: dash  never\n"
            "Last used: 1 hour ago · kyuubi · prod · never expires, shared by 6"
        ),
    ]


def test_expired_and_revoked_rows_say_so() -> None:
    """An expired token shows for how long, a revoked one that it is."""
    ended = kyuubi("old", expires_at=NOW - 2 * DAY, last_used_at=NOW - 3 * DAY)
    revoked = kyuubi("out", revoked=True)
    unknown = idaas(expires_at=None, not_reported=frozenset({"expires_at", "last_used_at"}))

    message = shown(listing(ended, revoked, unknown), "status:any")
    assert [row[1] for row in rows(message)[1:]] == [
        "expired 2 days ago<, 2026-11-29 10:00 CET>",
        "revoked",
        "not reported",
    ]
    assert rows(message)[1][0] == ":red_circle: old"
    assert message.blocks[0]["text"]["text"] == "*3 tokens*, *1 has expired* · `status:any`"
    assert "First: old, expired 2 days ago." in message.text


def test_one_of_each_is_singular() -> None:
    """Counts agree with their nouns and verbs."""
    message = shown(listing(URGENT))
    assert message.blocks[0]["text"]["text"] == "*1 token*, *1 expires within 7 days*"
    several = [kyuubi(name, expires_at=NOW - DAY) for name in "ab"]
    assert "*2 have expired*" in shown(listing(*several)).blocks[0]["text"]["text"]


def test_pages_hold_twenty_rows() -> None:
    """The list is turned page by page, and a page that is not there is the nearest one."""
    tokens = [kyuubi(f"job {n:02}", expires_at=NOW + n * DAY) for n in range(1, 48)]
    read = listing(*tokens)

    first, middle, last = (shown(read, page=page) for page in (0, 1, 99))
    assert buttons(first) == {"Next": "scr:1", "Filter…": "scr", "Refresh": "scr:0"}
    assert buttons(middle) == {
        "Previous": "scr:0",
        "Next": "scr:2",
        "Filter…": "scr",
        "Refresh": "scr:1",
    }
    assert buttons(last) == {"Previous": "scr:1", "Filter…": "scr", "Refresh": "scr:2"}
    for page in (first, middle, last):
        assert [value for _, value in menu(page, actions.LIST_EXPORT)] == ["csv:scr", "json:scr"]
    assert shown(read, page=-5) == first
    assert [len(rows(page)) - 1 for page in (first, middle, last)] == [PAGE_ROWS, PAGE_ROWS, 7]
    assert "21 to 40 of 47, soonest expiry first." in seen(middle)
    assert [block.get("block_id") for block in middle.blocks if "block_id" in block] == ["scr:1"]


def test_details_offers_the_rows_of_the_page() -> None:
    """The Details menu names each row, with its expiry and place, and keeps only a reference."""
    message = shown(listing(URGENT, SILENT))
    (menu,) = [each for each in objects(message.blocks) if each.get("type") == "static_select"]

    assert [
        (each["text"]["text"], each["value"], each["description"]["text"])
        for each in menu["options"]
    ] == [
        ("etl nightly", token_ref(URGENT), "expires in 5 hours · kyuubi · prod"),
        (
            "jwt_payments · app_1 · …0x9k2a",
            token_ref(SILENT),
            "expires in 30 days · idaas · idaas_1 · app_1 · jwt_payments",
        ),
    ]


def test_share_is_offered_only_where_it_is_possible() -> None:
    """The Share button shows only to those who may share, and when there is something to."""
    assert "Share…" not in buttons(shown(listing(URGENT)))
    assert buttons(shown(listing(URGENT), can_share=True))["Share…"] == "scr:0"
    assert "Share…" not in buttons(shown(listing(), can_share=True))


def test_what_could_not_be_read_comes_before_the_rows() -> None:
    """Each problem says where, why, what next and the reference; the rest still lists."""
    message = shown(listing(URGENT, coverage=(FRESH, STALE, FAILED), unreadable=1))

    assert lines(Message("", message.blocks[1:2])) == [
        (
            ":warning: As of 3 hours ago: idaas · idaas_1 · app_1 · jwt_payments. "
            "Too many were made with this Alibaba Cloud account. Try again in 7 seconds. "
            "(Throttling.User, request REQ-2)"
        ),
        (
            ":warning: Could not read kyuubi · staging with “team key”. "
            "The secret does not belong to the ID. Replace it: /tokens connect. "
            "(SignatureDoesNotMatch, request REQ-1)"
        ),
        (
            ":warning: Could not open 1 connection. "
            "The bot's key was changed or lost. Connect again: /tokens connect."
        ),
    ]
    assert len(rows(message)) == 2


def test_targets_that_fail_alike_are_one_line() -> None:
    """One refused key is one line, however many places it was for."""
    places = [
        FAILED.model_copy(
            update={
                "target": KYUUBI.model_copy(update={"label": f"place {n}"}),
                "problem": FAILED.problem
                and FAILED.problem.model_copy(update={"request_id": f"REQ-{n}"}),
            }
        )
        for n in range(30)
    ]
    text = seen(shown(listing(URGENT, coverage=tuple(places))))

    assert text.count("Could not read") == 1
    assert (
        "Could not read kyuubi · place 0, kyuubi · place 1, kyuubi · place 2 and 27 more"
        " with “team key”." in text
    )


def test_many_different_problems_are_counted() -> None:
    """Five lines of problems at most; the others are counted, with where to see them."""
    failing = tuple(FAILED.model_copy(update={"connection_id": f"c{n}"}) for n in range(9))
    text = seen(shown(listing(URGENT, coverage=failing)))

    assert text.count("Could not read") == 4
    assert "And 5 more problems." in text


def test_a_truncated_read_is_told() -> None:
    """A place with more tokens than are read at a time is not passed off as complete."""
    cut_off = FRESH.model_copy(update={"truncated": True})
    text = seen(shown(listing(URGENT, coverage=(cut_off,))))

    assert "Not all of kyuubi · prod." in text


def test_what_is_not_shown_is_counted_with_the_filter_that_shows_it() -> None:
    """Short-lived, revoked and long expired tokens are one line of small print."""
    brief: dict[str, Any] = {"created_at": NOW, "expires_at": NOW + HOUR}
    places = [
        KYUUBI.model_copy(update={"coordinates": {"w": str(n)}, "label": f"p{n}"}) for n in range(5)
    ]
    text = seen(
        shown(
            listing(
                HEALTHY,
                kyuubi("r", revoked=True),
                kyuubi("e", expires_at=NOW - 30 * DAY),
                *(kyuubi(f"b{n}", target=place, **brief) for n, place in enumerate(places)),
            )
        )
    )

    assert (
        "Not shown: 1 short-lived in kyuubi · p0, 1 short-lived in kyuubi · p1, "
        "1 short-lived in kyuubi · p2, 2 short-lived elsewhere (life:short), "
        "1 revoked (status:revoked), 1 expired over 7 days ago (status:expired)." in text
    )


def test_what_cannot_be_judged_is_counted() -> None:
    """Rows whose source does not report what a filter asks for are told apart from matches."""
    assert "1 token left out: last use is not reported." in seen(
        shown(listing(UNUSED, SILENT), "unused:1d")
    )
    assert "1 token left out: who may use a token is not reported." in seen(
        shown(listing(HEALTHY, SILENT), "shared:>1")
    )


@pytest.mark.parametrize(
    ("read", "text", "headline", "labels"),
    [
        (
            listing(coverage=()),
            "",
            "*There is nowhere to look yet*. Add a place under Manage connections.",
            ["Manage connections", "Refresh"],
        ),
        (listing(coverage=(FAILED,)), "", "*Nothing could be read*.", ["Filter…", "Refresh"]),
        (listing(), "", "*No tokens* in 1 place.", ["Filter…", "Refresh"]),
        (
            listing(kyuubi(revoked=True)),
            "",
            "*No tokens need you*. There are 1 in all, see below.",
            ["Filter…", "Refresh"],
        ),
        (
            listing(HEALTHY),
            "expiring:14d",
            "*No token matches* `expiring:14d` among 1.",
            ["Filter…", "Show all", "Refresh"],
        ),
        (
            listing(HEALTHY),
            "expired",
            '*No token matches* `"expired"` among 1. Did you mean `status:expired`?',
            ["Filter…", "Show all", "Refresh"],
        ),
    ],
)
def test_an_empty_list_says_why_and_what_to_do(
    read: Listing, text: str, headline: str, labels: list[str]
) -> None:
    """No rows is never just an empty table."""
    message = shown(read, text)

    assert message.blocks[0]["text"]["text"] == headline
    assert list(buttons(message)) == labels
    assert message.text.startswith(headline.split("*")[1])
    assert "table" not in {block["type"] for block in message.blocks}


def test_a_name_that_occurs_twice_in_the_whole_list_is_noted() -> None:
    """A twin on another page, or hidden by the filter, is noticed all the same."""
    twin = kyuubi("dash", id="tk-twin", last_used_at=NOW - DAY)
    message = shown(listing(HEALTHY, twin), "unused:12h")

    assert rows(message)[1][4] == "same name twice"


def test_what_is_still_being_read_is_named() -> None:
    """The extra line after two seconds names the places, and counts when there are many."""
    places = [KYUUBI.model_copy(update={"label": f"p{n}"}) for n in range(5)]

    assert reading_message([KYUUBI, IDAAS]).text == (
        "Still reading kyuubi · prod, idaas · idaas_1 · app_1 · jwt_payments."
    )
    assert reading_message(places).text == (
        "Still reading kyuubi · p0, kyuubi · p1, kyuubi · p2 and 2 more."
    )


def test_an_old_list_offers_a_new_one() -> None:
    """A click on an expired list is answered with how to get another."""
    assert buttons(expired_message("/keys")) == {"Run again": ""}
    assert "Run /keys again." in expired_message("/keys").text
    assert "Run /keys to see your own tokens." in not_yours_message("/keys").text
