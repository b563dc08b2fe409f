"""Pages of a list that may change while it is read."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")
Position = tuple[int, str]

DEFAULT_RESULTS = 20
MOST_RESULTS = 100
_SIZE = re.compile(r"[1-9][0-9]{0,8}")
_PREFIX = "NT"
_MAC_BYTES = 15  # a multiple of three: base64 then has no spare bits that may differ


def max_results(text: str | None) -> int | None:
    """Return the size of a page: 20 unless told, 100 at most; None for what is no size."""
    if text is None:
        return DEFAULT_RESULTS
    if not _SIZE.fullmatch(text):
        return None
    return min(int(text), MOST_RESULTS)


class NextTokenError(Exception):
    """The next token was made up, or made for another query."""


class Pages:
    """Makes and reads next tokens: opaque, and good only for the query that they came from."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def cut(
        self,
        rows: Sequence[Row],
        position: Callable[[Row], Position],
        *,
        query: Sequence[str | None],
        size: int,
        next_token: str | None,
    ) -> tuple[Sequence[Row], str | None]:
        """Return a page of rows sorted by position, and the token of the next one, if any.

        Raise NextTokenError for a token that was not made here for this query.
        """
        if next_token:
            after = self._read(next_token, query)
            rows = [row for row in rows if position(row) > after]
        page = rows[:size]
        return page, self._write(position(page[-1]), query) if len(rows) > size else None

    def _write(self, position: Position, query: Sequence[str | None]) -> str:
        payload = json.dumps(position).encode()
        payload += b" " * (-len(payload) % 3)
        return _PREFIX + base64.urlsafe_b64encode(self._mac(payload, query) + payload).decode()

    def _read(self, token: str, query: Sequence[str | None]) -> Position:
        try:
            sealed = base64.b64decode(token.removeprefix(_PREFIX).encode(), b"-_", validate=True)
        except binascii.Error:
            raise NextTokenError from None
        mac, payload = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        genuine = hmac.compare_digest(mac, self._mac(payload, query))
        if not (token.startswith(_PREFIX) and genuine):
            raise NextTokenError
        number, text = json.loads(payload)
        return number, text

    def _mac(self, payload: bytes, query: Sequence[str | None]) -> bytes:
        message = json.dumps(query).encode() + b"\0" + payload
        return hmac.new(self._key, message, hashlib.sha256).digest()[:_MAC_BYTES]
