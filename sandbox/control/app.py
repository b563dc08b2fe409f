"""The calls of docs/sandbox.md."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control.clock import ClockControl
from sandbox.control.fields import Fields
from sandbox.control.lifecycle import Lifecycle
from sandbox.control.state import state
from sandbox.control.stream import stream
from sandbox.faults import Fault
from sandbox.slack.errors import RefusedError, UnknownError, WrongRequestError
from sandbox.slack.interactions import Interactions
from sandbox.slack.mangle import Client
from sandbox.slack.parsing import parse
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json

_STATUS = {WrongRequestError: 400, UnknownError: 404, RefusedError: 409}
Call = Callable[[Fields], Awaitable[Json]]


class Control:
    """What the page and the tests can ask of the sandbox."""

    def __init__(
        self,
        platform: Platform,
        interactions: Interactions,
        clock: ClockControl,
        lifecycle: Lifecycle,
        endpoints: Json,
        credentials: Callable[[], list[Json]],
    ) -> None:
        self._platform = platform
        self._interactions = interactions
        self._clock = clock
        self._lifecycle = lifecycle
        self._endpoints = endpoints
        self._credentials = credentials

    def routes(self) -> list[BaseRoute]:
        """Return the routes below `/_control`."""
        posts: dict[str, Call] = {
            "command": self.command,
            "interact": self.interact,
            "submit": self.submit,
            "close": self.close,
            "open-home": self.open_home,
            "message": self.message,
            "clock": self.clock,
            "bots": self.bots,
            "faults": self.faults,
            "lifecycle": self.lifecycle,
            "rates": self.rates,
        }
        gets: dict[str, Call] = {
            "messages/{channel}": self.messages,
            "state": self.state,
            "log": self.log,
            "credentials": self.credentials,
        }
        return [
            *(Route(f"/_control/{n}", _endpoint(c), methods=["POST"]) for n, c in posts.items()),
            *(Route(f"/_control/{n}", _endpoint(c), methods=["GET"]) for n, c in gets.items()),
            Route("/_control/stream", self.stream, methods=["GET"]),
            Route("/_control/{rest:path}", _nothing_here, methods=["GET", "POST"]),
        ]

    async def command(self, fields: Fields) -> Json:
        """Type a slash command."""
        ack = await self._interactions.command(
            fields.needed("user"),
            fields.needed("channel"),
            fields.needed("command"),
            fields.text("text"),
            client=_client(fields),
        )
        return {"ack": ack.as_json()}

    async def interact(self, fields: Fields) -> Json:
        """Use a control."""
        ack = await self._interactions.interact(
            fields.needed("user"),
            fields.value("action"),
            channel=fields.text("channel") or None,
            ts=fields.text("ts") or None,
            view_id=fields.text("view_id") or None,
            values=fields.mapping("values"),
        )
        return {"ack": ack.as_json()}

    async def submit(self, fields: Fields) -> Json:
        """Submit a modal."""
        submission = await self._interactions.submit(
            fields.needed("user"), fields.needed("view_id"), fields.mapping("values")
        )
        ack = submission.ack.as_json() if submission.ack else None
        return {"ack": ack} | ({"errors": submission.errors} if submission.errors else {})

    async def close(self, fields: Fields) -> Json:
        """Close a modal."""
        ack = await self._interactions.close(
            fields.needed("user"), fields.needed("view_id"), clear=fields.flag("clear")
        )
        return {"ack": ack.as_json() if ack else None}

    async def open_home(self, fields: Fields) -> Json:
        """Open the app's Home tab."""
        return {
            "view": await self._lifecycle.open_home(
                fields.needed("user"), fields.text("tab", "home")
            )
        }

    async def message(self, fields: Fields) -> Json:
        """Say something."""
        message = self._interactions.say(
            fields.needed("user"), fields.needed("channel"), fields.text("text")
        )
        return {"message": message.as_json()}

    async def messages(self, fields: Fields) -> Json:
        """Return what a person sees in a conversation."""
        workspace = self._platform.workspace
        user = self._user(fields)
        conversation = workspace.conversation(fields.needed("channel"), user)
        if user is not None and user not in conversation.members:
            raise RefusedError(f"{user} is not in {conversation.name}")
        return {"messages": [m.as_json() for m in conversation.seen_by(user)]}

    async def state(self, fields: Fields) -> Json:
        """Return the whole workspace."""
        return state(self._platform, self._endpoints, self._user(fields))

    async def stream(self, request: Request) -> Response:
        """Answer with the changes as they happen."""
        try:
            user = self._user(Fields(dict(request.query_params)))
        except UnknownError as error:
            return _failure(error)
        return stream(self._platform, user)

    async def clock(self, fields: Fields) -> Json:
        """Move the clock."""
        return await self._clock.move(fields.number("advance_seconds"), fields.text("mode", "step"))

    async def bots(self, fields: Fields) -> Json:
        """Register a bot's clock."""
        return await self._clock.register(fields.needed("clock"))

    async def faults(self, fields: Fields) -> Json:
        """Switch faults on, or all off."""
        faults = self._platform.faults
        if fields.flag("clear"):
            faults.clear(fields.text("service") or None)
        else:
            fault = Fault(
                service=fields.needed("service"),
                kind=fields.kind(),
                seconds=fields.number("seconds", 1.0),
                match=fields.text("match"),
                times=fields.whole("times"),
                accepted=fields.flag("accepted"),
                code=fields.text("code"),
            )
            try:
                faults.add(fault)
            except ValueError as error:
                raise WrongRequestError(str(error)) from None
        self._platform.workspace.state_changed()
        return {"faults": faults.as_json()}

    async def rates(self, fields: Fields) -> Json:
        """Tighten, loosen or switch off Slack's rate limits."""
        scale = fields.value("scale")
        self._platform.rates.set(None if scale is None else fields.number("scale"))
        return {"scale": self._platform.rates.scale}

    async def log(self, fields: Fields) -> Json:
        """Return the bot's calls."""
        calls = self._platform.journal.as_json()
        for name in ("service", "method"):
            wanted = fields.text(name)
            if wanted:
                calls = [call for call in calls if call[name] == wanted]
        return {"calls": calls}

    async def lifecycle(self, fields: Fields) -> Json:
        """Make something happen to the workspace."""
        return await self._lifecycle.happen(
            fields.needed("event"),
            user=fields.text("user"),
            channel=fields.text("channel"),
            zone=fields.text("zone"),
        )

    async def credentials(self, _fields: Fields) -> Json:
        """Return what the people of the demo connect."""
        return {"people": self._credentials()}

    def _user(self, fields: Fields) -> str | None:
        ref = fields.text("user")
        return self._platform.workspace.person(ref).id if ref else None


def _client(fields: Fields) -> Client:
    if fields.flag("raw"):
        return "raw"
    match fields.text("client", "desktop"):
        case "desktop":
            return "desktop"
        case "phone":
            return "phone"
        case _:
            raise WrongRequestError("client must be desktop or phone")


def _endpoint(call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            fields = Fields(await _read(request) | request.path_params)
            return JSONResponse({"ok": True, **await call(fields)}, headers=_NO_STORE)
        except (WrongRequestError, UnknownError, RefusedError) as error:
            return _failure(error)

    return endpoint


_NO_STORE = {"Cache-Control": "no-store"}


async def _read(request: Request) -> Json:
    if request.method == "GET":
        return dict(request.query_params)
    try:
        body = parse(await request.body() or b"{}")
    except ValueError:
        raise WrongRequestError("the body must be JSON") from None
    if not isinstance(body, dict):
        raise WrongRequestError("the body must be a JSON object")
    return body


def _failure(error: WrongRequestError | UnknownError | RefusedError) -> Response:
    return JSONResponse({"ok": False, "error": str(error)}, _STATUS[type(error)])


async def _nothing_here(_request: Request) -> Response:
    return _failure(UnknownError("no such call"))
