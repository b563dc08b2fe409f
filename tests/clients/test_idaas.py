"""ListAuthenticationTokens with its pages and access tokens, over a real socket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.clients import Source
from bot.clients import idaas as idaas_module
from bot.clients._wire import read_tokens
from bot.errors import (
    BrokenAnswerError,
    CredentialRefusedError,
    InputError,
    PermissionMissingError,
    UnavailableError,
)
from bot.models.credential import BearerToken
from bot.models.listing import Reading
from bot.models.token import Token
from tests.clients.conftest import (
    ACCESS_KEY,
    IDAAS_TARGET,
    OAUTH_CLIENT,
    FakeClock,
    MemoryTokenCache,
    access,
)
from tests.clients.server import Fate, Seen, Server, Step, answer

DOCUMENTED_ROW = {
    "instanceId": "idaas_ue2jvisn35ea5lmthk267xxxxx",
    "authenticationTokenId": "atntkn_01kqflm0sxxx8nmdc1cb5dskxxxxx",
    "credentialProviderId": "atp_01kr2cmj5gxxx4fvmls2e93dxxxxx",
    "createTime": 1649830225000,
    "updateTime": 1649830226000,
    "authenticationTokenType": "jwt",
    "revoked": False,
    "creatorType": "application",
    "creatorId": "app_ngtkgrxxxxktg5eao6z4xxxxx",
    "consumerType": "custom",
    "consumerId": "test_jwt_subject",
    "expirationTime": 1772693568000,
}
EMPTY = answer({"entities": [], "totalCount": 0})
SCOPE = "urn:cloud:idaas:pam|authentication_token:read"


@pytest.fixture(autouse=True)
def _issuing(token_server: Server) -> None:
    """Issue AT-1, AT-2 and so on."""

    def issue(_: Seen) -> Step:
        number = len(token_server.seen)
        return answer({"access_token": f"AT-{number}", "token_type": "Bearer", "expires_in": 1200})

    token_server.handler = issue


async def _list(idaas: Source, *, everything: bool = False, seconds: float = 30) -> Reading:
    return await idaas.list_tokens(
        access(OAUTH_CLIENT), IDAAS_TARGET, everything=everything, timeout=seconds
    )


def _page(start: int, count: int, next_token: Any = None) -> bytes:
    rows = [{"authenticationTokenId": f"atntkn_{n}"} for n in range(start, start + count)]
    return answer({"entities": rows, "totalCount": 10**6, "nextToken": next_token})


async def test_documented_answer(idaas: Source, server: Server, clock: FakeClock) -> None:
    """Every field of the documented row reaches the token."""
    server.script(answer({"entities": [DOCUMENTED_ROW], "totalCount": 1, "maxResults": 20}))

    reading = await _list(idaas)

    assert reading == Reading(
        target=IDAAS_TARGET,
        read_at=clock.now(),
        everything=False,
        tokens=(
            Token(
                source="idaas",
                key="idaas:idaas_ue2jvisn35ea5lmthk267xxxxx/atntkn_01kqflm0sxxx8nmdc1cb5dskxxxxx",
                id="atntkn_01kqflm0sxxx8nmdc1cb5dskxxxxx",
                target=IDAAS_TARGET,
                kind="jwt",
                revoked=False,
                created_at=datetime(2022, 4, 13, 6, 10, 25, tzinfo=UTC),
                updated_at=datetime(2022, 4, 13, 6, 10, 26, tzinfo=UTC),
                expires_at=datetime(2026, 3, 5, 6, 52, 48, tzinfo=UTC),
                created_by="app_ngtkgrxxxxktg5eao6z4xxxxx",
                creator_type="application",
                consumer="test_jwt_subject",
                consumer_type="custom",
                provider="test_example_identifier",
                provider_id="atp_01kr2cmj5gxxx4fvmls2e93dxxxxx",
                not_reported=idaas.info.not_reported,
            ),
        ),
    )


def test_says_what_it_does_not_report(idaas: Source) -> None:
    """Each fact about a token is either reported by the source or declared as not reported."""
    reported = {
        "kind", "revoked", "created_at", "updated_at", "expires_at", "created_by", "creator_type",
        "consumer", "consumer_type", "provider", "provider_id",
    }  # fmt: skip
    always = {"source", "key", "id", "target", "not_reported"}
    assert set(Token.model_fields) - always == reported | idaas.info.not_reported
    assert not reported & idaas.info.not_reported
    assert idaas.info.inapplicable < idaas.info.not_reported


async def test_request(idaas: Source, server: Server) -> None:
    """The request is the documented one; expired and revoked tokens are left out."""
    server.script(EMPTY)

    await _list(idaas)

    (request,) = server.seen
    assert request.path == "/v2/idaas_ue2jvisn35ea5lmthk267example/authenticationTokens"
    assert request.query == {
        "consumerId": "app_ngtkgrexample",
        "credentialProviderIdentifier": "test_example_identifier",
        "maxResults": "100",
        "revoked": "false",
        "expired": "false",
    }
    assert request.headers["authorization"] == "Bearer AT-1"
    assert request.headers["x-acs-action"] == "ListAuthenticationTokens"
    assert request.headers["x-acs-version"] == "2022-02-25"


async def test_request_for_everything(idaas: Source, server: Server) -> None:
    """For everything, neither filter is sent."""
    server.script(EMPTY)

    reading = await _list(idaas, everything=True)

    assert reading.everything
    assert not {"revoked", "expired"} & set(server.seen[0].query)


async def test_odd_rows(idaas: Source, server: Server) -> None:
    """A row that does not say whether it is revoked is not known to be anything else."""
    rows = [
        {"authenticationTokenId": "a"},
        {"authenticationTokenId": "b", "revoked": "true", "expirationTime": "soon"},
    ]
    server.script(answer({"entities": rows}))

    plain, odd = (await _list(idaas)).tokens

    assert (plain.revoked, plain.reports("revoked")) == (False, False)
    assert plain.key == "idaas:idaas_ue2jvisn35ea5lmthk267example/a"
    assert (odd.revoked, odd.reports("revoked"), odd.reports("expires_at")) == (True, True, False)


async def test_pages(idaas: Source, server: Server) -> None:
    """All pages are read, in order, each with the token of the one before."""
    server.script(_page(0, 100, "NT=+/1"), _page(100, 100, "NT2"), _page(200, 7, ""))

    reading = await _list(idaas)

    assert [token.id for token in reading.tokens] == [f"atntkn_{n}" for n in range(207)]
    assert not reading.truncated
    assert [request.query.get("nextToken") for request in server.seen] == [None, "NT=+/1", "NT2"]
    assert {request.headers["authorization"] for request in server.seen} == {"Bearer AT-1"}


async def test_rows_are_read_while_the_next_page_is_awaited(
    idaas: Source, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that takes its time for a page leaves us the time for the one before."""
    read: list[Token] = []

    async def watched(*given: Any, **named: Any) -> list[Token]:
        tokens = await read_tokens(*given, **named)
        read.extend(tokens)
        return tokens

    monkeypatch.setattr(idaas_module, "read_tokens", watched)
    server.script(_page(0, 100, "NT1"), Fate.HANG)

    with pytest.raises(UnavailableError):
        await _list(idaas, seconds=1)

    assert len(read) == 100


async def test_a_broken_row_ends_the_reading(idaas: Source, server: Server) -> None:
    """Nobody waits for further pages of an answer that is broken."""
    server.script(answer({"entities": [{}], "nextToken": "NT1"}), Fate.HANG)

    with pytest.raises(BrokenAnswerError) as caught:
        await _list(idaas)

    assert caught.value.detail.startswith("entities.0.authenticationTokenId")


async def test_token_on_two_pages(idaas: Source, server: Server) -> None:
    """A token that moves between pages while we read is still one row."""
    server.script(_page(0, 3, "NT1"), _page(2, 3))

    assert [token.id[-1] for token in (await _list(idaas)).tokens] == list("01234")


async def test_repeated_page_token(idaas: Source, server: Server) -> None:
    """Pages that go round are refused."""
    server.script(_page(0, 2, "NT1"), _page(2, 2, "NT2"), _page(4, 2, "NT1"))

    with pytest.raises(BrokenAnswerError) as caught:
        await _list(idaas)
    assert caught.value.detail == "repeated nextToken"


@pytest.mark.parametrize("token", ["x" * 100_000, "a\r\nx-evil: 1", "\ud800", "&consumerId=app_b#"])
async def test_hostile_page_token(idaas: Source, server: Server, token: str) -> None:
    """A page token stays what it is, a value in the query, or is refused for its length."""
    server.script(_page(0, 1, token), _page(1, 1))

    if len(token) > 4096:
        with pytest.raises(BrokenAnswerError):
            await _list(idaas)
        return
    assert len((await _list(idaas)).tokens) == 2
    asked = server.seen[1]
    assert asked.query["nextToken"] == token.replace("\ud800", "\ufffd")
    assert asked.query["consumerId"] == server.seen[0].query["consumerId"]
    assert "x-evil" not in asked.headers


@pytest.mark.parametrize(
    ("pages", "rows", "truncated"),
    [
        ((_page(0, 4_999, "a"), _page(4_999, 1)), 5_000, False),
        ((_page(0, 4_999, "a"), _page(4_999, 2)), 5_000, True),
        ((_page(0, 4_999, "a"), _page(4_999, 1, "b")), 5_000, True),
        ((_page(0, 5_001),), 5_000, True),
    ],
)
async def test_limit(
    idaas: Source,
    server: Server,
    pages: tuple[bytes, ...],
    rows: int,
    truncated: bool,  # noqa: FBT001 - a table
) -> None:
    """At 5,000 rows the reading ends, and says so when there were more."""
    server.script(*pages)

    reading = await _list(idaas)

    assert (len(reading.tokens), reading.truncated) == (rows, truncated)


async def test_endless_empty_pages(idaas: Source, server: Server) -> None:
    """Pages without end and without rows are given up as incomplete."""

    def page(request: Seen) -> Step:
        number = int(request.query.get("nextToken", "0"))
        return _page(0, 0, number + 1)

    server.handler = page

    reading = await _list(idaas)

    assert (reading.tokens, reading.truncated) == ((), True)
    assert len(server.seen) == 250


@pytest.mark.parametrize(
    "body",
    [
        {"entities": None},
        {"entities": {}},
        {"totalCount": 0},
        {"entities": [{}]},
        {"entities": [], "nextToken": {}},
        {"error": "oops", "entities": []},
    ],
)
async def test_no_list(idaas: Source, server: Server, body: dict[str, Any]) -> None:
    """An answer without a list is broken, never an empty list."""
    server.script(answer(body))

    with pytest.raises(BrokenAnswerError):
        await _list(idaas)


async def test_access_token_is_kept(idaas: Source, server: Server, token_server: Server) -> None:
    """Two readings share one access token."""
    server.script(EMPTY)

    await _list(idaas)
    await _list(idaas)

    assert len(token_server.seen) == 1


async def test_refused_access_token(
    idaas: Source, server: Server, token_server: Server, cache: MemoryTokenCache
) -> None:
    """An access token that ended before its time is replaced once, unseen."""
    server.script(answer({"error": "invalid_token"}, 401), EMPTY)

    await _list(idaas)

    assert [request.headers["authorization"] for request in server.seen] == [
        "Bearer AT-1",
        "Bearer AT-2",
    ]
    assert cache.refused == ["AT-1"]
    assert len(token_server.seen) == 2


async def test_refused_twice(idaas: Source, server: Server, token_server: Server) -> None:
    """A service that refuses a fresh token too refuses the credential."""
    server.script(answer(b"", 401))

    with pytest.raises(CredentialRefusedError):
        await _list(idaas)
    assert (len(server.seen), len(token_server.seen)) == (2, 2)


async def test_refused_on_two_pages(idaas: Source, server: Server, token_server: Server) -> None:
    """One reading replaces its access token once, not on every page."""
    server.script(answer(b"", 401), _page(0, 1, "NT1"), answer(b"", 401), _page(1, 1))

    with pytest.raises(CredentialRefusedError):
        await _list(idaas)
    assert len(token_server.seen) == 2


async def test_scope_granted_meanwhile(
    idaas: Source, server: Server, token_server: Server, clock: FakeClock
) -> None:
    """An access token from before a scope was granted does not stand in the way."""
    server.script(EMPTY, answer(b"", 403), EMPTY)
    await _list(idaas)
    clock.at += timedelta(minutes=2)

    await _list(idaas)

    assert len(token_server.seen) == 2


async def test_scope_missing(idaas: Source, server: Server, token_server: Server) -> None:
    """A fresh access token without the scope is told as the missing scope, and not replaced."""
    server.script(answer({"error": "insufficient_scope", "request_id": "R-1"}, 403))

    with pytest.raises(PermissionMissingError) as caught:
        await _list(idaas)
    assert (caught.value.permission, caught.value.request_id) == (SCOPE, "R-1")
    assert len(token_server.seen) == 1


async def test_pasted_access_token(idaas: Source, server: Server, token_server: Server) -> None:
    """A pasted access token is sent as it is, and there is no other when it is refused."""
    pasted = access(BearerToken(access_token=SecretStr("AT-pasted")))
    server.script(EMPTY, answer(b"", 401))

    await idaas.list_tokens(pasted, IDAAS_TARGET, everything=False, timeout=30)
    with pytest.raises(CredentialRefusedError):
        await idaas.list_tokens(pasted, IDAAS_TARGET, everything=False, timeout=30)

    assert {request.headers["authorization"] for request in server.seen} == {"Bearer AT-pasted"}
    assert (len(server.seen), token_server.seen) == (2, [])


async def test_other_credential(idaas: Source, server: Server) -> None:
    """A credential of another kind is refused without asking."""
    with pytest.raises(CredentialRefusedError):
        await idaas.list_tokens(access(ACCESS_KEY), IDAAS_TARGET, everything=False, timeout=5)
    assert server.seen == []


async def test_one_deadline_for_all(idaas: Source, server: Server, token_server: Server) -> None:
    """The deadline covers the access token and every page."""
    server.script(_page(0, 1, "NT1"), Fate.HANG)
    with pytest.raises(UnavailableError):
        await _list(idaas, seconds=1)
    assert len(server.seen) == 2

    token_server.handler = None
    token_server.script(Fate.HANG)
    pasted = access(OAUTH_CLIENT).model_copy(update={"fingerprint": "another"})
    with pytest.raises(UnavailableError):
        await idaas.list_tokens(pasted, IDAAS_TARGET, everything=False, timeout=0.3)


async def test_discovers_nothing(idaas: Source) -> None:
    """IDaaS has nothing to pick from, and says so."""
    assert not idaas.info.discovers
    with pytest.raises(InputError):
        await idaas.discover(access(OAUTH_CLIENT), "cn-hangzhou", timeout=5)
