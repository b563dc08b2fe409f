import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import Message, actions
from bot.blocks._reminders import LINES
from bot.blocks.notice import IN_FULL, fallback_message, notice_message
from bot.models.notice import Item, Notice
from bot.models.watch import Mode
from tests.blocks.checker import Json, check_message, objects
from tests.blocks.make import COMMAND, TITLES
from tests.blocks.notices import ITEMS, NOTICES, OWNER, WAYS, edited, item, notice, slowly
from tests.blocks.reader import lines, menu
from tests.blocks.test_notice import ZONE, several, shown
from tests.rules.make import BROKEN, DAY, NOW, idaas

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def test_many_tokens_fit() -> None:
    """Ten have their buttons, the next are lines with a menu that leads to them, the rest counted."""
    number = IN_FULL + LINES + 5
    message = shown(notice(*several(number)))

    assert len(message.blocks) <= 50
    assert sum(label == "Renewed" for label in all_labels(message)) == IN_FULL
    assert f"And 5 more: {COMMAND} list" in lines(message)
    others = menu(message, actions.NOTICE_PICK)
    assert [label for label, _ in others] == [f"t{n}" for n in range(IN_FULL, number)]
    assert lines(message)[1 + 3 * IN_FULL].endswith(
        "t10 <expires 2026-12-12 10:00 CET> · kyuubi · prod"
    )


def all_labels(message: Message) -> list[str]:
    """Return the labels of all buttons, repeated ones too."""
    return [e["text"]["text"] for e in objects(message.blocks) if e.get("type") == "button"]


def test_others_that_are_over_need_no_menu() -> None:
    """A menu leads only to what can still be answered."""
    one = notice(*several(IN_FULL + 2))
    for index in range(IN_FULL, IN_FULL + 2):
        one = edited(one, "gone", index=index)
    message = shown(one)

    assert not [e for e in objects(message.blocks) if e.get("action_id") == actions.NOTICE_PICK]
    assert lines(message)[-1] == ":wastebasket: t11 Gone: it is no longer listed."


def test_what_is_closed_makes_room() -> None:
    """Of many tokens those that can be answered have the buttons; of few, none moves."""
    one = notice(*several(IN_FULL + 2))
    for index in range(3):
        one = edited(one, "renewed", index=index)
    message = shown(edited(one, "lapsing", index=3))

    found = lines(message)
    assert all_labels(message).count("Undo") == 1
    assert all_labels(message).count("Let it lapse") == IN_FULL - 2
    assert found[1].startswith(":no_bell: t3 ")
    assert [each.split()[1] for each in found if each.startswith(":white")] == ["t0", "t1", "t2"]
    few = shown(edited(notice(*several(IN_FULL)), "renewed"))
    assert lines(few)[1].startswith(":white_check_mark: t0 ")


def test_how_to_renew_is_said_once_a_source() -> None:
    """Two tokens of one source need one hint; a source without one has none."""
    both = notice(*several(2), item(idaas(expires_at=NOW + DAY)))

    found = lines(shown(both, renewals=WAYS))
    assert found[-2:] == [
        "EMR Serverless Spark, to renew: EMR console: the gateway's tokens.",
        "IDaaS, to renew: Have its consumer ask for one.",
    ]
    assert not any("to renew: " in each for each in lines(shown(both, renewals={"livy": "x"})))


def test_the_fallback_person_learns_whose_and_why() -> None:
    """They get the tokens without any buttons, who did not answer, and why it comes to them."""
    one = notice(*several(2))
    message = check_message(
        fallback_message(
            one,
            one.items[:1],
            now=NOW,
            zone=ZONE,
            command=COMMAND,
            titles=TITLES,
            renewals=WAYS,
        ),
        people={OWNER.user},
    )

    assert message.text.startswith("A reminder went unanswered: t0 (kyuubi · prod) expires")
    assert lines(message)[0] == "@U1 has not answered my reminder of this token"
    assert ":large_yellow_circle" not in lines(message)[1]
    assert lines(message)[-1] == "You get this because @U1 chose you for that."
    assert any("to renew: " in each for each in lines(message))
    assert interactive(message) == []


def test_the_fallback_person_learns_that_somebody_cannot_be_reached() -> None:
    """What could not be delivered goes to them, as such."""
    one = notice(*several(12))
    message = check_message(
        fallback_message(
            one,
            one.items,
            now=NOW,
            zone=ZONE,
            command=COMMAND,
            titles=TITLES,
            undelivered=True,
        ),
        people={OWNER.user},
    )

    assert message.text.startswith("A reminder could not be delivered: t0")
    assert lines(message)[0] == "I could not reach @U1 about these 12 tokens"
    assert interactive(message) == []


def interactive(message: Message) -> list[Json]:
    """Return what can be pressed."""
    return [each for each in objects(message.blocks) if "action_id" in each]


@slowly
@given(NOTICES, BROKEN, st.sampled_from(["all", "unasked"]))
def test_any_notice_fits(one: Notice, text: str, mode: Mode) -> None:
    """Whatever its tokens are called and however many there are, Slack takes it."""
    notes = {each.key: text for each in one.items[:2]}
    check_message(
        notice_message(
            one,
            now=NOW,
            zone=ZONE,
            command=COMMAND,
            titles={"kyuubi": text},
            renewals={"kyuubi": text, "livy": text},
            mode=mode,
            notes=notes,
        )
    )


@slowly
@given(st.lists(ITEMS, min_size=1, max_size=3), st.sampled_from([1, 20]), st.booleans())
def test_any_fallback_message_fits(items: list[Item], times: int, undelivered: bool) -> None:  # noqa: FBT001  # a drawn value
    """What goes to the fallback person fits too."""
    one = notice(*items * times)
    check_message(
        fallback_message(
            one,
            one.items,
            now=NOW,
            zone=ZONE,
            command=COMMAND,
            titles=TITLES,
            undelivered=undelivered,
        ),
        people={OWNER.user},
    )
