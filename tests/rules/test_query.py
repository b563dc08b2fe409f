import contextlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InputError
from bot.models.query import Comparison, Query
from bot.rules.query import format_query, parse_query, perhaps_meant, split_words
from tests.rules.make import BROKEN, DAY, HOUR, QUERIES

SOURCES = {"kyuubi", "idaas", "livy"}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("kyuubi", Query(sources=frozenset({"kyuubi"}))),
        ("IDaaS livy", Query(sources=frozenset({"idaas", "livy"}))),
        ("status:expired", Query(statuses=frozenset({"expired"}))),
        ("status:active status:revoked", Query(statuses=frozenset({"active", "revoked"}))),
        ("status:any", Query(statuses=frozenset({"active", "expired", "revoked"}))),
        ("expiring:14d", Query(expiring=14 * DAY)),
        ("expiring:36h", Query(expiring=36 * HOUR)),
        ("unused:2w", Query(unused=14 * DAY)),
        ("unused:90", Query(unused=90 * DAY)),
        ("unused:90days", Query(unused=90 * DAY)),
        ("unused:90d unused:90", Query(unused=90 * DAY)),
        ("life:Short", Query(life="short")),
        ("creator:admin creator:mei", Query(creator=("admin", "mei"))),
        ('name:"etl nightly"', Query(name=("etl nightly",))),
        ("name:'etl nightly' x", Query(name=("etl nightly",), text=("x",))),
        ("name: etl", Query(name=("etl",))),
        ("Type:jwt", Query(kind=("jwt",))),
        ("consumer:app_1", Query(consumer=("app_1",))),
        ("shared:>5", Query(shared=Comparison(operator=">", number=5))),
        ('shared:">= 5"', Query(shared=Comparison(operator=">=", number=5))),
        ("shared:0", Query(shared=Comparison(operator="=", number=0))),
        ("sort:used", Query(sort="used")),
        ("etl nightly", Query(text=("etl", "nightly"))),
        ("etl etl", Query(text=("etl",))),
        ('"etl nightly" kyuubi', Query(text=("etl nightly",), sources=frozenset({"kyuubi"}))),
        ('"kyuubi"', Query(text=("kyuubi",))),
        ('"a:b"', Query(text=("a:b",))),
        (r'"say \"hi\" \\o/"', Query(text=('say "hi" \\o/',))),
        ('"never closed', Query(text=("never closed",))),
        ('"ends in \\', Query(text=("ends in ",))),
        ('""', Query()),
        ("jonas's", Query(text=("jonas's",))),
        ("12:30", Query(text=("12:30",))),
    ],
)
def test_filters_are_read(text: str, query: Query) -> None:
    """Each filter of the grammar is read as documented."""
    assert parse_query(text, SOURCES) == query


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("statsu:any", "“statsu:” is not a filter. Did you mean “status:”?", "status:expired"),
        ("state:any", "“state:” is not a filter. Did you mean “status:”?", "status:expired"),
        (
            "acs:emr::w-1",
            (
                "“acs:” is not a filter. "
                "To search for text that has a colon in it, put it in double quotes."
            ),
            '"acs:…"',
        ),
        (
            "status:expird",
            "“status:” cannot be “expird”. Did you mean “expired”?",
            "status:expired",
        ),
        (
            "status:zzz",
            "“status:” cannot be “zzz”. Choose active, expired, revoked or any.",
            "status:expired",
        ),
        ("life:lon", "“life:” cannot be “lon”. Did you mean “long”?", "life:long"),
        ("sort:zzz", "“sort:” cannot be “zzz”. Choose expiry, used, name or created.", "sort:used"),
        (
            "expiring:soon",
            "“expiring:” cannot be “soon”. Give hours, days or weeks, such as 12h, 14d or 2w.",
            "expiring:14d",
        ),
        ("expiring:0d", "“expiring:” takes 1 hour to 10 years.", "expiring:14d"),
        ("unused:99999w", "“unused:” takes 1 hour to 10 years.", "unused:90d"),
        (
            "unused:1d unused:2d",
            "“unused:” is given twice, with different values.",
            "unused:90d",
        ),
        (
            "shared:many",
            "“shared:” cannot be “many”. Give a number, such as >5, <=2 or 0.",
            "shared:>5",
        ),
        ("name:", "“name:” needs a value.", "name:etl"),
        ('creator:""', "“creator:” needs a value.", "creator:admin"),
    ],
)
def test_a_mistake_names_the_nearest_right_word(text: str, message: str, suggestion: str) -> None:
    """A mistake is told in words, with what was probably meant and one example that works."""
    with pytest.raises(InputError) as raised:
        parse_query(text, SOURCES)

    assert (raised.value.message, raised.value.suggestion) == (message, suggestion)


def test_every_suggestion_works() -> None:
    """What a mistake suggests parses without another mistake."""
    for text in ("status:x", "expiring:x", "shared:x", "life:x", "sort:x", "nmae:x", "z:x"):
        with pytest.raises(InputError) as raised:
            parse_query(text, SOURCES)
        assert raised.value.suggestion is not None
        parse_query(raised.value.suggestion, SOURCES)


def test_a_long_mistake_is_cut() -> None:
    """Only the start of what was mistyped is repeated, on one line."""
    with pytest.raises(InputError) as raised:
        parse_query(f'status:"a\n{"b" * 90}"', SOURCES)

    assert raised.value.message.startswith(f"“status:” cannot be “a {'b' * 28}…”")


@pytest.mark.parametrize("text", ["x" * 1001, "x " * 3000, f"name:'{chr(34) * 600}'"])
def test_endless_text_is_refused(text: str) -> None:
    """Text that nobody types is refused, also when only its canonical form is that long."""
    with pytest.raises(InputError, match="1,000 characters"):
        parse_query(text, SOURCES)


@settings(deadline=None)
@given(QUERIES)
def test_canonical_text_says_the_same(query: Query) -> None:
    """A query written as text and read again is the same query."""
    assert parse_query(format_query(query), SOURCES) == query


@settings(deadline=None)
@given(st.one_of(BROKEN, st.text("ab:\"'\\ >5dw", max_size=30)))
def test_any_text_is_a_query_or_a_mistake(text: str) -> None:
    """Whatever is typed, there is a query whose text is stable, or an InputError."""
    with contextlib.suppress(InputError):
        query = parse_query(text, SOURCES)
        assert parse_query(format_query(query), SOURCES) == query


def test_canonical_text_is_what_a_person_would_type() -> None:
    """The canonical text reads like the filters in the help text."""
    query = Query(
        sources=frozenset({"kyuubi", "idaas"}),
        statuses=frozenset({"active", "expired", "revoked"}),
        expiring=36 * HOUR,
        unused=90 * DAY,
        life="long",
        creator=("admin", "Mei Lin"),
        shared=Comparison(operator="=", number=3),
        sort="used",
        text=("etl",),
    )

    assert format_query(query) == (
        "idaas kyuubi status:any expiring:36h unused:90d life:long "
        'creator:admin creator:"Mei Lin" shared:3 sort:used "etl"'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('etl "night ly" etl', ("etl", "night ly")),
        ("status:any x", ("status:any", "x")),
        ('""', ()),
    ],
)
def test_free_text_is_split_without_reading_filters(text: str, words: tuple[str, ...]) -> None:
    """The search field of the form takes quotes, but everything in it is text."""
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("expired", "status:expired"),
        ("kyubi", "kyuubi"),
        ("creator", "creator:admin"),
        ("nightly", None),
    ],
)
def test_a_word_that_looks_like_a_filter_is_noticed(text: str, meant: str | None) -> None:
    """When nothing is found, a word that was perhaps meant as a filter is suggested as one."""
    assert perhaps_meant(parse_query(text, SOURCES), SOURCES) == meant


@pytest.mark.parametrize(
    ("operator", "passing"),
    [(">", {3}), (">=", {2, 3}), ("<", {1}), ("<=", {1, 2}), ("=", {2})],
)
def test_comparisons_hold(operator: str, passing: set[int]) -> None:
    """Each comparison lets through what it says."""
    comparison = Comparison.model_validate({"operator": operator, "number": 2})

    assert {n for n in (1, 2, 3) if comparison.holds(n)} == passing


@pytest.mark.parametrize(
    ("text", "everything", "filters"),
    [
        ("", False, False),
        ("sort:name", False, False),
        ("status:active", False, True),
        ("status:expired", True, True),
        ("status:any", True, True),
        ("kyuubi", False, True),
    ],
)
def test_a_query_knows_what_it_needs(text: str, everything: bool, filters: bool) -> None:  # noqa: FBT001  # values of the table
    """Only a query for expired or revoked tokens asks the sources for them; an order is no filter."""
    query = parse_query(text, SOURCES)

    assert (query.needs_everything, query.filters) == (everything, filters)


def test_a_query_takes_whole_hours_only() -> None:
    """A span that the grammar cannot write is refused, so that canonical text is exact."""
    for span in (timedelta(minutes=90), timedelta(0), timedelta(days=9999)):
        with pytest.raises(ValueError, match="whole hours"):
            Query(expiring=span)
