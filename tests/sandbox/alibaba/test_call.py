"""How a request is taken apart."""

from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.alibaba.call import by_name, form_pairs


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_what_a_form_encodes_is_decoded(pairs: list[tuple[str, str]]) -> None:
    """Names and values of any characters come back, in order, repeated ones too."""
    decoded = form_pairs(urlencode(pairs).encode())

    assert [(name.decode(), value.decode()) for name, value in decoded] == pairs


def test_of_a_repeated_name_the_first_value_counts() -> None:
    """A parameter that is smuggled in later changes nothing."""
    assert by_name(form_pairs(b"a=1&b&a=2&&")) == {"a": "1", "b": ""}
