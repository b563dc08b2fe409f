import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.text import fold, nearest, one_typo, straighten, tidy
from tests.rules.make import BROKEN


@settings(deadline=None)
@given(BROKEN)
def test_tidy_text_hides_nothing(text: str) -> None:
    """Tidy text is one visible line that can be sent, and tidying it again changes nothing."""
    shown = tidy(text)

    shown.encode()
    assert not set(shown) & set("\n\r\t\x00\x07\u200b\u202e\ufeff\u2066\x1f")
    assert "  " not in shown
    assert tidy(shown) == shown
    assert json.loads(json.dumps(shown)) == shown


def test_visible_text_stays_as_it_is() -> None:
    """Letters of any script, signs and emoji are left alone."""
    assert tidy("Zoë’s 生产 key 🔑 (α–ω)") == "Zoë’s 生产 key 🔑 (α–ω)"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("“etl nightly”", '"etl nightly"'),
        ("it’s", "it's"),
        ("em—dash and en–dash", "em-dash and en-dash"),
        ("ｓｔａｔｕｓ：any", "status:any"),
        ("shared:≥5", "shared:>=5"),
        ("plain", "plain"),
    ],
)
def test_keyboards_are_undone(typed: str, meant: str) -> None:
    """What phones and input methods put in the place of ASCII signs becomes ASCII again."""
    assert straighten(typed) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ETL  Nightly", "etl nightly"),
        ("Straße", "STRASSE"),
        ("ＥＴＬ", "etl"),
        ("a\u200bb", "ab"),
        ("it’s", "it's"),
        (" padded ", "padded"),
    ],
)
def test_looks_do_not_count_when_comparing(one: str, other: str) -> None:
    """Two texts that a person takes for the same one fold to the same."""
    assert fold(one) == fold(other)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_short_way_to_fold_agrees_with_the_long_one(text: str) -> None:
    """Plain ASCII takes a short cut that gives what the whole treatment gives."""
    assert fold(text) == fold(text + "\u200b")


@pytest.mark.parametrize("typed", ["lst", "lisst", "lsit", "lisr", "ilst", "lists", "ist"])
def test_a_slip_is_one_typo(typed: str) -> None:
    """A letter missing, doubled, wrong, swapped, appended or cut off is one typo."""
    assert one_typo(typed, "list")
    assert one_typo("list", typed)


@pytest.mark.parametrize("typed", ["list", "life", "stil", "", "li", "tsil", "lits!"])
def test_two_slips_are_not_one_typo(typed: str) -> None:
    """The word itself and words two slips away are not one typo away."""
    assert not one_typo(typed, "list")


@settings(deadline=None)
@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_one_typo_is_damerau_levenshtein_one(a: str, b: str) -> None:
    """The short test agrees with the textbook's matrix."""
    assert one_typo(a, b) == (_distance(a, b) == 1)


def _distance(a: str, b: str) -> int:
    rows = [[max(i, j) for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            rows[i][j] = min(
                rows[i - 1][j] + 1,
                rows[i][j - 1] + 1,
                rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
            )
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def test_the_nearest_word_is_found() -> None:
    """A slip wins over a likeness, a likeness over nothing, and nothing is forced."""
    words = ["status", "sort", "shared"]

    assert nearest("srot", words) == "sort"
    assert nearest("state", words) == "status"
    assert nearest("zzz", words) is None
