"""Which error a vendor's code means.

Collected from the gateways' common errors and the services' own notes; the vendor adds codes, so
they are matched by family, in order. What is not known is judged by its HTTP status.
"""

import re

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

NONCE_USED = "SignatureNonceUsed"

_FAMILIES: tuple[tuple[type[UpstreamError], tuple[str, ...]], ...] = (
    (ClockSkewError, (r"(Invalid|Illegal)TimeStamp.*",)),
    (ThrottledError, (r"Throttling.*", r"TooManyRequests.*", r"slow_down")),
    (
        UnavailableError,
        (
            r"ServiceUnavailable.*",
            r"Internal(Server)?Error.*",
            r"UnknownError",
            NONCE_USED,
            r"server_error",
            r"temporarily_unavailable",
        ),
    ),
    (
        CredentialRefusedError,
        (
            r"InvalidAccessKey(Id|Secret)?(\..*)?",
            r"Forbidden\.AccessKey.*",
            # An account under risk control is put right by its owner too.
            r"Forbidden\.(RiskControl|UserVerification).*",
            r"InvalidSecurityToken.*",
            r"MissingSecurityToken.*",
            r"SignatureDoesNotMatch.*",
            r"invalid_client(_.*)?",
            r"invalid_token",
            r"invalid_grant",
            r"(access_)?(token_)?expired(_token)?",
        ),
    ),
    (
        PermissionMissingError,
        (
            r"Forbidden(\..*)?",
            r"NoPermission.*",
            r"AccessDenied.*",
            r"UnauthorizedOperation.*",
            r"access_denied",
            r"invalid_scope",
            r"scope_not_found",
            r"insufficient_scope",
            r"invalid_audience",
            r"unauthorized_client",
            r"operation_denied_by_license",
        ),
    ),
    (
        # Requests that are wrong in a way that no person can mend: ours, or a proxy's.
        BrokenAnswerError,
        (
            r"IncompleteSignature.*",
            r"InvalidSignature.*",
            r"InvalidProtocol.*",
            r"InvalidVersion.*",
            r"InvalidAction.*",
            r"OperationDenied.*",
            r"invalid_request",
            r"unsupported_.*",
        ),
    ),
    (
        # Among them InvalidRegion.NotFound and InvalidApi.NotFound: the place is wrong.
        UnknownTargetError,
        (r"Missing.*", r"Invalid[A-Z.].*", r".*NotFound.*", r".*NotExist.*", r".*_not_found"),
    ),
)
_CODES = tuple((kind, re.compile("|".join(f), re.IGNORECASE)) for kind, f in _FAMILIES)

_STATUSES: dict[int, type[UpstreamError]] = {
    401: CredentialRefusedError,
    403: PermissionMissingError,
    404: UnknownTargetError,
    408: UnavailableError,
    429: ThrottledError,
}
_SERVER_ERROR = 500


def error_class_of(code: str) -> type[UpstreamError] | None:
    """Return the error that a code means, None when the code is not known."""
    return next((kind for kind, families in _CODES if families.fullmatch(code)), None)


def status_class_of(status: int) -> type[UpstreamError]:
    """Return the error that an HTTP status means when nothing better is said."""
    if status >= _SERVER_ERROR:
        return UnavailableError
    return _STATUSES.get(status, BrokenAnswerError)
