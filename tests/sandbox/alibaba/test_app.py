"""Routing, the journal and the faults: what holds for every call."""

import asyncio
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from sandbox.faults import Fault, Kind
from tests.sandbox.alibaba import places
from tests.sandbox.alibaba.conftest import TOKEN_ENDPOINT, Service
from tests.sandbox.alibaba.signing import TOKEN_PATH

LIST_PATH = f"/v2/{places.INSTANCE}/authenticationTokens"


async def ask(service: Service, name: str) -> httpx.Response:
    """Make a call that a service would answer."""
    if name == "kyuubi":
        return await service.get()
    if name == "idaas":
        return await service.authentication_tokens()
    return await service.token()


SERVICES = pytest.mark.parametrize("name", ["kyuubi", "idaas", "idaas_token"])


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/", "idaas"),
        ("GET", "/v2/i/authenticationTokens/x", "idaas"),
        ("GET", "/v2//authenticationTokens", "idaas"),
        ("GET", "/api/v1/workspaces/", "kyuubi"),
        ("GET", "/api/v1/workspaces/a/b/kyuubiService/c/token", "kyuubi"),
        ("GET", "/api/v1/workspaces//kyuubiService//token", "kyuubi"),
        ("GET", "/api/v2/iauths_system/oauth2/authorize", "idaas_token"),
    ],
)
async def test_an_unknown_path_is_the_gateways(
    service: Service, method: str, path: str, name: str
) -> None:
    """What no operation has as its path is refused in the gateway's shape, and written down."""
    answer = await service.http.request(method, path)

    assert (answer.status_code, answer.json()["Code"]) == (404, "InvalidApi.NotFound")
    (call,) = service.journal.calls(name)
    assert (call.method, call.path, call.status, call.error) == (
        method,
        path,
        404,
        "InvalidApi.NotFound",
    )


@pytest.mark.parametrize(
    ("method", "path"), [("POST", TOKEN_PATH), ("PUT", LIST_PATH), ("GET", TOKEN_ENDPOINT)]
)
async def test_another_method_is_not_supported(service: Service, method: str, path: str) -> None:
    """The path decides about the operation, the method must fit."""
    answer = await service.http.request(method, path)

    assert (answer.status_code, answer.json()["Code"]) == (400, "UnsupportedHTTPMethod")


async def test_web_sockets_are_refused(service: Service) -> None:
    """Nothing here speaks anything but HTTP."""
    with pytest.raises(InvalidStatus):
        await connect(f"ws://{service.host}/api/v1/workspaces", proxy=None)


async def test_every_call_is_written_down(service: Service) -> None:
    """The journal tells who asked what of which service, and what came of it."""
    await service.get()
    await service.get(key_id="LTAI5tNobody")
    await service.authentication_tokens(revoked="false")
    await service.token(client_secret="wrong")
    told = [
        (c.service, c.method, c.path, c.status, c.error, c.user) for c in service.journal.calls()
    ]

    listing = f"{LIST_PATH}?consumerId=test_jwt_subject&credentialProviderIdentifier=test_example_identifier&revoked=false"
    assert told == [
        ("kyuubi", "GET", f"{TOKEN_PATH}?regionId=cn-hangzhou", 200, "", places.KEY_ID),
        (
            "kyuubi",
            "GET",
            f"{TOKEN_PATH}?regionId=cn-hangzhou",
            404,
            "InvalidAccessKeyId.NotFound",
            "LTAI5tNobody",
        ),
        ("idaas", "GET", listing, 200, "", places.CLIENT_ID),
        ("idaas_token", "POST", TOKEN_ENDPOINT, 401, "invalid_client", places.CLIENT_ID),
    ]


async def test_no_secret_is_written_down(service: Service) -> None:
    """Secrets in headers, bodies and even in a query stay out of the journal."""
    access_token = (await service.token()).json()["access_token"]
    await service.authentication_tokens(access_token)
    await service.get(secret="wrong")
    await service.get(headers={"x-acs-security-token": places.STS_TOKEN})
    query = {"client_id": places.CLIENT_ID, "client_secret": places.CLIENT_SECRET}
    await service.http.post(f"/v2/{places.INSTANCE}/authorizationServer/x", params=query)
    told = json.dumps(service.journal.as_json())

    for secret in (access_token, places.CLIENT_SECRET, places.KEY_SECRET, places.STS_TOKEN):
        assert secret not in told
    assert "S%2Ba%2Fb" not in told
    assert service.journal.calls("idaas_token")[0].body["client_secret"] == "[redacted]"


@SERVICES
@pytest.mark.parametrize("accepted", [False, True])
async def test_a_throttled_service_says_when_to_come_back(
    service: Service, name: str, *, accepted: bool
) -> None:
    """429 comes with Retry-After in seconds and the vendor's header in milliseconds."""
    service.faults.add(Fault(service=name, kind="429", seconds=2.5, times=1, accepted=accepted))
    answer = await ask(service, name)

    assert answer.status_code == 429
    assert (answer.headers["retry-after"], answer.headers["x-acs-retry-after"]) == ("3", "2500")
    assert answer.json()["error" if name == "idaas_token" else "Code"] == "Throttling.User"
    assert service.journal.calls(name)[-1].error == "Throttling.User"
    assert (await ask(service, name)).status_code == 200


@SERVICES
async def test_a_failing_service_says_so_in_its_shape(service: Service, name: str) -> None:
    """500 is an internal error, in the shape of the service."""
    service.faults.add(Fault(service=name, kind="500"))
    answer = await ask(service, name)

    assert answer.status_code == 500
    assert answer.json()["error" if name == "idaas_token" else "Code"] == "InternalError"


@SERVICES
@pytest.mark.parametrize("accepted", [False, True])
async def test_a_reset_is_a_transport_error(service: Service, name: str, *, accepted: bool) -> None:
    """The connection ends without an answer, and the service lives on."""
    service.faults.add(Fault(service=name, kind="reset", times=1, accepted=accepted))
    with pytest.raises(httpx.TransportError):
        await ask(service, name)

    assert service.journal.calls(name)[-1].error == "reset"
    assert (await ask(service, name)).status_code == 200


@SERVICES
async def test_a_broken_answer_is_a_page_or_half_of_the_truth(service: Service, name: str) -> None:
    """Broken is HTML with status 200, or when accepted the first half of the real answer."""
    service.faults.add(Fault(service=name, kind="broken", times=1))
    page = await ask(service, name)
    service.faults.add(Fault(service=name, kind="broken", accepted=True))
    half = await ask(service, name)

    assert page.status_code == half.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert half.text.startswith("{")
    with pytest.raises(json.JSONDecodeError):
        half.json()


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_slow_service_answers_all_the_same(service: Service, *, accepted: bool) -> None:
    """Slow delays the answer, it does not change it."""
    service.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.01, accepted=accepted))
    places.put_token(service.world)

    assert len((await service.get()).json()["data"]["tokens"]) == 1


async def told(service: Service, error: str) -> None:
    """Wait until the journal tells of an error."""
    async with asyncio.timeout(10):
        while error not in {call.error for call in service.journal.calls()}:  # noqa: ASYNC110 - the journal has no event
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("kind", "error"), [("hang", "hang"), ("slow", "gone")])
async def test_a_caller_who_leaves_ends_the_wait(service: Service, kind: Kind, error: str) -> None:
    """A caller that gives up leaves nothing running."""
    service.faults.add(Fault(service="kyuubi", kind=kind, seconds=3_600, times=1))
    async with asyncio.timeout(10):
        with pytest.raises(httpx.ReadTimeout):
            await service.http.get("/api/v1/workspaces", timeout=0.05)
        await told(service, error)
    assert (await service.get()).status_code == 200


async def test_an_accepted_call_was_really_done(service: Service) -> None:
    """The answer is lost, but the work is not: the nonce is used, the access token is given."""
    service.faults.add(Fault(service="idaas_token", kind="reset", times=1, accepted=True))
    with pytest.raises(httpx.TransportError):
        await service.token()

    assert len(service.world.access.tokens) == 1


async def test_a_fault_can_be_for_one_operation(service: Service) -> None:
    """A fault's match is looked for in the method and path."""
    service.faults.add(Fault(service="kyuubi", kind="500", match="GET /api/v1/workspaces/"))

    assert (await service.get()).status_code == 500
    other = await service.get("/api/v1/workspaces", action="ListWorkspaces")
    assert other.status_code == 200


async def test_a_caller_who_leaves_amid_the_body_is_forgotten(service: Service) -> None:
    """Half a request is no call."""
    reader, writer = await asyncio.open_connection(*service.host.split(":"))
    writer.write(b"POST /api/v2/iauths_system/oauth2/token HTTP/1.1\r\nhost: x\r\n")
    writer.write(b"content-length: 100\r\n\r\ngrant_type=")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""

    assert (await service.token()).status_code == 200
    assert len(service.journal.calls()) == 1
