"""Records to store, with the canaries as their secrets."""

from datetime import datetime, timedelta

from pydantic import SecretStr

from bot.models.connection import Connection, Owner
from bot.models.credential import Access, AccessKey, Credential, IssuedToken
from bot.models.listing import Reading
from bot.models.share import Share, SharedList
from bot.models.target import Target
from bot.models.token import Token
from bot.store.vault import Vault
from tests.fixtures.canaries import ACCESS_KEY_ID, CANARY
from tests.fixtures.redis import START

OWNER = Owner("T1", "U1")


def target(workspace: str = "w-1", label: str = "") -> Target:
    coordinates = {"region": "cn-hangzhou", "workspace_id": workspace, "kyuubi_service_id": "kb-1"}
    return Target(source="kyuubi", coordinates=coordinates, label=label)


def token(number: int = 1, *, at: Target | None = None) -> Token:
    return Token(
        source="kyuubi",
        key=f"kyuubi:cn-hangzhou/w-1/kb-1/tk-{number}",
        id=f"tk-{number}",
        target=at or target(),
        name=f"nightly-{number}",
        masked="abc••••••xyz",
        created_at=START - timedelta(days=number),
        expires_at=START + timedelta(days=number),
        created_by="alice",
        members=("alice", "bob"),
        not_reported=frozenset({"updated_at"}),
    )


def reading(
    read_at: datetime = START,
    *,
    everything: bool = True,
    count: int = 2,
    at: Target | None = None,
) -> Reading:
    place = at or target()
    return Reading(
        target=place,
        tokens=tuple(token(number, at=place) for number in range(1, count + 1)),
        read_at=read_at,
        everything=everything,
    )


def credential(secret: str = CANARY.access_key_secret) -> Credential:
    return AccessKey(access_key_id=ACCESS_KEY_ID, access_key_secret=SecretStr(secret))


def access(
    vault: Vault,
    scope: str = "T1",
    *,
    endpoint: str = "https://emr",
    proof: Credential | None = None,
) -> Access:
    proof = proof or credential()
    secret = proof.model_dump_json(context={"reveal": True})
    return Access(
        scope=scope,
        credential=proof,
        fingerprint=vault.fingerprint(scope, "kyuubi", endpoint, secret),
    )


def connection(
    owner: Owner = OWNER,
    connection_id: str = "c1",
    *,
    label: str = "Production",
    created_at: datetime = START,
    proof: Credential | None = None,
) -> Connection:
    return Connection(
        id=connection_id,
        owner=owner,
        source="kyuubi",
        label=label,
        credential=proof or credential(),
        targets=(target(),),
        created_at=created_at,
    )


def issued(
    number: int = 1, *, at: datetime = START, life: timedelta = timedelta(minutes=20)
) -> IssuedToken:
    return IssuedToken(
        value=SecretStr(f"{CANARY.access_token}-{number}"), issued_at=at, expires_at=at + life
    )


def share(
    owner: Owner = OWNER,
    share_id: str = "s1",
    *,
    connections: frozenset[str] = frozenset({"c1"}),
    posted_at: datetime = START,
    ts: str = "1795300000.000100",
) -> Share:
    return Share(
        id=share_id,
        owner=owner,
        channel="C1",
        channel_name="data-platform",
        ts=ts,
        permalink="https://halyard.slack.com/archives/C1/p1795300000000100",
        shown=SharedList(
            owner=owner, query="kyuubi", columns=("name",), total=3, places=1, as_of=posted_at
        ),
        connections=connections,
        posted_at=posted_at,
    )
