"""Tokens to try the rules on: plain ones by keyword, and hostile ones by hypothesis."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.models.query import Comparison, Query
from bot.models.target import Target
from bot.models.token import Token, token_key

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

KYUUBI = Target(
    source="kyuubi",
    coordinates={"region": "cn-hangzhou", "workspace_id": "w-1", "kyuubi_service_id": "kb-1"},
    label="prod",
)
IDAAS = Target(
    source="idaas",
    coordinates={
        "region": "cn-hangzhou",
        "instance_id": "idaas_1",
        "consumer_id": "app_1",
        "credential_provider_identifier": "jwt_payments",
    },
)
IDAAS_SAYS_NOTHING = frozenset(
    {"name", "masked", "last_used_at", "created_by_name", "members", "accounts", "roles"}
)


def kyuubi(name: str = "etl", **fields: Any) -> Token:
    id_ = fields.pop("id", f"tk-{name}")
    given = {
        "created_at": NOW - 100 * DAY,
        "expires_at": NOW + 100 * DAY,
        "last_used_at": NOW - HOUR,
        "target": KYUUBI,
        **fields,
    }
    return Token(source="kyuubi", key=token_key("kyuubi", "w-1", id_), id=id_, name=name, **given)


def idaas(id: str = "atntkn_01kqflm0x9k2a", **fields: Any) -> Token:  # noqa: A002  # the model's word
    given = {
        "created_at": NOW - 100 * DAY,
        "expires_at": NOW + 100 * DAY,
        "consumer": "app_1",
        "provider": "jwt_payments",
        "kind": "jwt",
        "target": IDAAS,
        "not_reported": IDAAS_SAYS_NOTHING,
        **fields,
    }
    return Token(source="idaas", key=token_key("idaas", "idaas_1", id), id=id, **given)


HOSTILE = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "<!channel>",
            "<@U0ADMIN|boss>",
            "<https://evil.example|Log in>",
            "&lt;!here&gt;",
            "*bold* _it_ ~gone~ `code`",
            "{{7*7}}",
            "\u202egnp.exe",
            "a\u200bb\ufeffc",
            "line\nbreak\r\n\ttab",
            "\x00\x07",
            "👩‍👩‍👧‍👦" * 60,
            "界" * 700,
            "&" * 700,
            "<" * 700,
            ":fire: https://evil.example/a?b=1",
            '"quoted" \\',
        ]
    ),
    st.text(max_size=40),
)
"""Text as nobody would name a token, unless to see what happens."""

BROKEN = HOSTILE | st.sampled_from(["\ud800 alone", "🔑" * 3100, "&" * 12_000])
"""What may arrive before any model has read it: lone surrogates, and text without end."""

TEXTS = st.none() | HOSTILE
MOMENTS = st.one_of(
    st.integers(-400 * 24, 400 * 24).map(lambda hours: NOW + hours * HOUR),
    st.datetimes(timezones=st.just(UTC)),
)
TARGETS = st.builds(
    Target,
    source=st.sampled_from(["kyuubi", "idaas", "livy"]),
    coordinates=st.dictionaries(HOSTILE, HOSTILE, max_size=4),
    label=HOSTILE,
)
TOKENS = st.builds(
    Token,
    source=st.sampled_from(["kyuubi", "idaas", "livy"]),
    key=HOSTILE,
    id=HOSTILE,
    target=TARGETS,
    name=TEXTS,
    masked=TEXTS,
    kind=TEXTS,
    revoked=st.booleans(),
    created_at=st.none() | MOMENTS,
    updated_at=st.none() | MOMENTS,
    expires_at=st.none() | MOMENTS,
    last_used_at=st.none() | MOMENTS,
    created_by=TEXTS,
    creator_type=TEXTS,
    consumer=TEXTS,
    consumer_type=TEXTS,
    provider=TEXTS,
    provider_id=TEXTS,
    accounts=st.lists(HOSTILE, max_size=4).map(lambda some: tuple(some * 6)),
    members=st.lists(HOSTILE, max_size=2).map(lambda some: tuple(some * 9)),
    roles=st.lists(HOSTILE, max_size=2).map(tuple),
    not_reported=st.frozensets(
        st.sampled_from(["name", "last_used_at", "members", "accounts", "expires_at"])
    ),
)

_SPANS = st.integers(1, 24 * 3650).map(lambda hours: timedelta(hours=hours))
_VALUES = st.lists(st.text(min_size=1, max_size=20), max_size=3, unique=True).map(tuple)
QUERIES = st.builds(
    Query,
    sources=st.frozensets(st.sampled_from(["kyuubi", "idaas"])),
    statuses=st.frozensets(st.sampled_from(["active", "expired", "revoked"])),
    expiring=st.none() | _SPANS,
    unused=st.none() | _SPANS,
    life=st.none() | st.sampled_from(["short", "long"]),
    creator=_VALUES,
    name=_VALUES,
    consumer=_VALUES,
    kind=_VALUES,
    shared=st.none()
    | st.builds(
        Comparison,
        operator=st.sampled_from([">", ">=", "<", "<=", "="]),
        number=st.integers(0, 999_999_999),
    ),
    sort=st.sampled_from(["expiry", "used", "name", "created"]),
    text=_VALUES,
)
