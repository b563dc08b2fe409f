"""The clients of the token-listing services: a public module is a source, `_` is plumbing.

A third source is one more module and one more line in `create_sources`.
"""

import ssl
import sys
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec

import httpx

from bot import __version__
from bot.clients._base import Source
from bot.clients._oauth import TokenCache
from bot.clients._probe import Probed, probe
from bot.clients._transport import Transport
from bot.clients.idaas import Idaas
from bot.clients.kyuubi import Kyuubi
from bot.clock import Clock, Ids
from bot.slices import Slices

__all__ = ["Probed", "Source", "TokenCache", "create_http_client", "create_sources", "probe"]

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_sources(
    *,
    http: httpx.AsyncClient,
    clock: Clock,
    ids: Ids,
    tokens: TokenCache,
    slices: Slices | None = None,
    kyuubi_endpoint: str | None = None,
    idaas_endpoint: str | None = None,
    idaas_token_endpoint: str | None = None,
) -> dict[str, Source]:
    """Return all sources by name.

    The endpoints are the operator's base URLs, instead of those that follow from the region; the
    token endpoint is a full URL. `slices` are shared with whoever else has long work.
    """
    slices = slices or Slices()
    transport = Transport(http, clock, slices)
    sources: tuple[Source, ...] = (
        Kyuubi(transport, clock=clock, ids=ids, slices=slices, endpoint=kyuubi_endpoint),
        Idaas(
            transport,
            clock=clock,
            ids=ids,
            tokens=tokens,
            slices=slices,
            endpoint=idaas_endpoint,
            token_endpoint=idaas_token_endpoint,
        ),
    )
    return {source.info.name: source for source in sources}


def create_http_client() -> httpx.AsyncClient:
    """Return the one pooled client for all sources; the caller closes it.

    Proxies come from the environment, except for loopback. Nothing is kept between two people's
    requests: no cookies. Timeouts are in seconds, per step of one attempt. Only gzip is offered:
    it is what `Transport` unpacks.
    """
    if find_spec("sniffio") is None:
        # httpcore looks for it in every request, each time through all of sys.path.
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # says that there is none
    return httpx.AsyncClient(
        timeout=httpx.Timeout(10.0, connect=3.0, pool=3.0),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30),
        verify=_certificates(),
        headers={"user-agent": f"Tokenbell/{__version__}", "accept-encoding": "gzip"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        event_hooks={"response": [_forget_location]},
        mounts={f"all://{host}": None for host in _LOOPBACK},
    )


async def _forget_location(response: httpx.Response) -> None:
    # httpx works out where a redirect leads although it is not followed, and fails on what is no
    # address with errors that are not its own.
    response.headers.pop("location", None)


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom httpx trusts by default; read once in a process, as it takes a while."""
    return httpx.create_ssl_context()
