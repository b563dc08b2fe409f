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
_MAC_BYTES = 16


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
        if len(rows) <= size:
            return page, None
        return page, self._seal(json.dumps(position(page[-1])).encode(), query)

    def _read(self, token: str, query: Sequence[str | None]) -> Position:
        encoded = token.removeprefix(_PREFIX).encode()
        try:
            payload = base64.urlsafe_b64decode(encoded)[_MAC_BYTES:]
        except binascii.Error:
            raise NextTokenError from None
        # Compared as text: base64 has several spellings of the same bytes.
        if not hmac.compare_digest(token.encode(), self._seal(payload, query).encode()):
            raise NextTokenError
        number, text = json.loads(payload)
        return number, text

    def _seal(self, payload: bytes, query: Sequence[str | None]) -> str:
        message = json.dumps(query).encode() + b"\0" + payload
        mac = hmac.new(self._key, message, hashlib.sha256).digest()[:_MAC_BYTES]
        return _PREFIX + base64.urlsafe_b64encode(mac + payload).decode()
