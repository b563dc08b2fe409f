from typing import Any

import pytest
from hypothesis import given, settings

from bot.models.listing import Limits
from bot.models.token import Token
from bot.rules.findings import count_names, findings, urgency
from tests.rules.make import DAY, HOUR, NOW, TOKENS, idaas, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def kinds(token: Token, **options: Any) -> list[str]:
    return [finding.kind for finding in findings(token, NOW, **options)]


def test_a_healthy_token_needs_no_advice() -> None:
    """A token that is used, ends far off and is shared with few gets no findings."""
    assert findings(kyuubi(), NOW) == ()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"expires_at": NOW + 3 * DAY}, ["expiring_in_use"]),
        ({"expires_at": NOW + 3 * DAY, "last_used_at": NOW - 8 * DAY}, ["expiring"]),
        ({"expires_at": NOW + 7 * DAY}, ["expiring_in_use"]),
        ({"expires_at": NOW + 7 * DAY + HOUR}, []),
        ({"expires_at": NOW - DAY, "last_used_at": NOW - 2 * DAY}, ["expired_in_use"]),
        ({"expires_at": NOW - DAY, "last_used_at": NOW - HOUR}, ["expired_in_use"]),
        ({"expires_at": NOW - DAY, "last_used_at": NOW - 9 * DAY}, []),
        ({"expires_at": NOW - DAY, "last_used_at": None}, []),
        ({"expires_at": NOW + DAY, "last_used_at": None}, ["expiring", "never_used"]),
        ({"last_used_at": None}, ["never_used"]),
        ({"last_used_at": None, "created_at": None}, ["never_used"]),
        ({"last_used_at": None, "created_at": NOW - HOUR}, []),
        ({"last_used_at": NOW - 90 * DAY}, ["unused"]),
        ({"last_used_at": NOW - 89 * DAY}, []),
        ({"expires_at": None}, ["no_expiry"]),
        ({"accounts": tuple("abcdef")}, ["widely_shared"]),
        ({"members": tuple("abcde")}, []),
        ({"revoked": True, "expires_at": None, "last_used_at": None}, []),
        ({"created_at": NOW, "expires_at": NOW + HOUR, "last_used_at": None}, []),
    ],
)
def test_each_finding_has_its_condition(fields: dict[str, Any], found: list[str]) -> None:
    """A finding appears exactly when its condition holds, the most important first."""
    assert kinds(kyuubi(**fields)) == found


def test_all_findings_come_in_order_of_importance() -> None:
    """Expiry comes before use, use before exposure, and names last."""
    token = kyuubi(expires_at=None, last_used_at=None, accounts=tuple("abcdef"))
    twin = kyuubi(id="tk-twin")

    assert kinds(token, names=count_names([token, twin], NOW)) == [
        "never_used",
        "no_expiry",
        "widely_shared",
        "same_name",
    ]


def test_what_is_not_reported_is_said_to_be() -> None:
    """A source that says nothing about use never makes a token "unused": the text says so."""
    (finding,) = findings(idaas(expires_at=NOW + 3 * DAY), NOW)

    assert finding.kind == "expiring"
    assert finding.text == "It expires in 3 days. Its last use is not reported."
    assert kinds(idaas()) == []
    assert kinds(idaas(expires_at=None, not_reported=frozenset({"expires_at"}))) == ["never_used"]


def test_findings_say_what_when_and_what_to_do() -> None:
    """The words of a finding carry its numbers."""
    (finding,) = findings(kyuubi(expires_at=NOW + 3 * DAY, last_used_at=NOW - 5 * HOUR), NOW)

    assert finding.severity == "urgent"
    assert finding.text == "It expires in 3 days and was used 5 hours ago."
    assert finding.advice.startswith("Something depends on it: renew it")


def test_limits_are_the_callers() -> None:
    """The spans and numbers that make a finding can be chosen."""
    token = kyuubi(
        expires_at=NOW + 20 * DAY, last_used_at=NOW - 40 * DAY, accounts=("one", "other")
    )

    limits = Limits(unused_after=30 * DAY, shared_more_than=1)

    assert kinds(token, soon=30 * DAY, limits=limits) == [
        "expiring",
        "unused",
        "widely_shared",
    ]


def test_a_name_counts_twice_only_in_one_place_and_while_it_works() -> None:
    """The same name elsewhere, of a revoked token, or no name at all is no finding."""
    token = kyuubi("ETL")
    elsewhere = kyuubi("ETL", id="tk-2", target=token.target.model_copy(update={"source": "x"}))
    over = kyuubi("ETL", id="tk-3", revoked=True)
    nameless = idaas()
    copied = kyuubi("etl", id="tk-4")

    assert kinds(token, names=count_names([token, over, nameless], NOW)) == []
    assert kinds(nameless, names=count_names([nameless, nameless], NOW)) == []
    assert kinds(token, names=count_names([token, copied], NOW)) == ["same_name"]
    assert count_names([token, elsewhere, over, nameless, copied], NOW).total() == 3


def test_a_token_in_another_workspace_may_have_the_same_name() -> None:
    """Names are counted per target: the same job in two workspaces is no copy."""
    there = kyuubi("etl", id="tk-2")
    there = there.model_copy(
        update={"target": there.target.model_copy(update={"coordinates": {"workspace_id": "w-2"}})}
    )

    assert kinds(kyuubi("etl"), names=count_names([kyuubi("etl"), there], NOW)) == []


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"expires_at": NOW + DAY}, "now"),
        ({"expires_at": NOW + 2 * DAY}, "soon"),
        ({"expires_at": NOW + 7 * DAY}, "soon"),
        ({"expires_at": NOW + 30 * DAY}, "later"),
        ({"expires_at": NOW + 31 * DAY}, "none"),
        ({"expires_at": None}, "none"),
        ({"expires_at": NOW - DAY}, "now"),
        ({"expires_at": NOW - DAY, "last_used_at": NOW - 30 * DAY}, "none"),
        ({"expires_at": NOW + HOUR, "revoked": True}, "none"),
        ({"expires_at": NOW + HOUR, "created_at": NOW}, "none"),
    ],
)
def test_urgency_follows_the_time_left(fields: dict[str, Any], level: str) -> None:
    """A day, a week, a month, or expired in use: whoever is responsible sees it at once."""
    assert urgency(kyuubi(**fields), NOW) == level


@settings(deadline=None)
@given(TOKENS)
def test_any_token_can_be_judged(token: Token) -> None:
    """Whatever a source reports, advice comes out, urgent before warnings before notices."""
    order = ["urgent", "warning", "notice"]
    found = findings(token, NOW, names=count_names([token, token], NOW))

    ranks = [order.index(finding.severity) for finding in found]
    assert ranks == sorted(ranks)
    assert len({finding.kind for finding in found}) == len(found)
    assert urgency(token, NOW) in {"now", "soon", "later", "none"}
