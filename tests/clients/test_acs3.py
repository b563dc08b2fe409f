"""The request signature, against the published vector, the vendor's own signer and the wire."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import httpx
import pytest
from alibabacloud_tea_openapi.utils import Utils
from darabonba.request import DaraRequest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.clients._acs3 import Acs3Auth, canonical_request, sign
from bot.models.credential import AccessKey
from tests.clients.conftest import CountingIds, FakeClock
from tests.clients.server import Seen
from tests.clients.verify import expected_authorization

EXAMPLE = AccessKey(
    access_key_id="YourAccessKeyId", access_key_secret=SecretStr("YourAccessKeySecret")
)
DATE = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
NONCE = "3156853299f313e23d1673dc12e1703d"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _seen(request: httpx.Request) -> Seen:
    return Seen(
        method=request.method,
        raw_target=request.url.raw_path.decode(),
        headers=dict(request.headers),
        body=request.content,
    )


def test_published_vector() -> None:
    """The vendor's published example signs as published."""
    request = httpx.Request(
        "POST",
        "https://ecs.cn-shanghai.aliyuncs.com/",
        params={
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        headers={"x-acs-action": "RunInstances", "x-acs-version": "2014-05-26"},
    )

    sign(request, EXAMPLE, date=DATE, nonce=NONCE)

    assert request.headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_derived_vector() -> None:
    """ListKyuubiToken signs to the known canonical request and signature."""
    request = httpx.Request(
        "GET",
        "https://emr-serverless-spark.cn-hangzhou.aliyuncs.com/api/v1/workspaces/"
        "w-d2d82aa09155abcd/kyuubiService/kb-c7141f10c3f549fc9f8b8ae562b8abcd/token",
        params={"regionId": "cn-hangzhou"},
        headers={"x-acs-action": "ListKyuubiToken", "x-acs-version": "2023-08-08"},
    )

    sign(request, EXAMPLE, date=DATE, nonce=NONCE)

    raw_path, _, raw_query = request.url.raw_path.decode().partition("?")
    canonical = canonical_request(
        method="GET",
        raw_path=raw_path,
        raw_query=raw_query,
        headers=request.headers,
        payload_hash=hashlib.sha256(b"").hexdigest(),
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == (
        "44d846a766f7e4795d8ba5819b10071fb8773de098fe51e987d7cb5b8adb1101"
    )
    assert request.headers["authorization"].endswith(
        "Signature=d876f94abe637313e68c6fc6284ca30ee45ace242722db7680932389bad03146"
    )


@settings(deadline=None)
@given(
    segments=st.lists(TEXT.filter(lambda s: s not in {".", ".."}), min_size=1, max_size=4),
    params=st.lists(st.tuples(TEXT, TEXT), max_size=5),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1),
    body=st.binary(max_size=50),
    port=st.sampled_from(["", ":443", ":8443"]),
    security_token=st.none() | st.just("token+/="),
)
def test_signs_what_is_sent(
    segments: list[str],
    params: list[tuple[str, str]],
    secret: str,
    body: bytes,
    port: str,
    security_token: str | None,
) -> None:
    """Whatever the path, query, body and host: the signature fits the request on the wire."""
    path = "/".join(quote(segment, safe="") for segment in segments)
    request = httpx.Request(
        "POST",
        f"https://host.example{port}/{path}",
        params=httpx.QueryParams(urlencode(params)),
        content=body,
    )
    key = AccessKey(
        access_key_id="LTAIexample",
        access_key_secret=SecretStr(secret),
        security_token=SecretStr(security_token) if security_token else None,
    )

    sign(request, key, date=DATE, nonce=NONCE)

    authorization = request.headers["authorization"]
    assert authorization == expected_authorization(
        _seen(request), key_id="LTAIexample", secret=secret
    )
    assert ("x-acs-security-token" in authorization) is (security_token is not None)


@settings(deadline=None)
@given(params=st.dictionaries(st.from_regex(r"[A-Za-z.]{1,9}", fullmatch=True), TEXT, max_size=5))
def test_agrees_with_the_vendors_signer(params: dict[str, str]) -> None:
    """The vendor's SDK signs the same request alike."""
    request = httpx.Request("GET", "https://host.example/api/v1/x", params=params)
    sign(request, EXAMPLE, date=DATE, nonce=NONCE)

    theirs = DaraRequest()
    theirs.method, theirs.pathname, theirs.query = "GET", "/api/v1/x", params
    theirs.headers = {
        name: value
        for name, value in request.headers.items()
        if name == "host" or name.startswith("x-acs-")
    }
    expected = Utils.get_authorization(
        theirs,
        "ACS3-HMAC-SHA256",
        hashlib.sha256(b"").hexdigest(),
        "YourAccessKeyId",
        "YourAccessKeySecret",
    )
    assert request.headers["authorization"] == expected


def test_leaves_out_what_proxies_change() -> None:
    """The user agent and the accepted encodings are not signed; the content type is."""
    headers = {"user-agent": "x", "accept-encoding": "y", "content-type": "application/json"}
    request = httpx.Request("POST", "https://host.example/", headers=headers, content=b"{}")

    sign(request, EXAMPLE, date=DATE, nonce=NONCE)

    assert (
        "SignedHeaders=content-type;host;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce,"
        in request.headers["authorization"]
    )


async def test_signs_every_sending_anew(clock: FakeClock, ids: CountingIds) -> None:
    """The same request sent twice carries two nonces and the time of each sending."""
    auth = Acs3Auth(EXAMPLE, clock=clock, ids=ids)
    sent: list[tuple[str, str]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        sent.append((request.headers["x-acs-signature-nonce"], request.headers["x-acs-date"]))
        return httpx.Response(200)

    request = httpx.Request("GET", "https://host.example/")
    async with httpx.AsyncClient(transport=httpx.MockTransport(receive)) as client:
        await client.send(request, auth=auth)
        clock.at = clock.at.replace(minute=5)
        await client.send(request, auth=auth)

    assert sent == [
        ("id-000001", "2026-11-21T12:00:00Z"),
        ("id-000002", "2026-11-21T12:05:00Z"),
    ]


@pytest.mark.parametrize("host", ["host.example", "host.example:8443"])
def test_signs_the_host_that_is_sent(host: str) -> None:
    """A port is part of the signed host when it is part of the header."""
    request = httpx.Request("GET", f"https://{host}/")
    sign(request, EXAMPLE, date=DATE, nonce=NONCE)

    assert request.headers["host"] == host
    assert request.headers["authorization"] == expected_authorization(
        _seen(request), key_id="YourAccessKeyId", secret="YourAccessKeySecret"
    )
