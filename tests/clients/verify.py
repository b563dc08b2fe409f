"""The signature rules once more, from the vendor's page and the raw request: a second opinion."""

import hashlib
import hmac
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from tests.clients.server import Seen


def expected_authorization(request: Seen, *, key_id: str, secret: str) -> str:
    """Return the Authorization header that a request must carry."""
    path, _, query = request.raw_target.partition("?")
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding="utf-8"))
    names = sorted(
        name
        for name in request.headers
        if name.startswith("x-acs-") or name in {"host", "content-type"}
    )
    canonical = request.method + "\n" + _path(path) + "\n"
    canonical += "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in pairs) + "\n"
    canonical += "".join(f"{name}:{request.headers[name].strip()}\n" for name in names) + "\n"
    canonical += ";".join(names) + "\n" + hashlib.sha256(request.body).hexdigest()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.digest(secret.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hex()
    return (
        f"ACS3-HMAC-SHA256 Credential={key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )


def _path(path: str) -> str:
    return "/".join(quote(unquote_to_bytes(part), safe="~") for part in path.split("/"))
