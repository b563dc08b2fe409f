"""ListKyuubiToken and the search for gateways, over a real socket."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr

from bot.clients import Source
from bot.errors import (
    BrokenAnswerError,
    CredentialRefusedError,
    InputError,
    PermissionMissingError,
    ThrottledError,
    UnknownTargetError,
)
from bot.models.credential import BearerToken
from bot.models.listing import Reading
from bot.models.target import Target
from bot.models.token import Token
from tests.clients.conftest import ACCESS_KEY, KYUUBI_TARGET, FakeClock, access
from tests.clients.server import Seen, Server, Step, answer
from tests.clients.test_answer import JSON
from tests.fixtures.canaries import CANARY, leaks

# The answer of the vendor's documentation, with the field that only its SDK knows.
DOCUMENTED = {
    "requestId": "DD6B1B2A-5837-5237-ABE4-FF0C8944****",
    "data": {
        "tokens": [
            {
                "tokenId": "tk-zpi0*****hdv4y",
                "name": "dev_serverless_spark",
                "token": "dxj**********wfg",
                "createdBy": "admin",
                "createTime": 1755496031000,
                "expireTime": 1787033891000,
                "lastUsedTime": 1760366232121,
                "memberArns": ["acs:emr::w-d2d82aa09155****:member/195****7311"],
                "accountNames": ["dev-serverless-spark"],
                "sparkRole": ["reader"],
            }
        ]
    },
}


async def _list(kyuubi: Source) -> Reading:
    return await kyuubi.list_tokens(access(ACCESS_KEY), KYUUBI_TARGET, everything=False, timeout=30)


async def _tokens(kyuubi: Source, server: Server, *rows: Any) -> tuple[Token, ...]:
    server.script(answer({"data": {"tokens": list(rows)}}))
    return (await _list(kyuubi)).tokens


async def test_documented_answer(kyuubi: Source, server: Server, clock: FakeClock) -> None:
    """Every field of the documented answer reaches the token."""
    server.script(answer(DOCUMENTED))

    reading = await _list(kyuubi)

    assert reading == Reading(
        target=KYUUBI_TARGET,
        read_at=clock.now(),
        everything=True,
        tokens=(
            Token(
                source="kyuubi",
                key="kyuubi:cn-hangzhou/w-d2d82aa09155abcd/kb-c7141f10c3f549fc9f8b8ae562b8abcd"
                "/tk-zpi0*****hdv4y",
                id="tk-zpi0*****hdv4y",
                target=KYUUBI_TARGET,
                name="dev_serverless_spark",
                masked="dxj••••••wfg",
                created_by="admin",
                created_at=datetime(2025, 8, 18, 5, 47, 11, tzinfo=UTC),
                expires_at=datetime(2026, 8, 18, 6, 18, 11, tzinfo=UTC),
                last_used_at=datetime(2025, 10, 13, 14, 37, 12, 121000, tzinfo=UTC),
                members=("acs:emr::w-d2d82aa09155****:member/195****7311",),
                accounts=("dev-serverless-spark",),
                roles=("reader",),
                not_reported=kyuubi.info.not_reported,
            ),
        ),
    )


async def test_request(kyuubi: Source, server: Server) -> None:
    """The request is the documented one, and always names the region."""
    server.script(answer(DOCUMENTED))

    await _list(kyuubi)

    (request,) = server.seen
    assert (request.method, request.body) == ("GET", b"")
    assert request.raw_target == (
        "/api/v1/workspaces/w-d2d82aa09155abcd/kyuubiService"
        "/kb-c7141f10c3f549fc9f8b8ae562b8abcd/token?regionId=cn-hangzhou"
    )
    assert request.headers["x-acs-action"] == "ListKyuubiToken"
    assert request.headers["x-acs-version"] == "2023-08-08"
    assert "content-type" not in request.headers


@pytest.mark.parametrize(("rows", "truncated"), [(5_000, False), (5_001, True)])
async def test_limit(
    kyuubi: Source,
    server: Server,
    rows: int,
    truncated: bool,  # noqa: FBT001 - a table
) -> None:
    """However many rows one answer has, 5,000 are read, and it is said that there are more."""
    server.script(answer({"data": {"tokens": [{"tokenId": f"tk-{n}"} for n in range(rows)]}}))

    reading = await _list(kyuubi)

    assert (len(reading.tokens), reading.truncated) == (5_000, truncated)


def test_says_what_it_does_not_report(kyuubi: Source) -> None:
    """Each fact about a token is either reported by the source or declared as not reported."""
    reported = {
        "name", "masked", "created_by", "created_at", "expires_at", "last_used_at",
        "members", "accounts", "roles",
    }  # fmt: skip
    always = {"source", "key", "id", "target", "not_reported"}
    assert set(Token.model_fields) - always == reported | kyuubi.info.not_reported
    assert not reported & kyuubi.info.not_reported
    assert kyuubi.info.inapplicable < kyuubi.info.not_reported


async def test_bare_row(kyuubi: Source, server: Server) -> None:
    """A token without times never expires and was never used; who may use it is not known."""
    (token,) = await _tokens(kyuubi, server, {"tokenId": "tk-1"})

    assert (token.expires_at, token.last_used_at, token.name) == (None, None, None)
    assert token.reports("expires_at")
    assert token.reports("last_used_at")
    assert not any(token.reports(name) for name in ("members", "accounts", "roles"))
    assert token.shared_with is None


async def test_zero_times(kyuubi: Source, server: Server) -> None:
    """Zero and negative times mean never, not 1970."""
    (token,) = await _tokens(
        kyuubi, server, {"tokenId": "tk-1", "expireTime": 0, "lastUsedTime": -1}
    )

    assert (token.expires_at, token.last_used_at) == (None, None)


async def test_odd_fields(kyuubi: Source, server: Server) -> None:
    """A field that cannot be read is not reported, and never taken for never."""
    (token,) = await _tokens(
        kyuubi, server, {"tokenId": 7, "expireTime": "soon", "name": {"a": 1}, "memberArns": "x"}
    )

    assert token.id == "7"
    unknown = {"expires_at", "name", "members", "accounts", "roles"}
    assert token.not_reported == kyuubi.info.not_reported | unknown


async def test_text_of_a_token_is_masked(kyuubi: Source, server: Server) -> None:
    """A service that forgets to mask is no reason to show a token."""
    (token,) = await _tokens(kyuubi, server, {"tokenId": "tk-1", "token": CANARY.token_text})

    assert token.masked == "KYC••••••7Oa"
    assert not leaks(token.model_dump_json() + repr(token))


async def test_same_token_twice(kyuubi: Source, server: Server) -> None:
    """One token is one row, however often it is listed."""
    tokens = await _tokens(
        kyuubi, server, {"tokenId": "tk-1", "name": "a"}, {"tokenId": "tk-1", "name": "b"}
    )

    assert [token.name for token in tokens] == ["b"]


@pytest.mark.parametrize("row", [{"name": "x"}, {"tokenId": ""}, None, "tk-1"])
async def test_row_without_id(kyuubi: Source, server: Server, row: Any) -> None:
    """A row that cannot be told apart breaks the answer: it is not left out in silence."""
    with pytest.raises(BrokenAnswerError):
        await _tokens(kyuubi, server, {"tokenId": "tk-1"}, row)


@pytest.mark.parametrize("data", [None, [], {}, {"tokens": None}, {"tokens": {}}, "text"])
async def test_no_list(kyuubi: Source, server: Server, data: Any) -> None:
    """An answer without a list is broken, never an empty list."""
    server.script(answer({"requestId": "R-1", "data": data}))

    with pytest.raises(BrokenAnswerError) as caught:
        await _list(kyuubi)
    assert caught.value.request_id == "R-1"


async def test_empty_list(kyuubi: Source, server: Server) -> None:
    """An empty list is one."""
    assert await _tokens(kyuubi, server) == ()


@given(row=JSON)
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_row(kyuubi: Source, server: Server, row: Any) -> None:
    """Whatever a row is: it is read with its id, or the answer is broken."""
    value = {"tokenId": "tk-1", "name": row, "token": row, "expireTime": row, "memberArns": row}
    (token,) = await _tokens(kyuubi, server, value)
    assert token.id == "tk-1"

    server.script(answer({"data": {"tokens": [row]}}))
    with pytest.raises(BrokenAnswerError):
        await _list(kyuubi)


async def test_unknown_workspace(kyuubi: Source, server: Server) -> None:
    """A null code is told as an unknown place."""
    server.script(answer({"requestId": "R-1", "code": None, "message": None}, 400))

    with pytest.raises(UnknownTargetError):
        await _list(kyuubi)


async def test_missing_permission(kyuubi: Source, server: Server) -> None:
    """A missing permission names the RAM action."""
    server.script(answer({"Code": "Forbidden.RAM"}, 403))

    with pytest.raises(PermissionMissingError) as caught:
        await _list(kyuubi)
    assert caught.value.permission == "emr-serverless-spark:ListKyuubiToken"


async def test_other_credential(kyuubi: Source, server: Server) -> None:
    """A credential of another kind is refused without asking."""
    credential = BearerToken(access_token=SecretStr(CANARY.access_token))
    with pytest.raises(CredentialRefusedError):
        await kyuubi.list_tokens(access(credential), KYUUBI_TARGET, everything=True, timeout=5)
    assert server.seen == []


class Cloud:
    """Workspaces and their gateways, in pages of two."""

    def __init__(self, workspaces: dict[str, list[str]]) -> None:
        self.workspaces = workspaces
        self.closed: dict[str, Step] = {}

    def __call__(self, request: Seen) -> Step:
        if request.path == "/api/v1/workspaces":
            start = int(request.query.get("nextToken", "0"))
            names = list(self.workspaces)
            more = {"nextToken": str(start + 2)} if start + 2 < len(names) else {}
            page = [
                {"workspaceId": name, "workspaceName": name.upper()}
                for name in names[start : start + 2]
            ]
            return answer({"workspaces": page, "requestId": "R-1", **more})
        workspace = request.path.removeprefix("/api/v1/kyuubi/")
        services = [
            {"kyuubiServiceId": service, "name": None if service.endswith("x") else service.upper()}
            for service in self.workspaces[workspace]
        ]
        return self.closed.get(workspace) or answer({"data": {"kyuubiServices": services}})


async def _discover(kyuubi: Source) -> tuple[Target, ...]:
    return await kyuubi.discover(access(ACCESS_KEY), "cn-hangzhou", timeout=30)


async def test_discovers(kyuubi: Source, server: Server) -> None:
    """All gateways of all workspaces are found, labelled and sorted by name."""
    cloud = Cloud({"w-3": ["kb-b"], "w-1": ["kb-a", "kb-x"], "w-2": []})
    server.handler = cloud

    targets = await _discover(kyuubi)

    assert [target.label for target in targets] == ["W-1 / KB-A", "W-1 / kb-x", "W-3 / KB-B"]
    assert targets[0].coordinates == {
        "region": "cn-hangzhou",
        "workspace_id": "w-1",
        "kyuubi_service_id": "kb-a",
    }
    assert {request.query["regionId"] for request in server.seen} == {"cn-hangzhou"}
    assert {request.headers["x-acs-action"] for request in server.seen} == {
        "ListWorkspaces",
        "ListKyuubiServices",
    }


async def test_discovers_what_is_open(kyuubi: Source, server: Server) -> None:
    """A workspace that is closed to the key does not hide the others."""
    cloud = Cloud({"w-1": ["kb-a"], "w-2": ["kb-b"]})
    cloud.closed = {"w-1": answer({"code": None}, 403)}
    server.handler = cloud

    assert [target["workspace_id"] for target in await _discover(kyuubi)] == ["w-2"]


async def test_discovers_nothing_open(kyuubi: Source, server: Server) -> None:
    """Where every workspace is closed, the action that is missing is named."""
    cloud = Cloud({"w-1": ["kb-a"]})
    cloud.closed = {"w-1": answer({"Code": "NoPermission"}, 403)}
    server.handler = cloud

    with pytest.raises(PermissionMissingError) as caught:
        await _discover(kyuubi)
    assert caught.value.permission == "emr-serverless-spark:ListKyuubiServices"


async def test_discovers_with_trouble(kyuubi: Source, server: Server) -> None:
    """Throttling on the way is told, not taken for a shorter list."""
    cloud = Cloud({"w-1": ["kb-a"], "w-2": ["kb-b"]})
    cloud.closed = {"w-1": answer(b"", 429, {"retry-after": "600"})}
    server.handler = cloud

    with pytest.raises(ThrottledError):
        await _discover(kyuubi)


async def test_may_not_list_workspaces(kyuubi: Source, server: Server) -> None:
    """A key that may not list workspaces learns which action it lacks."""
    server.script(answer({"Code": "Forbidden.RAM"}, 403))

    with pytest.raises(PermissionMissingError) as caught:
        await _discover(kyuubi)
    assert caught.value.permission == "emr-serverless-spark:ListWorkspaces"


@pytest.mark.parametrize("workspace", ["../../x", "w-1/../..", "", None])
async def test_discovers_no_strange_ids(kyuubi: Source, server: Server, workspace: Any) -> None:
    """An id that would bend the next request's path breaks the answer."""
    server.script(answer({"workspaces": [{"workspaceId": workspace}]}))

    with pytest.raises(BrokenAnswerError):
        await _discover(kyuubi)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "region", ["", "evil.example", "cn-hangzhou.evil", "cn_x", "cn-" + "a" * 60]
)
async def test_discovers_in_no_region(kyuubi: Source, server: Server, region: str) -> None:
    """What is no region is refused before anything is asked."""
    with pytest.raises(InputError) as caught:
        await kyuubi.discover(access(ACCESS_KEY), region, timeout=30)
    assert caught.value.field == "region"
    assert server.seen == []
