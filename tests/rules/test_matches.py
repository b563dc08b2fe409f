import pytest

from bot.models.query import Query
from bot.rules.matches import matches_all, matches_query
from bot.rules.query import parse_query
from tests.rules.make import DAY, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, listed, watch

SOURCES = {"kyuubi", "idaas"}


@pytest.mark.parametrize("text", ["", "sort:used", "status:active", "expiring:7d", "status:any"])
def test_a_query_that_filters_nothing_lasting_lets_all_through(text: str) -> None:
    """Status and time left are what thresholds are for."""
    assert matches_query(parse_query(text, SOURCES)) is matches_all


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("creator:ann", ["hers", "old"]),
        ("unused:90d", ["idle"]),
        ("unused:90d creator:ann", []),
        ("kyuubi expiring:7d name:h", ["hers"]),
        ("idaas", []),
        ("old", ["old"]),
        ("life:short", []),
    ],
)
def test_the_rest_of_a_query_counts(text: str, names: list[str]) -> None:
    """Also for tokens that have expired or were revoked."""
    tokens = [
        kyuubi("hers", created_by="ann"),
        kyuubi("idle", created_by="bob", last_used_at=NOW - 91 * DAY),
        kyuubi("old", created_by="ann", expires_at=NOW - 60 * DAY, revoked=True),
    ]
    matches = matches_query(parse_query(text, SOURCES))

    assert [token.name for token in tokens if matches(token, NOW)] == names


def test_a_filter_by_time_left_does_not_swallow_the_end() -> None:
    """`expiring:14d` no longer holds once a token has expired: `expired` rings all the same."""
    token = kyuubi(expires_at=NOW + 16 * DAY)
    bell = Bell(watch(workdays=ALL_WEEK), matches=matches_query(Query(expiring=14 * DAY)))

    bell.live(listed(token), NOW, NOW + 20 * DAY)

    assert bell.thresholds == [14, 7, 3, 1, 0]
    assert set(bell.states) == {"superseded"}
