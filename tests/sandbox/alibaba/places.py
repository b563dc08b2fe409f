"""A world small enough to know by heart."""

from sandbox.company.access import AccessKey, OAuthClient
from sandbox.company.idaas import AuthenticationToken, CredentialProvider, Instance
from sandbox.company.kyuubi import KyuubiService, KyuubiToken, Workspace
from sandbox.company.timeline import DAY
from sandbox.company.world import World

EPOCH = 1_795_300_000_000

REGION = "cn-hangzhou"
WORKSPACE = "w-d2d82aa09155abcd"
SERVICE = "kb-c7141f10c3f549fc9f8b8ae562b8abcd"
ACCOUNT = "1954000000007311"

INSTANCE = "idaas_ue2jvisn35ea5lmthk267abcde"
OTHER_INSTANCE = "idaas_other2jvisn35ea5lmthk267ab"
CONSUMER = "test_jwt_subject"
PROVIDER = "test_example_identifier"
PROVIDER_ID = "atp_01kr2cmj5gabc4fvmls2e93dabcde"

TOKEN_ID = "tk-zpi0abcdehdv4y"
AUTHENTICATION_TOKEN_ID = "atntkn_01kqflm0sabc8nmdc1cb5dskabcde"

KEY_ID = "LTAI5tExampleKeyOfTests1"
KEY_SECRET = "s3cr3tOfTheExampleKeyOfTests12"
STS_ID = "STS.NExampleKeyOfTests"
STS_TOKEN = "CAIS+example/security=token"
CLIENT_ID = "app_ngtkgrrabcdktg5eao6z4abcde"
CLIENT_SECRET = "CS+a/b=c%d&e f:0123456789abcdefghijklmnopqrst"


def small_world() -> World:
    """One workspace with one gateway, one instance with one provider, and a key to each."""
    world = World(EPOCH)
    world.kyuubi.put_workspace(
        Workspace(
            workspace_id=WORKSPACE,
            name="prod",
            region=REGION,
            account_id=ACCOUNT,
            created_at=EPOCH - 100 * DAY,
        )
    )
    world.kyuubi.put_service(
        KyuubiService(
            kyuubi_service_id=SERVICE,
            workspace_id=WORKSPACE,
            name="bi-gateway",
            created_at=EPOCH - 99 * DAY,
        )
    )
    for instance_id, domain in ((INSTANCE, "halyard"), (OTHER_INSTANCE, "northquay")):
        world.idaas.put_instance(
            Instance(instance_id=instance_id, domain=f"{domain}.aliyunidaas.com", region=REGION)
        )
    world.idaas.put_provider(
        CredentialProvider(
            credential_provider_id=PROVIDER_ID,
            identifier=PROVIDER,
            instance_id=INSTANCE,
        )
    )
    world.access.put_key(
        AccessKey(
            access_key_id=KEY_ID,
            secret=KEY_SECRET,
            account_id=ACCOUNT,
            user_name="tokenbell",
            allowed=frozenset({"emr-serverless-spark:List*"}),
        )
    )
    world.access.put_client(
        OAuthClient(client_id=CLIENT_ID, instance_id=INSTANCE, secret=CLIENT_SECRET)
    )
    return world


def put_token(world: World, token_id: str = TOKEN_ID, **fields: object) -> KyuubiToken:
    """Put a Kyuubi token that is due in ten days, unless told otherwise."""
    known = {
        "token_id": token_id,
        "kyuubi_service_id": SERVICE,
        "name": "dev_serverless_spark",
        "text": "dxj**********wfg",
        "created_at": EPOCH - 20 * DAY,
        "expires_at": EPOCH + 10 * DAY,
        "last_used_at": EPOCH - DAY,
        "members": ("195400007311",),
        "account_names": ("dev-serverless-spark",),
    }
    return world.kyuubi.put_token(KyuubiToken(**{**known, **fields}))  # type: ignore[arg-type]  # fields by name


def put_authentication_token(
    world: World, token_id: str = AUTHENTICATION_TOKEN_ID, **fields: object
) -> AuthenticationToken:
    """Put a JWT that is due in ten days, unless told otherwise."""
    known = {
        "authentication_token_id": token_id,
        "instance_id": INSTANCE,
        "credential_provider_id": PROVIDER_ID,
        "kind": "jwt",
        "consumer_type": "custom",
        "consumer_id": CONSUMER,
        "creator_id": "app_ngtkgrrabcdktg5eao6z4abcde",
        "created_at": EPOCH - 20 * DAY,
        "expires_at": EPOCH + 10 * DAY,
    }
    return world.idaas.put_token(AuthenticationToken(**{**known, **fields}))  # type: ignore[arg-type]  # fields by name
