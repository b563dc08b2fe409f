"""Answers and refusals, in the three shapes that errors have.

gateway   {"RequestId", "HostId", "Code", "Message", "Recommend"} of the OpenAPI gateway
service   {"requestId", "code", "message"} of EMR Serverless Spark behind it
oauth     {"error", "error_description", "request_id"} of IDaaS
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response

from sandbox.alibaba.call import Call

Shape = Literal["gateway", "service", "oauth"]

_GATEWAY: Mapping[str, tuple[int, str]] = {
    "Forbidden.RAM": (403, "User not authorized to operate on the specified resource."),
    "IncompleteSignature": (400, "The request signature does not conform to the standard."),
    "InternalError": (500, "The request processing has failed due to some unknown error."),
    "InvalidAccessKeyId.Inactive": (400, "Specified access key is disabled."),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidApi.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidParameter": (400, "The specified parameter is not valid."),
    "InvalidRegion.NotFound": (404, "The specified region does not exist."),
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.Malformed": (400, "Specified SecurityToken is malformed."),
    "InvalidSecurityToken.MismatchWithAccessKey": (
        400,
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    "InvalidSignatureMethod": (400, "Specified signature method is not valid."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "MissingParameter.regionId": (400, "regionId is mandatory for this action."),
    "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
    "NoPermission": (403, "You are not authorized to perform this operation."),
    "SignatureDoesNotMatch": (400, "Specified signature does not match our calculation."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "Throttling.User": (429, "Request was denied due to user flow control."),
    "UnsupportedHTTPMethod": (400, "The HTTP method is not supported."),
}


class Refusal(Exception):  # noqa: N818 - an answer on its way, not a mishap
    """The call is answered with an error."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        shape: Shape,
        headers: Mapping[str, str] | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.shape = shape
        self.headers = headers or {}
        self.detail = detail or {}

    def body(self, call: Call) -> dict[str, Any]:
        """Return the error's body."""
        if self.shape == "oauth":
            return {
                "error": self.code,
                "error_description": self.message,
                "request_id": call.request_id,
            }
        if self.shape == "service":
            return {"requestId": call.request_id, "code": self.code, "message": self.message}
        return {
            "RequestId": call.request_id,
            "HostId": call.header("host"),
            "Code": self.code,
            "Message": self.message,
            "Recommend": f"https://api.alibabacloud.com/troubleshoot?q={self.code}",
            **self.detail,
        }


def gateway(
    code: str,
    *,
    more: str = "",
    headers: Mapping[str, str] | None = None,
    detail: Mapping[str, object] | None = None,
) -> Refusal:
    """Return one of the gateway's errors, with its own status and message, and `more` after it."""
    status, message = _GATEWAY[code]
    return Refusal(status, code, message + more, shape="gateway", headers=headers, detail=detail)


def unknown_place(code: str | None, status: int, what: str) -> Refusal:
    """Return the error for a place that does not exist or is not the caller's.

    The vendor's own tools report that its code is empty or null; both occur here.
    """
    return Refusal(status, code, f"{what} does not exist or is not accessible.", shape="service")


def oauth(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Refusal:
    """Return an error in the shape of IDaaS."""
    return Refusal(status, code, message, shape="oauth", headers=headers)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back. `code` is the error's, for the journal."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json;charset=utf-8"
    code: str = ""

    def response(self, call: Call) -> Response:
        """Return it for Starlette to send."""
        headers = {"x-acs-request-id": call.request_id, **self.headers}
        return Response(self.content, self.status, headers, self.media_type)


def success(body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    """Return a body of JSON with status 200."""
    return Answer(status=200, content=_json(body), headers=headers or {})


def failure(refusal: Refusal, call: Call) -> Answer:
    """Return an error as its caller gets it."""
    return Answer(
        status=refusal.status,
        content=_json(refusal.body(call)),
        headers=refusal.headers,
        code=refusal.code or "null",
    )


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
