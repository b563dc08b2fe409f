"""What a reminder says of a token besides its expiry."""

import pytest

from bot.blocks._kit import Message
from bot.blocks.notice import fallback_message, notice_message
from bot.blocks.why import item_view
from bot.models.listing import Limits
from bot.models.token import Token
from tests.blocks.checker import check_message
from tests.blocks.make import COMMAND, TITLES
from tests.blocks.notices import item, notice
from tests.blocks.reader import Json, lines
from tests.rules.make import DAY, NOW, idaas, kyuubi

SOON = NOW + 7 * DAY
QUIET = kyuubi(expires_at=SOON, last_used_at=NOW - 40 * DAY, accounts=("ana", "bo", "cy"))


def besides(payload: Message | Json) -> list[str]:
    return [line for line in lines(payload) if line.startswith("Besides")]


@pytest.mark.parametrize(
    ("token", "limits", "said"),
    [
        (QUIET, Limits(), []),
        (
            QUIET,
            Limits(unused_after=30 * DAY, shared_more_than=2),
            ["Besides: unused for 30 days or more, shared by more than 2."],
        ),
        (QUIET, Limits(shared_more_than=2), ["Besides: shared by more than 2."]),
        (idaas(expires_at=SOON, created_at=NOW - 900 * DAY), Limits(unused_after=DAY), []),
    ],
)
def test_a_reminder_tells_what_else_to_know(token: Token, limits: Limits, said: list[str]) -> None:
    """By the operator's limits, and the same in the message, in its copy and in its modal."""
    rings = item(token)
    one = notice(rings)
    words = {"now": NOW, "zone": "UTC", "limits": limits}
    named = {"command": COMMAND, "titles": TITLES}

    assert besides(check_message(notice_message(one, **words, **named))) == said  # type: ignore[arg-type]  # by name
    copied = fallback_message(one, [rings], **words, **named)  # type: ignore[arg-type]  # by name
    assert besides(copied) == said
    assert besides(item_view(one, rings, **words)) == said  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("namesakes", "said"),
    [
        (0, []),
        (1, []),
        (2, ["Besides: one of 2 tokens of this name there (renewed or copied?)."]),
    ],
)
def test_a_reminder_tells_that_a_name_occurs_twice(namesakes: int, said: list[str]) -> None:
    """As it was when the message was made, wherever that token is told of."""
    rings = item(kyuubi(expires_at=SOON), namesakes=namesakes)
    one = notice(rings)
    words = {"now": NOW + 3 * DAY, "zone": "UTC"}
    named = {"command": COMMAND, "titles": TITLES}

    assert besides(check_message(notice_message(one, **words, **named))) == said  # type: ignore[arg-type]  # by name
    assert besides(fallback_message(one, [rings], **words, **named)) == said  # type: ignore[arg-type]  # by name
    assert besides(item_view(one, rings, **words)) == said  # type: ignore[arg-type]  # by name


def test_an_old_reminder_says_what_it_said() -> None:
    """A message that stays for weeks does not begin to claim more than it knew."""
    rings = item(QUIET.model_copy(update={"expires_at": NOW + 80 * DAY}), threshold=80)
    later = notice_message(
        notice(rings), now=NOW + 60 * DAY, zone="UTC", command=COMMAND, titles=TITLES
    )

    assert besides(later) == []
