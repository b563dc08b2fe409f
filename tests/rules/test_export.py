"""Lists as files: complete or marked, exact in JSON, and harmless in a spreadsheet."""

import csv
import io
import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator  # type: ignore[import-untyped]  # it has no types of its own
from jsonschema.validators import validator_for  # type: ignore[import-untyped]  # likewise
from pydantic import BaseModel

from bot.errors import InputError
from bot.models.export import Export, ExportedFinding, ExportedPlace, ExportedToken, LeftOut
from bot.models.listing import Coverage, Listing, Problem
from bot.models.query import Comparison, Query
from bot.models.token import Token
from bot.rules.export import Format, as_json, export_of, file_of, format_of, schema
from bot.rules.select import select
from bot.rules.spreadsheet import as_csv, columns, harmless
from tests.rules.make import DAY, IDAAS, KYUUBI, NOW, QUERIES, TARGETS, TOKENS, idaas, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

DOCS = Path(__file__).parents[2] / "docs"
COORDINATES = ("region", "workspace_id", "kyuubi_service_id", "region", "instance_id")
CALCULATED = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a cell of a spreadsheet begins with when it is calculated."""

FORMULAS = st.sampled_from(
    [
        "=1+1",
        '=HYPERLINK("https://evil.example","x")',
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\uff1d1",
        'x";=1+1;"',
        "a;=cmd|' /C calc'!A0",
        "a; -2",
        "';=1",
        '"=1',
        "a,=1",
        ';"',
        "\r\n=1",
        ";\r\n",
        "\u200b=1",
    ]
) | st.text(alphabet="=+-@\uff1d;,\"' \t\r\n\xa0\u200b\u2028|a1", max_size=8)
"""What somebody may call a token who means ill with whoever opens a list of it."""

LISTINGS = st.builds(
    Listing,
    tokens=st.lists(
        st.builds(
            lambda token, name, who: token.model_copy(
                update={"name": name, "created_by": who, "accounts": (who, name)}
            ),
            TOKENS,
            FORMULAS,
            FORMULAS,
        )
        | TOKENS,
        max_size=4,
    ).map(tuple),
    coverage=st.lists(
        st.builds(
            Coverage,
            connection_id=st.just("c1"),
            connection_label=FORMULAS,
            target=TARGETS,
            state=st.sampled_from(["fresh", "stale", "failed"]),
            truncated=st.booleans(),
            problem=st.none()
            | st.builds(
                Problem, kind=FORMULAS, source=FORMULAS, code=FORMULAS, permission=FORMULAS
            ),
        ),
        max_size=4,
    ).map(tuple),
    now=st.just(NOW),
    unreadable=st.integers(0, 2),
)
QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def listing(*tokens: Token, coverage: tuple[Coverage, ...] = (), unreadable: int = 0) -> Listing:
    via = {token.key: "team key" for token in tokens}
    return Listing(tokens=tokens, coverage=coverage, now=NOW, via=via, unreadable=unreadable)


def covered(state: str = "fresh", **fields: object) -> Coverage:
    known = {"connection_id": "c1", "connection_label": "team key", "target": KYUUBI}
    read_at = None if state == "failed" else NOW - timedelta(seconds=5)
    return Coverage.model_validate({**known, "state": state, "read_at": read_at, **fields})


def exported(found: Listing, query: Query | None = None) -> Export:
    query = query or Query()
    return export_of(found, select(query, found.tokens, found.now), query)


def cells(content: bytes, delimiter: str = ",") -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def rows(found: Listing, query: Query | None = None) -> list[dict[str, str]]:
    head, *rest = cells(as_csv(exported(found, query), COORDINATES))
    return [dict(zip(head, row, strict=True)) for row in rest]


@cache
def schema_validator() -> Validator:
    """Return what holds an export against the schema, which is one itself."""
    found = json.loads(schema())
    validator = validator_for(found)
    validator.check_schema(found)
    return validator(found)


@QUIET
@given(LISTINGS, QUERIES)
def test_no_cell_is_calculated(found: Listing, query: Query) -> None:
    """Whoever chose the names, and whichever sign splits cells where the file is opened."""
    for asked in (query, Query(statuses=frozenset({"active", "expired", "revoked"}))):
        content = as_csv(exported(found, asked), COORDINATES)
        for delimiter in ",;\t":
            for row in cells(content, delimiter):
                for cell in row:
                    assert not cell.startswith(tuple(CALCULATED))
                    assert not cell.lstrip(' "').startswith(tuple(CALCULATED))


@QUIET
@given(LISTINGS, QUERIES)
def test_nothing_is_missing_in_silence(found: Listing, query: Query) -> None:
    """A row for each token and each place that was not read in full; the name of the file tells."""
    export = exported(found, query)
    head, *rest = cells(as_csv(export, COORDINATES))
    missing = len(found.missing) + found.unreadable

    assert {len(row) for row in rest} <= {len(head)}
    assert len(rest) == len(export.tokens) + missing
    assert sum(row[0] != "token" for row in rest) == missing
    assert export.complete is (missing == 0)
    for form in ("csv", "json"):
        assert ("incomplete" in file_of(export, form, COORDINATES).name) is (missing > 0)


@QUIET
@given(LISTINGS, QUERIES)
def test_json_is_as_documented(found: Listing, query: Query) -> None:
    """It fits its schema, comes back as it was, and holds nothing invisible."""
    export = exported(found, query)
    content = as_json(export)

    schema_validator().validate(json.loads(content))
    assert Export.model_validate_json(content) == export
    assert not content.startswith(b"\xef\xbb\xbf")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", content.decode())


def test_a_row_tells_everything() -> None:
    """A token's row has its times in UTC, its advice, its place and its connection."""
    token = kyuubi(
        "etl", expires_at=NOW + 3 * DAY, last_used_at=None, accounts=("ana", "bo"), masked="a•b"
    )

    (row,) = rows(listing(token, coverage=(covered(),)))

    assert row == {
        "record": "token",
        "name": "etl",
        "status": "active",
        "expires_at": "2026-12-04T09:00:00Z",
        "last_used_at": "never",
        "findings": (
            "It expires in 3 days. Renew it if something still needs it; otherwise let it lapse.; "
            "It was never used, though it was created 3 months ago. "
            "Delete it if nobody is about to use it."
        ),
        "source": "kyuubi",
        "place": "prod",
        "region": "cn-hangzhou",
        "workspace_id": "w-1",
        "kyuubi_service_id": "kb-1",
        "instance_id": "",
        "connection": "team key",
        "read_at": "2026-12-01T08:59:55Z",
        "problem": "",
        "id": "tk-etl",
        "masked": "a•b",
        "kind": "",
        "created_at": "2026-08-23T09:00:00Z",
        "updated_at": "",
        "created_by": "",
        "creator_type": "",
        "consumer": "",
        "consumer_type": "",
        "provider": "",
        "provider_id": "",
        "accounts": "ana, bo",
        "members": "",
        "roles": "",
        "key": "kyuubi:w-1/tk-etl",
    }


def test_what_is_not_reported_is_not_never() -> None:
    """Never is what a source says; what it does not say is not reported, in either format."""
    silent = idaas(expires_at=None)
    found = listing(silent, kyuubi(expires_at=None, last_used_at=None))

    one, other = sorted(rows(found), key=lambda row: row["source"])
    tokens = {each["source"]: each for each in json.loads(as_json(exported(found)))["tokens"]}

    assert (one["last_used_at"], one["expires_at"]) == ("not reported", "never")
    assert one["name"] == "jwt_payments · app_1 · …0x9k2a"
    assert (other["last_used_at"], other["expires_at"]) == ("never", "never")
    assert "last_used_at" in tokens["idaas"]["not_reported"]
    assert tokens["kyuubi"]["not_reported"] == []


def test_what_could_not_be_read_is_in_the_file() -> None:
    """A place that failed, one that was cut off and a connection have a row each, with the reason."""
    problem = Problem(
        kind="permission_missing", source="idaas", code="Forbidden", permission="urn:x", status=403
    )
    failed = covered("failed", target=IDAAS, problem=problem)
    cut_off = covered(truncated=True)

    found = rows(listing(kyuubi(), coverage=(failed, cut_off, covered()), unreadable=1))

    assert [(row["record"], row["place"], row["problem"]) for row in found[1:]] == [
        (
            "place that could not be read",
            "idaas_1 · app_1 · jwt_payments",
            "permission_missing, Forbidden, urn:x",
        ),
        ("place that could not be read in full", "prod", "truncated"),
        ("connection that could not be opened", "", ""),
    ]
    assert found[1]["instance_id"] == "idaas_1"


def test_an_old_reading_is_complete_and_says_its_age() -> None:
    """A stale place gives its rows, with when they were read and why they are not newer."""
    problem = Problem(kind="throttled", source="kyuubi", code="Throttling.User")
    found = listing(kyuubi(), coverage=(covered("stale", problem=problem, read_at=NOW - DAY),))

    (row,) = rows(found)

    assert (row["read_at"], row["problem"]) == (
        "2026-11-30T09:00:00Z",
        "throttled, Throttling.User",
    )
    assert exported(found).complete


def test_what_the_filters_leave_out_is_counted() -> None:
    """The usual list hides what is over or short-lived; a file says how much of it."""
    found = listing(
        kyuubi("a"),
        kyuubi("b", revoked=True),
        kyuubi("c", expires_at=NOW - 8 * DAY),
        kyuubi("d", created_at=NOW, expires_at=NOW + timedelta(hours=1)),
        idaas(),
    )

    usual, unused = exported(found), exported(found, Query(unused=timedelta(hours=1)))

    assert usual.left_out == LeftOut(
        revoked=1, expired=1, short_lived=1, use_not_reported=0, sharing_not_reported=0
    )
    assert unused.left_out.use_not_reported == 1
    assert unused.filters == "unused:1h"
    widely = Query(shared=Comparison(operator=">", number=1))
    assert exported(found, widely).left_out.sharing_not_reported == 1


def test_each_cell_is_in_quotes() -> None:
    """And each line ends as RFC 4180 has it, the first one after a byte order mark."""
    first, second, end = as_csv(exported(listing(kyuubi())), ()).decode().split("\r\n")

    assert first.startswith('\ufeff"record","name",')
    assert second.startswith('"token","etl",')
    assert end == ""


def test_a_file_is_named_by_its_moment() -> None:
    """The name sorts by time, and says what the content is."""
    export = exported(listing(kyuubi()))

    assert file_of(export, "csv", ()).name == "tokens-20261201T0900Z.csv"
    assert file_of(export, "json", ()).content == as_json(export)


def test_a_coordinate_never_takes_a_column_of_ours() -> None:
    """Columns are distinct, whatever a source calls its coordinates."""
    head = columns(("name", "region", "region"))

    assert len(set(head)) == len(head)
    assert head.count("region") == 1


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1", "'=1"),
        (" +1", "' +1"),
        ("a=1", "a=1"),
        ("2026-12-01", "2026-12-01"),
        ("a;-1", "a;'-1"),
        ("a; =1", "a;' =1"),
        ('a;"=1', "a;'\"=1"),
        ('a;"b', "a;'\"b"),
        ("a;", "a;'"),
        ("a; b", "a; b"),
        ("\uff201", "'\uff201"),
        ("", ""),
    ],
)
def test_an_apostrophe_stands_before_a_formula(cell: str, written: str) -> None:
    """And before nothing else: names are as they are."""
    assert harmless(cell) == written


@pytest.mark.parametrize(
    ("typed", "form", "filters"),
    [
        ("csv", "csv", ""),
        ("JSON kyuubi expiring:14d", "json", "kyuubi expiring:14d"),
        (".csv, etl", "csv", "etl"),
        ("", None, ""),
        ("kyuubi csv", None, "kyuubi csv"),
    ],
)
def test_the_format_is_the_first_word(typed: str, form: Format | None, filters: str) -> None:
    """What follows are filters; without a format all of it is."""
    assert format_of(typed) == (form, filters)


@pytest.mark.parametrize("typed", ["cvs", "jsn kyuubi"])
def test_a_mistyped_format_is_no_search(typed: str) -> None:
    """One typo away, the right one is suggested."""
    with pytest.raises(InputError) as refused:
        format_of(typed)

    assert refused.value.suggestion in {"export csv", "export json"}


def test_the_schema_is_written_down() -> None:
    """What programs build on is in the documents, and is what the code makes.

    After a change: `python -c "from bot.rules.export import schema; print(schema(), end='')"`.
    """
    assert (DOCS / "export.schema.json").read_text(encoding="utf-8") == schema()


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("### The file", Export),
        ("### A place", ExportedPlace),
        ("### A token", ExportedToken),
        ("### A finding", ExportedFinding),
        ("### What is left out", LeftOut),
    ],
)
def test_every_field_is_documented(heading: str, model: type[BaseModel]) -> None:
    """The page has each field once, in order, with the words of the schema."""
    text = (DOCS / "export.md").read_text(encoding="utf-8").partition(f"{heading}\n")[2]
    told = re.findall(r"^\| `(\w+)` \| (.+) \|$", text.partition("\n#")[0], re.MULTILINE)

    assert told == [(name, field.description) for name, field in model.model_fields.items()]
