"""Pages: complete, disjoint, and only for those who ask on from where they were."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandbox.alibaba.paging import NextTokenError, Pages, max_results

ROWS = st.lists(st.tuples(st.integers(-5, 5), st.text(max_size=3)), unique=True).map(sorted)


@settings(deadline=None)
@given(rows=ROWS, size=st.integers(1, 5))
def test_pages_give_every_row_once(rows: list[tuple[int, str]], size: int) -> None:
    """Following next tokens to the end gives the whole list, in order, in full pages."""
    pages = Pages()
    found: list[tuple[int, str]] = []
    token: str | None = ""
    while token is not None:
        page, token = pages.cut(rows, lambda row: row, query=("q",), size=size, next_token=token)
        assert len(page) == size or token is None
        found += page

    assert found == rows


@settings(deadline=None)
@given(data=st.data())
def test_a_changed_next_token_is_refused(data: st.DataObject) -> None:
    """No other text is a next token: not one character may differ."""
    pages = Pages()
    rows = [(1, "a"), (2, "b")]
    _, token = pages.cut(rows, lambda row: row, query=("q",), size=1, next_token=None)
    assert token is not None
    at = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(at, len(token)))
    changed = token[:at] + data.draw(st.text(max_size=3)) + token[end:]
    assume(changed not in {token, ""})

    with pytest.raises(NextTokenError):
        pages.cut(rows, lambda row: row, query=("q",), size=1, next_token=changed)


@settings(deadline=None)
@given(size=st.integers(1, 10**9 - 1))
def test_a_page_is_never_larger_than_a_hundred(size: int) -> None:
    """A larger size counts as the largest."""
    assert max_results(str(size)) == min(size, 100)
