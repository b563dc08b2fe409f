"""Pages: complete, disjoint, and only for those who ask on from where they were."""

import string
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
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
        assert page or not rows
        found += page
        assert len(found) <= len(rows)

    assert found == rows


def test_no_other_text_is_a_next_token() -> None:
    """Not one character may differ, be missing or be added."""
    pages = Pages()
    rows = [(1, "a"), (2, "b")]

    def follow(token: str | None) -> Sequence[tuple[int, str]]:
        return pages.cut(rows, lambda row: row, query=("q",), size=1, next_token=token)[0]

    _, token = pages.cut(rows, lambda row: row, query=("q",), size=1, next_token=None)
    assert token is not None
    assert follow(token) == [(2, "b")]
    changes = {
        token[:at] + new + token[at + taken :]
        for at in range(len(token) + 1)
        for new in ("", *string.ascii_letters, *"0159-_+/= é")
        for taken in (0, 1)
    }
    for changed in changes - {token}:
        with pytest.raises(NextTokenError):
            follow(changed)


@settings(deadline=None)
@given(size=st.integers(1, 10**9 - 1))
def test_a_page_is_never_larger_than_a_hundred(size: int) -> None:
    """A larger size counts as the largest."""
    assert max_results(str(size)) == min(size, 100)
