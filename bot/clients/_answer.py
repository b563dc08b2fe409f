"""Reading an answer: a JSON object that holds what was promised, or the error that it means.

Pure. Error bodies come in two shapes (`code`/`message`/`requestId` of the gateway, `error` of
OAuth) and in several letter cases, sometimes as XML, sometimes as HTML or nothing. The HTTP status
of one code differs by product, so the code is asked first and the status second.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from bot.clients._codes import error_class_of, status_class_of
from bot.errors import (
    BrokenAnswerError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:*-]{0,63}")
_ACTION = re.compile(r"[a-z0-9-]{1,64}:[A-Za-z0-9*]{1,64}")
_XML_CODE = re.compile(r"<Code>\s*([^<\s]{1,64})\s*</Code>")
_XML_REQUEST_ID = re.compile(r"<RequestId>\s*([^<\s]{1,64})\s*</RequestId>")
_XML_SEARCHED = 65_536

_FAILURES = frozenset({"", "0", "false", "False"})
_NO_CODE = "(not a code)"
_SUCCESS_CODES = frozenset({"0", "200", "1000000", "ok", "success"})
_NOT_AUTHORIZED_TEXT = "not been authorized by resource server"

_OK = 200
_MULTIPLE_CHOICES = 300
_BAD_REQUEST = 400
_MILLISECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A call as its documentation describes it.

    `version` is the API's, `permission` the RAM action or the scope that it needs, `payload` the
    field without which its answer is none. `lists` tells whether a null error code means that the
    place to list is unknown or not the caller's.
    """

    source: str
    name: str
    version: str = ""
    permission: str
    payload: str
    lists: bool = True


class Reply(NamedTuple):
    """What came over the wire. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """A JSON object in which the promised field is there."""

    source: str
    status: int
    request_id: str
    body: dict[str, Any]


class _Fault(NamedTuple):
    """What a body says about a failure.

    `code` is None where none is given, and "" where the body has a place for it and leaves it
    empty. `failed` tells that it speaks of a failure, whatever the HTTP status.
    """

    code: str | None = None
    request_id: str = ""
    action: str = ""
    failed: bool = False
    unauthorized: bool = False


def read(operation: Operation, reply: Reply, now: datetime) -> Answer:
    """Return the answer in a reply; raise the `UpstreamError` that it means.

    `now` is the wall clock: a Retry-After may be a date.
    """
    body = _json_object(reply.body)
    fault = _fault_of_xml(reply.body) if body is None else _fault(body)
    request_id = fault.request_id or _safe(_REQUEST_ID, reply.headers.get("x-acs-request-id"))
    fault = fault._replace(request_id=request_id)
    if _MULTIPLE_CHOICES <= reply.status < _BAD_REQUEST:
        # Never followed: it would carry the credential, or a signature for this host, elsewhere.
        raise _broken(operation, reply, fault, "redirect")
    failed = fault.failed or not _OK <= reply.status < _MULTIPLE_CHOICES
    if not failed and body is not None and body.get(operation.payload) is not None:
        return Answer(operation.source, reply.status, request_id, body)
    if failed or (fault.code == "" and operation.lists):
        raise _failure(operation, reply, fault, now)
    missing = "not a JSON object" if body is None else f"no {operation.payload}"
    raise _broken(operation, reply, fault, missing)


def _failure(operation: Operation, reply: Reply, fault: _Fault, now: datetime) -> UpstreamError:
    facts: dict[str, Any] = {
        "code": fault.code or "",
        "status": reply.status,
        "request_id": fault.request_id,
    }
    kind = _class_of(operation, reply.status, fault)
    retry_after = _retry_after(reply.headers, now)
    if kind is ThrottledError or (kind is UnavailableError and retry_after is not None):
        # A service that says when to come back is throttling, whatever the status.
        return ThrottledError(operation.source, retry_after=retry_after, **facts)
    if kind is PermissionMissingError:
        permission = fault.action or operation.permission
        return PermissionMissingError(operation.source, permission=permission, **facts)
    return kind(operation.source, **facts)


def _class_of(operation: Operation, status: int, fault: _Fault) -> type[UpstreamError]:
    if fault.unauthorized:
        return PermissionMissingError
    by_code = error_class_of(fault.code) if fault.code else None
    if by_code is not None:
        return by_code
    by_status = status_class_of(status)
    # EMR answers with a null code where a list call names a workspace that does not exist or is
    # not the caller's. A status with a plain meaning of its own is still believed.
    nothing_said = fault.code == "" and operation.lists
    if nothing_said and by_status in {BrokenAnswerError, PermissionMissingError}:
        return UnknownTargetError
    return by_status


def _broken(operation: Operation, reply: Reply, fault: _Fault, detail: str) -> BrokenAnswerError:
    return BrokenAnswerError(
        operation.source,
        code=fault.code or "",
        status=reply.status,
        request_id=fault.request_id,
        detail=detail,
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fault(body: Mapping[str, Any]) -> _Fault:
    """Find what a JSON body says about a failure, whatever the case of its names."""
    fields = _folded(body)
    nested = fields.get("error")
    if isinstance(nested, dict):
        outer = {name: value for name, value in fields.items() if name != "error"}
        fields = {**_folded(nested), **outer}
    codes = [_written(fields[name]) for name in ("code", "errorcode", "error") if name in fields]
    given = [code for code in codes if code]
    named = [code for code in given if _CODE.fullmatch(code)]
    empty = "" if codes and not given else None
    details = fields.get("accessdenieddetail")
    action = _folded(details).get("authaction") if isinstance(details, dict) else None
    description = fields.get("errordescription", fields.get("message"))
    return _Fault(
        code=named[0] if named else empty,
        request_id=_safe(_REQUEST_ID, fields.get("requestid")),
        action=_safe(_ACTION, action),
        failed=isinstance(nested, dict)
        or _written(fields.get("success", True)) in _FAILURES
        or any(code.lower() not in _SUCCESS_CODES for code in given),
        unauthorized=isinstance(description, str) and _NOT_AUTHORIZED_TEXT in description,
    )


def _written(value: object) -> str:
    """Return a code as text: "" for none, and for what is no code something that is not one."""
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and value is not True else _NO_CODE


def _fault_of_xml(body: bytes) -> _Fault:
    # Two expressions instead of an XML parser: nothing to expand, nothing to fetch.
    start = body[:_XML_SEARCHED].decode("utf-8", "replace")
    code, request_id = _XML_CODE.search(start), _XML_REQUEST_ID.search(start)
    return _Fault(
        code=_safe(_CODE, code[1]) or None if code else None,
        request_id=_safe(_REQUEST_ID, request_id[1]) if request_id else "",
    )


def _folded(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "").lower(): value for name, value in fields.items()}


def _safe(pattern: re.Pattern[str], value: object) -> str:
    """Return a value that is safe to repeat in an error, else nothing of it."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long the service asks to be left alone, in seconds."""
    hints = (_vendor_hint(headers.get("x-acs-retry-after")), _hint(headers.get("retry-after"), now))
    return max((hint for hint in hints if hint is not None and hint > 0), default=None)


def _vendor_hint(value: str | None) -> float | None:
    return int(value) / _MILLISECONDS if value and re.fullmatch(r"[0-9]{1,12}", value) else None


def _hint(value: str | None, now: datetime) -> float | None:
    # https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return (at - now).total_seconds() if at.tzinfo else None
