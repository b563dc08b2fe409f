"""EMR Serverless Spark, version 2023-08-08: the three operations that a token list needs.

https://www.alibabacloud.com/help/en/emr/emr-serverless-spark/developer-reference/api-emr-serverless-spark-2023-08-08-listkyuubitoken
The status of an unknown place, and how a time that does not exist is written, are nowhere
documented: here they vary.
"""

from datetime import UTC, datetime

from sandbox.alibaba import acs3
from sandbox.alibaba.answers import Answer, gateway, success, unknown_place
from sandbox.alibaba.call import Call
from sandbox.alibaba.once import Once
from sandbox.alibaba.paging import NextTokenError, Pages, max_results
from sandbox.clock import SandboxClock
from sandbox.company.access import AccessKey
from sandbox.company.kyuubi import KyuubiService, KyuubiToken, Nothing, Workspace
from sandbox.company.world import World

VERSION = "2023-08-08"

REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-5",
        "cn-beijing",
        "cn-chengdu",
        "cn-hangzhou",
        "cn-hongkong",
        "cn-shanghai",
        "cn-shenzhen",
        "cn-wulanchabu",
        "cn-zhangjiakou",
        "eu-central-1",
        "na-south-1",
        "us-east-1",
        "us-west-1",
    }
)
"""https://www.alibabacloud.com/help/en/emr/emr-serverless-spark/developer-reference/api-emr-serverless-spark-2023-08-08-endpoint"""


class KyuubiApi:
    """Answers signed calls from a world."""

    def __init__(self, world: World, clock: SandboxClock) -> None:
        self._world = world
        self._clock = clock
        self._nonces = Once()
        self._pages = Pages()

    def list_workspaces(self, call: Call) -> Answer:
        """Answer ListWorkspaces: paged, in one region, by part of a name and by state."""
        key = self._authorise(call, "ListWorkspaces")
        region = _region(call)
        name, state = call.parameters.get("name"), call.parameters.get("state")
        rows = [
            w
            for w in self._world.kyuubi.workspaces_of(key.account_id, region)
            if (not name or name in w.name) and (not state or state == w.state)
        ]
        size = max_results(call.parameters.get("maxResults"))
        if size is None:
            raise gateway("InvalidParameter", more=" maxResults")
        try:
            page, next_token = self._pages.cut(
                rows,
                lambda w: (w.created_at, w.workspace_id),
                query=(key.account_id, region, name, state),
                size=size,
                next_token=call.parameters.get("nextToken"),
            )
        except NextTokenError:
            raise gateway("InvalidParameter", more=" nextToken") from None
        return success(
            {
                "requestId": call.request_id,
                "maxResults": size,
                "nextToken": next_token or "",
                "totalCount": len(rows),
                "workspaces": [_workspace(w) for w in page],
            }
        )

    def list_kyuubi_services(self, call: Call, workspace_id: str) -> Answer:
        """Answer ListKyuubiServices, which neither pages nor asks for a region."""
        key = self._authorise(call, "ListKyuubiServices")
        workspace = self._workspace(key, workspace_id, call.parameters.get("regionId"))
        services = self._world.kyuubi.services_of(workspace.workspace_id)
        rows = [_service(s, workspace) for s in services]
        return success({"requestId": call.request_id, "data": {"kyuubiServices": rows}})

    def list_kyuubi_token(self, call: Call, workspace_id: str, service_id: str) -> Answer:
        """Answer ListKyuubiToken: the whole list at once, expired tokens included."""
        key = self._authorise(call, "ListKyuubiToken")
        workspace = self._workspace(key, workspace_id, _region(call))
        service = self._world.kyuubi.services.get(service_id)
        if service is None or service.workspace_id != workspace.workspace_id:
            raise unknown_place("", 400, "The Kyuubi service")
        now = self._clock.now()
        tokens = self._world.kyuubi.tokens_of(service_id, now)
        rows = [_token(t, workspace, now) for t in tokens]
        return success({"requestId": call.request_id, "data": {"tokens": rows}})

    def _authorise(self, call: Call, operation: str) -> AccessKey:
        key = acs3.verify(call, self._world.access, self._nonces, self._clock.wall())
        named = (call.header("x-acs-action"), call.header("x-acs-version"))
        if named != (operation, VERSION):
            raise gateway("InvalidApi.NotFound")
        action = f"emr-serverless-spark:{operation}"
        if key.permits(action):
            return key
        denied = key.forbids(action)
        raise gateway(
            "NoPermission" if denied else "Forbidden.RAM",
            detail={
                "AccessDeniedDetail": {
                    "AuthAction": action,
                    "AuthPrincipalType": "AssumedRoleUser" if key.security_token else "SubUser",
                    "AuthPrincipalDisplayName": key.user_name,
                    "AuthPrincipalOwnerId": key.account_id,
                    "NoPermissionType": "ExplicitDeny" if denied else "ImplicitDeny",
                    "PolicyType": "AccountLevelIdentityBasedPolicy",
                    "EncodedDiagnosticMessage": "AQEAAAAAZ2h6Y0Q5RkE2RUM3",
                }
            },
        )

    def _workspace(self, key: AccessKey, workspace_id: str, region: str | None) -> Workspace:
        workspace = self._world.kyuubi.workspaces.get(workspace_id)
        if (
            workspace is None
            or workspace.account_id != key.account_id
            or (region and workspace.region != region)
        ):
            raise unknown_place(None, 404, "The workspace")
        return workspace


def _region(call: Call) -> str:
    region = call.parameters.get("regionId")
    if not region:
        raise gateway("MissingParameter.regionId")
    if region not in REGIONS:
        raise gateway("InvalidRegion.NotFound")
    return region


def _workspace(workspace: Workspace) -> dict[str, object]:
    return {
        "workspaceId": workspace.workspace_id,
        "workspaceName": workspace.name,
        "workspaceStatus": workspace.state,
        "regionId": workspace.region,
        "createTime": workspace.created_at,
        "paymentType": "PayAsYouGo",
        "storage": f"oss://{workspace.name.replace('_', '-')}/",
        "tags": [],
    }


def _service(service: KyuubiService, workspace: Workspace) -> dict[str, object]:
    created = datetime.fromtimestamp(service.created_at / 1_000, UTC)
    host = f"{service.kyuubi_service_id}.{workspace.region}.aliyuncs.com"
    return {
        "kyuubiServiceId": service.kyuubi_service_id,
        "name": service.name,
        "state": service.state,
        "createTime": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "creator": workspace.account_id,
        "computeInstance": "2c8g",
        "replica": 1,
        "queue": "root_queue",
        "kyuubiReleaseVersion": "1.9.2-0.0.1",
        "releaseVersion": "esr-4.3.0",
        "publicEndpoint": f"kyuubi-{host}",
        "innerEndpoint": f"kyuubi-internal-{host}",
    }


def _token(token: KyuubiToken, workspace: Workspace, now: int) -> dict[str, object]:
    row: dict[str, object] = {
        "tokenId": token.token_id,
        "name": token.name,
        "token": token.text,
        "createdBy": token.created_by,
        "createTime": token.created_at,
        "memberArns": [
            f"acs:emr::{workspace.workspace_id}:member/{member}" for member in token.members
        ],
        "accountNames": list(token.account_names),
    }
    if token.spark_roles is not None:
        row["sparkRole"] = list(token.spark_roles)
    return (
        row
        | _time("expireTime", token.expiry(now), token.nothing)
        | _time("lastUsedTime", token.last_use(now), token.nothing)
    )


def _time(name: str, value: int | None, nothing: Nothing) -> dict[str, object]:
    if value is not None:
        return {name: value}
    return {} if nothing == "absent" else {name: 0 if nothing == "zero" else None}
