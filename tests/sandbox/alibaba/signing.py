"""Requests signed by the vendor's own signer, to be sent as they are or tampered with."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from alibabacloud_tea_openapi.utils import Utils
from darabonba.request import DaraRequest

from sandbox.alibaba.call import Call
from tests.sandbox.alibaba import places

TOKEN_PATH = f"/api/v1/workspaces/{places.WORKSPACE}/kyuubiService/{places.SERVICE}/token"
HOST = "emr-serverless-spark.cn-hangzhou.aliyuncs.com"


def timestamp(wall: int) -> str:
    """Return epoch milliseconds as x-acs-date has them."""
    return datetime.fromtimestamp(wall / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A request before it is signed. A header set to None is left out."""

    method: str = "GET"
    path: str = TOKEN_PATH
    query: dict[str, str] = field(default_factory=lambda: {"regionId": places.REGION})
    headers: dict[str, str | None] = field(default_factory=dict)
    body: bytes = b""

    def signed(
        self,
        *,
        host: str = HOST,
        wall: int = places.EPOCH,
        nonce: str = "3156853299f313e23d1673dc12e1703d",
        action: str = "ListKyuubiToken",
        key_id: str = places.KEY_ID,
        secret: str = places.KEY_SECRET,
    ) -> dict[str, str]:
        """Return all headers, the vendor's Authorization among them."""
        payload = hashlib.sha256(self.body).hexdigest()
        standard: dict[str, str | None] = {
            "host": host,
            "x-acs-action": action,
            "x-acs-version": "2023-08-08",
            "x-acs-date": timestamp(wall),
            "x-acs-signature-nonce": nonce,
            "x-acs-content-sha256": payload,
        }
        headers = {k: v for k, v in {**standard, **self.headers}.items() if v is not None}
        request = DaraRequest()
        request.method, request.pathname = self.method, self.path
        request.query, request.headers = self.query, headers
        authorization: str = Utils.get_authorization(
            request, "ACS3-HMAC-SHA256", payload, key_id, secret
        )
        return {**headers, "authorization": authorization}

    def call(self, headers: dict[str, str]) -> Call:
        """Return what arrives at the service."""
        return Call(
            method=self.method,
            raw_path=self.path,
            raw_query=urlencode(self.query),
            headers=tuple(headers.items()),
            body=self.body,
            request_id="DD6B1B2A-5837-5237-ABE4-FF0C89440000",
        )

    def with_headers(self, **headers: str | None) -> "Draft":
        """Return a draft with other headers; `_` in a name stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})
