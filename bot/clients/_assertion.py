"""Private keys and the client assertions that they sign (RFC 7523).

https://www.alibabacloud.com/help/en/idaas/eiam/user-guide/m2m-client-token-invocation-example
"""

import re
from datetime import datetime, timedelta

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.errors import InputError

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_PEM_LINE = 64
_LIFETIME = timedelta(minutes=10)

_RSA_SMALLEST = 2048
_RSA_ALGORITHMS = ((2048, "RS256"), (3072, "RS384"))
_RSA_LARGE = "RS512"
_EC_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


def tidy_pem(text: str) -> str:
    """Return a PEM block with its line breaks put right: pasting loses or escapes them."""
    found = _PEM.search(text.replace("\\r", "").replace("\\n", "\n"))
    if found is None:
        raise _unusable("is not a whole PEM block, from BEGIN PRIVATE KEY to END PRIVATE KEY")
    label, body = found[1], "".join(found[2].split())
    if "ENCRYPTED" in label or "ENCRYPTED" in body:
        raise _unusable("is protected by a passphrase; export it without one")
    if not label.endswith("PRIVATE KEY"):
        raise _unusable("is the public half of a key, or a certificate")
    lines = (body[at : at + _PEM_LINE] for at in range(0, len(body), _PEM_LINE))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def load_private_key(pem: str) -> PrivateKey:
    """Return the key in a tidy PEM block; raise `InputError` when IDaaS would not take it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unusable("is damaged or incomplete inside its PEM block") from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _RSA_SMALLEST:
            raise _unusable(f"is an RSA key of fewer than {_RSA_SMALLEST} bits")
        return key
    if isinstance(key, EllipticCurvePrivateKey):
        if key.curve.name not in _EC_ALGORITHMS:
            raise _unusable("is not on one of the curves P-256, P-384 and P-521")
        return key
    raise _unusable("is neither an RSA nor an EC key")


def _unusable(why: str) -> InputError:
    return InputError(f"This private key {why}.", field="secret")


def algorithm_of(key: PrivateKey) -> str:
    """Return the JWS algorithm for a key: by size for RSA, by curve for EC, as the vendor's SDK."""
    if isinstance(key, EllipticCurvePrivateKey):
        return _EC_ALGORITHMS[key.curve.name]
    return next((name for size, name in _RSA_ALGORITHMS if key.key_size <= size), _RSA_LARGE)


def client_assertion(
    pem: str, *, client_id: str, token_endpoint: str, now: datetime, jti: str
) -> str:
    """Return a JWT by which a client proves itself to a token endpoint, good for ten minutes."""
    key = load_private_key(pem)
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_endpoint,
        "jti": jti,
        "iat": int(now.timestamp()),
        "exp": int((now + _LIFETIME).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=algorithm_of(key))


def stated_expiry(token: str) -> float | None:
    """Return what `exp` of a JWT says, in epoch seconds, unverified; None when it says nothing."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        return None
    return expiry
