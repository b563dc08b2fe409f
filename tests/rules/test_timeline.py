"""What expires in the coming quarter, and the advice on a whole list."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models.token import Token
from bot.rules.findings import Names, count_names, findings
from bot.rules.summary import ORDER, summary
from bot.rules.timeline import WEEKS, timeline
from tests.rules.make import DAY, HOUR, NOW, TOKENS, idaas, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Apia", "nowhere"])
WHENS = st.integers(-30, 24 * 7 * 15).map(lambda hours: NOW + hours * HOUR)
QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def test_each_token_is_in_the_week_in_which_it_ends() -> None:
    """Weeks begin on Monday where the reader is; each has its tokens, soonest first."""
    weeks = timeline(
        [
            kyuubi("b", expires_at=NOW + 2 * DAY),
            kyuubi("a", expires_at=NOW + DAY),
            kyuubi("next", expires_at=NOW + 7 * DAY),
        ],
        NOW,
        "Europe/Berlin",
    )

    assert len(weeks) == WEEKS
    assert weeks[0].monday == date(2026, 11, 30)
    assert [token.name for token in weeks[0].tokens] == ["a", "b"]
    assert [token.name for token in weeks[1].tokens] == ["next"]


def test_a_week_is_the_readers() -> None:
    """Sunday night in Los Angeles is Monday in Shanghai."""
    token = kyuubi(expires_at=datetime(2026, 12, 7, 3, tzinfo=UTC))

    here, there = (
        timeline([token], NOW, zone) for zone in ("America/Los_Angeles", "Asia/Shanghai")
    )

    assert [bool(week.tokens) for week in here[:2]] == [True, False]
    assert [bool(week.tokens) for week in there[:2]] == [False, True]


@QUIET
@given(st.lists(WHENS, max_size=12), ZONES)
def test_nothing_that_ends_within_the_quarter_is_lost(ends: list[datetime], zone: str) -> None:
    """Every live token of the twelve full weeks ahead is in one week, and no other is in any."""
    tokens = [kyuubi(f"t{n}", expires_at=at) for n, at in enumerate(ends)]
    weeks = timeline(tokens, NOW, zone)
    shown = Counter(token.name for week in weeks for token in week.tokens)

    for token in tokens:
        left = (token.expires_at or NOW) - NOW
        if timedelta(0) < left < (WEEKS - 1) * 7 * DAY:
            assert shown[token.name] == 1
        if left <= timedelta(0) or left > WEEKS * 7 * DAY:
            assert shown[token.name] == 0
    for week in weeks:
        assert week.monday.weekday() == 0
        assert list(week.tokens) == sorted(week.tokens, key=lambda t: t.expires_at or NOW)


@pytest.mark.parametrize(
    "token",
    [
        kyuubi(expires_at=None),
        kyuubi(expires_at=NOW),
        kyuubi(expires_at=NOW + DAY, revoked=True),
        kyuubi(expires_at=NOW + HOUR, created_at=NOW - HOUR),
        kyuubi(expires_at=datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_what_does_not_end_in_it_is_not_there(token: Token) -> None:
    """Never, over, revoked, short-lived and far off."""
    assert not any(week.tokens for week in timeline([token], NOW, "Asia/Shanghai"))


def test_advice_comes_by_kind_most_important_first() -> None:
    """Expiring in use first, then expired in use; each kind once, with all its tokens."""
    tokens = [
        kyuubi("never", expires_at=None),
        kyuubi("twin"),
        kyuubi("twin", id="tk-2", last_used_at=None),
        kyuubi("over", expires_at=NOW - DAY),
        kyuubi("soon", expires_at=NOW + DAY),
        kyuubi("soon, unused", expires_at=NOW + DAY, last_used_at=NOW - 95 * DAY),
        kyuubi("many", accounts=tuple("abcdefg")),
        kyuubi("fine"),
    ]

    found = summary(tokens, NOW, count_names(tokens, NOW))

    assert [(each.kind, [token.name for token in each.tokens]) for each in found] == [
        ("expiring_in_use", ["soon"]),
        ("expired_in_use", ["over"]),
        ("expiring", ["soon, unused"]),
        ("never_used", ["twin"]),
        ("unused", ["soon, unused"]),
        ("no_expiry", ["never"]),
        ("widely_shared", ["many"]),
        ("same_name", ["twin", "twin"]),
    ]


def test_what_reports_no_use_is_never_unused() -> None:
    """IDaaS says nothing about use: no advice rests on it."""
    tokens = [idaas(created_at=NOW - 900 * DAY), idaas("other", expires_at=NOW + DAY)]

    assert [each.kind for each in summary(tokens, NOW, Names())] == ["expiring"]


@QUIET
@given(st.lists(TOKENS, max_size=6))
def test_no_finding_is_lost(tokens: list[Token]) -> None:
    """The summary holds each finding of each token, and no other."""
    found = summary(tokens, NOW, Names())

    assert Counter(each.kind for each in found for _ in each.tokens) == Counter(
        finding.kind for token in tokens for finding in findings(token, NOW, names=Names())
    )
    assert [each.kind for each in found] == [
        kind for kind in ORDER if kind in {e.kind for e in found}
    ]
