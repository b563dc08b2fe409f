"""Tokens to list: as many as a bench asks for, spread over targets."""

from typing import Any

from sandbox.company import World
from sandbox.company.access import AccessKey, OAuthClient
from sandbox.company.idaas import AuthenticationToken, CredentialProvider, Instance
from sandbox.company.kyuubi import KyuubiService, KyuubiToken, Workspace
from sandbox.company.people import JONAS, MEI

REGION = "cn-hangzhou"
KEY_ID, KEY_SECRET = "LTAI5tBenchBenchBench01", "BenchBenchBenchBenchBenchBench"
CLIENT_ID, CLIENT_SECRET = "app_bench", "CSBenchBenchBenchBench"
DOMAIN, INSTANCE = "bench.aliyunidaas.com", "idaas_bench"
_DAY = 86_400_000
USERS = (MEI.id, JONAS.id)


def world(now: int, *, kyuubi: list[int], idaas: list[int]) -> World:
    """Return a world with a gateway for each number of Kyuubi tokens, a consumer for each of IDaaS."""
    made = World(now)
    made.access.put_key(
        AccessKey(
            access_key_id=KEY_ID,
            secret=KEY_SECRET,
            account_id="1",
            user_name="bench",
            allowed=frozenset({"emr-serverless-spark:*"}),
        )
    )
    made.access.put_client(
        OAuthClient(client_id=CLIENT_ID, instance_id=INSTANCE, secret=CLIENT_SECRET)
    )
    made.idaas.put_instance(Instance(instance_id=INSTANCE, domain=DOMAIN, region=REGION))
    for number, tokens in enumerate(kyuubi):
        _gateway(made, number, tokens, now)
    for number, tokens in enumerate(idaas):
        _consumer(made, number, tokens, now)
    return made


def _gateway(made: World, number: int, tokens: int, now: int) -> None:
    place = kyuubi_target(number)
    made.kyuubi.put_workspace(
        Workspace(
            workspace_id=place["workspace_id"],
            name=f"workspace {number}",
            region=REGION,
            account_id="1",
            created_at=now - 100 * _DAY,
        )
    )
    made.kyuubi.put_service(
        KyuubiService(
            kyuubi_service_id=place["kyuubi_service_id"],
            workspace_id=place["workspace_id"],
            name=f"gateway {number}",
            created_at=now - 100 * _DAY,
        )
    )
    for index in range(tokens):
        made.kyuubi.put_token(
            KyuubiToken(
                token_id=f"tk-{number:03}{index:06}",
                kyuubi_service_id=place["kyuubi_service_id"],
                name=f"job_{number}_{index}",
                text="abc**********xyz",
                created_at=now - 90 * _DAY,
                expires_at=now + (index % 365 + 1) * _DAY,
                members=("1001", "1002"),
                account_names=("etl", "bi"),
                last_used_at=now - index % 30 * _DAY,
            )
        )


def _consumer(made: World, number: int, tokens: int, now: int) -> None:
    place = idaas_target(number)
    provider = f"atp_{number:03}"
    made.idaas.put_provider(
        CredentialProvider(
            credential_provider_id=provider,
            identifier=place["credential_provider_identifier"],
            instance_id=INSTANCE,
        )
    )
    for index in range(tokens):
        made.idaas.put_token(
            AuthenticationToken(
                authentication_token_id=f"atntkn_{number:03}{index:06}",
                instance_id=INSTANCE,
                credential_provider_id=provider,
                kind="jwt",
                consumer_type="custom",
                consumer_id=place["consumer_id"],
                creator_id=CLIENT_ID,
                created_at=now - 30 * _DAY,
                expires_at=now + (index % 300 + 2) * _DAY,
            )
        )


def kyuubi_target(number: int) -> dict[str, str]:
    """Return the coordinates of a gateway."""
    return {
        "region": REGION,
        "workspace_id": f"w-{number:016x}",
        "kyuubi_service_id": f"kb-{number:032x}",
    }


def idaas_target(number: int) -> dict[str, str]:
    """Return the coordinates of a consumer."""
    return {
        "region": REGION,
        "instance_id": INSTANCE,
        "consumer_id": f"consumer_{number}",
        "credential_provider_identifier": f"provider_{number}",
    }


KYUUBI: dict[str, Any] = {
    "source": "kyuubi",
    "kind": "access_key",
    "values": {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET},
}
IDAAS: dict[str, Any] = {
    "source": "idaas",
    "kind": "oauth_client",
    "values": {
        "domain": DOMAIN,
        "client_id": CLIENT_ID,
        "authentication": "client_secret_basic",
        "secret": CLIENT_SECRET,
    },
}
