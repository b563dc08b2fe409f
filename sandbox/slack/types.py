"""The one type that every payload has."""

from typing import Any

Json = dict[str, Any]
