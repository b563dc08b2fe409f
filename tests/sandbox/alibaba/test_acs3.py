"""Signatures: what the vendor signs is accepted, and nothing else."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandbox.alibaba.acs3 import ALGORITHM, SKEW, canonical_request, verify
from sandbox.alibaba.answers import Refusal
from sandbox.alibaba.call import Call
from sandbox.alibaba.once import Once
from sandbox.company.access import Access, AccessKey
from tests.sandbox.alibaba import places
from tests.sandbox.alibaba.signing import HOST, Draft

WALL = places.EPOCH

Tampering = Callable[[dict[str, str]], dict[str, str]]


def signer_of(call: Call, access: Access | None = None, *, wall: int = WALL) -> str:
    return verify(call, access or places.small_world().access, Once(), wall).access_key_id


def refusal_of(call: Call, access: Access | None = None, *, wall: int = WALL) -> Refusal:
    with pytest.raises(Refusal) as refused:
        signer_of(call, access, wall=wall)
    return refused.value


def test_the_published_example_is_accepted() -> None:
    """The example of the vendor's document is verified, byte for byte."""
    access = Access()
    access.put_key(
        AccessKey(
            access_key_id="YourAccessKeyId",
            secret="YourAccessKeySecret",
            account_id=places.ACCOUNT,
            user_name="example",
        )
    )
    signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    signed = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    call = Call(
        method="POST",
        raw_path="/",
        raw_query="ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
        headers=(
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "RunInstances"),
            ("x-acs-version", "2014-05-26"),
            ("x-acs-date", "2023-10-26T10:22:32Z"),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
            ("x-acs-content-sha256", hashlib.sha256(b"").hexdigest()),
            (
                "authorization",
                f"{ALGORITHM} Credential=YourAccessKeyId,SignedHeaders={signed},Signature={signature}",
            ),
        ),
        body=b"",
        request_id="",
    )
    digest = hashlib.sha256(canonical_request(call, signed.split(";")).encode()).hexdigest()

    assert digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert signer_of(call, access, wall=1_698_315_752_000) == "YourAccessKeyId"


def test_the_listing_example_is_accepted() -> None:
    """A ListKyuubiToken request has the signature that the document's rules give."""
    draft = Draft()
    headers = draft.signed(
        key_id="YourAccessKeyId", secret="YourAccessKeySecret", wall=1_698_315_752_000
    )

    assert headers["authorization"].endswith(
        "Signature=d876f94abe637313e68c6fc6284ca30ee45ace242722db7680932389bad03146"
    )
    signed = sorted(name for name in headers if name != "authorization")
    digest = hashlib.sha256(canonical_request(draft.call(headers), signed).encode()).hexdigest()
    assert digest == "44d846a766f7e4795d8ba5819b10071fb8773de098fe51e987d7cb5b8adb1101"


@settings(deadline=None)
@given(
    ids=st.lists(st.text(min_size=1), min_size=2, max_size=2),
    query=st.dictionaries(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), st.text(), max_size=4),
    nonce=st.uuids(),
)
def test_whatever_the_vendor_signs_is_accepted(
    ids: list[str], query: dict[str, str], nonce: object
) -> None:
    """Ids and values of any characters, slashes included, verify."""
    first, second = (quote(text, safe="~") for text in ids)
    draft = Draft(
        path=f"/api/v1/workspaces/{first}/kyuubiService/{second}/token",
        query=query,
    )

    assert signer_of(draft.call(draft.signed(nonce=str(nonce)))) == places.KEY_ID


@settings(deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    """One other byte in the path, the query or a signed header breaks the signature."""
    draft = Draft(
        path="/api/v1/workspaces/w-a%2Fb%20c/kyuubiService/kb-1/token",
        query={"regionId": "cn-hangzhou", "x": "a b"},
    )
    call = draft.call(draft.signed())
    parts = [call.raw_path, call.raw_query, *(value for _, value in call.headers)]
    which = data.draw(st.integers(0, len(parts) - 1))
    at = data.draw(st.integers(0, len(parts[which]) - 1))
    byte = data.draw(st.sampled_from([chr(n) for n in range(0x21, 0x7F)]))
    parts[which] = parts[which][:at] + byte + parts[which][at + 1 :]
    changed = replace(
        call,
        raw_path=parts[0],
        raw_query=parts[1],
        headers=tuple((n, v) for (n, _), v in zip(call.headers, parts[2:], strict=True)),
    )
    # Another spelling of the same bytes, such as %2f for %2F, is the same request.
    assume(
        (changed.segments, sorted(changed.query), changed.headers)
        != (call.segments, sorted(call.query), call.headers)
    )

    with pytest.raises(Refusal):
        signer_of(changed)


def test_another_method_or_body_is_refused() -> None:
    """The method and the body are part of the signature."""
    draft = Draft(body=b'{"a":1}')
    headers = draft.signed()

    assert signer_of(draft.call(headers)) == places.KEY_ID
    for changed in (replace(draft, method="DELETE"), replace(draft, body=b'{"a":2}')):
        assert refusal_of(changed.call(headers)).code == "SignatureDoesNotMatch"


def test_a_payload_hash_of_another_body_is_refused() -> None:
    """The hash that is sent must be that of the body, even if it is signed."""
    draft = Draft().with_headers(x_acs_content_sha256=hashlib.sha256(b"other").hexdigest())

    assert refusal_of(draft.call(draft.signed())).code == "SignatureDoesNotMatch"


def test_a_wrong_secret_is_told_what_the_service_signed() -> None:
    """The refusal quotes the request, as the vendor's does: nobody may show it unread."""
    draft = Draft()
    refusal = refusal_of(draft.call(draft.signed(secret="wrong")))

    assert refusal.code == "SignatureDoesNotMatch"
    assert "server StringToSign is [ACS3-HMAC-SHA256\n" in refusal.message
    assert f"host:{HOST}\n" in refusal.message


def unsign(*names: str) -> Tampering:
    """Take headers out of SignedHeaders without taking them out of the request."""

    def tamper(headers: dict[str, str]) -> dict[str, str]:
        before, _, rest = headers["authorization"].partition("SignedHeaders=")
        signed, _, after = rest.partition(",")
        kept = ";".join(name for name in signed.split(";") if name not in names)
        return {**headers, "authorization": f"{before}SignedHeaders={kept},{after}"}

    return tamper


def authorization(old: str, new: str) -> Tampering:
    """Replace something in the Authorization header."""
    return lambda headers: {
        **headers,
        "authorization": headers["authorization"].replace(old, new, 1),
    }


@pytest.mark.parametrize(
    ("draft", "tamper", "code"),
    [
        (Draft(), lambda h: {k: v for k, v in h.items() if k != "authorization"}, "IncompleteSignature"),
        (Draft(), authorization("ACS3-HMAC-SHA256", "ACS3-RSA-SHA256"), "InvalidSignatureMethod"),
        (Draft(), lambda h: h | {"authorization": "acs key:signature"}, "InvalidSignatureMethod"),
        (Draft(), authorization("Credential", "AccessKey"), "IncompleteSignature"),
        (Draft(), authorization(",SignedHeaders", ", SignedHeaders"), "IncompleteSignature"),
        (Draft(), authorization("host;", "host;host;"), "IncompleteSignature"),
        (Draft(), authorization("host;", "host;unsent;"), "IncompleteSignature"),
        (Draft(), authorization("host;x-acs-action;", "x-acs-action;host;"), "IncompleteSignature"),
        (Draft(), unsign("host"), "IncompleteSignature"),
        (Draft(), unsign("x-acs-action"), "IncompleteSignature"),
        (Draft(), unsign("x-acs-date"), "IncompleteSignature"),
        (Draft(), lambda h: h | {"x-acs-extra": "1"}, "IncompleteSignature"),
        (Draft(), lambda h: h | {"content-type": "application/json"}, "IncompleteSignature"),
        (Draft().with_headers(x_acs_signature_nonce=None), dict, "IncompleteSignature"),
        (Draft().with_headers(x_acs_signature_nonce=""), dict, "IncompleteSignature"),
        (Draft().with_headers(x_acs_content_sha256=None), dict, "IncompleteSignature"),
        (Draft().with_headers(x_acs_version=None), dict, "IncompleteSignature"),
        (Draft().with_headers(x_acs_date="2026-11-21 19:00:00"), dict, "InvalidTimeStamp.Format"),
        (Draft().with_headers(x_acs_date="2026-02-30T19:00:00Z"), dict, "InvalidTimeStamp.Format"),
        (Draft(), authorization(places.KEY_ID, "LTAI5tNobody"), "InvalidAccessKeyId.NotFound"),
        (
            Draft().with_headers(x_acs_security_token="CAIS-not-this-one"),
            dict,
            "InvalidSecurityToken.MismatchWithAccessKey",
        ),
        (
            Draft().with_headers(x_acs_security_token=""),
            dict,
            "InvalidSecurityToken.Malformed",
        ),
    ],
)  # fmt: skip
def test_what_is_not_properly_signed_is_refused(draft: Draft, tamper: Tampering, code: str) -> None:
    """Each way to sign less, or something else, has its own code."""
    assert refusal_of(draft.call(tamper(draft.signed()))).code == code


def test_a_header_sent_twice_is_refused() -> None:
    """A signed header with two values is not the one that was signed."""
    call = Draft().call(Draft().signed())
    for name in ("x-acs-date", "authorization"):
        twice = replace(call, headers=(*call.headers, (name, call.header(name) or "")))
        assert refusal_of(twice).code == "IncompleteSignature"


@pytest.mark.parametrize("skew", [-SKEW - 1_000, SKEW + 1_000])
def test_a_date_too_far_off_is_refused(skew: int) -> None:
    """More than fifteen minutes before or after the machine's time is too much."""
    draft = Draft()

    assert refusal_of(draft.call(draft.signed(wall=WALL + skew))).code == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize("skew", [-SKEW, SKEW])
def test_a_date_fifteen_minutes_off_is_accepted(skew: int) -> None:
    """Clocks may differ by fifteen minutes."""
    draft = Draft()

    assert signer_of(draft.call(draft.signed(wall=WALL + skew))) == places.KEY_ID


def test_a_nonce_works_once_for_each_key() -> None:
    """A request that is sent again is refused for as long as its date would do."""
    access = places.small_world().access
    access.put_key(replace(access.keys[places.KEY_ID], access_key_id="LTAI5tOther"))
    nonces = Once()
    draft = Draft()
    ahead = draft.call(draft.signed(wall=WALL + SKEW))

    verify(ahead, access, nonces, WALL)
    with pytest.raises(Refusal) as refused:
        verify(ahead, access, nonces, WALL + 2 * SKEW)
    assert refused.value.code == "SignatureNonceUsed"
    other = draft.call(draft.signed(key_id="LTAI5tOther"))
    assert verify(other, access, nonces, WALL).access_key_id == "LTAI5tOther"


def test_a_refused_request_does_not_use_up_its_nonce() -> None:
    """Only a request that was really signed takes its nonce."""
    access, nonces, draft = places.small_world().access, Once(), Draft()
    with pytest.raises(Refusal):
        verify(draft.call(draft.signed(secret="wrong")), access, nonces, WALL)

    signed = draft.call(draft.signed())
    assert verify(signed, access, nonces, WALL).access_key_id == places.KEY_ID


def test_a_disabled_key_is_refused_until_it_is_enabled() -> None:
    """A disabled key has its own code, whatever it signs."""
    access, draft = places.small_world().access, Draft()
    access.disable_key(places.KEY_ID)
    assert refusal_of(draft.call(draft.signed()), access).code == "InvalidAccessKeyId.Inactive"

    access.enable_key(places.KEY_ID)
    assert signer_of(draft.call(draft.signed()), access) == places.KEY_ID


def test_a_temporary_key_needs_its_token() -> None:
    """A key from STS works with its own security token, signed, and only until it ends."""
    access = places.small_world().access
    access.put_key(
        replace(
            access.keys[places.KEY_ID],
            access_key_id=places.STS_ID,
            security_token=places.STS_TOKEN,
            expires_at=WALL + 60_000,
        )
    )
    bare = Draft()
    full = Draft().with_headers(x_acs_security_token=places.STS_TOKEN)
    token = full.signed(key_id=places.STS_ID)

    assert signer_of(full.call(token), access) == places.STS_ID
    without = bare.call(bare.signed(key_id=places.STS_ID))
    assert refusal_of(without, access).code == "MissingSecurityToken"
    unsigned = full.call(unsign("x-acs-security-token")(token))
    assert refusal_of(unsigned, access).code == "IncompleteSignature"
    late = refusal_of(full.call(token), access, wall=WALL + 60_000)
    assert late.code == "InvalidSecurityToken.Expired"
