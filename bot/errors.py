"""Every error that Tokenbell raises, in one tree.

    TokenbellError
    ├── SettingsError               an environment variable is missing or wrong
    ├── InputError                  what a person typed or filled in cannot be used
    ├── NotAllowedError             this person may not do this
    ├── GoneError                   what a button refers to is no longer there
    ├── ReplayError                 a request came a second time: nothing is done
    ├── StoreError
    │   ├── StoreUnavailableError   Redis does not answer
    │   └── SealError               a record cannot be opened: wrong key, moved or damaged
    ├── SlackError                  Slack refused a call
    └── UpstreamError               a token-listing service did not give a usable answer
        ├── UnavailableError        no answer, or 5xx, or not in time
        ├── ThrottledError          too many requests
        ├── CredentialRefusedError  the credential is wrong, disabled or expired
        ├── PermissionMissingError  the credential is good but may not do this
        ├── UnknownTargetError      no such workspace, service, instance or consumer
        ├── ClockSkewError          our clock differs too much from the service's
        └── BrokenAnswerError       an answer that does not say what was promised

They carry facts for acting (`code`, `request_id`, `retry_after`), never a secret and never the
vendor's free text, which may quote the request. `bot.blocks.problems` turns them into words.
"""

from typing import ClassVar


class TokenbellError(Exception):
    """Never raised directly."""


class SettingsError(TokenbellError):
    """An environment variable is missing or wrong."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class InputError(TokenbellError):
    """What a person typed or filled in cannot be used.

    `message` says what is wrong, `suggestion` is the nearest thing that works, `field` names the
    form field it belongs to.
    """

    def __init__(self, message: str, *, suggestion: str | None = None, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.field = field


class NotAllowedError(TokenbellError):
    """This person may not do this; the message says why and is safe to show."""


class GoneError(TokenbellError):
    """What a button refers to is no longer there; a message, if any, says what and is safe to show."""


class ReplayError(TokenbellError):
    """A request came a second time: nothing is done, and nothing said."""


class StoreError(TokenbellError):
    """Something about what is stored."""


class StoreUnavailableError(StoreError):
    """Redis does not answer, or refuses to work."""


class SealError(StoreError):
    """A record cannot be opened: the key is not ours, or the record was moved or damaged."""


class SlackError(TokenbellError):
    """Slack refused a call. `code` is Slack's own word for why, such as `not_in_channel`."""

    def __init__(
        self, method: str, code: str, *, retry_after: float | None = None, needed: str = ""
    ) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.retry_after = retry_after
        self.needed = needed


class UpstreamError(TokenbellError):
    """A token-listing service did not give a usable answer.

    `code` is the service's own error code, `status` the HTTP status (0 when there was none),
    `request_id` what the vendor's support asks for.
    """

    kind: ClassVar[str] = "upstream"

    def __init__(
        self,
        source: str,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(
            f"{source}: {self.kind}"
            + "".join(f" {part}" for part in (code, str(status or ""), detail) if part)
            + (f" (request {request_id})" if request_id else "")
        )
        self.source = source
        self.code = code
        self.status = status
        self.request_id = request_id
        self.detail = detail


class UnavailableError(UpstreamError):
    """No answer, a 5xx, or not within the deadline."""

    kind = "unavailable"


class ThrottledError(UpstreamError):
    """Too many requests. `retry_after` is in seconds, None when the service did not say."""

    kind = "throttled"

    def __init__(
        self,
        source: str,
        *,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(source, code=code, status=status, request_id=request_id, detail=detail)
        self.retry_after = retry_after


class CredentialRefusedError(UpstreamError):
    """The credential is wrong, disabled or expired: only its owner can mend it."""

    kind = "credential_refused"


class PermissionMissingError(UpstreamError):
    """The credential is good but may not do this. `permission` is the RAM action or the scope."""

    kind = "permission_missing"

    def __init__(
        self,
        source: str,
        *,
        permission: str,
        code: str = "",
        status: int = 0,
        request_id: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(source, code=code, status=status, request_id=request_id, detail=detail)
        self.permission = permission


class UnknownTargetError(UpstreamError):
    """No such workspace, service, instance or consumer, or not visible to this credential."""

    kind = "unknown_target"


class ClockSkewError(UpstreamError):
    """Our clock differs too much from the service's: the operator must mend it."""

    kind = "clock_skew"


class BrokenAnswerError(UpstreamError):
    """An answer that does not say what was promised. `detail` says where, without its content."""

    kind = "broken_answer"
