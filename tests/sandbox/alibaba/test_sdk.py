"""The vendor's official SDKs read the sandbox as they would read the real services."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_eiam_developerapi20220225 import models as idaas_models
from alibabacloud_emr_serverless_spark20230808 import models as spark_models
from alibabacloud_tea_openapi.exceptions import (
    ClientException,
    ServerException,
    ThrottlingException,
)
from cloud_idaas.core.constants import TokenAuthnMethod
from cloud_idaas.core.exceptions import CacheException
from cloud_idaas.core.exceptions import ClientException as IdaasClientException
from cloud_idaas.core.http.default_http_client import HttpClientFactory
from cloud_idaas.core.implementation.authentication.jwt import (
    StaticClientSecretAssertionProvider,
    StaticPrivateKeyAssertionProvider,
)
from cloud_idaas.core.implementation.idaas_machine_credential_provider import (
    IDaaSMachineCredentialProvider,
)
from darabonba.exceptions import UnretryableException

from sandbox.company import Company, demo_credentials
from sandbox.company.access import PAM, READ_SCOPE
from sandbox.company.world import World
from sandbox.faults import Fault, Kind
from tests.sandbox.alibaba import places, vendor
from tests.sandbox.alibaba.conftest import TOKEN_ENDPOINT, Service


async def test_the_sdk_lists_kyuubi_tokens(service: Service) -> None:
    """Every field arrives in the SDK's model."""
    places.put_token(service.world, spark_roles=("reader",))
    body = await vendor.list_kyuubi_token(vendor.spark(service.host))
    sent = (await service.get()).json()["data"]["tokens"]

    assert [token.to_map() for token in body.data.tokens] == sent
    assert body.request_id


async def test_the_sdk_reaches_ids_with_reserved_characters(service: Service) -> None:
    """The SDK's way to encode a path is understood."""
    strange = "kb a/b?c&d=e+f~*"
    service.world.kyuubi.put_service(
        replace(service.world.kyuubi.services[places.SERVICE], kyuubi_service_id=strange)
    )
    body = await vendor.list_kyuubi_token(vendor.spark(service.host), service_id=strange)

    assert body.data.tokens == []


async def test_the_sdk_discovers_workspaces_and_services(service: Service) -> None:
    """ListWorkspaces and ListKyuubiServices arrive in the SDK's models."""
    client = vendor.spark(service.host)
    request = spark_models.ListWorkspacesRequest(region_id=places.REGION, max_results=1)
    workspaces = (await asyncio.to_thread(client.list_workspaces, request)).body
    services = await asyncio.to_thread(
        client.list_kyuubi_services, places.WORKSPACE, spark_models.ListKyuubiServicesRequest()
    )

    assert [w.workspace_id for w in workspaces.workspaces] == [places.WORKSPACE]
    found = services.body.data.kyuubi_services
    assert [s.kyuubi_service_id for s in found] == [places.SERVICE]


async def test_the_sdk_uses_temporary_keys(service: Service) -> None:
    """A key from STS works with its token, and not with another."""
    service.world.access.put_key(
        replace(
            service.world.access.keys[places.KEY_ID],
            access_key_id=places.STS_ID,
            security_token=places.STS_TOKEN,
        )
    )
    good = vendor.spark(service.host, key_id=places.STS_ID, security_token=places.STS_TOKEN)
    bad = vendor.spark(service.host, key_id=places.STS_ID, security_token="CAIS-other")

    assert (await vendor.list_kyuubi_token(good)).data.tokens == []
    with pytest.raises(ClientException) as refused:
        await vendor.list_kyuubi_token(bad)
    assert refused.value.code == "InvalidSecurityToken.MismatchWithAccessKey"


async def test_the_sdk_understands_refusals(service: Service) -> None:
    """Codes, request ids and denied actions arrive in the SDK's exceptions."""
    client = vendor.spark(service.host)
    with pytest.raises(ClientException) as wrong:
        await vendor.list_kyuubi_token(vendor.spark(service.host, secret="wrong"))
    with pytest.raises(ClientException) as nowhere:
        await vendor.list_kyuubi_token(client, region=None)
    with pytest.raises(ClientException) as unknown:
        await vendor.list_kyuubi_token(client, workspace_id="w-unknown")
    service.world.access.set_permissions(places.KEY_ID, set())
    with pytest.raises(ClientException) as denied:
        await vendor.list_kyuubi_token(client)

    assert wrong.value.code == "SignatureDoesNotMatch"
    assert nowhere.value.code == "MissingParameter.regionId"
    assert unknown.value.code == "None"
    assert denied.value.access_denied_detail["AuthAction"].endswith(":ListKyuubiToken")
    assert denied.value.request_id


async def test_the_sdk_understands_trouble(service: Service) -> None:
    """Throttling, internal errors and resets arrive as the SDK's own exceptions."""
    client = vendor.spark(service.host)
    troubles: dict[Kind, type[Exception]] = {
        "429": ThrottlingException,
        "500": ServerException,
        "reset": UnretryableException,
        "broken": UnretryableException,
    }
    for kind, expected in troubles.items():
        service.faults.add(Fault(service="kyuubi", kind=kind, seconds=2, times=1))
        with pytest.raises(expected) as failed:
            await vendor.list_kyuubi_token(client)
        if isinstance(failed.value, ThrottlingException):
            assert failed.value.retry_after == 2_000


async def test_the_sdk_lists_authentication_tokens(service: Service) -> None:
    """Every field arrives in the SDK's model."""
    places.put_authentication_token(service.world)
    body = await vendor.list_authentication_tokens(service.host, service.access_token())
    sent = (await service.authentication_tokens()).json()

    assert [entity.to_map() for entity in body.entities] == sent["entities"]
    assert (body.total_count, body.max_results, body.next_token) == (1, 20, None)


async def test_the_sdk_follows_pages_and_filters(service: Service) -> None:
    """The SDK's `True` and `False` are understood, and its next tokens survive the trip."""
    for index in range(25):
        places.put_authentication_token(
            service.world, f"atntkn_{index:02d}", revoked_at=0 if index >= 23 else None
        )
    found: list[str] = []
    next_token = None
    while next_token is not None or not found:
        body = await vendor.list_authentication_tokens(
            service.host,
            service.access_token(),
            revoked=False,
            expired=False,
            max_results=10,
            next_token=next_token,
        )
        found += [entity.authentication_token_id for entity in body.entities]
        next_token = body.next_token

    assert found == [f"atntkn_{n:02d}" for n in range(23)]


async def test_the_sdk_is_refused_without_a_good_access_token(service: Service) -> None:
    """The SDK reads no code from an OAuth error, but its status and data."""
    with pytest.raises(ClientException) as refused:
        await vendor.list_authentication_tokens(service.host, "nobody")

    assert refused.value.status_code == 401
    assert refused.value.data["error"] == "invalid_token"


async def test_the_sdk_gets_tokens_from_the_developer_api(service: Service) -> None:
    """GenerateTokenByAuthorizationServer puts its parameters into the query."""
    client = vendor.idaas(service.host)
    request = idaas_models.GenerateTokenByAuthorizationServerRequest(
        client_id=places.CLIENT_ID,
        client_secret=places.CLIENT_SECRET,
        grant_type="client_credentials",
        scope=READ_SCOPE,
    )
    answer = await asyncio.to_thread(
        client.generate_token_by_authorization_server, places.INSTANCE, "iauths_system", request
    )

    assert answer.body.access_token in service.world.access.tokens
    assert answer.body.expires_in == 1_200


@pytest.fixture(name="_core")
def _fresh_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """cloud-idaas-core keeps one connection pool for the whole process."""
    HttpClientFactory.reset()
    yield
    HttpClientFactory.get_default_http_client()._http.clear()
    HttpClientFactory.reset()


def provider(service: Service, method: TokenAuthnMethod, **more: Any) -> Any:
    """Return cloud-idaas-core's machine credential, for the app on loopback."""
    endpoint = f"{service.url}{TOKEN_ENDPOINT}"
    assertion = more.get("client_assertion_provider")
    if assertion is not None:
        assertion.client_id, assertion.token_endpoint = places.CLIENT_ID, endpoint
    return IDaaSMachineCredentialProvider(
        client_id=places.CLIENT_ID,
        scope=f"{PAM}|.all",
        token_endpoint=endpoint,
        authn_method=method,
        **more,
    )


async def obtain(credentials: Any) -> str:
    value: str = (await asyncio.to_thread(credentials.get_credential)).access_token
    return value


@pytest.mark.usefixtures("_core")
@pytest.mark.parametrize(
    "method", [TokenAuthnMethod.CLIENT_SECRET_BASIC, TokenAuthnMethod.CLIENT_SECRET_POST]
)
async def test_core_proves_itself_by_secret(service: Service, method: TokenAuthnMethod) -> None:
    """cloud-idaas-core's secrets are taken, and its access token opens the listing."""
    credentials = provider(service, method, client_secret_supplier=lambda: places.CLIENT_SECRET)
    token = await obtain(credentials)

    assert (await vendor.list_authentication_tokens(service.host, token)).entities == []


@pytest.mark.usefixtures("_core")
async def test_core_proves_itself_by_assertion(service: Service) -> None:
    """cloud-idaas-core's assertions are taken, signed with a secret or with a private key."""
    by_secret = provider(
        service,
        TokenAuthnMethod.CLIENT_SECRET_JWT,
        client_assertion_provider=StaticClientSecretAssertionProvider(lambda: places.CLIENT_SECRET),
    )
    assert await obtain(by_secret)

    company = Company(places.EPOCH)
    (by_key_values,) = (
        c["values"]
        for c in demo_credentials(company)
        if c["values"].get("authentication") == "private_key_jwt"
    )
    known = company.access.clients[by_key_values["client_id"]]
    client = service.world.access.clients[places.CLIENT_ID]
    service.world.access.put_client(replace(client, secret=None, public_key=known.public_key))
    by_key = provider(
        service,
        TokenAuthnMethod.PRIVATE_KEY_JWT,
        client_assertion_provider=StaticPrivateKeyAssertionProvider(by_key_values["secret"]),
    )
    assert await obtain(by_key)


@pytest.mark.usefixtures("_core")
async def test_core_understands_refusals(service: Service) -> None:
    """The token endpoint's errors arrive in cloud-idaas-core's exceptions."""
    credentials = provider(
        service, TokenAuthnMethod.CLIENT_SECRET_POST, client_secret_supplier=lambda: "wrong"
    )
    with pytest.raises(CacheException) as failed:
        await obtain(credentials)

    assert isinstance(failed.value.cause, IdaasClientException)
    assert failed.value.cause.error_code == "invalid_client"
    assert failed.value.cause.request_id


class TestHalyard:
    """The SDKs read the whole company, everyone with their own credentials."""

    @pytest.fixture(name="world")
    def _world(self) -> World:
        return Company(places.EPOCH)

    async def test_everyone_reads_what_the_demo_connects(self, service: Service) -> None:
        """Every target of the demo answers, save the two that are meant to fail."""
        failed = []
        for credential in demo_credentials(service.world):
            for target in credential["targets"]:
                try:
                    rows = await read(service, credential, target)
                except ClientException as error:
                    failed.append((target["label"], error.status_code))
                else:
                    assert rows, target
        assert failed == [("Old BI gateway", 400), ("Northquay portal", 403)]


async def read(service: Service, credential: dict[str, Any], target: dict[str, str]) -> list[Any]:
    """Read a target of the demo with the official SDK."""
    values = credential["values"]
    if credential["source"] == "kyuubi":
        client = vendor.spark(
            service.host, key_id=values["access_key_id"], secret=values["access_key_secret"]
        )
        body = await vendor.list_kyuubi_token(
            client, target["workspace_id"], target["kyuubi_service_id"], target["region"]
        )
        kyuubi_rows: list[Any] = body.data.tokens
        return kyuubi_rows
    body = await vendor.list_authentication_tokens(
        service.host,
        service.access_token(values["client_id"]),
        instance_id=target["instance_id"],
        consumer_id=target["consumer_id"],
        credential_provider_identifier=target["credential_provider_identifier"],
    )
    idaas_rows: list[Any] = body.entities
    return idaas_rows
