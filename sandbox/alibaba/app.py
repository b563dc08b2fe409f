"""Both services on one port: routing by the raw path, faults, and the journal."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from sandbox.alibaba import trouble
from sandbox.alibaba.answers import Answer, Refusal, failure, gateway
from sandbox.alibaba.call import Call, by_name, form_pairs
from sandbox.alibaba.idaas import IdaasApi
from sandbox.alibaba.kyuubi import KyuubiApi
from sandbox.alibaba.oauth import TokenEndpoint
from sandbox.clock import SandboxClock
from sandbox.company.world import World
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.serve import cut, gone

_PREFIXES = (("/api/v1/", "kyuubi"), ("/api/", "idaas_token"), ("", "idaas"))
"""Which service a path that no route knows would be for."""


@dataclass(frozen=True)
class Route:
    """One operation. `{}` in the path stands for one segment, which becomes an argument."""

    service: str
    method: str
    path: str
    operation: Callable[..., Answer]

    def match(self, call: Call) -> list[str] | None:
        """Return the arguments when the path is this one."""
        pattern = self.path.split("/")[1:]
        if len(pattern) != len(call.segments):
            return None
        pairs = list(zip(pattern, call.segments, strict=True))
        if all(segment if part == "{}" else segment == part for part, segment in pairs):
            return [segment for part, segment in pairs if part == "{}"]
        return None


def create_app(
    *, clock: SandboxClock, faults: Faults, journal: Journal, company: World
) -> Starlette:
    """Return the app that answers as EMR Serverless Spark, as IDaaS and as its token endpoint."""
    kyuubi = KyuubiApi(company, clock)
    idaas = IdaasApi(company, clock)
    tokens = TokenEndpoint(company, clock)
    routes = (
        Route("kyuubi", "GET", "/api/v1/workspaces", kyuubi.list_workspaces),
        Route("kyuubi", "GET", "/api/v1/kyuubi/{}", kyuubi.list_kyuubi_services),
        Route(
            "kyuubi",
            "GET",
            "/api/v1/workspaces/{}/kyuubiService/{}/token",
            kyuubi.list_kyuubi_token,
        ),
        Route("idaas", "GET", "/v2/{}/authenticationTokens", idaas.list_authentication_tokens),
        Route("idaas_token", "POST", "/api/v2/iauths_system/oauth2/token", tokens.at_domain),
        Route(
            "idaas_token",
            "POST",
            "/v2/{}/authorizationServer/iauths_system/oauth2/token",
            tokens.at_developer_api,
        ),
    )
    app = Starlette()
    # Starlette's own routes match the decoded path, where an encoded slash has become a separator.
    app.router.default = _Gateway(routes, clock=clock, faults=faults, journal=journal)
    return app


class _Gateway:
    def __init__(
        self, routes: tuple[Route, ...], *, clock: SandboxClock, faults: Faults, journal: Journal
    ) -> None:
        self._routes = routes
        self._clock = clock
        self._faults = faults
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = Call.of(scope, body, str(uuid.uuid4()).upper())
        service, work = self._route(call)
        fault = self._faults.take(service, f"{call.method} {call.raw_path}")
        if fault is None:
            answer = work()
        else:
            answer = await trouble.under(fault, service, call, work, receive)
        self._write(service, call, answer)
        if answer.code == "reset":
            await cut(scope, receive)
        elif answer.status == 0:
            await gone(receive)
        else:
            await answer.response(call)(scope, receive, send)

    def _route(self, call: Call) -> tuple[str, Callable[[], Answer]]:
        """Return the service that a call is for, and the work that answers it."""
        for route in self._routes:
            arguments = route.match(call)
            if arguments is not None:
                return route.service, partial(_work, route, call, arguments)
        service = next(s for prefix, s in _PREFIXES if call.raw_path.startswith(prefix))
        return service, partial(failure, gateway("InvalidApi.NotFound"), call)

    def _write(self, service: str, call: Call, answer: Answer) -> None:
        self._journal.write(
            at=self._clock.wall(),
            service=service,
            method=call.method,
            path=call.target,
            status=answer.status,
            error=answer.code,
            user=call.user,
            body=by_name(form_pairs(call.body)) if call.is_form else None,
        )


def _work(route: Route, call: Call, arguments: list[str]) -> Answer:
    try:
        if call.method != route.method:
            raise gateway("UnsupportedHTTPMethod")
        return route.operation(call, *arguments)
    except Refusal as refusal:
        return failure(refusal, call)
