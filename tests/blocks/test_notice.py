from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.blocks import Message, actions
from bot.blocks._reminders import ANSWERABLE
from bot.blocks._reminders_outcome import _BECAME, _SIGNS
from bot.blocks.notice import notice_message
from bot.models.ledger import ItemState
from bot.models.notice import Item, Notice
from bot.models.token import Token
from tests.blocks.checker import check_message, objects
from tests.blocks.make import COMMAND, TITLES
from tests.blocks.notices import WAYS, edited, item, notice
from tests.blocks.reader import buttons, lines, menu
from tests.rules.make import DAY, HOUR, NOW, idaas, kyuubi

ZONE = "Europe/Berlin"
IN_USE = kyuubi(
    "etl nightly",
    expires_at=NOW + 22 * HOUR,
    created_by="admin",
    accounts=("dev-spark", "mei", "jonas", "li", "wu"),
)


def shown(one: Notice, *, after: timedelta = timedelta(0), **more: Any) -> Message:
    """Return a notice as it stands some time after it was made."""
    given_ = {"zone": ZONE, "command": COMMAND, "titles": TITLES, **more}
    return check_message(notice_message(one, now=NOW + after, **given_))


def several(number: int, **fields: Any) -> list[Item]:
    """Return items of tokens that expire a day after one another."""
    return [
        item(kyuubi(f"t{n}", id=f"tk-{n}", expires_at=NOW + (n + 1) * DAY, **fields))
        for n in range(number)
    ]


def test_one_token_is_told_in_full() -> None:
    """What and when, how long, where, who is affected, what to do, and how to renew."""
    message = shown(notice(item(IN_USE, threshold=1)), renewals=WAYS)

    assert message.text == (
        "etl nightly (kyuubi · prod) expires in 22 hours, 2026-12-02 08:00 CET."
    )
    assert lines(message) == [
        ":red_circle: etl nightly <expires 2026-12-02 08:00 CET>, 22 hours after this message",
        "kyuubi · prod · <last used 2026-12-01 09:00 CET> · for dev-spark, mei, jonas and 2 more",
        (
            "Something depends on it: renew it, or replace it where it is used, before then. "
            "Created by admin."
        ),
        "EMR Serverless Spark, to renew: EMR console: the gateway's tokens.",
    ]


def test_buttons_carry_opaque_ids_only() -> None:
    """A button knows the notice and a hash of the token, nothing about either."""
    message = shown(notice(item(IN_USE)))
    handle = buttons(message)["Renewed"]

    assert list(buttons(message)) == [
        *("Renewed", "Let it lapse", "Details", "Why this?"),
        "Settings",
    ]
    assert handle.partition(":")[0] == "n1"
    assert len(handle.partition(":")[2]) == 12
    assert set(buttons(message).values()) == {handle, "n1"}
    assert menu(message, actions.NOTICE_SNOOZE) == [
        ("1 day", f"1:{handle}"),
        ("3 days", f"3:{handle}"),
        ("1 week", f"7:{handle}"),
    ]


def test_what_a_source_does_not_say_is_not_reported() -> None:
    """An IDaaS token has no reported use: its consumer is named, and it is not called unused."""
    token = idaas(expires_at=NOW + 7 * DAY)
    message = shown(notice(item(token)))

    assert lines(message)[1:] == [
        ("idaas · idaas_1 · app_1 · jwt_payments · last use not reported · for app_1"),
        "Renew it if something still needs it; otherwise let it lapse.",
    ]


@pytest.mark.parametrize(
    ("fields", "whom"),
    [
        ({"accounts": ("a", "b", "c")}, "for a, b, c"),
        ({"members": ("m1", "m2")}, "for 2 members"),
        ({"members": ("m1",)}, "for 1 member"),
        ({}, "for nobody"),
        ({"not_reported": frozenset({"accounts"})}, "for nobody"),
        ({"not_reported": frozenset({"accounts", "members"})}, "accounts not reported"),
    ],
)
def test_who_is_affected(fields: dict[str, Any], whom: str) -> None:
    """Accounts by name, else members by number, else nobody; silence is told as such."""
    token = kyuubi(expires_at=NOW + DAY, **fields)

    assert lines(shown(notice(item(token))))[1].endswith(f" · {whom}")


@pytest.mark.parametrize(
    ("token", "use", "advice"),
    [
        (kyuubi(expires_at=NOW - HOUR), "last used", "Whatever used it is probably failing now"),
        (
            kyuubi(expires_at=NOW - HOUR, last_used_at=None),
            "never used",
            "Nothing has used it lately: delete it",
        ),
        (
            kyuubi(expires_at=NOW + DAY, last_used_at=NOW - 100 * DAY),
            "last used",
            "Renew it if something still needs it",
        ),
        (idaas(expires_at=NOW - HOUR), "last use not reported", "Whatever still uses it needs"),
    ],
)
def test_the_advice_goes_by_use(token: Token, use: str, advice: str) -> None:
    """What failed, what nobody uses and what nobody knows of get different advice."""
    found = lines(shown(notice(item(token, threshold=0))))

    assert use in found[1]
    assert found[2].startswith(advice)


def test_a_message_drawn_later_does_not_call_unused_what_it_saw_in_use() -> None:
    """The use that a message knows of is as old as the message, whenever it is drawn anew."""
    one = notice(item(kyuubi(expires_at=NOW + 19 * DAY, last_used_at=NOW - HOUR), threshold=14))

    assert lines(shown(one, after=15 * DAY))[2].startswith("Something depends on it")


def test_what_is_late_or_seen_long_ago_says_so() -> None:
    """A late reminder apologises with its due date; one from an old look says since when."""
    late = item(IN_USE, why={"late": True, "slot": NOW - 2 * DAY}, last_seen=NOW - 3 * DAY)

    assert lines(shown(notice(late)))[3:] == [
        "<I am late: this was due 2026-11-29 10:00 CET>.",
        "<I cannot look there now: last seen 2026-11-28 10:00 CET>.",
    ]


def test_several_tokens_have_a_headline() -> None:
    """The headline counts them and says when the first expires."""
    message = shown(notice(*several(3)))

    assert message.text == (
        "t0 (kyuubi · prod) expires in 24 hours, 2026-12-02 10:00 CET. And 2 more tokens."
    )
    assert lines(message)[0] == "3 tokens expire<, the first 2026-12-02 10:00 CET>"


def test_the_headline_tells_what_waits() -> None:
    """It follows the answers and the clock: what is answered leaves it, what is over has expired."""
    one = notice(*several(3))

    answered = edited(one, "renewed", index=1, new_expiry=NOW + 400 * DAY)
    assert lines(shown(answered))[0] == "2 tokens expire<, the first 2026-12-02 10:00 CET>"
    assert lines(shown(answered, after=DAY))[0] == (
        "1 token has expired, 1 more expires< 2026-12-04 10:00 CET>"
    )
    assert lines(shown(one, after=2 * DAY))[0] == (
        "2 tokens have expired, 1 more expires< 2026-12-04 10:00 CET>"
    )
    assert lines(shown(one, after=9 * DAY))[0] == "3 tokens have expired"
    done = answered
    for index, state in enumerate(("snoozed", "renewed", "gone")):
        done = edited(done, state, index=index)  # type: ignore[arg-type]  # each is an ItemState
    assert lines(shown(done))[0] == "Nothing is left to do here."
    assert shown(done).text == "Nothing is left to do here."


def test_all_of_several_can_be_answered_at_once() -> None:
    """Two or more that wait have common buttons; with one left there are none."""
    one = notice(*several(2))

    assert buttons(shown(one))["All renewed"] == "n1"
    assert ("3 days", "3:n1") in last_menu(shown(one))
    assert "All renewed" not in buttons(shown(edited(one, "lapsing")))


def last_menu(message: Message) -> list[tuple[str, str]]:
    """Return the options of the last menu for snoozing."""
    menus = [e for e in objects(message.blocks) if e.get("action_id") == actions.NOTICE_SNOOZE]
    return [(option["text"]["text"], option["value"]) for option in menus[-1]["options"]]


def test_details_and_reasons_are_behind_dots_among_several() -> None:
    """What is no answer does not crowd a message of several tokens."""
    message = shown(notice(*several(2)))
    overflows = [each for each in objects(message.blocks) if each.get("type") == "overflow"]
    (first, _) = overflows
    handle = buttons(shown(notice(*several(1))))["Renewed"]

    assert "Details" not in buttons(message)
    assert [(o["text"]["text"], o["value"]) for o in first["options"]] == [
        ("Details", f"notice.details:{handle}"),
        ("Why this?", f"notice.why:{handle}"),
    ]


@pytest.mark.parametrize(
    ("state", "fields", "said"),
    [
        (
            "renewed",
            {"new_expiry": NOW + 365 * DAY},
            (
                ":white_check_mark: etl nightly <Renewed: now expires 2027-12-01 10:00 CET>"
                "< (was 2026-12-02 08:00 CET>)."
            ),
        ),
        ("renewed", {}, ":white_check_mark: etl nightly Renewed: it never expires now."),
        (
            "moved",
            {"new_expiry": NOW + HOUR},
            (
                ":arrow_right: etl nightly "
                "<Its expiry was brought forward: now expires 2026-12-01 11:00 CET>"
                "< (was 2026-12-02 08:00 CET>)."
            ),
        ),
        (
            "snoozed",
            {"until": NOW + 3 * DAY},
            (
                ":zzz: etl nightly <Snoozed until 2026-12-04 10:00 CET>. "
                "A last notice would still ring."
            ),
        ),
        ("snoozed", {}, ":zzz: etl nightly Snoozed. A last notice would still ring."),
        (
            "lapsing",
            {},
            ":no_bell: etl nightly Letting it lapse: I say nothing more about this expiry.",
        ),
        ("revoked", {}, ":no_entry_sign: etl nightly Revoked: nothing more to do."),
        ("gone", {}, ":wastebasket: etl nightly Gone: it is no longer listed."),
        (
            "unwatched",
            {},
            (
                ":no_bell: etl nightly No longer watched: its place was removed, or the settings "
                "leave it out."
            ),
        ),
        ("superseded", {}, ":arrow_down: etl nightly A later reminder tells of it."),
    ],
)
def test_what_became_of_a_token_takes_the_place_of_the_rest(
    state: ItemState, fields: dict[str, Any], said: str
) -> None:
    """After an answer or a change the item is one line, and only what can be undone has buttons."""
    one = edited(notice(item(IN_USE)), state, **fields)
    message = shown(one, renewals=WAYS)

    assert lines(message) == [said]
    expected = ["Undo", "Renewed", "Details", "Why this?"] if state in ANSWERABLE else []
    assert list(buttons(message)) == [*expected, "Settings"]
    crossed_out = [e for e in objects(message.blocks) if e.get("style") == {"strike": True}]
    assert bool(crossed_out) == (state != "snoozed")


def test_every_state_has_words() -> None:
    """A state that is added to the model without words fails here."""
    closed = set(get_args(ItemState)) - {"ringing", "expired"}

    assert closed == set(_SIGNS) == set(_BECAME)


def test_an_answer_taken_back_rings_again() -> None:
    """After Undo the item has its text and its buttons back."""
    before = notice(item(IN_USE))

    again = edited(edited(before, "snoozed"), "ringing")
    assert shown(again) == shown(before)


def test_what_expired_since_says_so_with_its_buttons() -> None:
    """An item whose token has expired since tells it, and can still be answered."""
    one = edited(notice(item(IN_USE)), "expired")
    message = shown(one, after=2 * DAY)

    assert lines(message)[0] == ":red_circle: etl nightly <expired 2026-12-02 08:00 CET>"
    assert "Renewed" in buttons(message)


def test_how_long_is_counted_from_the_message() -> None:
    """A message stays: its distance is from when it was made, whenever it is drawn anew."""
    one = notice(item(IN_USE))

    assert "22 hours after this message" in lines(shown(one, after=20 * HOUR))[0]
    gone_by = notice(item(kyuubi(expires_at=NOW - 5 * HOUR), threshold=0))
    assert lines(shown(gone_by))[0].endswith(
        " <expired 2026-12-01 05:00 CET>, 5 hours before this message"
    )
    right_now = notice(item(kyuubi(expires_at=NOW), threshold=0))
    assert lines(shown(right_now))[0].endswith(" <expired 2026-12-01 10:00 CET>")


def test_what_a_look_found_is_told_at_its_token() -> None:
    """A note stands below its own item, whatever the state."""
    one = notice(*several(2))
    first = one.items[0].key

    found = lines(shown(one, notes={first: "Not renewed yet."}))
    assert found[4] == ":mag: Not renewed yet."
    assert "Not renewed yet." in str(shown(edited(one, "gone"), notes={first: "Not renewed yet."}))
    assert str(found).count("Not renewed yet.") == 1
