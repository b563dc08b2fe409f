"""Where things are: the ids, regions and domains of Halyard Freight, whatever the moment."""

from sandbox.company import ids
from sandbox.company.access import AccessKey, OAuthClient
from sandbox.company.idaas import CredentialProvider, Instance
from sandbox.company.kyuubi import KyuubiService, Workspace
from sandbox.company.timeline import DAY, YEAR
from sandbox.company.world import World

ACCOUNT = ids.user_id("halyard account")
LIST_TOKENS = "emr-serverless-spark:ListKyuubiToken"
LIST_ALL = "emr-serverless-spark:List*"

HANGZHOU, SHANGHAI, SINGAPORE = "cn-hangzhou", "cn-shanghai", "ap-southeast-1"

_PROVIDERS_SINCE = 1_767_225_600_000  # 2026-01-01, so that provider ids never change

INSTANCE = Instance(
    instance_id=ids.instance_id("halyard"), domain="halyard.aliyunidaas.com", region=HANGZHOU
)


def workspace(world: World, name: str, region: str, *, age: int = YEAR) -> Workspace:
    """Put a workspace of Halyard's account."""
    return world.kyuubi.put_workspace(
        Workspace(
            workspace_id=ids.workspace_id(name),
            name=name,
            region=region,
            account_id=ACCOUNT,
            created_at=world.epoch - age,
        )
    )


def service(world: World, place: Workspace, name: str) -> KyuubiService:
    """Put a gateway into a workspace."""
    return world.kyuubi.put_service(
        KyuubiService(
            kyuubi_service_id=ids.kyuubi_service_id(place.name, name),
            workspace_id=place.workspace_id,
            name=name,
            created_at=place.created_at + DAY,
        )
    )


def provider(world: World, instance: Instance, identifier: str) -> CredentialProvider:
    """Put a credential provider into an instance."""
    return world.idaas.put_provider(
        CredentialProvider(
            credential_provider_id=ids.credential_provider_id(_PROVIDERS_SINCE, identifier),
            identifier=identifier,
            instance_id=instance.instance_id,
        )
    )


def key(world: World, user_name: str, *allowed: str) -> AccessKey:
    """Put an AccessKey of one of Halyard's RAM users."""
    return world.access.put_key(
        AccessKey(
            access_key_id=ids.access_key_id(user_name),
            secret=ids.access_key_secret(user_name),
            account_id=ACCOUNT,
            user_name=user_name,
            allowed=frozenset(allowed),
        )
    )


def client(world: World, name: str, *, public_key: str | None = None) -> OAuthClient:
    """Put an application of Halyard's instance, with a secret unless it has a key."""
    return world.access.put_client(
        OAuthClient(
            client_id=ids.application_id(name),
            instance_id=INSTANCE.instance_id,
            secret=None if public_key else ids.client_secret(name),
            public_key=public_key,
        )
    )


def kyuubi_target(place: Workspace, kyuubi_service_id: str, label: str) -> dict[str, str]:
    """Return a gateway's coordinates, as a person fills them in."""
    return {
        "region": place.region,
        "workspace_id": place.workspace_id,
        "kyuubi_service_id": kyuubi_service_id,
        "label": label,
    }


def idaas_target(
    instance: Instance, consumer_id: str, identifier: str, label: str
) -> dict[str, str]:
    """Return a consumer's coordinates, as a person fills them in."""
    return {
        "region": instance.region,
        "instance_id": instance.instance_id,
        "consumer_id": consumer_id,
        "credential_provider_identifier": identifier,
        "label": label,
    }


def key_values(access_key: AccessKey) -> dict[str, str]:
    """Return an AccessKey pair, as a person fills it in."""
    return {
        "access_key_id": access_key.access_key_id,
        "access_key_secret": access_key.secret,
    }


def client_values(application: OAuthClient, authentication: str, secret: str) -> dict[str, str]:
    """Return an application's credential, as a person fills it in."""
    return {
        "domain": INSTANCE.domain,
        "client_id": application.client_id,
        "authentication": authentication,
        "secret": secret,
    }
