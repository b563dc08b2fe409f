"""Where Redis is: `REDIS_URL` read into an address. Pure.

Beyond the forms of https://www.iana.org/assignments/uri-schemes/prov/redis these are understood,
each with `rediss` in the place of `redis` for TLS:

    redis+sentinel://[[user]:password@]host[:port],host[:port]/master[/db]
    redis+cluster://[[user]:password@]host[:port],host[:port]
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.errors import SettingsError

Kind = Literal["server", "socket", "sentinel", "cluster", "memory"]

_SCHEMES: Mapping[str, tuple[Kind, bool]] = {
    "redis": ("server", False),
    "rediss": ("server", True),
    "unix": ("socket", False),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
    "fakeredis": ("memory", False),
}
_PORTS: Mapping[Kind, int] = {"server": 6379, "cluster": 6379, "sentinel": 26379}
_DATABASE = re.compile(r"[0-9]{1,5}")
_TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs"})
_CERT_REQS = ("required", "optional", "none")
_SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})


@dataclass(frozen=True)
class Address:
    """Where a Redis is and how it is reached; its `repr` shows no password.

    `hosts` are (host, port): one for a server, several for Sentinel and Cluster. `path` is a Unix
    socket, or the name of a database in memory. `options` are what the query string says: of TLS,
    and the credentials of Sentinel itself.
    """

    kind: Kind
    tls: bool = False
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    master: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse(url: str, name: str = "REDIS_URL") -> Address:
    """Read a URL; raise SettingsError, which names the setting and never quotes the URL."""
    try:
        split = urlsplit(url.strip())
    except ValueError:
        raise SettingsError(name, "is not a URL") from None
    if split.scheme not in _SCHEMES:
        raise SettingsError(
            name, f"must begin with one of {', '.join(f'{s}://' for s in _SCHEMES)}"
        )
    kind, tls = _SCHEMES[split.scheme]
    if split.fragment:
        raise SettingsError(name, "must not contain '#'; write it as %23 in a password")
    username, password, location = _credentials(split)
    address = Address(
        kind=kind,
        tls=tls,
        username=username,
        password=password,
        options=_options(split, kind, tls=tls, name=name),
    )
    if kind == "memory":
        return Address(kind=kind, path=location)
    if kind == "socket":
        return _at_socket(address, split, name)
    return _at_hosts(address, location, split, name)


def _credentials(split: SplitResult) -> tuple[str | None, str | None, str]:
    before, _, location = split.netloc.rpartition("@")
    username, _, password = before.partition(":")
    return unquote(username) or None, unquote(password) or None, location


def _options(split: SplitResult, kind: Kind, *, tls: bool, name: str) -> dict[str, str]:
    known = {"db"} if kind in {"server", "socket"} else set()
    known |= _TLS_OPTIONS if tls else set()
    known |= _SENTINEL_OPTIONS if kind == "sentinel" else set()
    options = dict(parse_qsl(split.query, keep_blank_values=True))
    if options.keys() - known:
        allowed = ", ".join(sorted(known)) or "nothing"
        raise SettingsError(name, f"has an unknown option after '?'; known here: {allowed}")
    if options.get("ssl_cert_reqs", "required") not in _CERT_REQS:
        raise SettingsError(name, f"must have ssl_cert_reqs as one of {', '.join(_CERT_REQS)}")
    return options


def _at_socket(address: Address, split: SplitResult, name: str) -> Address:
    path = unquote(split.path)
    if not path or split.netloc.rpartition("@")[2]:
        raise SettingsError(name, "must give a socket's whole path, as in unix:///run/redis.sock")
    return Address(
        kind="socket",
        path=path,
        db=_database(address.options.get("db", ""), name),
        username=address.username,
        password=address.password,
    )


def _at_hosts(address: Address, location: str, split: SplitResult, name: str) -> Address:
    hosts = tuple(_host(part, _PORTS[address.kind], name) for part in location.split(","))
    if address.kind == "server" and len(hosts) > 1:
        raise SettingsError(
            name, "has several hosts: say redis+sentinel:// or redis+cluster:// instead"
        )
    parts = [unquote(part) for part in split.path.split("/")[1:] if part]
    master = ""
    if address.kind == "sentinel":
        if not parts:
            raise SettingsError(name, "must name the master, as in redis+sentinel://host/mymaster")
        master, parts = parts[0], parts[1:]
    if len(parts) > 1:
        raise SettingsError(name, "has too many parts after the host")
    db = _database(parts[0] if parts else address.options.get("db", ""), name)
    if address.kind == "cluster" and db:
        raise SettingsError(name, "must not choose a database: a Cluster has only number 0")
    return Address(
        kind=address.kind,
        tls=address.tls,
        hosts=hosts,
        master=master,
        db=db,
        username=address.username,
        password=address.password,
        options={k: v for k, v in address.options.items() if k != "db"},
    )


def _host(text: str, default_port: int, name: str) -> tuple[str, int]:
    try:
        split = urlsplit(f"//{text}")
        host, port = split.hostname, split.port
    except ValueError:
        raise SettingsError(name, "has a wrong port or address") from None
    if not host:
        raise SettingsError(name, "lacks a host")
    return host, default_port if port is None else port


def _database(text: str, name: str) -> int:
    if not text:
        return 0
    if not _DATABASE.fullmatch(text):
        raise SettingsError(name, "must end with the number of a database, or without one")
    return int(text)
