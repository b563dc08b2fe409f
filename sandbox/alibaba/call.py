"""A request as it came over the wire, before anything has decoded it."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, unquote_to_bytes, urlencode

from starlette.types import Scope

from sandbox.journal import redact

FORM = "application/x-www-form-urlencoded"

Pairs = tuple[tuple[bytes, bytes], ...]


def by_name(pairs: Pairs) -> dict[str, str]:
    """Return values by name as text; of a repeated name the first."""
    return {
        name.decode(errors="replace"): value.decode(errors="replace")
        for name, value in reversed(pairs)
    }


def form_pairs(text: bytes) -> Pairs:
    """Decode `a=1&b=2` as HTML forms encode it; a name without a value has an empty one."""
    pairs = []
    for part in text.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return tuple(pairs)


@dataclass(kw_only=True)
class Call:
    """One request. `user` becomes the AccessKey id or client id that it claims to come from."""

    method: str
    raw_path: str
    raw_query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    request_id: str
    user: str = ""

    @classmethod
    def of(cls, scope: Scope, body: bytes, request_id: str) -> "Call":
        """Take a request from its ASGI scope."""
        return cls(
            method=scope["method"],
            raw_path=scope["raw_path"].decode("latin-1"),
            raw_query=scope["query_string"].decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in scope["headers"]
            ),
            body=body,
            request_id=request_id,
        )

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path's parts, each decoded on its own: an encoded slash separates nothing."""
        return tuple(unquote(part) for part in self.raw_path.split("/")[1:])

    @cached_property
    def query(self) -> Pairs:
        """The query's names and values, decoded, in the order sent."""
        return form_pairs(self.raw_query.encode("latin-1"))

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query by name; of a repeated name the first value."""
        return by_name(self.query)

    def values(self, name: str) -> list[str]:
        """Return all values of a header, without the spaces around them."""
        return [value.strip() for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """Return a header, None when it is not there."""
        return next(iter(self.values(name)), None)

    @property
    def is_form(self) -> bool:
        """Whether the body says that it is a form."""
        media_type, _, _ = (self.header("content-type") or "").partition(";")
        return media_type.strip().lower() == FORM

    @property
    def target(self) -> str:
        """The path and query for the journal, without secrets."""
        if not self.raw_query:
            return self.raw_path
        safe = redact(self.parameters)
        query = self.raw_query if safe == self.parameters else urlencode(safe)
        return f"{self.raw_path}?{query}"
