"""What identifies a token."""

from hypothesis import given
from hypothesis import strategies as st

from bot.models.token import key_within, token_key

_PARTS = st.lists(st.text("a/%25F", max_size=4), min_size=1, max_size=4)


@given(one=_PARTS, other=_PARTS)
def test_different_parts_make_different_identities(one: list[str], other: list[str]) -> None:
    """No choice of ids makes one token pose as another."""
    assert (token_key("kyuubi", *one) == token_key("kyuubi", *other)) == (one == other)
    assert token_key("kyuubi", *one) != token_key("idaas", *one)


@given(parts=_PARTS, last=st.text("a/%25F", max_size=4))
def test_an_identity_can_be_made_in_two_steps(parts: list[str], last: str) -> None:
    """A token's identity begins with that of its place."""
    assert key_within(token_key("kyuubi", *parts), last) == token_key("kyuubi", *parts, last)
