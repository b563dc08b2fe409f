"""Who holds which credential, and what it may read."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sandbox.company import ids
from sandbox.company.access import AccessKey
from sandbox.company.halyard import places
from sandbox.company.people import AIKO, JONAS, MEI, PRIYA, Member
from sandbox.company.world import DemoCredential, World

Targets = tuple[dict[str, str], ...]


def furnish(
    world: World,
    *,
    reporting: Targets,
    etl: dict[str, str],
    identity: Targets,
    scratch: dict[str, str],
    lakehouse: Targets,
    partners: Targets,
    onboarding: dict[str, str],
    first_application: dict[str, str],
) -> None:
    """Put everyone's keys and applications, and remember them for the demo."""
    # Mei's key may list tokens and nothing else; with the others one can also pick from lists.
    mei = places.key(world, "mei-tokenbell", places.LIST_TOKENS)
    jonas = places.key(world, "jonas-data", places.LIST_ALL)
    aiko = places.key(world, "aiko-platform", places.LIST_ALL)
    spare = places.key(world, "newcomer-trial", places.LIST_ALL)
    _show_key(world, MEI, mei, "Data platform", (reporting[0], etl, reporting[1]))
    _show_client(world, MEI, "tokenbell-mei", "client_secret_basic", "Identity", identity)
    _show_key(world, JONAS, jonas, "Data engineering", (etl, scratch))
    _show_key(world, AIKO, aiko, "Lakehouse", lakehouse)
    _show_client(world, AIKO, "tokenbell-aiko", "private_key_jwt", "Partner platform", partners)
    _show_key(world, PRIYA, spare, "Trial key", (onboarding,), connect=False)
    _show_client(
        world,
        PRIYA,
        "tokenbell-trial",
        "client_secret_post",
        "Trial application",
        (first_application,),
        connect=False,
    )


def _show_key(
    world: World,
    member: Member,
    key: AccessKey,
    label: str,
    targets: Targets,
    *,
    connect: bool = True,
) -> None:
    world.demo.append(
        DemoCredential(
            user=member.id,
            connect=connect,
            source="kyuubi",
            kind="access_key",
            label=label,
            values=places.key_values(key),
            targets=targets,
        )
    )


def _show_client(
    world: World,
    member: Member,
    name: str,
    authentication: str,
    label: str,
    targets: Targets,
    *,
    connect: bool = True,
) -> None:
    private_key, public_key = _key_pair(name)
    by_key = authentication == "private_key_jwt"
    client = places.client(world, name, public_key=public_key if by_key else None)
    secret = private_key if by_key else client.secret or ""
    world.demo.append(
        DemoCredential(
            user=member.id,
            connect=connect,
            source="idaas",
            kind="oauth_client",
            label=label,
            values=places.client_values(client, authentication, secret),
            targets=targets,
        )
    )


def _key_pair(name: str) -> tuple[str, str]:
    """Return a P-256 key pair in PEM that follows from a name."""
    key = ec.derive_private_key(ids.number("key", name) % 2**255 + 1, ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
