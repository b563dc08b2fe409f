import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.token import Token
from bot.rules.resolve import resolve, token_ref
from tests.rules.make import BROKEN, TOKENS, idaas, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

TOKENS_HERE = [
    kyuubi("etl", id="tk-aaa111"),
    kyuubi("etl nightly", id="tk-aab222"),
    kyuubi("Report", id="tk-etl"),
    idaas("atntkn_01kqflm0x9k2a"),
]


@pytest.mark.parametrize(
    ("reference", "ids"),
    [
        ("etl", ["tk-aaa111"]),
        ("ETL Nightly", ["tk-aab222"]),
        ("tk-etl", ["tk-etl"]),
        ("tk-aa", ["tk-aaa111", "tk-aab222"]),
        ("tk-aab", ["tk-aab222"]),
        ("rep", ["tk-etl"]),
        ("nightly", ["tk-aab222"]),
        ("x9k2a", ["atntkn_01kqflm0x9k2a"]),
        ("…0x9k2a", ["atntkn_01kqflm0x9k2a"]),
        ("jwt_payments · app_1 · …0x9k2a", ["atntkn_01kqflm0x9k2a"]),
        ("jwt_", ["atntkn_01kqflm0x9k2a"]),
        ("9k2b", []),
        ("nothing like it", []),
        ("", []),
        ("…", []),
    ],
)
def test_the_best_fit_wins(reference: str, ids: list[str]) -> None:
    """The whole name or id, then its start, then the end of an id, then any part of a name."""
    assert [token.id for token in resolve(reference, TOKENS_HERE)] == ids


@settings(deadline=None)
@given(BROKEN, st.lists(TOKENS, max_size=5))
def test_a_token_is_found_by_what_the_list_shows(text: str, tokens: list[Token]) -> None:
    """Any reference can be asked for, and a token is found by the name that is shown for it."""
    assert all(token in tokens for token in resolve(text, tokens))
    for token in tokens:
        if resolve(token.display_name, [token]):
            assert resolve(token.display_name, tokens)


def test_a_reference_is_short_and_belongs_to_one_token() -> None:
    """A button's reference to a token says nothing about it and differs from every other's."""
    references = {token_ref(token) for token in TOKENS_HERE}

    assert len(references) == len(TOKENS_HERE)
    assert all(len(reference) == 12 and reference.isalnum() for reference in references)
    assert token_ref(kyuubi("renamed", id="tk-etl")) == token_ref(TOKENS_HERE[2])
