"""The sources against the sandbox's services, which verify every signature and access token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clients import Source, create_http_client, create_sources
from bot.clock import SystemClock, SystemIds
from bot.errors import (
    BrokenAnswerError,
    ClockSkewError,
    CredentialRefusedError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)
from bot.models.credential import Access, AccessKey, OAuthClient
from bot.models.listing import Reading
from bot.models.target import Target
from sandbox.alibaba.app import create_app
from sandbox.clock import SandboxClock
from sandbox.company import Company, demo_credentials
from sandbox.faults import Fault, Faults
from sandbox.journal import Journal
from sandbox.serve import Server, bind, url_of
from tests.clients.conftest import MemoryTokenCache

TOKEN_PATH = "/api/v2/iauths_system/oauth2/token"


class DriftingClock(SystemClock):
    """The machine's clock, wrong by as much as a test says."""

    drift = timedelta(0)

    def wall(self) -> datetime:
        return super().wall() + self.drift


@dataclass
class Demo:
    """The services of the demo, and the sources that read them."""

    company: Company
    faults: Faults
    journal: Journal
    clock: DriftingClock
    sources: dict[str, Source]

    def connections(self, source: str | None = None) -> list[dict[str, Any]]:
        known = demo_credentials(self.company)
        return [c for c in known if source is None or c["source"] == source]

    def connected(self, source: str, number: int = 0) -> tuple[Access, list[Target]]:
        return self.connect(self.connections(source)[number])

    def connect(self, demo: dict[str, Any]) -> tuple[Access, list[Target]]:
        """Fill in the forms as the demo does."""
        source = self.sources[demo["source"]]
        credential = source.credential(demo["kind"], demo["values"])
        targets = [source.target(values) for values in demo["targets"]]
        return Access(scope="T1", credential=credential, fingerprint=demo["label"]), targets

    async def read(self, access: Access, target: Target, *, everything: bool = True) -> Reading:
        source = self.sources[target.source]
        return await source.list_tokens(access, target, everything=everything, timeout=20)

    async def failure(self, access: Access, target: Target) -> UpstreamError:
        with pytest.raises(UpstreamError) as caught:
            await self.read(access, target)
        return caught.value

    def calls(self, service: str) -> int:
        return len(self.journal.calls(service))


@asynccontextmanager
async def _running() -> AsyncIterator[Demo]:
    clock = SandboxClock()
    company, faults, journal = Company(clock.now()), Faults(), Journal()
    listener = bind()
    url = url_of(listener)
    server = Server(
        create_app(clock=clock, faults=faults, journal=journal, company=company), listener
    )
    await server.open()
    ours = DriftingClock()
    async with create_http_client() as http:
        sources = create_sources(
            http=http,
            clock=ours,
            ids=SystemIds(),
            tokens=MemoryTokenCache(ours),
            kyuubi_endpoint=url,
            idaas_endpoint=url,
            idaas_token_endpoint=url + TOKEN_PATH,
        )
        yield Demo(company, faults, journal, ours, sources)
    await server.close()


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with _running() as demo:
        yield demo


def _there(demo: Demo, target: Target) -> set[str]:
    """Return the ids that a target has now."""
    company, now = demo.company, int(demo.clock.now().timestamp() * 1000)
    if target.source == "kyuubi":
        kyuubi_tokens = company.kyuubi.tokens_of(target["kyuubi_service_id"], now)
        return {token.token_id for token in kyuubi_tokens}
    provider = company.idaas.provider(
        target["instance_id"], target["credential_provider_identifier"]
    )
    assert provider is not None
    tokens = company.idaas.tokens_of(provider.credential_provider_id, target["consumer_id"], now)
    return {token.authentication_token_id for token in tokens}


async def test_everybody_of_the_demo(demo: Demo) -> None:
    """All credentials of the demo fit the forms, prove themselves and list what is there."""
    kinds, closed = set(), []
    for connection in demo.connections():
        access, targets = demo.connect(connection)
        kinds.add((access.credential.kind, connection["values"].get("authentication")))
        for target in targets:
            before = _there(demo, target)
            try:
                reading = await demo.read(access, target)
            except UpstreamError as error:
                closed.append(type(error))
                continue
            after = _there(demo, target)
            # Some are made every minute.
            assert before & after <= {token.id for token in reading.tokens} <= before | after
            assert not reading.truncated

    # The demo has one gateway that is gone, and one instance that is closed to its reader.
    assert sorted(closed, key=str) == [PermissionMissingError, UnknownTargetError]
    assert kinds == {
        ("access_key", None),
        ("oauth_client", "client_secret_basic"),
        ("oauth_client", "client_secret_post"),
        ("oauth_client", "private_key_jwt"),
    }


async def test_only_what_lives(demo: Demo) -> None:
    """Without asking for everything, IDaaS lists neither expired nor revoked tokens."""
    access, (target, *_) = demo.connected("idaas")

    everything = await demo.read(access, target)
    alive = await demo.read(access, target, everything=False)

    now = demo.clock.now()
    assert {token.id for token in alive.tokens} == {
        token.id for token in everything.tokens if token.status(now) == "active"
    }
    assert len(alive.tokens) < len(everything.tokens)


async def test_token_as_stored(demo: Demo) -> None:
    """What a token says is what the service knows, to the millisecond."""
    access, (target, *_) = demo.connected("kyuubi")
    now = int(demo.clock.now().timestamp() * 1000)

    for token in (await demo.read(access, target)).tokens:
        stored = demo.company.kyuubi.tokens[token.id]
        assert token.name == stored.name
        assert token.created_by == stored.created_by
        assert token.accounts == stored.account_names
        assert token.expires_at == _moment(stored.expiry(now))
        assert token.created_at == _moment(stored.created_at)
        assert stored.text not in repr(token)


def _moment(milliseconds: int | None) -> datetime | None:
    if milliseconds is None:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


async def test_discovers(demo: Demo) -> None:
    """A key that may list workspaces finds every gateway that its owner connected."""
    access, targets = demo.connected("kyuubi", 1)
    regions = {target["region"] for target in targets}

    found: list[Target] = []
    for region in regions:
        found += await demo.sources["kyuubi"].discover(access, region, timeout=20)

    assert {target.id for target in targets} <= {target.id for target in found}
    assert all(" / " in target.label for target in found)


async def test_may_only_list_tokens(demo: Demo) -> None:
    """A key with the one permission lists tokens, and learns what it lacks for picking."""
    access, (target, *_) = demo.connected("kyuubi")

    await demo.read(access, target)
    with pytest.raises(PermissionMissingError) as caught:
        await demo.sources["kyuubi"].discover(access, target["region"], timeout=20)

    assert caught.value.permission == "emr-serverless-spark:ListWorkspaces"


async def test_wrong_secret(demo: Demo) -> None:
    """A wrong AccessKey secret is a refused credential."""
    access, (target, *_) = demo.connected("kyuubi")
    values = demo.connections("kyuubi")[0]["values"]
    wrong = demo.sources["kyuubi"].credential(
        "access_key", {**values, "access_key_secret": "x" * 30}
    )

    error = await demo.failure(access.model_copy(update={"credential": wrong}), target)

    assert (type(error), error.code) == (CredentialRefusedError, "SignatureDoesNotMatch")


async def test_disabled_key(demo: Demo) -> None:
    """A disabled AccessKey is a refused credential."""
    access, (target, *_) = demo.connected("kyuubi")
    demo.company.access.disable_key(access.credential.public_id)

    error = await demo.failure(access, target)

    assert (type(error), error.code) == (CredentialRefusedError, "InvalidAccessKeyId.Inactive")
    assert error.request_id


async def test_denied_key(demo: Demo) -> None:
    """A key that lost its permission learns its name."""
    access, (target, *_) = demo.connected("kyuubi")
    demo.company.access.set_permissions(access.credential.public_id, set())

    error = await demo.failure(access, target)

    assert isinstance(error, PermissionMissingError)
    assert error.permission == "emr-serverless-spark:ListKyuubiToken"


async def test_sts_triple(demo: Demo) -> None:
    """A security token is sent and signed; without it the triple is refused."""
    access, (target, *_) = demo.connected("kyuubi")
    keys = demo.company.access
    owner = keys.keys[access.credential.public_id]
    values = {
        "access_key_id": "STS.NUexample0001",
        "access_key_secret": "s" * 30,
        "security_token": "CAIS+example/security=token",
    }
    keys.put_key(
        replace(
            owner,
            access_key_id=values["access_key_id"],
            secret=values["access_key_secret"],
            security_token=values["security_token"],
            expires_at=int(demo.clock.wall().timestamp() * 1000) + 900_000,
        )
    )
    triple = demo.sources["kyuubi"].credential("access_key", values)

    await demo.read(access.model_copy(update={"credential": triple}), target)

    assert isinstance(triple, AccessKey)
    pair = triple.model_copy(update={"security_token": None})
    error = await demo.failure(access.model_copy(update={"credential": pair}), target)
    assert isinstance(error, CredentialRefusedError)


@pytest.mark.parametrize("minutes", [-20, 20])
async def test_clock_skew(demo: Demo, minutes: int) -> None:
    """A clock that is off by more than a quarter of an hour is told as such."""
    access, (target, *_) = demo.connected("kyuubi")
    demo.clock.drift = timedelta(minutes=minutes)

    assert isinstance(await demo.failure(access, target), ClockSkewError)


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("kyuubi", {"workspace_id": "w-nobodys"}),
        ("kyuubi", {"kyuubi_service_id": "kb-nobodys"}),
        ("kyuubi", {"region": "cn-nowhere"}),
        ("idaas", {"credential_provider_identifier": "nobodys"}),
        ("idaas", {"instance_id": "idaas_nobodys"}),
    ],
)
async def test_unknown_places(demo: Demo, source: str, changed: dict[str, str]) -> None:
    """A place that does not exist, or is not ours, is told as unknown."""
    access, (target, *_) = demo.connected(source)
    coordinates = {**target.coordinates, **changed}

    error = await demo.failure(access, demo.sources[source].target(coordinates))

    assert isinstance(error, UnknownTargetError)


async def test_refused_client(demo: Demo) -> None:
    """A wrong client secret is a refused credential."""
    access, (target, *_) = demo.connected("idaas")
    values = {**demo.connections("idaas")[0]["values"], "secret": "CSwrong"}
    wrong = demo.sources["idaas"].credential("oauth_client", values)

    error = await demo.failure(access.model_copy(update={"credential": wrong}), target)

    assert (type(error), error.code) == (CredentialRefusedError, "invalid_client")


async def test_undelegated_scope(demo: Demo) -> None:
    """An application without the scope learns its name."""
    access, (target, *_) = demo.connected("idaas")
    demo.company.access.set_scopes(access.credential.public_id, set())

    error = await demo.failure(access, target)

    assert isinstance(error, PermissionMissingError)
    assert error.permission == "urn:cloud:idaas:pam|authentication_token:read"


async def test_revoked_access_token(demo: Demo) -> None:
    """An access token that was revoked meanwhile is replaced unseen."""
    access, (target, *_) = demo.connected("idaas")
    assert isinstance(access.credential, OAuthClient)
    before = await demo.read(access, target)
    demo.company.access.revoke_access_tokens(access.credential.client_id)

    after = await demo.read(access, target)

    assert [token.id for token in after.tokens] == [token.id for token in before.tokens]
    assert demo.calls("idaas_token") == 2


@pytest.mark.parametrize("source", ["kyuubi", "idaas", "idaas_token"])
@pytest.mark.parametrize("kind", ["500", "reset"])
async def test_passing_faults(demo: Demo, source: str, kind: Any) -> None:
    """Two failures on the way to any of the servers are asked away."""
    access, (target, *_) = demo.connected(source.removesuffix("_token"))
    demo.faults.add(Fault(service=source, kind=kind, times=2))

    await demo.read(access, target)

    assert demo.calls(source) == 3


@pytest.mark.parametrize("source", ["kyuubi", "idaas", "idaas_token"])
@pytest.mark.parametrize(
    ("kind", "error"), [("429", ThrottledError), ("500", UnavailableError), ("broken", None)]
)
async def test_lasting_faults(
    demo: Demo, source: str, kind: Any, error: type[UpstreamError] | None
) -> None:
    """A fault that lasts is told for what it is, whichever server has it."""
    access, (target, *_) = demo.connected(source.removesuffix("_token"))
    demo.faults.add(Fault(service=source, kind=kind, seconds=600))

    failure = await demo.failure(access, target)

    assert type(failure) is (error or BrokenAnswerError)
    if isinstance(failure, ThrottledError):
        assert failure.retry_after == 600
