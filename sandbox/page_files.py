"""The page's files, with the types that a browser insists on."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def page_routes() -> list[BaseRoute]:
    """Return the routes of the page; they come last, after everything else."""
    return [
        Route("/", _file),
        Route("/archives/{rest:path}", _index),
        Route("/{path:path}", _file),
    ]


async def _index(_request: Request) -> Response:
    return _send(PAGE / "index.html")


async def _file(request: Request) -> Response:
    wanted = (PAGE / (request.path_params.get("path") or "index.html")).resolve()
    if not wanted.is_relative_to(PAGE):
        return PlainTextResponse("Not found", 404)
    return _send(wanted)


def _send(path: Path) -> Response:
    if path.suffix not in _TYPES or not path.is_file():
        return PlainTextResponse("Not found", 404)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=_HEADERS)
