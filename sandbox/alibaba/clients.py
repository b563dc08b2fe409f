"""How an application proves itself at the token endpoint.

client_secret_basic, client_secret_post, client_secret_jwt and private_key_jwt: RFC 6749 section
2.3, RFC 7523 section 3. Exactly one of them may be used.
"""

import base64
import hmac
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.alibaba.answers import Refusal, oauth
from sandbox.alibaba.call import Call
from sandbox.alibaba.once import Once
from sandbox.company.access import Access, OAuthClient

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | str
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_LEEWAY = 60
_LONGEST_ASSERTION = 3_600


def _refused(why: str) -> Refusal:
    return oauth(
        401, "invalid_client", why, headers={"www-authenticate": 'Basic realm="iauths_system"'}
    )


class Authenticator:
    """Tells which application a token request comes from."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._assertions = Once()

    def authenticate(
        self, call: Call, form: Mapping[str, str], *, audiences: Collection[str], wall: int
    ) -> OAuthClient:
        """Return the application, or raise the `Refusal` that the request deserves.

        `audiences` are what an assertion may be addressed to, `wall` is the machine's time in ms.
        """
        basic = call.header("authorization")
        used = (
            basic is not None,
            "client_secret" in form,
            "client_assertion" in form or "client_assertion_type" in form,
        )
        if sum(used) > 1:
            raise oauth(400, "invalid_request", "More than one client authentication is used.")
        if basic is not None:
            client = self._by_basic(call, basic)
        elif "client_secret" in form:
            client = self._by_secret(call, (form.get("client_id", ""), form["client_secret"]))
        elif any(used):
            client = self._by_assertion(call, form, audiences, wall // 1_000)
        else:
            call.user = form.get("client_id", "")
            raise _refused("Client authentication is missing.")
        if form.get("client_id", client.client_id) != client.client_id:
            raise _refused("client_id is another client's.")
        return client

    def _client(self, call: Call, client_id: str) -> OAuthClient:
        call.user = client_id
        client = self._access.clients.get(client_id)
        if client is None or not client.enabled:
            raise _refused("The client does not exist or is disabled.")
        return client

    def _by_basic(self, call: Call, header: str) -> OAuthClient:
        scheme, _, encoded = header.partition(" ")
        try:
            pair = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError:
            pair = ""
        if scheme.lower() != "basic" or ":" not in pair:
            raise _refused("The Authorization header is not Basic.")
        client_id, _, secret = pair.partition(":")
        # RFC 6749 form-encodes both before base64; the vendor's own client does not.
        decoded = (unquote_plus(client_id), unquote_plus(secret))
        return self._by_secret(call, (client_id, secret), decoded)

    def _by_secret(self, call: Call, *pairs: tuple[str, str]) -> OAuthClient:
        """Return the client that one of these pairs of id and secret belongs to."""
        client = self._client(call, pairs[-1][0])
        for client_id, secret in pairs:
            if client_id == client.client_id and _same(secret, client.secret):
                return client
        raise _refused("The client secret is wrong.")

    def _by_assertion(
        self, call: Call, form: Mapping[str, str], audiences: Collection[str], seconds: int
    ) -> OAuthClient:
        if form.get("client_assertion_type") != JWT_BEARER:
            raise _refused("The type of client assertion is not enabled for this client.")
        assertion = form.get("client_assertion", "")
        client = self._client(call, str(_read(assertion).get("sub", "")))
        claims = _verified(assertion, client)
        _check_times(claims, seconds)
        aud = claims.get("aud")
        if not any(name in (aud if isinstance(aud, list) else [aud]) for name in audiences):
            raise _refused("aud is not the token endpoint.")
        if claims.get("iss") != client.client_id:
            raise _refused("iss is not the client.")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise _refused("jti is missing.")
        if not self._assertions.use(client.client_id, jti, until=claims["exp"], wall=seconds):
            raise _refused("The client assertion was used already.")
        return client


def _same(given: str, known: str | None) -> bool:
    return known is not None and hmac.compare_digest(given.encode(), known.encode())


def _read(assertion: str) -> dict[str, Any]:
    try:
        return jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _refused("The client assertion is malformed.") from None


def _verified(assertion: str, client: OAuthClient) -> dict[str, Any]:
    """Return an assertion's claims once its signature is checked; the claims are not, yet."""
    key, algorithms = _verification(client)
    unchecked = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "jti")}
    try:
        return jwt.decode(assertion, key, algorithms=algorithms, options=unchecked)  # type: ignore[arg-type]  # a TypedDict of booleans
    except jwt.PyJWTError:
        raise _refused("The client assertion's signature is wrong.") from None


def _verification(client: OAuthClient) -> tuple[_Key, list[str]]:
    """Return the key and the algorithms that go with it, so that neither can be swapped."""
    if client.public_key is not None:
        key = load_pem_public_key(client.public_key.encode())
        if isinstance(key, rsa.RSAPublicKey):
            return key, ["RS256", "RS384", "RS512"]
        if isinstance(key, ec.EllipticCurvePublicKey):
            return key, [_CURVES[key.curve.name]]
    elif client.secret is not None:
        return client.secret, ["HS256"]
    raise _refused("The client has no key of a kind that is supported.")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    """Refuse an assertion that is expired, too long, or from the future; `now` in seconds."""
    exp = claims.get("exp")
    if not isinstance(exp, int) or exp <= now:
        raise _refused("The client assertion is expired.")
    if exp > now + _LONGEST_ASSERTION + _LEEWAY:
        raise _refused("The client assertion lives too long.")
    for name in ("iat", "nbf"):
        value = claims.get(name, now)
        if not isinstance(value, int) or value > now + _LEEWAY:
            raise _refused(f"{name} is in the future.")
