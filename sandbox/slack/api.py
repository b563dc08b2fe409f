"""The Web API: who may call what, how often, and what faults do to it.

docs.slack.dev/apis/web-api: a refusal is HTTP 200 with `ok` false; only a rate limit has a status.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.ids import secret
from sandbox.slack.multipart import read_form
from sandbox.slack.parsing import parse
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.types import Json

Handler = Callable[[Platform, Arguments], Json]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method: any one of `scopes` is needed; `app_level` methods take the app's token."""

    handler: Handler
    scopes: tuple[str, ...] = ()
    tier: Tier = Tier.THREE
    app_level: bool = False
    public: bool = False


class WebApi:
    """Answers `/api/<method>`."""

    def __init__(self, platform: Platform, methods: dict[str, Method]) -> None:
        self._platform = platform
        self._methods = methods

    async def __call__(self, request: Request) -> Response:
        """Answer one call."""
        name = request.path_params["method"]
        try:
            arguments = await read(request)
        except SlackError as error:
            return self._refusal(name, error, Arguments({}, token=""))
        return self._answer(name, arguments)

    def _answer(self, name: str, arguments: Arguments) -> Response:
        try:
            method = self._admitted(name, arguments)
            body = method.handler(self._platform, arguments)
        except SlackError as error:
            return self._refusal(name, error, arguments)
        self._write(name, 200, "", arguments)
        return JSONResponse({"ok": True, **body}, headers=self._headers(method))

    def _admitted(self, name: str, arguments: Arguments) -> Method:
        """Return the method if this call may have it."""
        app = self._platform.app
        method = self._methods.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if not method.public:
            _authenticate(self._platform, method, arguments.token)
            if not method.app_level and not app.has(method.scopes):
                raise SlackError(
                    "missing_scope", needed=method.scopes[0], provided=",".join(app.scopes)
                )
        wait = self._platform.rates.call(name, method.tier)
        if wait:
            raise RateLimitedError(wait)
        return method

    def _refusal(self, name: str, error: SlackError, arguments: Arguments) -> Response:
        if isinstance(error, RateLimitedError):
            self._write(name, 429, error.error, arguments)
            return JSONResponse(
                error.as_json(), 429, headers={"Retry-After": str(error.retry_after)}
            )
        self._write(name, 200, error.error, arguments)
        return JSONResponse(error.as_json(), headers=self._headers(self._methods.get(name)))

    def _headers(self, method: Method | None) -> dict[str, str]:
        return {
            "x-oauth-scopes": ",".join(self._platform.app.scopes),
            "x-accepted-oauth-scopes": ",".join(method.scopes) if method else "",
            "x-slack-req-id": secret(),
        }

    def _write(self, name: str, status: int, error: str, arguments: Arguments) -> None:
        self._platform.journal.write(
            at=self._platform.clock.wall(),
            service="slack",
            method=name,
            path=f"/api/{name}",
            status=status,
            error=error,
            user=str(arguments.given.get("user") or arguments.given.get("user_id") or ""),
            body=arguments.given,
        )


class RateLimitedError(SlackError):
    """Too many calls."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


def _authenticate(platform: Platform, method: Method, token: str) -> None:
    app = platform.app
    if not token:
        raise SlackError("not_authed")
    if token not in (app.bot_token, app.app_token):
        raise SlackError("invalid_auth")
    if (token == app.app_token) is not method.app_level:
        raise SlackError("not_allowed_token_type")
    if app.revoked is not None:
        raise SlackError(app.revoked)


async def read(request: Request) -> Arguments:
    """Read the arguments of a call from query, form or JSON, and its token."""
    given: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST":
        if kind == "application/json":
            given |= _json_object(await request.body())
        elif kind == "application/x-www-form-urlencoded":
            body = (await request.body()).decode("utf-8", "replace")
            given |= dict(parse_qsl(body, keep_blank_values=True))
        elif kind == "multipart/form-data":
            parts = read_form(request.headers["content-type"], await request.body())
            given |= {name: part.decode("utf-8", "replace") for name, part in parts.items()}
        elif await request.body():
            raise SlackError("invalid_post_type" if kind else "missing_post_type")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = str(given.pop("token", "") or "")
    if scheme.lower() == "bearer":
        token = bearer.strip()
    elif scheme.lower() == "basic":
        given |= _client(bearer)
    return Arguments({k: v for k, v in given.items() if v is not None}, token=token)


def _json_object(body: bytes) -> Json:
    try:
        parsed = parse(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed


def _client(encoded: str) -> Json:
    """Read `client_id` and `client_secret` from HTTP basic authentication."""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": name, "client_secret": password}
