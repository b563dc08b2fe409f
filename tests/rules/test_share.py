"""What of a list may be seen by others, frozen as it will be posted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.connection import Owner
from bot.models.listing import Coverage, Listing
from bot.models.query import Query
from bot.models.share import COLUMNS, DEFAULT_COLUMNS, Cell, Column, Share, SharedList
from bot.models.token import Token
from bot.rules.findings import count_names, namesake_names, namesakes
from bot.rules.query import parse_query
from bot.rules.select import select
from bot.rules.share import (
    MOST_ROWS,
    OUTDATED_AFTER,
    WIDTHS,
    ages_at,
    allowed,
    capacity,
    freeze,
    read_with,
    row_of,
    usual_columns,
)
from tests.rules.make import DAY, HOUR, IDAAS, KYUUBI, NOW, QUERIES, TOKENS, idaas, kyuubi

OWNER = Owner("T1", "U1")
SOURCES = {"kyuubi", "idaas"}
CHOICES = st.sets(st.sampled_from(COLUMNS), min_size=1).map(lambda some: allowed(some, COLUMNS))


def read(*tokens: Token, coverage: tuple[Coverage, ...] = (), **more: object) -> Listing:
    return Listing.model_validate({"tokens": tokens, "coverage": coverage, "now": NOW, **more})


def frozen(listing: Listing, *columns: Column, text: str = "") -> SharedList:
    query = parse_query(text, SOURCES)
    selection = select(query, listing.tokens, listing.now)
    return freeze(listing, selection, query, owner=OWNER, columns=columns or DEFAULT_COLUMNS)


def covered(connection: str, label: str = "", **more: object) -> Coverage:
    fields = {"connection_id": connection, "connection_label": label, "target": KYUUBI}
    return Coverage.model_validate({**fields, "state": "fresh", "read_at": NOW - HOUR, **more})


def column(token: Token, name: Column) -> Cell:
    (row,) = frozen(read(token), name, text="status:any").rows
    return row.cells[0]


@pytest.mark.parametrize(
    ("token", "name", "cell"),
    [
        (kyuubi("etl"), "name", Cell(text="etl")),
        (kyuubi(), "expires", Cell(at=NOW + 100 * DAY)),
        (kyuubi(expires_at=NOW - DAY), "expires", Cell(text="expired", at=NOW - DAY)),
        (kyuubi(expires_at=None), "expires", Cell(text="never")),
        (kyuubi(revoked=True), "expires", Cell(text="revoked")),
        (
            kyuubi(expires_at=None, not_reported=frozenset({"expires_at"})),
            "expires",
            Cell(text="not reported"),
        ),
        (kyuubi(), "status", Cell(text="active")),
        (kyuubi(last_used_at=None), "finding", Cell(text="never used")),
        (kyuubi(), "last_used", Cell(at=NOW - HOUR)),
        (kyuubi(last_used_at=None), "last_used", Cell(text="never")),
        (idaas(), "last_used", Cell(text="not reported")),
        (kyuubi(created_by="mei"), "created_by", Cell(text="mei")),
        (kyuubi(), "created_by", Cell()),
        (kyuubi(accounts=("a", "b")), "accounts", Cell(text="a, b")),
        (kyuubi(members=tuple("abcdef")), "members", Cell(text="a, b, c and 3 more")),
        (idaas(), "members", Cell(text="not reported")),
        (idaas(), "accounts", Cell(text="not reported")),
        (kyuubi(masked="abc••••xyz"), "masked", Cell(text="abc••••xyz")),
        (idaas(), "masked", Cell(text="not reported")),
        (kyuubi(), "where", Cell(text="kyuubi · prod")),
    ],
)
def test_each_column_says_what_is_reported(token: Token, name: Column, cell: Cell) -> None:
    """What a source does not report is said to be so, and never passes for nothing or never."""
    assert column(token, name) == cell


def test_nothing_but_the_columns_is_frozen() -> None:
    """A frozen list holds the cells of its columns, and no other word about a token."""
    tokens = [
        kyuubi(
            "NAME",
            id="ID",
            masked="MASKED",
            created_by="CREATOR",
            accounts=("ACCOUNT",),
            members=("MEMBER",),
            roles=("ROLE",),
            consumer="CONSUMER",
        )
    ]
    words = {"name": "NAME", "masked": "MASKED", "created_by": "CREATOR", "accounts": "ACCOUNT"}
    words["members"] = "MEMBER"
    for chosen in ((each,) for each in COLUMNS):
        text = frozen(read(*tokens), *chosen).model_dump_json()

        assert {word for word in (*words.values(), "ID", "ROLE", "CONSUMER") if word in text} == {
            words[each] for each in chosen if each in words
        }


def test_counts_tell_no_more_than_the_columns() -> None:
    """Without the expiry nothing says how many expire soon, nor how urgent a row is."""
    listing = read(kyuubi("a", expires_at=NOW + DAY), kyuubi("b", expires_at=NOW - DAY))

    both, status, name = (frozen(listing, *each) for each in (("expires",), ("status",), ("name",)))

    assert [(each.soon, each.expired) for each in (both, status, name)] == [(1, 1), (0, 1), (0, 0)]
    assert [row.mark for row in both.rows] != [None, None]
    assert {row.mark for row in (*status.rows, *name.rows)} == {None}


def test_only_the_first_rows_are_frozen() -> None:
    """What does not fit one message is counted, not kept."""
    listing = read(*(kyuubi(f"t{n}", id=f"tk-{n:03}") for n in range(60)))

    shown = frozen(listing)

    assert (len(shown.rows), shown.total) == (MOST_ROWS, 60)
    assert shown.headline.rows == ()
    assert shown.headline.total == 60


def test_a_frozen_list_says_how_old_and_how_whole_it_is() -> None:
    """It tells as of when its oldest reading is, and how many places are missing."""
    failed = covered("c2", state="failed", read_at=None)

    shown = frozen(read(kyuubi(), coverage=(covered("c1"), failed)), text="name:etl sort:name")

    assert (shown.as_of, shown.places, shown.missing) == (NOW - HOUR, 2, 1)
    assert shown.query == "name:etl sort:name"
    assert frozen(read(kyuubi())).as_of == NOW


@given(st.lists(TOKENS, max_size=4), QUERIES | st.just(Query()), CHOICES)
def test_any_list_freezes(tokens: list[Token], query: Query, columns: tuple[Column, ...]) -> None:
    """Whatever the data, a frozen list has a cell for each column, and is the same after a seal."""
    listing = read(*tokens)
    selection = select(query, listing.tokens, NOW)

    shown = freeze(listing, selection, query, owner=OWNER, columns=columns)

    assert {len(row.cells) for row in shown.rows} <= {len(columns)}
    assert len(shown.rows) == min(len(selection.rows), capacity(columns))
    assert SharedList.model_validate_json(shown.model_dump_json()) == shown


@given(st.lists(TOKENS, max_size=4), CHOICES)
def test_a_reminder_has_the_very_row_of_its_preview(
    tokens: list[Token], columns: tuple[Column, ...]
) -> None:
    """A token alone, as a channel's reminder tells of it, reads as it did in the whole list."""
    listing = read(*tokens)
    selection = select(Query(), listing.tokens, NOW)

    shown = freeze(listing, selection, Query(), owner=OWNER, columns=columns)

    names = count_names(listing.tokens, NOW)
    for token, row in zip(selection.rows, shown.rows, strict=True):
        known = namesake_names(token, namesakes(token, names))
        assert row_of(token, columns, NOW, known, listing.limits) == row


@given(CHOICES)
def test_rows_fit_one_message_whatever_is_in_them(columns: tuple[Column, ...]) -> None:
    """Slack takes 10,000 characters in a table, and there is room for at least some rows."""
    assert 1 <= capacity(columns) <= MOST_ROWS
    assert capacity(columns) * sum(WIDTHS[each] for each in columns) < 10_000


def test_a_policy_rules_what_is_shared() -> None:
    """What is wanted beyond the policy is left out, in the usual order; without policy nothing."""
    assert allowed(["finding", "name", "masked", "x"], ["masked", "name"]) == ("name", "masked")
    assert usual_columns(COLUMNS) == DEFAULT_COLUMNS
    assert usual_columns(["masked", "name"]) == ("name",)
    assert usual_columns(["masked", "where"]) == ("masked", "where")
    assert usual_columns([]) == ()


def test_what_rows_were_read_with_is_known() -> None:
    """The connections of the rows that are shown count, and no others."""
    other = KYUUBI.model_copy(update={"coordinates": {"region": "x"}})
    mine, theirs = kyuubi("a"), kyuubi("b", target=other)
    unseen = idaas()
    listing = read(
        mine,
        theirs,
        unseen,
        coverage=(
            covered("c1", "one"),
            covered("c2", "two"),
            covered("c3", "two", target=other),
            covered("c4", "four", target=IDAAS),
        ),
        via={mine.key: "one", theirs.key: "two", unseen.key: "four"},
    )

    assert read_with(listing, [mine]) == {"c1"}
    assert read_with(listing, [mine, theirs]) == {"c1", "c3"}
    assert read_with(listing, []) == frozenset()


def test_a_share_ages() -> None:
    """Its rows go after a week, it ends after 90 days."""
    share = Share(
        id="s1",
        owner=OWNER,
        channel="C1",
        channel_name="general",
        shown=frozen(read(kyuubi())).headline,
        connections=frozenset(),
        posted_at=NOW,
    )

    assert ages_at(share) == NOW + OUTDATED_AFTER
    assert ages_at(share.model_copy(update={"outdated": True})) == NOW + timedelta(days=90)
