"""An application or access token as people paste it: understood, or refused with advice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clients import Source, create_sources
from bot.errors import InputError
from bot.models.credential import BearerToken, OAuthClient
from tests.clients.conftest import (
    IDAAS_TARGET,
    OAUTH_CLIENT,
    CountingIds,
    FakeClock,
    MemoryTokenCache,
)
from tests.clients.forms import refused
from tests.fixtures.canaries import ACCESS_KEY_ID, CANARY, CLIENT_ID

CLIENT = {
    "domain": "ziwexample.aliyunidaas.com",
    "client_id": CLIENT_ID,
    "authentication": "client_secret_post",
    "secret": CANARY.client_secret,
}


@pytest.fixture
def real_idaas(
    http: httpx.AsyncClient, clock: FakeClock, ids: CountingIds, cache: MemoryTokenCache
) -> Source:
    return create_sources(http=http, clock=clock, ids=ids, tokens=cache)["idaas"]


async def test_oauth_client(real_idaas: Source) -> None:
    """An application's id and secret are taken as they are."""
    assert real_idaas.credential("oauth_client", CLIENT) == OAUTH_CLIENT


@pytest.mark.parametrize(
    "domain",
    [
        "https://ziwexample.aliyunidaas.com/",
        "https://ZIWexample.aliyunidaas.com/api/v2/iauths_system/oauth2",
        '"https://ziwexample.aliyunidaas.com"',
        " ziwexample.aliyunidaas.com\n",
    ],
)
async def test_domain_as_url(real_idaas: Source, domain: str) -> None:
    """A URL in place of the domain is understood."""
    assert real_idaas.credential("oauth_client", {**CLIENT, "domain": domain}) == OAUTH_CLIENT


@pytest.mark.parametrize(
    "domain",
    [
        "evil.example",
        "ziw.aliyunidaas.com.evil.example",
        "evil.example/ziw.aliyunidaas.com",
        "user@ziw.aliyunidaas.com",
        "ziw.aliyunidaas.com:8443",
        "a.b.aliyunidaas.com",
        "-.aliyunidaas.com",
        "a" * 64 + ".aliyunidaas.com",
        "127.0.0.1",
        "",
    ],
)
async def test_no_domain_of_the_vendor(real_idaas: Source, domain: str) -> None:
    """No person decides where a request goes."""
    error = refused(real_idaas, "oauth_client", {**CLIENT, "domain": domain})

    assert error.field == "domain"


async def test_domain_beside_the_operators_endpoint(idaas: Source) -> None:
    """Where the operator names the token endpoint, a domain of one's own is just a name."""
    credential = idaas.credential("oauth_client", {**CLIENT, "domain": "login.example.com"})

    assert isinstance(credential, OAuthClient)
    assert credential.domain == "login.example.com"
    assert "login.example.com" not in idaas.endpoint(credential, IDAAS_TARGET)


JWT = jwt.encode({"sub": "x", "exp": 2_000_000_000}, "k" * 32)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "app:x"}, "client_id"),
        ({"authentication": "none"}, "authentication"),
        ({"authentication": ""}, "authentication"),
        ({"secret": ""}, "secret"),
        ({"secret": "abc"}, "secret"),
        ({"secret": JWT}, "secret"),
        ({"secret": CLIENT_ID}, "secret"),
        ({"secret": "app_another_example"}, "secret"),
        ({"secret": "two words"}, "secret"),
        ({"secret": CANARY.private_key}, "secret"),
        ({"authentication": "private_key_jwt"}, "secret"),
    ],
)
async def test_wrong_client(idaas: Source, changed: dict[str, str], field: str) -> None:
    """A token, an id or a key where the client secret belongs is told apart."""
    assert refused(idaas, "oauth_client", {**CLIENT, **changed}).field == field


def _key_values(secret: str) -> dict[str, str]:
    return {**CLIENT, "authentication": "private_key_jwt", "secret": secret}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda pem: pem,
        lambda pem: pem.replace("\n", "\r\n"),
        lambda pem: pem.replace("\n", "\\n"),
        lambda pem: pem.replace("\n", " "),
        lambda pem: pem.replace("\n", ""),
        lambda pem: f"Here it is:\n\n{pem}\nThanks",
        lambda pem: f'"{pem}"',
    ],
)
async def test_private_key(idaas: Source, spoil: Any) -> None:
    """A private key is taken whatever pasting did to its lines."""
    credential = idaas.credential("oauth_client", _key_values(spoil(CANARY.private_key)))

    assert isinstance(credential, OAuthClient)
    assert credential.secret.get_secret_value() == CANARY.private_key


def _pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return str(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode())


WEAK_RSA_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_rsa_key_in_the_old_format(idaas: Source) -> None:
    """A PKCS#1 key works too."""
    pem = _pem(RSA_KEY, PrivateFormat.TraditionalOpenSSL)

    credential = idaas.credential("oauth_client", _key_values(pem))

    assert isinstance(credential, OAuthClient)
    assert credential.secret.get_secret_value() == pem


def _encrypted(form: PrivateFormat) -> str:
    lock = BestAvailableEncryption(b"passphrase")
    return RSA_KEY.private_bytes(Encoding.PEM, form, lock).decode()


@pytest.mark.parametrize(
    ("pem", "word"),
    [
        (_encrypted(PrivateFormat.PKCS8), "passphrase"),
        (_encrypted(PrivateFormat.TraditionalOpenSSL), "passphrase"),
        (
            RSA_KEY.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode(),
            "public half",
        ),
        (_pem(WEAK_RSA_KEY), "2048 bits"),
        (_pem(ec.generate_private_key(ec.SECP256K1())), "curves"),
        (_pem(ed25519.Ed25519PrivateKey.generate()), "neither"),
        (_pem(dsa.generate_private_key(2048)), "neither"),
        (CANARY.private_key.replace("M", "N", 1), "damaged"),
        ("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----", "damaged"),
        (CANARY.private_key[:120], "whole PEM block"),
        ("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "whole PEM block"),
    ],
    ids=range(11),
)
async def test_wrong_private_key(idaas: Source, pem: str, word: str) -> None:
    """What is wrong with a private key is told, and nothing of the key."""
    error = refused(idaas, "oauth_client", _key_values(pem))

    assert error.field == "secret"
    assert word in error.message


async def test_bearer_token(idaas: Source) -> None:
    """A pasted access token is taken with or without the word before it."""
    for text in (CANARY.access_token, f"Bearer {CANARY.access_token}\n"):
        credential = idaas.credential("bearer_token", {"access_token": text})

        assert isinstance(credential, BearerToken)
        assert credential.access_token.get_secret_value() == CANARY.access_token
        assert credential.expires_at is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2030-01-31 18:00", datetime(2030, 1, 31, 18, 0, tzinfo=UTC)),
        ("2030-01-31T18:00:00Z", datetime(2030, 1, 31, 18, 0, tzinfo=UTC)),
        ("2030-01-31T18:00+08:00", datetime(2030, 1, 31, 10, 0, tzinfo=UTC)),
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("1896026400", datetime(2030, 1, 30, 18, 0, tzinfo=UTC)),
        ("1896026400000", datetime(2030, 1, 30, 18, 0, tzinfo=UTC)),
    ],
)
async def test_typed_expiry(idaas: Source, typed: str, expected: datetime) -> None:
    """The expiry is read in UTC unless it says otherwise."""
    values = {"access_token": CANARY.access_token, "expires_at": typed}

    credential = idaas.credential("bearer_token", values)

    assert isinstance(credential, BearerToken)
    assert credential.expires_at == expected


def _jwt(**claims: Any) -> str:
    return jwt.encode({"sub": "x", **claims}, "k" * 32)


@pytest.mark.parametrize(
    ("exp", "typed", "expected"),
    [
        (1_893_456_000, "", datetime(2030, 1, 1, tzinfo=UTC)),
        (1_893_456_000, "2029-01-01", datetime(2029, 1, 1, tzinfo=UTC)),
        (1_893_456_000, "2031-01-01", datetime(2030, 1, 1, tzinfo=UTC)),
        (1_893_456_000.5, "", datetime(2030, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (10**30, "", None),
        (10**400, "", None),
    ],
)
async def test_stated_expiry(
    idaas: Source, exp: float, typed: str, expected: datetime | None
) -> None:
    """Of what a JWT states and what was typed, the earlier counts."""
    credential = idaas.credential(
        "bearer_token", {"access_token": _jwt(exp=exp), "expires_at": typed}
    )

    assert isinstance(credential, BearerToken)
    assert credential.expires_at == expected


@pytest.mark.parametrize("exp", ["soon", True, None, [1]])
async def test_stated_nonsense(idaas: Source, exp: Any) -> None:
    """A JWT that states no time states nothing."""
    token = jwt.api_jws.encode(json.dumps({"exp": exp}).encode(), "k" * 32)
    credential = idaas.credential("bearer_token", {"access_token": token})

    assert isinstance(credential, BearerToken)
    assert credential.expires_at is None


async def test_stated_unreadably(idaas: Source) -> None:
    """What only looks like a JWT states nothing either, however deep it is nested."""
    for payload in (b"no JSON", b"[" * 4_000, b"[]"):
        token = jwt.api_jws.encode(payload, "k" * 32)
        credential = idaas.credential("bearer_token", {"access_token": token})

        assert isinstance(credential, BearerToken)
        assert credential.expires_at is None


async def test_expired_access_token(idaas: Source, clock: FakeClock) -> None:
    """A JWT that has expired is refused, and the message says when it did."""
    token = _jwt(exp=int((clock.wall() - timedelta(minutes=1)).timestamp()))

    error = refused(idaas, "bearer_token", {"access_token": token})

    assert error.field == "access_token"
    assert "2026-11-21 11:59 UTC" in error.message


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "access_token"),
        ({"access_token": "too short"}, "access_token"),
        ({"access_token": "long enough but with blanks"}, "access_token"),
        ({"access_token": "caf\u00e9" * 10}, "access_token"),
        ({"access_token": ACCESS_KEY_ID}, "access_token"),
        ({"access_token": "-----BEGIN-PRIVATE-KEY-----"}, "access_token"),
        ({"access_token": CANARY.access_token, "expires_at": "tomorrow"}, "expires_at"),
        ({"access_token": CANARY.access_token, "expires_at": "2030-13-01"}, "expires_at"),
        ({"access_token": CANARY.access_token, "expires_at": "2020-01-01"}, "expires_at"),
        (
            {"access_token": CANARY.access_token, "expires_at": "9999-12-31T23:00-05:00"},
            "expires_at",
        ),
    ],
)
async def test_wrong_access_token(idaas: Source, values: dict[str, str], field: str) -> None:
    """What is no access token, or no time to come, is told at its field."""
    assert refused(idaas, "bearer_token", values).field == field


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["oauth_client", "bearer_token"]),
    values=st.dictionaries(
        st.sampled_from([*CLIENT, "access_token", "expires_at"]),
        st.text(max_size=60) | st.sampled_from([*CLIENT.values(), "private_key_jwt"]),
    ),
)
async def test_any_form(real_idaas: Source, kind: str, values: dict[str, str]) -> None:
    """Whatever is filled in, it is a credential or an input error."""
    try:
        credential = real_idaas.credential(kind, values)
    except InputError as error:
        assert error.field in {*CLIENT, "access_token", "expires_at"}  # noqa: PT017 - some are good
    else:
        assert credential.kind == kind
