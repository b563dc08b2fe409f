"""The ACS3-HMAC-SHA256 request signature ("V3"): pure functions, and an `httpx.Auth` over them.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes

import httpx

from bot.clock import Clock, Ids
from bot.models.credential import AccessKey

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_path(raw_path: str) -> str:
    """Return the path with each segment encoded once as in RFC 3986, whatever encoded it before."""
    return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in raw_path.split("/"))


def canonical_query(raw_query: str) -> str:
    """Return the parameters decoded from the wire, sorted, and encoded as in RFC 3986.

    httpx writes a space as `+`, the signature wants `%20`: so this starts from what is sent.
    """
    pairs = sorted(
        tuple(unquote_to_bytes(part.replace("+", " ")) for part in (name, value))
        for name, _, value in (pair.partition("=") for pair in raw_query.split("&") if pair)
    )
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def signed_header_names(names: Iterable[str]) -> list[str]:
    """Return which headers are signed: `x-acs-*`, `host`, and `content-type` when it is sent.

    No other: proxies rewrite `user-agent` and `accept-encoding`.
    """
    lower = {name.lower() for name in names}
    return sorted(n for n in lower if n.startswith("x-acs-") or n in {"host", "content-type"})


def canonical_request(
    *, method: str, raw_path: str, raw_query: str, headers: Mapping[str, str], payload_hash: str
) -> str:
    """Return the text that the signature is made over. Header names are in lower case."""
    signed = signed_header_names(headers)
    return "\n".join(
        (
            method,
            canonical_path(raw_path),
            canonical_query(raw_query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(signed),
            payload_hash,
        )
    )


def signature(secret: str, canonical: str) -> str:
    """Return the signature of a canonical request, in hexadecimal."""
    string_to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def sign(request: httpx.Request, credential: AccessKey, *, date: datetime, nonce: str) -> None:
    """Add the headers that prove a request, in place.

    `date` is UTC and must be within 15 minutes of the service's clock, `nonce` must be new.
    """
    payload_hash = hashlib.sha256(request.content).hexdigest()
    request.headers["x-acs-date"] = date.strftime("%Y-%m-%dT%H:%M:%SZ")
    request.headers["x-acs-signature-nonce"] = nonce
    request.headers["x-acs-content-sha256"] = payload_hash
    if credential.security_token is not None:
        request.headers["x-acs-security-token"] = credential.security_token.get_secret_value()
    raw_path, _, raw_query = request.url.raw_path.decode("ascii").partition("?")
    # The host header of the built request, not of the settings: it carries a port only when it
    # is not the scheme's own, and that is what the service sees.
    canonical = canonical_request(
        method=request.method,
        raw_path=raw_path,
        raw_query=raw_query,
        headers=request.headers,
        payload_hash=payload_hash,
    )
    request.headers["authorization"] = (
        f"{ALGORITHM} Credential={credential.access_key_id}"
        f",SignedHeaders={';'.join(signed_header_names(request.headers))}"
        f",Signature={signature(credential.access_key_secret.get_secret_value(), canonical)}"
    )


class Acs3Auth(httpx.Auth):
    """Signs each request that it is asked to send, with a date and a nonce of its own."""

    requires_request_body = True

    def __init__(self, credential: AccessKey, *, clock: Clock, ids: Ids) -> None:
        self._credential = credential
        self._clock = clock
        self._ids = ids

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign and send once."""
        sign(request, self._credential, date=self._clock.wall(), nonce=self._ids.new())
        yield request
