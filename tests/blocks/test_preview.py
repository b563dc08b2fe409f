from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import Message
from bot.blocks.preview import PAGE, preview_message
from bot.models.listing import Limits
from bot.models.notice import Blind, Summary
from bot.models.watch import Watch
from bot.rules.preview import Planned
from tests.blocks.checker import check_message
from tests.blocks.make import COMMAND
from tests.blocks.notices import PLANNED, WATCHES, item, planned, slowly
from tests.blocks.reader import buttons, lines
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import watch


def shown(*coming: Planned, of: Watch | None = None, **more: Any) -> Message:
    given_ = {"window": 30 * DAY, "after": None, "page": 0, "screen": "s", **more}
    return check_message(
        preview_message(
            coming, of or watch(zone="Europe/Berlin", fallback="U2"), command=COMMAND, **given_
        ),
        people={"U2"},
    )


def test_each_reminder_says_when_to_whom_what_and_why() -> None:
    """One paragraph a message: its slot, who gets it, each token with its rule."""
    etl = item(kyuubi("etl", expires_at=NOW + 8 * DAY))
    last = item(kyuubi("last", expires_at=NOW + 2 * DAY), threshold=1)
    over = item(kyuubi("over", expires_at=NOW), threshold=0, why={"reason": "snooze ended"})
    message = shown(
        planned(etl),
        planned(last, over, when=NOW + 2 * DAY, fallback=(last,)),
        planned(last, when=NOW + 3 * DAY, fallback=(last,)),
    )

    assert message.text == "3 reminders come within 30 days. First: etl, 2026-12-02 10:00 CET."
    assert lines(message) == [
        "3 reminders come within 30 days.",
        "<2026-12-02 10:00 CET> to you",
        "etl · kyuubi · prod · 7 days before it expires",
        "<2026-12-03 10:00 CET> to you, and unless you answer before to @U2 of last",
        "last · kyuubi · prod · 1 day before it expires",
        "over · kyuubi · prod · once it has expired; its snooze ends",
        "<2026-12-04 10:00 CET> to you, and unless you answer before to @U2",
        "last · kyuubi · prod · 1 day before it expires",
        (
            "This is only a preview: nothing is sent, and what you answer or renew changes it. "
            "Further ahead: /tokens preview 90d"
        ),
    ]
    assert buttons(message) == {"Settings": ""}


def test_a_token_is_told_of_as_its_reminder_will() -> None:
    """What a reminder will say besides the expiry is foretold, by the operator's limits."""
    quiet = kyuubi("etl", expires_at=NOW + 8 * DAY, last_used_at=NOW - 40 * DAY)
    coming = planned(item(quiet, namesakes=2))

    text = "etl · kyuubi · prod · 7 days before it expires · "
    twice = "one of 2 tokens of this name there (renewed or copied?)"
    assert f"{text}{twice}" in lines(shown(coming))
    limits = Limits(unused_after=30 * DAY)
    assert f"{text}unused for 30 days or more, {twice}" in lines(shown(coming, limits=limits))


def test_many_reminders_have_pages() -> None:
    """A page holds eight; the buttons carry the kept preview and the page."""
    coming = [planned(item(), when=NOW + n * DAY) for n in range(2 * PAGE + 1)]

    assert buttons(shown(*coming)) == {"Next": "s:1", "Settings": ""}
    assert buttons(shown(*coming, page=1)) == {"Previous": "s:0", "Next": "s:2", "Settings": ""}
    assert buttons(shown(*coming, page=9)) == {"Previous": "s:1", "Settings": ""}
    assert len(lines(shown(*coming, page=2))) == 4
    assert len(lines(shown(*coming, page=-1))) == 2 + 2 * PAGE


def test_many_tokens_are_counted() -> None:
    """Eight are named, the others counted."""
    many = planned(*(item(kyuubi(f"t{n}", expires_at=NOW + 8 * DAY)) for n in range(11)))

    assert lines(shown(many))[-2] == "and 3 more"


def test_other_messages_are_foretold_too() -> None:
    """The first look and blind places are messages as well."""
    message = shown(
        planned(summary=Summary("all", 24, 7)),
        planned(summary=Summary("all", 1, 0)),
        planned(blind=(Blind(KYUUBI, NOW, "throttled"),)),
    )

    assert message.text.startswith("3 reminders come within 30 days. First: what the first look")
    assert "The first look: 24 tokens watched, 7 expired already" in lines(message)
    assert "The first look: 1 token watched" in lines(message)
    assert "A place that I cannot look at: kyuubi · prod" in lines(message)
    blind = shown(planned(blind=(Blind(KYUUBI, NOW, "throttled"),)))
    assert "First: a place that I cannot look at: kyuubi · prod, 2026-12-02 10:00 CET" in blind.text


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            planned(item(), when=NOW + 40 * DAY),
            "<Next reminder: 2027-01-10 10:00 CET>, about etl nightly",
        ),
        (None, "No reminder is in sight."),
    ],
)
def test_nothing_to_come_says_what_comes_later(after: Planned | None, said: str) -> None:
    """An empty window tells the first reminder beyond it."""
    message = shown(after=after)

    assert message.text == "No reminder within 30 days."
    assert lines(message)[:2] == ["No reminder within 30 days.", said]


def test_reminders_that_are_off_say_so() -> None:
    """Off is told as off, with the way to change it."""
    message = shown(of=watch(mode="off"))

    assert lines(message)[0] == "Reminders are off: nothing rings."
    assert "Settings" in buttons(message)


@slowly
@given(
    st.lists(PLANNED, max_size=4).map(lambda some: some * 4),
    WATCHES,
    st.sampled_from([HOUR, 30 * DAY, 3650 * DAY]),
    st.integers(-2, 9),
    st.none() | PLANNED,
)
def test_any_preview_fits(
    coming: list[Planned], of: Watch, window: timedelta, page: int, after: Planned | None
) -> None:
    """Whatever is to come, Slack takes the page."""
    shown(*coming, of=of, window=window, page=page, after=after)
