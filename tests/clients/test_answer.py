"""What an answer means: by its code first, then by its status, and never by its free text."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clients._answer import Operation, Reply, read
from bot.errors import (
    BrokenAnswerError,
    ClockSkewError,
    CredentialRefusedError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LIST = Operation(source="kyuubi", name="ListKyuubiToken", permission="ram:List", payload="data")
TOKEN = Operation(
    source="idaas", name="token", permission="a|b", payload="access_token", lists=False
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def _reply(
    body: Any, status: int = 200, headers: dict[str, str] | None = None, *, raw: bool = False
) -> Reply:
    return Reply(status, headers or {}, body if raw else json.dumps(body).encode())


def _failure(reply: Reply, operation: Operation = LIST) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        read(operation, reply, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Throttling", ThrottledError),
        ("Throttling.User", ThrottledError),
        ("Throttling.Api", ThrottledError),
        ("slow_down", ThrottledError),
        ("ServiceUnavailable", UnavailableError),
        ("InternalError", UnavailableError),
        ("InternalServerError", UnavailableError),
        ("UnknownError", UnavailableError),
        ("SignatureNonceUsed", UnavailableError),
        ("temporarily_unavailable", UnavailableError),
        ("InvalidAccessKeyId.NotFound", CredentialRefusedError),
        ("InvalidAccessKeyId.Inactive", CredentialRefusedError),
        ("InvalidAccessKeyId", CredentialRefusedError),
        ("Forbidden.AccessKeyDisabled", CredentialRefusedError),
        ("Forbidden.RiskControl", CredentialRefusedError),
        ("Forbidden.UserVerification", CredentialRefusedError),
        ("SignatureDoesNotMatch", CredentialRefusedError),
        ("InvalidSecurityToken.Expired", CredentialRefusedError),
        ("InvalidSecurityToken.MismatchWithAccessKey", CredentialRefusedError),
        ("MissingSecurityToken", CredentialRefusedError),
        ("invalid_client", CredentialRefusedError),
        ("invalid_client_credential", CredentialRefusedError),
        ("invalid_token", CredentialRefusedError),
        ("expired_token", CredentialRefusedError),
        ("access_token_expired", CredentialRefusedError),
        ("InvalidTimeStamp.Expired", ClockSkewError),
        ("InvalidTimeStamp.Format", ClockSkewError),
        ("Forbidden.RAM", PermissionMissingError),
        ("Forbidden", PermissionMissingError),
        ("NoPermission", PermissionMissingError),
        ("access_denied", PermissionMissingError),
        ("invalid_scope", PermissionMissingError),
        ("scope_not_found", PermissionMissingError),
        ("invalid_audience", PermissionMissingError),
        ("MissingParameter.regionId", UnknownTargetError),
        ("InvalidParameter", UnknownTargetError),
        ("InvalidRegion.NotFound", UnknownTargetError),
        ("InvalidApi.NotFound", UnknownTargetError),
        ("ResourceNotFound", UnknownTargetError),
        ("IncompleteSignature", BrokenAnswerError),
        ("InvalidSignatureMethod", BrokenAnswerError),
        ("InvalidProtocol.NeedSsl", BrokenAnswerError),
        ("OperationDenied", BrokenAnswerError),
        ("invalid_request", BrokenAnswerError),
        ("unsupported_grant_type", BrokenAnswerError),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
def test_code_decides(code: str, kind: type[UpstreamError], status: int) -> None:
    """A known code means the same whatever the HTTP status."""
    error = _failure(_reply({"Code": code, "RequestId": "R-1", "data": {}}, status))

    assert type(error) is kind
    assert (error.code, error.status, error.request_id) == (code, status, "R-1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BrokenAnswerError),
        (401, CredentialRefusedError),
        (403, PermissionMissingError),
        (404, UnknownTargetError),
        (408, UnavailableError),
        (418, BrokenAnswerError),
        (429, ThrottledError),
        (500, UnavailableError),
        (503, UnavailableError),
        (599, UnavailableError),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><code>Throttling</code></html>", b'{"Code": "Novel.Code"}', b"[1]"]
)
def test_status_decides_what_no_code_does(
    status: int, kind: type[UpstreamError], body: bytes
) -> None:
    """Without a code that is known, the status tells."""
    assert type(_failure(_reply(body, status, raw=True))) is kind


@pytest.mark.parametrize(
    "body",
    [
        {"RequestId": "R-1", "Code": "Forbidden.RAM", "Message": "m"},
        {"requestId": "R-1", "code": "Forbidden.RAM", "message": "m"},
        {"request_id": "R-1", "error": "Forbidden.RAM", "error_description": "m"},
        {"REQUESTID": "R-1", "CODE": "Forbidden.RAM"},
        {"requestId": "R-1", "errorCode": "Forbidden.RAM"},
        {"RequestId": "R-1", "Error": {"Code": "Forbidden.RAM"}},
        {"Error": {"Code": "Forbidden.RAM", "RequestId": "R-1"}},
    ],
)
def test_every_shape_and_case(body: dict[str, Any]) -> None:
    """Both error shapes are read in whatever letter case."""
    error = _failure(_reply(body, 400))

    assert isinstance(error, PermissionMissingError)
    assert (error.code, error.request_id, error.permission) == ("Forbidden.RAM", "R-1", "ram:List")


def test_xml_error() -> None:
    """A gateway's XML error is read too."""
    body = b"<?xml version='1.0'?><Error><RequestId>R-1</RequestId><Code>Throttling</Code></Error>"
    error = _failure(_reply(body, 400, raw=True))

    assert isinstance(error, ThrottledError)
    assert (error.code, error.request_id) == ("Throttling", "R-1")


def test_request_id_of_the_header() -> None:
    """Where the body has no request id, the header's is kept."""
    error = _failure(_reply(b"", 500, {"x-acs-request-id": "R-9"}, raw=True))

    assert error.request_id == "R-9"


def test_names_the_action_that_was_denied() -> None:
    """The RAM action that the service names is told, not the one that we think of."""
    details = {"AuthAction": "emr-serverless-spark:ListWorkspaces", "PolicyType": "x"}
    error = _failure(_reply({"Code": "NoPermission", "AccessDeniedDetail": details}, 403))

    assert isinstance(error, PermissionMissingError)
    assert error.permission == "emr-serverless-spark:ListWorkspaces"


@pytest.mark.parametrize("details", [None, "text", {"AuthAction": "rm -rf <!channel>"}, {}])
def test_names_our_action_otherwise(details: Any) -> None:
    """An action that is missing or no action is not repeated."""
    error = _failure(_reply({"Code": "NoPermission", "AccessDeniedDetail": details}, 403))

    assert isinstance(error, PermissionMissingError)
    assert error.permission == "ram:List"


def test_scope_that_was_not_delegated() -> None:
    """A scope that the resource server did not grant is a missing permission, whatever the code."""
    description = "The client has not been authorized by resource server."
    error = _failure(
        _reply({"error": "invalid_client", "error_description": description}, 400), TOKEN
    )

    assert isinstance(error, PermissionMissingError)
    assert error.permission == "a|b"


@pytest.mark.parametrize("code", [None, ""])
@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_null_code_of_a_list_call(code: str | None, status: int) -> None:
    """A list call that fails without saying why named a place that is not there or not ours."""
    reply = _reply({"code": code, "data": None, "requestId": "R-1"}, status)

    error = _failure(reply)

    assert isinstance(error, UnknownTargetError)
    assert error.request_id == "R-1"
    assert not isinstance(_failure(reply._replace(status=400), TOKEN), UnknownTargetError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, CredentialRefusedError), (429, ThrottledError), (502, UnavailableError)],
)
def test_null_code_beside_a_plain_status(status: int, kind: type[UpstreamError]) -> None:
    """A status with a meaning of its own is believed even beside a null code."""
    assert type(_failure(_reply({"code": None}, status))) is kind


@pytest.mark.parametrize(
    "code", [None, "", "0", 0, 200, "200", "1000000", 1000000, "OK", "Success"]
)
def test_success_codes(code: Any) -> None:
    """A code that means success does not spoil an answer."""
    answer = read(LIST, _reply({"code": code, "data": {"tokens": []}, "RequestId": "R-1"}), NOW)

    assert answer.body["data"] == {"tokens": []}
    assert answer.request_id == "R-1"


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "data": {}},
        {"Success": "false", "data": {}},
        {"success": 0, "data": {}},
        {"code": "Novel.Code", "data": {}},
        {"code": "Quite some prose.", "data": {}},
        {"code": {"a": 1}, "data": {}},
        {"code": True, "data": {}},
        {"error": True, "data": {}},
        {"error": {}, "data": {}},
    ],
)
def test_failure_with_status_200(body: dict[str, Any]) -> None:
    """An answer that speaks of failure is one, even with HTTP 200 and a data object."""
    assert type(_failure(_reply(body))) is BrokenAnswerError


def test_failure_with_status_200_and_no_code() -> None:
    """A list call that failed with HTTP 200 and a null code named an unknown place."""
    assert type(_failure(_reply({"success": False, "code": None}))) is UnknownTargetError


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"<html>Sign in</html>",
        b'{"data": {"tokens": [',
        b'{"data": null}',
        b"{}",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"data":' * 100_000,
    ],
)
def test_no_answer_in_a_200(body: bytes) -> None:
    """HTTP 200 without the promised object is broken, never an empty list."""
    error = _failure(_reply(body, raw=True))

    assert type(error) is BrokenAnswerError
    assert error.detail in {"not a JSON object", "no data"}


@pytest.mark.parametrize("name", ["code", "error", "success", "AccessDeniedDetail", "data"])
def test_deeply_nested(name: str) -> None:
    """However deep a field is nested, the reply is an answer or an error of the tree."""
    for depth in range(800, 1000, 7):
        body = b'{"data": {}, "%s": %s%s}' % (name.encode(), b"[" * depth, b"]" * depth)
        with suppress(UpstreamError):
            read(LIST, _reply(body, raw=True), NOW)


def test_success_code_without_data() -> None:
    """A success code is not a null one: without data the answer is broken."""
    for code in (0, "0", 200):
        assert type(_failure(_reply({"code": code}))) is BrokenAnswerError


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
@pytest.mark.parametrize("body", [b"", b'{"code": null}', b'{"code": "Throttling"}'])
def test_redirect(status: int, body: bytes) -> None:
    """A redirect is broken, whatever it says."""
    error = _failure(_reply(body, status, raw=True))

    assert type(error) is BrokenAnswerError
    assert error.detail == "redirect"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"x-acs-retry-after": "1500"}, 1.5),
        ({"retry-after": "1", "x-acs-retry-after": "1500"}, 1.5),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:09 -0000"}, None),
        ({"retry-after": "Sat, 21 Nov 99999999999999999999 12:00:00 GMT"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"x-acs-retry-after": "1.5"}, None),
        ({"x-acs-retry-after": "9" * 400}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Retry-After is read in seconds or as a date, the vendor's own in milliseconds."""
    error = _failure(_reply({}, 429, headers))

    assert isinstance(error, ThrottledError)
    assert error.retry_after == seconds


def test_unavailable_with_a_time_to_come_back() -> None:
    """A service that is down and says until when counts as throttling: the time is kept."""
    error = _failure(_reply({"Code": "ServiceUnavailable"}, 503, {"retry-after": "30"}))

    assert isinstance(error, ThrottledError)
    assert (error.retry_after, error.status) == (30.0, 503)


HOSTILE = "SECRET <!channel> https://evil.example/?k=v"


@settings(deadline=None)
@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    hint=st.text(max_size=40),
    operation=st.sampled_from([LIST, TOKEN]),
)
@example(status=200, body=b'{"data": NaN}', hint="", operation=LIST)
@example(status=400, body=b'{"code": 1e999}', hint="", operation=LIST)
def test_any_reply(status: int, body: bytes, hint: str, operation: Operation) -> None:
    """Any reply at all is either an answer or an error of the tree."""
    headers = {"retry-after": hint, "x-acs-retry-after": hint, "x-acs-request-id": hint}
    with suppress(UpstreamError):
        answer = read(operation, Reply(status, headers, body), NOW)
        assert answer.body[operation.payload] is not None


@settings(deadline=None)
@given(
    status=st.sampled_from([200, 302, 400, 401, 403, 404, 429, 500]),
    name=st.sampled_from(["code", "Code", "error", "requestId", "message", "AccessDeniedDetail"]),
    nested=st.booleans(),
)
def test_repeats_no_free_text(status: int, name: str, nested: bool) -> None:  # noqa: FBT001 - hypothesis
    """Nothing that the vendor writes freely gets into an error."""
    value: Any = {"Code": HOSTILE, "AuthAction": HOSTILE} if nested else HOSTILE
    error = _failure(_reply({name: value}, status, {"x-acs-request-id": HOSTILE}))

    text = f"{error} {error!r} {vars(error)}"
    assert not any(word in text for word in HOSTILE.split())
