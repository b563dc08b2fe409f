import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.query import Query
from bot.models.token import Token
from bot.rules.query import parse_query
from bot.rules.select import Selection, select
from tests.rules.make import DAY, HOUR, IDAAS, KYUUBI, NOW, QUERIES, TOKENS, idaas, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

SOURCES = {"kyuubi", "idaas"}


def chosen(text: str, *tokens: Token) -> Selection:
    return select(parse_query(text, SOURCES), tokens, NOW)


def names(selection: Selection) -> list[str]:
    return [token.name or token.id for token in selection.rows]


def test_the_usual_list_hides_what_is_over() -> None:
    """Revoked tokens and those expired over a week ago are hidden and counted."""
    selection = chosen(
        "",
        kyuubi("active"),
        kyuubi("revoked", revoked=True),
        kyuubi("just expired", expires_at=NOW - 7 * DAY),
        kyuubi("long expired", expires_at=NOW - 7 * DAY - HOUR),
    )

    assert names(selection) == ["just expired", "active"]
    assert (selection.hidden_revoked, selection.hidden_expired) == (1, 1)
    assert (selection.read, selection.expired, selection.soon) == (4, 1, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("status:active", ["active"]),
        ("status:expired", ["expired"]),
        ("status:revoked", ["revoked"]),
        ("status:any", ["expired", "active", "revoked"]),
    ],
)
def test_a_status_shows_all_that_have_it(text: str, shown: list[str]) -> None:
    """Asked for by status, nothing is hidden, however old."""
    selection = chosen(
        text,
        kyuubi("active"),
        kyuubi("revoked", revoked=True),
        kyuubi("expired", expires_at=NOW - 90 * DAY),
    )

    assert names(selection) == shown
    assert selection.hidden_revoked == selection.hidden_expired == 0


def test_expiring_means_between_now_and_then() -> None:
    """`expiring:14d` shows what has 0 to 14 days left, both ends included."""
    ends = {"gone": -HOUR, "now": 0 * DAY, "soon": 3 * DAY, "edge": 14 * DAY, "later": 15 * DAY}

    selection = chosen(
        "expiring:14d",
        kyuubi("never", expires_at=None),
        *(kyuubi(name, expires_at=NOW + left) for name, left in ends.items()),
    )

    assert names(selection) == ["now", "soon", "edge"]
    assert selection.soon == 1


def test_unused_counts_from_the_last_use_or_the_creation() -> None:
    """`unused:90d` shows what was last used before, and what was never used and is that old."""
    selection = chosen(
        "unused:90d",
        kyuubi("used lately", last_used_at=NOW - 89 * DAY),
        kyuubi("used long ago", last_used_at=NOW - 90 * DAY),
        kyuubi("never used, old", last_used_at=None),
        kyuubi("never used, new", last_used_at=None, created_at=NOW - DAY),
    )

    assert names(selection) == ["never used, old", "used long ago"]


def test_what_does_not_report_use_is_left_out_and_counted() -> None:
    """A token whose source says nothing about use is never called unused."""
    selection = chosen(
        "unused:90d",
        idaas(),
        idaas("atntkn_revoked", revoked=True),
        idaas("atntkn_short", created_at=NOW, expires_at=NOW + HOUR),
        kyuubi("of unknown age", last_used_at=None, created_at=None),
    )

    assert selection.rows == ()
    assert (selection.use_unknown, selection.hidden_revoked) == (2, 1)
    assert selection.short_lived == ()


def test_sharing_is_compared_where_it_is_reported() -> None:
    """`shared:` compares how many may use a token; rows that do not say are counted."""
    many = tuple(f"user{n}" for n in range(6))

    selection = chosen(
        "shared:>5", kyuubi("wide", accounts=many), kyuubi("narrow", accounts=many[:5]), idaas()
    )

    assert names(selection) == ["wide"]
    assert selection.sharing_unknown == 1


def test_short_lived_tokens_are_one_line_per_target() -> None:
    """Tokens that live a day or less are counted per target, outside the rows and the headline."""
    brief: dict[str, Any] = {"created_at": NOW - HOUR, "expires_at": NOW - HOUR + DAY}
    same_place = KYUUBI.model_copy(update={"label": "the same place"})

    selection = chosen(
        "",
        kyuubi("a", **brief),
        kyuubi("b", **brief, target=same_place),
        idaas(**brief),
        kyuubi("long"),
    )

    assert names(selection) == ["long"]
    assert selection.short_lived == ((KYUUBI, 2), (IDAAS, 1))
    assert selection.soon == 0


@pytest.mark.parametrize("text", ["life:short", "name:bri", "brief", "life:short brief"])
def test_short_lived_tokens_show_when_asked_for(text: str) -> None:
    """`life:short`, or a search that names them, makes rows of short-lived tokens."""
    brief = kyuubi("brief", created_at=NOW - HOUR, expires_at=NOW + HOUR)

    selection = chosen(text, brief, kyuubi("other"))

    assert selection.rows == (brief,)
    assert selection.short_lived == ()


def test_a_long_life_leaves_out_the_short_ones() -> None:
    """`life:long` shows only tokens that live more than a day, or of unknown life."""
    selection = chosen(
        "life:long",
        kyuubi("brief", created_at=NOW, expires_at=NOW + DAY),
        kyuubi("long"),
        kyuubi("never ends", expires_at=None),
    )

    assert names(selection) == ["long", "never ends"]
    assert selection.short_lived == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kyuubi", ["ETL Nightly", "report"]),
        ("idaas", ["atntkn_x9k2a7"]),
        ("creator:MEI", ["report"]),
        ("creator:mei creator:admin", ["ETL Nightly", "report"]),
        ("name:nightly", ["ETL Nightly"]),
        ("name:payments", ["atntkn_x9k2a7"]),
        ("consumer:app", ["atntkn_x9k2a7"]),
        ("type:JWT", ["atntkn_x9k2a7"]),
        ("etl nightly", ["ETL Nightly"]),
        ("etl report", []),
        ("spark-role", ["report"]),
        ("dev-account", ["ETL Nightly"]),
        ("member/7311", ["ETL Nightly"]),
        ("x9k2a7", ["atntkn_x9k2a7"]),
        ("jwt_payments", ["atntkn_x9k2a7"]),
        ("atp_1", ["atntkn_x9k2a7"]),
        ("prod", ["ETL Nightly", "report"]),
        ("idaas_1", ["atntkn_x9k2a7"]),
    ],
)
def test_filters_and_words_find_rows(text: str, shown: list[str]) -> None:
    """Named filters look into their field, words into everything that a token is known by."""
    selection = chosen(
        text,
        kyuubi(
            "ETL Nightly",
            created_by="admin",
            accounts=("dev-account",),
            members=("acs:emr::w-1:member/7311",),
        ),
        kyuubi("report", created_by="Mei Lin", roles=("spark-role",)),
        idaas("atntkn_x9k2a7", provider_id="atp_1"),
    )

    assert names(selection) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sort:expiry", ["b", "a", "C", "atntkn_1"]),
        ("sort:used", ["C", "a", "b", "atntkn_1"]),
        ("sort:name", ["a", "b", "C", "atntkn_1"]),
        ("sort:created", ["C", "b", "a", "atntkn_1"]),
    ],
)
def test_each_order_puts_the_unknown_last(text: str, shown: list[str]) -> None:
    """Soonest expiry, latest use, name, newest first; never and not reported come last."""
    selection = chosen(
        text,
        idaas("atntkn_1", expires_at=None, created_at=None),
        kyuubi("C", expires_at=None, last_used_at=NOW - HOUR, created_at=NOW - DAY),
        kyuubi("a", expires_at=NOW + 2 * DAY, last_used_at=NOW - DAY),
        kyuubi("b", expires_at=NOW + DAY, last_used_at=None, created_at=NOW - 9 * DAY),
    )

    assert names(selection) == shown


@settings(deadline=None)
@given(QUERIES, st.lists(TOKENS, max_size=6), st.randoms())
def test_each_token_is_shown_or_accounted_for(
    query: Query, tokens: list[Token], chance: random.Random
) -> None:
    """No token is shown twice or made up, and the order read in does not matter."""
    keyed = [token.model_copy(update={"key": f"{number}"}) for number, token in enumerate(tokens)]
    selection = select(query, keyed, NOW)
    accounted = (
        len(selection.rows)
        + selection.hidden_revoked
        + selection.hidden_expired
        + selection.use_unknown
        + selection.sharing_unknown
        + sum(number for _, number in selection.short_lived)
    )

    assert all(row in keyed for row in selection.rows)
    assert accounted <= selection.read == len(tokens)
    if not query.filters:
        assert accounted == len(tokens)
    chance.shuffle(keyed)
    assert select(query, keyed, NOW).rows == selection.rows
