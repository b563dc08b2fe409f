"""EMR Serverless Spark: the tokens of Kyuubi gateways, read with a RAM-signed request.

https://www.alibabacloud.com/help/en/emr/emr-serverless-spark/developer-reference/api-emr-serverless-spark-2023-08-08-listkyuubitoken
"""

# ruff: noqa: ASYNC109 - `timeout` spans several calls and ends in an error of our own tree

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from itertools import chain
from typing import TypeVar
from urllib.parse import quote

from pydantic import Field

from bot.clients._acs3 import Acs3Auth
from bot.clients._answer import Answer, Operation
from bot.clients._credentials import ACCESS_KEY_FORM, access_key
from bot.clients._form import filled_in
from bot.clients._paging import MOST_ROWS, PAGE_SIZE, read_pages
from bot.clients._region import REGION_FIELD, check_region, regional_url
from bot.clients._transport import Transport, deadline
from bot.clients._wire import (
    UNKNOWN,
    Id,
    Masked,
    Page,
    Row,
    Rows,
    Text,
    Texts,
    Time,
    Wire,
    parse,
    read_tokens,
)
from bot.clock import Clock, Ids
from bot.errors import (
    CredentialRefusedError,
    PermissionMissingError,
    UnknownTargetError,
    UpstreamError,
)
from bot.models.credential import Access, AccessKey, Credential
from bot.models.listing import Reading
from bot.models.source import FormField, SourceInfo
from bot.models.target import Target
from bot.models.token import key_within, token_key
from bot.slices import Slices

NAME = "kyuubi"
_HOST = "emr-serverless-spark"
_WORKSPACE_ID = r"w-[A-Za-z0-9-]{1,64}"
_SERVICE_ID = r"kb-[A-Za-z0-9-]{1,64}"
_ABREAST = 4
"""How many workspaces are asked for their gateways at the same time."""


def _operation(name: str, payload: str = "data") -> Operation:
    return Operation(
        source=NAME,
        name=name,
        version="2023-08-08",
        permission=f"emr-serverless-spark:{name}",
        payload=payload,
    )


_LIST_TOKENS = _operation("ListKyuubiToken")
_LIST_WORKSPACES = _operation("ListWorkspaces", payload="workspaces")
_LIST_SERVICES = _operation("ListKyuubiServices")

_INAPPLICABLE = frozenset({"creator_type", "consumer", "consumer_type", "provider", "provider_id"})

INFO = SourceInfo(
    name=NAME,
    title="EMR Serverless Spark (Kyuubi)",
    summary="Tokens of the Kyuubi gateways of a workspace.",
    permission=_LIST_TOKENS.permission,
    renewal="in the EMR console: EMR Serverless > Spark, the workspace, O&M Center > Gateway >"
    " Kyuubi Gateway, the gateway's tokens.",
    credential_forms=(ACCESS_KEY_FORM,),
    target_fields=(
        REGION_FIELD,
        FormField(
            name="workspace_id",
            label="Workspace ID",
            hint="EMR console: EMR Serverless > Spark, below the name of the workspace.",
            placeholder="w-d2d82aa09155abcd",
            pattern=_WORKSPACE_ID,
            advice="A workspace ID looks like w-d2d82aa09155abcd.",
        ),
        FormField(
            name="kyuubi_service_id",
            label="Kyuubi gateway ID",
            hint="In the workspace: O&M Center > Gateway > Kyuubi Gateway.",
            placeholder="kb-c7141f10c3f549fc9f8b8ae562b8abcd",
            pattern=_SERVICE_ID,
            advice="A Kyuubi gateway ID looks like kb-c7141f10c3f549fc9f8b8ae562b8abcd.",
        ),
    ),
    not_reported=_INAPPLICABLE | {"kind", "revoked", "updated_at"},
    inapplicable=_INAPPLICABLE,
    discovers=True,
    column_names={"members": "Member ARNs", "accounts": "RAM accounts", "roles": "Spark roles"},
)


class _TokenRow(Row):
    id: Id = Field(alias="tokenId")
    name: Text = None
    masked: Masked = Field(default=None, alias="token")
    created_by: Text = Field(default=None, alias="createdBy")
    created_at: Time = Field(default=None, alias="createTime")
    expires_at: Time = Field(default=None, alias="expireTime")
    last_used_at: Time = Field(default=None, alias="lastUsedTime")
    members: Texts = Field(default=UNKNOWN, alias="memberArns")
    accounts: Texts = Field(default=UNKNOWN, alias="accountNames")
    # In the vendor's SDK, not in its documentation.
    roles: Texts = Field(default=UNKNOWN, alias="sparkRole")


class _TokenData(Wire):
    tokens: Rows


class _Tokens(Wire):
    data: _TokenData


class _Workspace(Wire):
    # Held against the pattern: it becomes part of the next request's path.
    id: str = Field(alias="workspaceId", pattern=f"^{_WORKSPACE_ID}$")
    name: Text = Field(default=None, alias="workspaceName")


class _Workspaces(Page):
    workspaces: tuple[_Workspace, ...]


class _Service(Wire):
    id: str = Field(alias="kyuubiServiceId", pattern=f"^{_SERVICE_ID}$")
    name: Text = None


class _ServiceData(Wire):
    services: tuple[_Service, ...] = Field(alias="kyuubiServices")


class _Services(Wire):
    data: _ServiceData


_Result = TypeVar("_Result")


class Kyuubi:
    """The `kyuubi` source."""

    info = INFO

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        ids: Ids,
        slices: Slices,
        endpoint: str | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._ids = ids
        self._endpoint = endpoint
        self._slices = slices

    def credential(self, kind: str, values: Mapping[str, str]) -> Credential:
        """Make an AccessKey of a filled form. Raises `InputError`, KeyError for another kind."""
        self.info.credential_form(kind)
        return access_key(values)

    def target(self, values: Mapping[str, str]) -> Target:
        """Make a target of a filled form. Raises `InputError`."""
        return Target(source=NAME, coordinates=filled_in(self.info.target_fields, values))

    def endpoint(
        self,
        credential: Credential,  # noqa: ARG002 - the contract of Source
        target: Target,
    ) -> str:
        """Return the base URL that will be asked."""
        return self._endpoint or regional_url(NAME, _HOST, target["region"])

    async def list_tokens(
        self,
        access: Access,
        target: Target,
        *,
        everything: bool,  # noqa: ARG002 - the contract of Source
        timeout: float,
    ) -> Reading:
        """Read a gateway's tokens: all of them, in one answer. The API neither pages nor filters.

        Raises `UpstreamError`.
        """
        read_at = self._clock.now()
        workspace, service = target["workspace_id"], target["kyuubi_service_id"]
        place = token_key(NAME, target["region"], workspace, service)

        def fields(row: _TokenRow) -> dict[str, object]:
            return row.fields(INFO, target, key=key_within(place, row.id))

        async with deadline(NAME, timeout) as until:
            answer = await self._ask(
                _LIST_TOKENS,
                ("workspaces", workspace, "kyuubiService", service, "token"),
                access=access,
                region=target["region"],
                until=until,
            )
            rows = parse(_Tokens, answer).data.tokens
            # It does not page, but what no list shows in full need not be read in full.
            listed = await read_tokens(
                self._slices, answer, rows[:MOST_ROWS], _TokenRow, fields, at="data.tokens"
            )
        tokens = {token.key: token for token in listed}
        return Reading(
            target=target,
            tokens=tuple(tokens.values()),
            read_at=read_at,
            truncated=len(rows) > MOST_ROWS,
        )

    async def discover(self, access: Access, region: str, *, timeout: float) -> tuple[Target, ...]:
        """Return the gateways of all workspaces that a key may see, by name.

        A workspace that is closed to the key is left out, unless all are. Raises `UpstreamError`.
        """
        check_region(region)
        async with deadline(NAME, timeout) as until:
            workspaces = await self._workspaces(access, region, until)
            free = asyncio.Semaphore(_ABREAST)

            async def ask(workspace: _Workspace) -> tuple[Target, ...] | UpstreamError:
                async with free:
                    return await self._gateways(access, region, workspace, until)

            answers = await _together([ask(workspace) for workspace in workspaces])
        targets = [answer for answer in answers if isinstance(answer, tuple)]
        refusals = [answer for answer in answers if isinstance(answer, UpstreamError)]
        if refusals and not targets:
            raise refusals[0]
        return tuple(sorted(chain.from_iterable(targets), key=lambda target: target.label))

    async def _workspaces(self, access: Access, region: str, until: float) -> list[_Workspace]:
        async def fetch(token: str | None) -> tuple[tuple[_Workspace, ...], str | None]:
            params = {"maxResults": str(PAGE_SIZE)} | ({"nextToken": token} if token else {})
            answer = await self._ask(
                _LIST_WORKSPACES,
                ("workspaces",),
                access=access,
                region=region,
                until=until,
                params=params,
            )
            page = parse(_Workspaces, answer)
            return page.workspaces, page.next_token

        workspaces, _ = await read_pages(NAME, fetch)
        return workspaces

    async def _gateways(
        self, access: Access, region: str, workspace: _Workspace, until: float
    ) -> tuple[Target, ...] | UpstreamError:
        try:
            answer = await self._ask(
                _LIST_SERVICES,
                ("kyuubi", workspace.id),
                access=access,
                region=region,
                until=until,
            )
        except (PermissionMissingError, UnknownTargetError) as refusal:
            return refusal
        services = parse(_Services, answer).data.services
        return tuple(_target(region, workspace, service) for service in services)

    async def _ask(
        self,
        operation: Operation,
        path: tuple[str, ...],
        *,
        access: Access,
        region: str,
        until: float,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        credential = access.credential
        if not isinstance(credential, AccessKey):
            raise CredentialRefusedError(NAME, detail="not an AccessKey")
        base = self._endpoint or regional_url(NAME, _HOST, region)
        segments = "/".join(quote(segment, safe="") for segment in path)
        return await self._transport.get(
            operation,
            f"{base.rstrip('/')}/api/v1/{segments}",
            # The reference calls regionId optional; the service has asked for it all the same.
            {"regionId": region, **(params or {})},
            until=until,
            auth=Acs3Auth(credential, clock=self._clock, ids=self._ids),
        )


def _target(region: str, workspace: _Workspace, service: _Service) -> Target:
    names = (workspace.name, workspace.id), (service.name, service.id)
    return Target(
        source=NAME,
        coordinates={
            "region": region,
            "workspace_id": workspace.id,
            "kyuubi_service_id": service.id,
        },
        label=" / ".join(name if isinstance(name, str) else id_ for name, id_ in names),
    )


async def _together(jobs: Iterable[Coroutine[None, None, _Result]]) -> list[_Result]:
    """Return what all jobs return; the first error cancels the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in jobs]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
