"""The token endpoint: how applications prove themselves, what they get, every refusal."""

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from sandbox.alibaba.answers import Refusal
from sandbox.alibaba.clients import JWT_BEARER
from sandbox.alibaba.oauth import granted
from sandbox.company.access import PAM, READ_SCOPE, OAuthClient
from sandbox.company.timeline import DAY
from tests.sandbox.alibaba import places
from tests.sandbox.alibaba.conftest import TOKEN_ENDPOINT, Service
from tests.sandbox.alibaba.places import CLIENT_ID, CLIENT_SECRET

MANAGE_SCOPE = f"{PAM}|authentication_token:manage"
DEVELOPER_API = f"/v2/{places.INSTANCE}/authorizationServer/iauths_system/oauth2/token"


def is_refused(answer: httpx.Response, status: int, error: str, words: str = "") -> None:
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error), body
    assert set(body) == {"error", "error_description", "request_id"}
    assert words in body["error_description"]


async def test_a_token_is_given_as_documented(service: Service) -> None:
    """expires_in and expires_at are in seconds, and nothing else is in the answer."""
    answer = await service.token()
    body = answer.json()
    wall = service.clock.wall() // 1_000

    assert set(body) == {"token_type", "access_token", "expires_in", "expires_at"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 1_200)
    assert wall + 1_100 < body["expires_at"] <= wall + 1_200
    assert body["access_token"].startswith("AT")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_token_opens_the_listing(service: Service) -> None:
    """What the endpoint gives, the Developer API takes."""
    token = (await service.token()).json()["access_token"]

    assert (await service.authentication_tokens(token)).status_code == 200


async def test_a_lifetime_is_the_clients_own(service: Service) -> None:
    """Each application has its own lifetime, and it is obeyed."""
    client = replace(service.world.access.clients[CLIENT_ID], lifetime=60)
    service.world.access.put_client(client)
    body = (await service.token()).json()
    service.clock.drift = 60_000

    assert body["expires_in"] == 60
    listed = await service.authentication_tokens(body["access_token"])
    assert listed.status_code == 401


async def test_expired_access_tokens_are_forgotten(service: Service) -> None:
    """Nothing piles up while the sandbox runs."""
    await service.token()
    service.clock.drift = DAY
    await service.token()

    assert len(service.world.access.tokens) == 1


@pytest.mark.parametrize("encode", [str, quote_plus])
async def test_basic_takes_raw_and_encoded_secrets(service: Service, encode: Any) -> None:
    """The RFC form-encodes id and secret before base64, the vendor's SDK does not."""
    pair = f"{encode(CLIENT_ID)}:{encode(CLIENT_SECRET)}"
    answer = await service.http.post(
        TOKEN_ENDPOINT,
        data={"grant_type": "client_credentials", "scope": READ_SCOPE, "client_id": CLIENT_ID},
        headers={"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Basic !",
        "Basic /w==",
        "Basic é",
        "Basic " + base64.b64encode(CLIENT_ID.encode()).decode(),
        "Basic " + base64.b64encode(f"{CLIENT_ID}:wrong".encode()).decode(),
        "Basic " + base64.b64encode(f"nobody:{CLIENT_SECRET}".encode()).decode(),
        "Bearer " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode(),
    ],
)
async def test_bad_basic_is_refused(service: Service, header: str) -> None:
    """Whatever is not the right pair in Basic is an invalid client."""
    answer = await service.http.post(
        TOKEN_ENDPOINT,
        data={"grant_type": "client_credentials", "scope": READ_SCOPE},
        headers={b"authorization": header.encode()},
    )

    is_refused(answer, 401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "form",
    [
        {"client_secret": "wrong"},
        {"client_id": "app_nobody"},
        {"client_id": None},
        {"client_secret": None},
        {"client_secret": ""},
    ],
)
async def test_a_wrong_pair_is_refused(service: Service, form: dict[str, str | None]) -> None:
    """A wrong or missing id or secret is an invalid client."""
    is_refused(await service.token(**form), 401, "invalid_client")


async def test_a_disabled_client_is_refused(service: Service) -> None:
    """A disabled application gets nothing."""
    service.world.access.disable_client(CLIENT_ID)

    is_refused(await service.token(), 401, "invalid_client")


async def test_one_authentication_is_enough(service: Service) -> None:
    """RFC 6749 forbids to use two methods in one request."""
    answer = await service.token(client_assertion_type=JWT_BEARER, client_assertion="a.b.c")

    is_refused(answer, 400, "invalid_request")


async def test_the_body_may_not_name_another_client(service: Service) -> None:
    """client_id in the body must be the client that proves itself."""
    pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    answer = await service.http.post(
        TOKEN_ENDPOINT,
        data={"grant_type": "client_credentials", "scope": READ_SCOPE, "client_id": "app_other"},
        headers={"authorization": f"Basic {pair}"},
    )

    is_refused(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("refresh_token", "unauthorized_client"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unauthorized_client"),
        ("anything", "unsupported_grant_type"),
    ],
)
async def test_only_client_credentials_are_granted(
    service: Service, grant_type: str | None, error: str
) -> None:
    """A machine gets no other grant."""
    is_refused(await service.token(grant_type=grant_type), 400, error)


@pytest.mark.parametrize(
    ("scope", "error", "words"),
    [
        (None, "invalid_scope", "audience|scope"),
        ("", "invalid_scope", "audience|scope"),
        ("openid", "invalid_scope", "audience|scope"),
        (f"{PAM}|", "invalid_scope", "audience|scope"),
        (f"{READ_SCOPE}|more", "invalid_scope", "audience|scope"),
        (f"{READ_SCOPE} urn:other|read", "invalid_scope", "Multiple audiences"),
        ("urn:other|read", "invalid_scope", "resource server"),
        (f"{PAM}|authentication_token:write", "scope_not_found", ""),
        (MANAGE_SCOPE, "invalid_request", "has not been authorized by resource server"),
        (f"{READ_SCOPE} {MANAGE_SCOPE}", "invalid_request", "has not been authorized"),
    ],
)
async def test_a_scope_must_be_delegated(
    service: Service, scope: str | None, error: str, words: str
) -> None:
    """Each way to ask for the wrong scope has its own error."""
    is_refused(await service.token(scope=scope), 400, error, words)


def test_all_stands_for_what_is_delegated() -> None:
    """`.all` gives every delegated scope, and is refused where there is none."""
    both = OAuthClient(
        client_id="app", instance_id="idaas", scopes=frozenset({READ_SCOPE, MANAGE_SCOPE})
    )

    assert granted(both, f"{PAM}|.all") == both.scopes
    assert granted(both, f"{READ_SCOPE} {MANAGE_SCOPE}") == both.scopes
    assert granted(both, READ_SCOPE) == {READ_SCOPE}
    with pytest.raises(Refusal):
        granted(replace(both, scopes=frozenset()), f"{PAM}|.all")


async def test_a_parameter_may_not_come_twice(service: Service) -> None:
    """RFC 6749 forbids to repeat a parameter."""
    answer = await service.http.post(
        TOKEN_ENDPOINT,
        content=b"grant_type=client_credentials&grant_type=client_credentials",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    is_refused(answer, 400, "invalid_request", "repeated")


async def test_the_body_must_be_a_form(service: Service) -> None:
    """JSON is refused, and nothing of it is written down."""
    answer = await service.http.post(TOKEN_ENDPOINT, json={"client_secret": CLIENT_SECRET})

    is_refused(answer, 400, "invalid_request")
    assert service.journal.calls()[-1].body is None


async def test_the_domains_endpoint_takes_nothing_from_the_query(service: Service) -> None:
    """Secrets do not belong into a URL."""
    answer = await service.token(f"{TOKEN_ENDPOINT}?client_secret={CLIENT_SECRET}")

    is_refused(answer, 400, "invalid_request")


async def test_the_developer_api_is_a_second_door(service: Service) -> None:
    """The same token is given at the instance's path, from the body or the query."""
    query = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": READ_SCOPE,
    }

    assert (await service.token(DEVELOPER_API)).status_code == 200
    assert (await service.http.post(DEVELOPER_API, params=query)).status_code == 200


async def test_the_developer_api_knows_its_instances_clients(service: Service) -> None:
    """An unknown instance is not found; another instance's client is unknown to it."""
    unknown = await service.token(DEVELOPER_API.replace(places.INSTANCE, "idaas_typo"))
    other = await service.token(DEVELOPER_API.replace(places.INSTANCE, places.OTHER_INSTANCE))

    is_refused(unknown, 404, "instance_not_found")
    is_refused(other, 401, "invalid_client")
