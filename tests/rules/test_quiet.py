from typing import Any

import pytest

from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.matches import matches_all
from bot.rules.quiet import why_quiet
from tests.rules.make import DAY, HOUR, NOW, kyuubi
from tests.rules.reminders import watch


@pytest.mark.parametrize(
    ("token", "of", "said"),
    [
        (kyuubi(), None, "nothing is watched"),
        (kyuubi(), watch(mode="off"), "reminders are off"),
        (kyuubi(revoked=True), watch(), "it is revoked"),
        (kyuubi(expires_at=None), watch(), "it never expires"),
        (
            kyuubi(expires_at=None, not_reported=frozenset({"expires_at"})),
            watch(),
            "its expiry is not reported",
        ),
        (
            kyuubi(created_at=NOW, expires_at=NOW + HOUR),
            watch(),
            "it lives a day or less",
        ),
        (
            kyuubi(created_by="admin"),
            watch(mode="mine", mine=("mei",)),
            "your settings leave it out",
        ),
        (
            kyuubi(expires_at=NOW - DAY),
            watch(),
            "it has expired, and there is nothing more to say",
        ),
        (kyuubi(), watch(), "none of your thresholds lies ahead"),
    ],
)
def test_a_silence_has_its_reason(token: Token, of: Watch | None, said: str) -> None:
    """Whatever keeps a token from ringing is told as such."""
    assert why_quiet(token, of, NOW, matches=matches_all, lapsing=False) == said


def test_an_answer_and_a_filter_are_reasons() -> None:
    """What a person asked for is told before what follows from it."""

    def reason(**given: Any) -> str:
        return why_quiet(kyuubi(), watch(), NOW, **{"matches": matches_all, **given})

    assert reason(lapsing=True) == "you let it lapse"
    assert reason(lapsing=False, matches=lambda *_: False) == "your settings leave it out"
    assert reason(lapsing=True, matches=lambda *_: False) == "you let it lapse"
