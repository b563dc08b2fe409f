"""Getting an access token: each way to prove a client, and each way to fail."""

from base64 import b64decode
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from bot.clients import create_sources
from bot.clients._assertion import algorithm_of, client_assertion
from bot.clients._oauth import ClientCredentials
from bot.clients._transport import Transport, deadline
from bot.errors import (
    BrokenAnswerError,
    CredentialRefusedError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)
from bot.models.credential import ClientAuthentication, IssuedToken, OAuthClient
from tests.clients.conftest import (
    IDAAS_TARGET,
    OAUTH_CLIENT,
    CountingIds,
    FakeClock,
    MemoryTokenCache,
    access,
)
from tests.clients.server import Seen, Server, Step, answer
from tests.fixtures.canaries import CANARY, CLIENT_ID, leaks

SCOPE = "urn:cloud:idaas:pam|authentication_token:read"
GOOD = {"access_token": CANARY.access_token, "token_type": "Bearer", "expires_in": 1200}


@pytest.fixture
def grant(
    http: httpx.AsyncClient, clock: FakeClock, ids: CountingIds, token_server: Server
) -> ClientCredentials:
    transport = Transport(http, clock)
    endpoint = f"{token_server.url}/oauth2/token"
    return ClientCredentials(transport, clock=clock, ids=ids, source="idaas", endpoint=endpoint)


async def _issue(grant: ClientCredentials, client: OAuthClient = OAUTH_CLIENT) -> IssuedToken:
    async with deadline("idaas", 30) as until:
        return await grant.issue(client, until=until)


def _client(authentication: ClientAuthentication, secret: str) -> OAuthClient:
    return OAUTH_CLIENT.model_copy(
        update={"authentication": authentication, "secret": SecretStr(secret)}
    )


async def test_token(grant: ClientCredentials, token_server: Server, clock: FakeClock) -> None:
    """A token lives as long as it says, by the wall clock from before it was asked for."""

    def slow(_: Seen) -> Step:
        clock.at += timedelta(seconds=5)
        return answer({**GOOD, "expires_at": 1})

    asked_at = clock.wall()
    token_server.handler = slow

    token = await _issue(grant)

    assert token == IssuedToken(
        value=SecretStr(CANARY.access_token),
        issued_at=asked_at,
        expires_at=asked_at + timedelta(seconds=1200),
    )
    assert not leaks(repr(token))


async def test_client_secret_post(grant: ClientCredentials, token_server: Server) -> None:
    """The secret goes into the form, with the one scope that is needed."""
    token_server.script(answer(GOOD))

    await _issue(grant)

    (request,) = token_server.seen
    assert (request.method, request.path) == ("POST", "/oauth2/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert request.form == {
        "grant_type": "client_credentials",
        "scope": SCOPE,
        "client_id": CLIENT_ID,
        "client_secret": CANARY.client_secret,
    }


async def test_client_secret_basic(grant: ClientCredentials, token_server: Server) -> None:
    """The pair goes into the header as it is, and the id into the form too."""
    token_server.script(answer(GOOD))

    await _issue(grant, _client("client_secret_basic", "S/+=é"))

    (request,) = token_server.seen
    kind, _, pair = request.headers["authorization"].partition(" ")
    assert (kind, b64decode(pair).decode()) == ("Basic", f"{CLIENT_ID}:S/+=é")
    assert request.form == {
        "grant_type": "client_credentials",
        "scope": SCOPE,
        "client_id": CLIENT_ID,
    }


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def test_private_key_jwt(
    grant: ClientCredentials, token_server: Server, clock: FakeClock
) -> None:
    """The assertion proves the client to this endpoint for ten minutes, anew on every attempt."""
    key = ec.generate_private_key(ec.SECP256R1())
    token_server.script(answer({"error": "server_error"}, 500), answer(GOOD))

    await _issue(grant, _client("private_key_jwt", _pem(key)))

    endpoint = f"{token_server.url}/oauth2/token"
    claims = []
    for request in token_server.seen:
        assert request.form["client_assertion_type"] == (
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        )
        assert "client_secret" not in request.form
        assertion = request.form["client_assertion"]
        claims.append(
            jwt.decode(
                assertion,
                key.public_key(),
                algorithms=["ES256"],
                audience=endpoint,
                options={"verify_exp": False, "verify_iat": False},
            )
        )
    now = int(clock.wall().timestamp())
    expected = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": endpoint, "iat": now, "exp": now + 600}
    assert claims == [{**expected, "jti": "id-000001"}, {**expected, "jti": "id-000002"}]


@pytest.mark.parametrize(
    ("curve", "algorithm"),
    [(ec.SECP256R1(), "ES256"), (ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512")],
)
def test_algorithm_of_a_curve(curve: ec.EllipticCurve, algorithm: str, clock: FakeClock) -> None:
    """An EC key signs with the algorithm of its curve."""
    key = ec.generate_private_key(curve)
    assertion = client_assertion(
        _pem(key), client_id="c", token_endpoint="https://t", now=clock.wall(), jti="j"
    )

    assert jwt.get_unverified_header(assertion)["alg"] == algorithm
    jwt.decode(
        assertion, key.public_key(), [algorithm], audience="https://t",
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bits", "algorithm"), [(2048, "RS256"), (2056, "RS384"), (3072, "RS384"), (3080, "RS512")]
)
def test_algorithm_of_an_rsa_key(bits: int, algorithm: str) -> None:
    """An RSA key signs with the algorithm of its size, as the vendor's SDK chooses."""
    assert algorithm_of(_rsa(bits)) == algorithm


async def test_damaged_key(grant: ClientCredentials, token_server: Server) -> None:
    """A key that cannot sign is refused without asking."""
    with pytest.raises(CredentialRefusedError) as caught:
        await _issue(grant, _client("private_key_jwt", "no key"))
    assert (caught.value.detail, token_server.seen) == ("private key", [])


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer({"error": "invalid_client", "request_id": "R-1"}, 401), CredentialRefusedError),
        (answer({"error": "invalid_client", "request_id": "R-1"}, 400), CredentialRefusedError),
        (answer({"Code": "invalid_client", "RequestId": "R-1"}, 400), CredentialRefusedError),
        (answer({"error": "invalid_scope", "request_id": "R-1"}, 400), PermissionMissingError),
        (answer({"error": "scope_not_found", "request_id": "R-1"}, 400), PermissionMissingError),
        (answer({"error": "access_denied", "request_id": "R-1"}, 403), PermissionMissingError),
        (answer({"error": "unauthorized_client", "request_id": "R-1"}), PermissionMissingError),
        (answer({"error": "invalid_request", "request_id": "R-1"}, 400), BrokenAnswerError),
        (answer({"request_id": "R-1"}, 404), UnknownTargetError),
        (answer({"request_id": "R-1"}), BrokenAnswerError),
        (answer({"error": "server_error", "request_id": "R-1"}, 500), UnavailableError),
        (answer({"error": "slow_down", "request_id": "R-1"}, 400), ThrottledError),
    ],
)
async def test_refusals(
    grant: ClientCredentials, token_server: Server, reply: bytes, kind: type[UpstreamError]
) -> None:
    """Errors of the token endpoint are told in the same words as all others."""
    token_server.script(reply)

    with pytest.raises(UpstreamError) as caught:
        await _issue(grant)

    assert type(caught.value) is kind
    assert caught.value.request_id == "R-1"
    if isinstance(caught.value, PermissionMissingError):
        assert caught.value.permission == SCOPE


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1200, 1200),
        ("1200", 1200),
        (1200.0, 1200),
        (0, 0),
        (None, 1200),
        (10**11, 30 * 86_400),
    ],
)
async def test_lifetime(
    grant: ClientCredentials, token_server: Server, clock: FakeClock, value: Any, seconds: int
) -> None:
    """The lifetime is obeyed; without one the documented default counts."""
    token_server.script(answer({**GOOD, "expires_in": value}))

    assert (await _issue(grant)).expires_at == clock.wall() + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "odd",
    [
        {"expires_in": -1},
        {"expires_in": "soon"},
        {"expires_in": True},
        {"expires_in": 10**400},
        {"expires_in": [1200]},
        {"token_type": "mac"},
        {"access_token": 7},
        {"access_token": {"a": CANARY.access_token}},
        {"access_token": ""},
        {"access_token": f"{CANARY.access_token}\r\nx: y"},
        {"access_token": f"{CANARY.access_token}é"},
    ],
)
async def test_odd_answers(
    grant: ClientCredentials, token_server: Server, odd: dict[str, Any]
) -> None:
    """A token that cannot be used is a broken answer, which does not quote it."""
    token_server.script(answer({**GOOD, **odd}))

    with pytest.raises(BrokenAnswerError) as caught:
        await _issue(grant)
    assert caught.value.detail == next(iter(odd))
    assert not leaks(f"{caught.value!r} {caught.value.__context__!r}")


@pytest.mark.parametrize(
    "domain", ["evil.example", "x.aliyunidaas.com.evil.example", "a/b.aliyunidaas.com", ""]
)
async def test_foreign_domain(
    http: httpx.AsyncClient,
    clock: FakeClock,
    ids: CountingIds,
    cache: MemoryTokenCache,
    server: Server,
    domain: str,
) -> None:
    """A domain that is not the vendor's is asked nothing, even if it was stored."""
    sources = create_sources(
        http=http, clock=clock, ids=ids, tokens=cache, idaas_endpoint=server.url
    )
    client = OAUTH_CLIENT.model_copy(update={"domain": domain})

    with pytest.raises(CredentialRefusedError) as caught:
        await sources["idaas"].list_tokens(
            access(client), IDAAS_TARGET, everything=False, timeout=5
        )
    assert (caught.value.detail, server.seen) == ("domain", [])
