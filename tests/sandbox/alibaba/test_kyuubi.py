"""EMR Serverless Spark: what is listed, and every refusal."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from sandbox.company.kyuubi import KyuubiService, Workspace
from sandbox.company.timeline import DAY, HOUR, Renewal
from tests.sandbox.alibaba import places
from tests.sandbox.alibaba.conftest import Service
from tests.sandbox.alibaba.places import EPOCH
from tests.sandbox.alibaba.signing import TOKEN_PATH

ACTION = "emr-serverless-spark:ListKyuubiToken"


async def rows(service: Service) -> dict[str, dict[str, object]]:
    answer = await service.get()
    assert answer.status_code == 200, answer.text
    return {row["tokenId"]: row for row in answer.json()["data"]["tokens"]}


async def test_a_token_is_listed_as_documented(service: Service) -> None:
    """A row has exactly the documented fields, and sparkRole only where there is one."""
    places.put_token(service.world)
    places.put_token(service.world, "tk-2", spark_roles=("reader",))
    listed = await rows(service)

    assert listed[places.TOKEN_ID] == {
        "tokenId": places.TOKEN_ID,
        "name": "dev_serverless_spark",
        "token": "dxj**********wfg",
        "createdBy": "admin",
        "createTime": EPOCH - 20 * DAY,
        "expireTime": EPOCH + 10 * DAY,
        "lastUsedTime": EPOCH - DAY,
        "memberArns": [f"acs:emr::{places.WORKSPACE}:member/195400007311"],
        "accountNames": ["dev-serverless-spark"],
    }
    assert listed["tk-2"]["sparkRole"] == ["reader"]


async def test_a_time_that_does_not_exist_is_null_absent_or_zero(service: Service) -> None:
    """No document says how never is written, so all three ways occur."""
    for nothing in ("null", "absent", "zero"):
        places.put_token(
            service.world, nothing, expires_at=None, last_used_at=None, nothing=nothing
        )
    listed = await rows(service)

    for name in ("expireTime", "lastUsedTime"):
        assert listed["null"][name] is None
        assert name not in listed["absent"]
        assert listed["zero"][name] == 0


async def test_tokens_follow_the_time_that_a_visitor_moves(service: Service) -> None:
    """Creation, use, renewal and removal show when their moment has come, and not before."""
    places.put_token(service.world, "future", created_at=EPOCH + DAY)
    places.put_token(service.world, "removed", removed_at=EPOCH + DAY)
    places.put_token(
        service.world,
        "renewed",
        renewals=(Renewal(at=EPOCH + DAY, expires_at=EPOCH + 90 * DAY),),
        last_used_at=EPOCH - DAY,
        used_every=HOUR,
    )
    before = await rows(service)
    service.clock.offset_ms += DAY + HOUR
    after = await rows(service)

    assert set(before) == {"removed", "renewed"}
    assert set(after) == {"future", "renewed"}
    assert before["renewed"]["expireTime"] == EPOCH + 10 * DAY
    assert after["renewed"]["expireTime"] == EPOCH + 90 * DAY
    assert before["renewed"]["lastUsedTime"] == EPOCH
    assert after["renewed"]["lastUsedTime"] == EPOCH + DAY + HOUR


async def test_a_test_can_renew_and_remove(service: Service) -> None:
    """A renewal holds at once or from a moment on; a removed token is gone."""
    world = service.world
    places.put_token(world, "now", renewals=(Renewal(at=EPOCH - 1, expires_at=EPOCH + DAY),))
    places.put_token(world, "later")
    places.put_token(world, "gone")
    world.kyuubi.renew("now", EPOCH + 50 * DAY)
    world.kyuubi.renew("later", EPOCH + 60 * DAY, at=EPOCH + DAY)
    world.kyuubi.remove_token("gone")
    before = await rows(service)
    service.clock.offset_ms += 2 * DAY
    after = await rows(service)

    assert set(before) == {"now", "later"}
    assert before["now"]["expireTime"] == EPOCH + 50 * DAY
    assert before["later"]["expireTime"] == EPOCH + 10 * DAY
    assert after["later"]["expireTime"] == EPOCH + 60 * DAY


async def test_newest_tokens_come_first(service: Service) -> None:
    """The list is ordered, so that two reads agree."""
    for age in (3, 1, 2):
        places.put_token(service.world, f"tk-{age}", created_at=EPOCH - age * DAY)

    assert list(await rows(service)) == ["tk-1", "tk-2", "tk-3"]


async def test_an_id_with_a_slash_reaches_its_service(service: Service) -> None:
    """An encoded slash belongs to the id; a service of that name is found."""
    strange = "kb-a/b c%\n~"
    service.world.kyuubi.put_service(
        KyuubiService(
            kyuubi_service_id=strange,
            workspace_id=places.WORKSPACE,
            name="strange",
            created_at=EPOCH,
        )
    )
    path = f"/api/v1/workspaces/{places.WORKSPACE}/kyuubiService/{quote(strange, safe='~')}/token"
    answer = await service.get(path)

    assert answer.json()["data"] == {"tokens": []}


@pytest.mark.parametrize("query", [{}, {"regionId": ""}])
@pytest.mark.parametrize(
    ("path", "action"), [(TOKEN_PATH, "ListKyuubiToken"), ("/api/v1/workspaces", "ListWorkspaces")]
)
async def test_a_region_must_be_named(
    service: Service, path: str, action: str, query: dict[str, str]
) -> None:
    """Without a region the gateway refuses, in its own shape."""
    answer = await service.get(path, query, action=action)
    body = answer.json()

    assert answer.status_code == 400
    assert body["Code"] == "MissingParameter.regionId"
    assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert body["HostId"] == service.host
    assert answer.headers["x-acs-request-id"] == body["RequestId"]


async def test_a_region_must_exist(service: Service) -> None:
    """A region that Alibaba Cloud does not have is not an empty one."""
    answer = await service.get(query={"regionId": "cn-atlantis"})

    assert (answer.status_code, answer.json()["Code"]) == (404, "InvalidRegion.NotFound")


async def test_an_unknown_workspace_has_no_code(service: Service) -> None:
    """A workspace that is unknown, elsewhere or another account's is refused with a null code."""
    service.world.kyuubi.put_workspace(
        Workspace(
            workspace_id="w-foreign", name="x", region=places.REGION, account_id="2", created_at=0
        )
    )
    for workspace_id, region in (
        ("w-nothing", places.REGION),
        ("w-foreign", places.REGION),
        (places.WORKSPACE, "cn-beijing"),
    ):
        path = TOKEN_PATH.replace(places.WORKSPACE, workspace_id)
        answer = await service.get(path, {"regionId": region})
        body = answer.json()

        assert answer.status_code == 404
        assert set(body) == {"requestId", "code", "message"}
        assert body["code"] is None


async def test_an_unknown_service_has_an_empty_code(service: Service) -> None:
    """A gateway that is deleted, or of another workspace, is refused with an empty code."""
    places.put_token(service.world)
    other = replace(
        service.world.kyuubi.workspaces[places.WORKSPACE], workspace_id="w-other", name="other"
    )
    service.world.kyuubi.put_workspace(other)
    elsewhere = await service.get(TOKEN_PATH.replace(places.WORKSPACE, "w-other"))
    service.world.kyuubi.remove_service(places.SERVICE)
    deleted = await service.get()

    for answer in (elsewhere, deleted):
        assert (answer.status_code, answer.json()["code"]) == (400, "")
    assert service.world.kyuubi.tokens == {}


async def test_a_key_without_the_permission_is_told_which(service: Service) -> None:
    """The refusal names the RAM action and who lacks it."""
    service.world.access.set_permissions(places.KEY_ID, {"emr-serverless-spark:ListWorkspaces"})
    answer = await service.get()
    body = answer.json()

    assert (answer.status_code, body["Code"]) == (403, "Forbidden.RAM")
    detail = body["AccessDeniedDetail"]
    assert detail["AuthAction"] == ACTION
    assert detail["AuthPrincipalDisplayName"] == "tokenbell"
    assert detail["NoPermissionType"] == "ImplicitDeny"


async def test_a_denied_key_is_told_so(service: Service) -> None:
    """A policy that denies wins over one that allows, and has its own code."""
    service.world.access.set_permissions(places.KEY_ID, {"*"}, denied={ACTION})
    answer = await service.get()
    body = answer.json()

    assert (answer.status_code, body["Code"]) == (403, "NoPermission")
    assert body["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


@pytest.mark.parametrize(
    "headers", [{"x-acs-version": "2022-02-25"}, {"x-acs-action": "ListWorkspaces"}]
)
async def test_another_version_or_action_is_unknown(
    service: Service, headers: dict[str, str | None]
) -> None:
    """The named operation must be the one that the path is for."""
    answer = await service.get(headers=headers)

    assert (answer.status_code, answer.json()["Code"]) == (404, "InvalidApi.NotFound")


async def test_a_bad_signature_is_refused_in_the_gateways_shape(service: Service) -> None:
    """A wrong secret, an unknown key and a stale date are refused over the wire too."""
    wrong = await service.get(secret="wrong")
    unknown = await service.get(key_id="LTAI5tNobody")
    stale = await service.get(headers={"x-acs-date": "2026-01-01T00:00:00Z"})

    assert (wrong.status_code, wrong.json()["Code"]) == (400, "SignatureDoesNotMatch")
    assert (unknown.status_code, unknown.json()["Code"]) == (404, "InvalidAccessKeyId.NotFound")
    assert (stale.status_code, stale.json()["Code"]) == (400, "InvalidTimeStamp.Expired")


async def test_the_date_is_checked_against_the_machines_clock(service: Service) -> None:
    """A visitor who moves the time does not break signatures."""
    service.clock.offset_ms += 30 * DAY

    assert (await service.get()).status_code == 200


async def test_workspaces_are_listed_by_region_name_and_state(service: Service) -> None:
    """Only the account's workspaces of that region, filtered, oldest first."""
    for index, (name, state) in enumerate(
        (("prod_bi", "RUNNING"), ("prod_etl", "TERMINATED"), ("dev", "RUNNING"))
    ):
        service.world.kyuubi.put_workspace(
            Workspace(
                workspace_id=f"w-{index}",
                name=name,
                region="cn-shanghai",
                account_id=places.ACCOUNT,
                created_at=EPOCH + index,
                state=state,
            )
        )

    async def names(**query: str) -> list[str]:
        answer = await service.get(
            "/api/v1/workspaces", {"regionId": "cn-shanghai", **query}, action="ListWorkspaces"
        )
        return [w["workspaceName"] for w in answer.json()["workspaces"]]

    assert await names() == ["prod_bi", "prod_etl", "dev"]
    assert await names(name="prod") == ["prod_bi", "prod_etl"]
    assert await names(state="RUNNING") == ["prod_bi", "dev"]


async def test_workspaces_come_in_pages(service: Service) -> None:
    """Pages are followed by nextToken, which is empty on the last; a made-up one is refused."""
    for index in range(4):
        service.world.kyuubi.put_workspace(
            Workspace(
                workspace_id=f"w-{index}",
                name=f"n{index}",
                region=places.REGION,
                account_id=places.ACCOUNT,
                created_at=EPOCH,
            )
        )

    async def page(**query: str) -> dict[str, object]:
        answer = await service.get(
            "/api/v1/workspaces", {"regionId": places.REGION, **query}, action="ListWorkspaces"
        )
        body: dict[str, object] = answer.json()
        return body

    first = await page(maxResults="3")
    last = await page(maxResults="3", nextToken=str(first["nextToken"]))

    assert (first["totalCount"], first["maxResults"], last["nextToken"]) == (5, 3, "")
    found = [w["workspaceId"] for body in (first, last) for w in body["workspaces"]]  # type: ignore[attr-defined]  # JSON
    assert found == [places.WORKSPACE, "w-0", "w-1", "w-2", "w-3"]
    for query in (
        {"nextToken": "NTbogus"},
        {"nextToken": str(first["nextToken"]), "name": "n"},
        {"nextToken": str(first["nextToken"]), "regionId": "cn-beijing"},
    ):
        assert (await page(**query))["Code"] == "InvalidParameter"
    assert (await page(maxResults="none"))["Code"] == "InvalidParameter"


async def test_services_of_a_workspace_are_listed(service: Service) -> None:
    """ListKyuubiServices needs no region; a wrong one finds nothing."""
    path = f"/api/v1/kyuubi/{places.WORKSPACE}"
    answer = await service.get(path, {}, action="ListKyuubiServices")
    wrong = await service.get(path, {"regionId": "cn-beijing"}, action="ListKyuubiServices")

    (row,) = answer.json()["data"]["kyuubiServices"]
    assert (row["kyuubiServiceId"], row["name"]) == (places.SERVICE, "bi-gateway")
    assert row["createTime"].endswith("Z")
    assert wrong.json()["code"] is None
