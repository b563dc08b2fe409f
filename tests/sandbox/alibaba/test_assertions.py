"""Client assertions: which keys, claims and kinds prove an application, and which do not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.alibaba.clients import JWT_BEARER
from tests.sandbox.alibaba.conftest import TOKEN_ENDPOINT, Service
from tests.sandbox.alibaba.places import CLIENT_ID, CLIENT_SECRET

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

CURVES: Mapping[str, ec.EllipticCurve] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


@cache
def private_key(algorithm: str) -> PrivateKey:
    """Return a key for an algorithm, made once: RSA keys take their time."""
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(65_537, 2_048)
    return ec.generate_private_key(CURVES[algorithm])


def give_key(service: Service, algorithm: str) -> None:
    """Give the application a public key instead of its secret."""
    public = private_key(algorithm).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    client = service.world.access.clients[CLIENT_ID]
    service.world.access.put_client(replace(client, secret=None, public_key=pem))


def assertion(service: Service, key: Any, algorithm: str, **claims: Any) -> str:
    """Sign claims as the vendor's SDK would; None leaves one out."""
    now = service.clock.wall() // 1_000
    known = {
        "aud": f"{service.url}{TOKEN_ENDPOINT}",
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "jti": "jti-1",
        "iat": now,
        "exp": now + 600,
        **claims,
    }
    kept = {name: value for name, value in known.items() if value is not None}
    return jwt.api_jws.encode(json.dumps(kept).encode(), key, algorithm=algorithm)


async def present(service: Service, text: str, **form: str | None) -> httpx.Response:
    """Send an assertion to the token endpoint."""
    known = {
        "client_secret": None,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": text,
        **form,
    }
    return await service.token(**known)


def is_refused(answer: httpx.Response, words: str = "") -> None:
    body = answer.json()
    assert (answer.status_code, body["error"]) == (401, "invalid_client"), body
    assert words in body["error_description"]


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
async def test_a_private_key_proves_its_client(service: Service, algorithm: str) -> None:
    """RSA and each supported curve sign assertions; client_id in the body is optional."""
    give_key(service, algorithm)
    signed = assertion(service, private_key(algorithm), algorithm)

    assert (await present(service, signed, client_id=None)).status_code == 200


async def test_an_assertion_may_name_the_instances_own_domain(service: Service) -> None:
    """The audience is the token endpoint by any of its names, alone or in a list."""
    give_key(service, "ES256")
    official = f"https://halyard.aliyunidaas.com{TOKEN_ENDPOINT}"
    for number, aud in enumerate((official, [official, "https://other.example"])):
        signed = assertion(service, private_key("ES256"), "ES256", aud=aud, jti=f"jti-{number}")
        assert (await present(service, signed)).status_code == 200


async def test_a_client_secret_signs_assertions_too(service: Service) -> None:
    """client_secret_jwt works for a client with a secret."""
    signed = assertion(service, CLIENT_SECRET, "HS256")

    assert (await present(service, signed)).status_code == 200


async def test_an_assertion_works_once(service: Service) -> None:
    """The same jti is refused as long as its assertion would be good."""
    give_key(service, "ES256")
    signed = assertion(service, private_key("ES256"), "ES256")
    await present(service, signed)

    is_refused(await present(service, signed), "used already")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "https://other.example/token"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": [{}, 5]}, "aud"),
        ({"iss": "app_other"}, "iss"),
        ({"iss": None}, "iss"),
        ({"sub": "app_nobody"}, "does not exist"),
        ({"sub": None}, "does not exist"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"exp": None}, "expired"),
        ({"exp": 1}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": 9_999_999_999}, "too long"),
        ({"iat": 9_999_999_999}, "iat"),
        ({"nbf": 9_999_999_999}, "nbf"),
    ],
)
async def test_an_assertions_claims_are_checked(
    service: Service, claims: dict[str, Any], words: str
) -> None:
    """aud, iss, sub, jti, exp, iat and nbf must all be right."""
    give_key(service, "ES256")
    signed = assertion(service, private_key("ES256"), "ES256", **claims)

    is_refused(await present(service, signed), words)


async def test_an_assertion_of_another_key_is_refused(service: Service) -> None:
    """Only the client's own key counts, and only with its own algorithm."""
    give_key(service, "ES256")
    stranger = ec.generate_private_key(ec.SECP256R1())
    for signed in (
        assertion(service, stranger, "ES256"),
        assertion(service, private_key("RS256"), "RS256"),
        assertion(service, "x" * 64, "HS256"),
        assertion(service, None, "none"),
        "not.an.assertion",
        "",
    ):
        is_refused(await present(service, signed))


async def test_a_key_of_another_kind_is_refused(service: Service) -> None:
    """Keys that the vendor does not support do not work."""
    give_key(service, "EdDSA")
    signed = assertion(service, private_key("EdDSA"), "EdDSA")

    is_refused(await present(service, signed), "no key")
    client = service.world.access.clients[CLIENT_ID]
    service.world.access.put_client(replace(client, public_key=None))
    is_refused(await present(service, signed), "no key")


async def test_a_secret_does_not_open_a_client_with_a_key(service: Service) -> None:
    """A client has one way to prove itself."""
    give_key(service, "ES256")

    is_refused(await service.token())


@pytest.mark.parametrize(
    "form",
    [
        {
            "client_assertion_type": "urn:cloud:idaas:params:oauth:client-assertion-type:pkcs7-bearer"
        },
        {"client_assertion_type": None},
        {"client_assertion": None},
    ],
)
async def test_other_kinds_of_assertion_are_not_enabled(
    service: Service, form: dict[str, str | None]
) -> None:
    """Only JWT bearer assertions are known here, and both parameters are needed."""
    signed = assertion(service, CLIENT_SECRET, "HS256")

    is_refused(await present(service, signed, **form))
