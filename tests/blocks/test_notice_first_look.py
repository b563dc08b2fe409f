from typing import Any

import pytest

from bot.models.notice import Blind, Notice, Summary
from bot.models.watch import Mode
from tests.blocks.checker import objects
from tests.blocks.notices import notice
from tests.blocks.reader import buttons, lines
from tests.blocks.test_notice import several, shown
from tests.rules.make import DAY, IDAAS, KYUUBI, NOW
from tests.rules.reminders import watch


def first(mode: Mode = "unasked", **fields: Any) -> Notice:
    """Return the first notice of a watch."""
    summary = Summary(**{"mode": mode, "watched": 24, "expired": 0, **fields})
    of = watch(mode=mode, mine=("mei",) if mode == "mine" else ())
    return notice(*several(2), summary=summary, watch=of)


def test_the_first_look_says_what_it_found_and_asks_once() -> None:
    """One message after connecting: how many, what is soon, by which rules, and the choice."""
    message = shown(first(expired=7))

    assert message.text.startswith(
        "I watch 24 tokens for you, and 2 of them expire soon. t0 (kyuubi · prod) expires"
    )
    assert lines(message)[:3] == [
        "I watch 24 tokens for you, and 2 of them expire soon.",
        "7 have expired already; they do not ring.",
        "Until you choose, I ring all tokens: 7, 3 and 1 days before, and once expired.",
    ]
    assert lines(message)[3] == "Which of them shall ring?"
    chosen = [each for each in objects(message.blocks) if each.get("style") == "primary"]
    assert [each["text"]["text"] for each in chosen] == ["Only mine…"]
    assert buttons(message)["All of them"] == "all:n1"
    assert buttons(message)["Only mine…"] == "mine:n1"
    assert buttons(message)["None"] == "off:n1"


def test_few_tokens_suggest_all() -> None:
    """Up to twenty tokens are no noise: all of them is the suggestion."""
    message = shown(first(watched=20))

    chosen = [each for each in objects(message.blocks) if each.get("style") == "primary"]
    assert [each["text"]["text"] for each in chosen] == ["All of them"]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("all", ":white_check_mark: You chose: all of them ring."),
        ("mine", ":white_check_mark: You chose: only yours ring."),
        ("off", ":white_check_mark: You chose: none of them rings."),
    ],
)
def test_a_choice_takes_the_place_of_the_question(mode: Mode, said: str) -> None:
    """Once chosen, the message tells what, and Settings is the way to change it."""
    message = shown(first(), mode=mode)

    assert said in lines(message)
    assert not any("I ring" in each for each in lines(message))
    assert "All of them" not in buttons(message)
    assert buttons(message)["Settings"] == "n1"


def test_a_first_look_that_was_chosen_before_asks_nothing() -> None:
    """Who chose before the first look is told the settings, and asked nothing."""
    message = shown(first("mine"))

    assert lines(message)[1] == (
        "I ring the tokens of mei: 30, 14, 7, 3 and 1 days before, and once expired."
    )
    assert "Which of them shall ring?" not in lines(message)


@pytest.mark.parametrize(
    ("watched", "soon", "headline"),
    [
        (0, 0, "No token of yours is going to expire, so nothing rings for now."),
        (1, 0, "I watch 1 token for you, and none of them expires soon."),
        (1, 1, "I watch 1 token for you, and it expires soon."),
        (2, 2, "I watch 2 tokens for you, and all expire soon."),
        (1204, 1, "I watch 1,204 tokens for you, and 1 of them expires soon."),
    ],
)
def test_the_first_look_in_numbers(watched: int, soon: int, headline: str) -> None:
    """One, some, all or none: the sentence is right."""
    summary = Summary("all", watched, 1, (KYUUBI, IDAAS))
    found = lines(shown(notice(*several(soon), summary=summary)))

    assert found[0] == headline
    assert found[1] == "1 has expired already; it does not ring."
    assert found[2] == (
        "Not read yet, and not counted: kyuubi · prod, idaas · idaas_1 · app_1 · jwt_payments."
    )


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("stale", "The service is down or throttling: I have only what it said before."),
        ("empty", "It lists no tokens any more, though it did before."),
        (
            "unopened",
            (
                "I cannot open its connection: the bot's key was changed or lost. "
                "Connect again: /tokens connect"
            ),
        ),
        ("credential_refused", "The credential is wrong, disabled or expired. Replace it:"),
    ],
)
def test_a_blind_place_is_told_with_its_reason(problem: str, reason: str) -> None:
    """Silence is not good news where nothing could be read: since when, why, what to do."""
    message = shown(notice(blind=(Blind(KYUUBI, NOW - 2 * DAY, problem),)))

    assert message.text == (
        "I could not look at kyuubi · prod since 2026-11-29 10:00 CET: silence there means nothing."
    )
    found = lines(message)
    assert found[0] == (
        ":warning: I could not look at kyuubi · prod< since 2026-11-29 10:00 CET>. "
        "Until I can, silence does not mean that nothing expires there."
    )
    assert found[1].startswith(reason)
    assert list(buttons(message)) == ["Settings"]


def test_many_blind_places_are_counted() -> None:
    """Five are told, the others counted; one that is only cut off is named so."""
    blind = tuple(Blind(KYUUBI, NOW - n * DAY, "truncated") for n in range(1, 8))
    message = shown(notice(blind=blind))

    assert "could not read all of" in lines(message)[0]
    assert "And 2 more places: /tokens list" in lines(message)
    assert "since 2026-11-24 10:00 CET" in message.text
