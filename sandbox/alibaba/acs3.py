"""Verification of ACS3-HMAC-SHA256, written from the document and not from any signer.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes

from sandbox.alibaba.answers import gateway
from sandbox.alibaba.call import Call
from sandbox.alibaba.once import Once
from sandbox.company.access import Access, AccessKey

ALGORITHM = "ACS3-HMAC-SHA256"
SKEW = 15 * 60 * 1_000
"""How far x-acs-date may be from the machine's time, in milliseconds."""

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([^,\s]+)"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_REQUIRED = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


def verify(call: Call, access: Access, nonces: Once, wall: int) -> AccessKey:
    """Return the key that signed a request, or raise the `Refusal` that it deserves.

    `wall` is the machine's time in epoch milliseconds.
    """
    credential, signed, signature = _authorization(call)
    call.user = credential
    _check_coverage(call, signed)
    signed_at = _date(call)
    key = access.keys.get(credential)
    if key is None:
        raise gateway("InvalidAccessKeyId.NotFound")
    if not key.enabled:
        raise gateway("InvalidAccessKeyId.Inactive")
    _check_security_token(call, key, wall)
    if abs(wall - signed_at) > SKEW:
        raise gateway("InvalidTimeStamp.Expired")
    _check_signature(call, key, signed, signature)
    nonce = call.header("x-acs-signature-nonce") or ""
    if not nonces.use(credential, nonce, until=signed_at + SKEW, wall=wall):
        raise gateway("SignatureNonceUsed")
    return key


def _authorization(call: Call) -> tuple[str, list[str], str]:
    values = call.values("authorization")
    if len(values) != 1:
        raise gateway("IncompleteSignature")
    match = _AUTHORIZATION.fullmatch(values[0])
    if match is None:
        known = values[0].partition(" ")[0] == ALGORITHM
        raise gateway("IncompleteSignature" if known else "InvalidSignatureMethod")
    return match[1], match[2].split(";"), match[3]


def _check_coverage(call: Call, signed: list[str]) -> None:
    """Refuse what leaves out a header that must be signed, or signs one that is not there once."""
    present = {name for name, _ in call.headers}
    must = {
        *_REQUIRED,
        *(name for name in present if name.startswith("x-acs-") or name == "content-type"),
    }
    if (
        signed != sorted(set(signed))
        or not must <= set(signed)
        or any(len(call.values(name)) != 1 for name in signed)
        or not all(call.values(name)[0] for name in _REQUIRED)
    ):
        raise gateway("IncompleteSignature")


def _date(call: Call) -> int:
    text = call.header("x-acs-date") or ""
    if not _DATE.fullmatch(text):
        raise gateway("InvalidTimeStamp.Format")
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise gateway("InvalidTimeStamp.Format") from None
    return int(moment.timestamp() * 1_000)


def _check_security_token(call: Call, key: AccessKey, wall: int) -> None:
    token = call.header("x-acs-security-token")
    if token is None:
        if key.security_token is not None:
            raise gateway("MissingSecurityToken")
        return
    if not token:
        raise gateway("InvalidSecurityToken.Malformed")
    if key.security_token is None or not hmac.compare_digest(
        token.encode(), key.security_token.encode()
    ):
        raise gateway("InvalidSecurityToken.MismatchWithAccessKey")
    if key.expires_at is not None and key.expires_at <= wall:
        raise gateway("InvalidSecurityToken.Expired")


def canonical_request(call: Call, signed: list[str]) -> str:
    """Return what the signature is made of, from the request as it was sent."""
    path = "/".join(quote(unquote_to_bytes(part), safe="~") for part in call.raw_path.split("/"))
    query = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(call.query)
    )
    headers = "".join(f"{name}:{call.header(name)}\n" for name in signed)
    payload = hashlib.sha256(call.body).hexdigest()
    return "\n".join((call.method, path or "/", query, headers, ";".join(signed), payload))


def _check_signature(call: Call, key: AccessKey, signed: list[str], signature: str) -> None:
    request = canonical_request(call, signed)
    digest = hashlib.sha256(request.encode("latin-1")).hexdigest()
    to_sign = f"{ALGORITHM}\n{digest}"
    expected = hmac.new(key.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    same_payload = call.header("x-acs-content-sha256") == hashlib.sha256(call.body).hexdigest()
    if not (hmac.compare_digest(expected.encode(), signature.encode()) and same_payload):
        raise gateway(
            "SignatureDoesNotMatch",
            more=f" server StringToSign is [{to_sign}] server CanonicalRequest is [{request}]",
        )
