"""Slack's HTTP and websocket endpoints."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from sandbox.slack import acks
from sandbox.slack.api import WebApi
from sandbox.slack.arguments import Arguments
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.faulty import answer
from sandbox.slack.files import media_type
from sandbox.slack.ids import secret
from sandbox.slack.methods import METHODS
from sandbox.slack.multipart import read_form
from sandbox.slack.parsing import parse
from sandbox.slack.platform import Platform
from sandbox.slack.response_urls import ResponseUrl
from sandbox.slack.types import Json

_STATUS = {
    "expired_url": 404,
    "used_url": 404,
    "no_service": 404,
    "message_not_found": 404,
    "channel_is_archived": 410,
}


def routes(platform: Platform) -> list[BaseRoute]:
    """Return the routes of Slack's half."""
    api = WebApi(platform, METHODS)

    async def call(request: Request) -> Response:
        return await answer(platform, request.path_params["method"], request, lambda: api(request))

    async def respond(request: Request) -> Response:
        return await answer(
            platform, "response_url", request, lambda: respond_to(platform, request)
        )

    async def upload(request: Request) -> Response:
        return await answer(platform, "upload", request, lambda: receive(platform, request))

    async def download(request: Request) -> Response:
        return send(platform, request)

    async def authorize(request: Request) -> Response:
        return install(platform, request)

    return [
        Route("/api/{method}", call, methods=["GET", "POST"]),
        Route("/hooks/{path:path}", respond, methods=["POST"]),
        Route("/upload/v1/{id}/{key}", upload, methods=["POST"]),
        Route("/files-pri/{id}/{key}/{name}", download),
        Route("/oauth/v2/authorize", authorize),
        WebSocketRoute("/link/", platform.socket.serve),
    ]


async def respond_to(platform: Platform, request: Request) -> Response:
    """Post through a `response_url`."""
    path = request.url.path.removeprefix("/")
    body: Json = {}
    target = platform.response_urls.use(path)
    try:
        body = _read(request, await request.body())
        _respond(platform, target, body)
    except SlackError as error:
        return _refuse(platform, request, error.error, body)
    platform.note("response_url", _place(path), status=200, body=body)
    return PlainTextResponse("ok")


def _read(request: Request, raw: bytes) -> Json:
    text = raw.decode("utf-8", "replace")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        text = dict(parse_qsl(text)).get("payload", "")
    try:
        body = parse(text)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body


def _respond(platform: Platform, target: ResponseUrl | str, body: Json) -> None:
    if isinstance(target, str):
        raise SlackError(target)
    conversation = platform.workspace.conversations[target.channel]
    if conversation.archived:
        raise SlackError("channel_is_archived")
    replace, remove = _true(body, "replace_original"), _true(body, "delete_original")
    if target.ts is None or not (replace or remove):
        acks.post_answer(platform, conversation, target.user, body)
        return
    original = conversation.messages.get(target.ts)
    if original is None:
        raise SlackError("message_not_found")
    if remove:
        platform.workspace.delete(original)
        return
    content = read_content(Arguments(body, token=""), refuse_tables=platform.app.refuse_tables)
    original.text, original.blocks, original.attachments = "", [], []
    content.apply(original)
    if original.ephemeral_to is None:
        ts = platform.workspace.timestamps.new()
        original.edited = {"user": platform.app.bot_user_id, "ts": ts}
    platform.workspace.changed(original)


def _true(body: Json, name: str) -> bool:
    return body.get(name) in (True, "true", "1", 1)


def _refuse(platform: Platform, request: Request, error: str, body: Json) -> Response:
    as_json = platform.limits.response_url_errors == "ok_false"
    status = 200 if as_json else _STATUS.get(error, 400)
    platform.note("response_url", _place(request.url.path), status=status, error=error, body=body)
    if as_json:
        return JSONResponse({"ok": False, "error": error})
    return PlainTextResponse(error, status)


def _place(path: str) -> str:
    """Return the path without its secret."""
    return "/" + path.strip("/").rpartition("/")[0]


async def receive(platform: Platform, request: Request) -> Response:
    """Take the bytes of an upload: raw, or as the one file of a multipart form."""
    file = platform.files.find(request.path_params["id"], request.path_params["key"])
    if file is None or file.content is not None:
        return PlainTextResponse("Not found", 404)
    content, kind = await request.body(), request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        content = next(iter(read_form(kind, content).values()), b"")
    if len(content) != file.length:
        return PlainTextResponse("Size mismatch", 400)
    file.content = content
    platform.note("upload", f"/upload/v1/{file.id}", status=200, body={"length": len(content)})
    return PlainTextResponse(f"OK - {len(content)}")


def send(platform: Platform, request: Request) -> Response:
    """Send a shared file to whoever has its URL."""
    file = platform.files.find(request.path_params["id"], request.path_params["key"])
    if file is None or file.content is None:
        return PlainTextResponse("Not found", 404)
    return Response(
        file.content,
        media_type=media_type(file),
        headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
    )


def install(platform: Platform, request: Request) -> Response:
    """Install the app, as an admin who agrees at once would, and send the browser back."""
    target = request.query_params.get("redirect_uri", "")
    if request.query_params.get("client_id") != platform.app.client_id or not target:
        return PlainTextResponse("Invalid client_id parameter", 400)
    code = secret()
    platform.codes[code] = target
    answer = {"code": code, "state": request.query_params.get("state", "")}
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}", 302)
