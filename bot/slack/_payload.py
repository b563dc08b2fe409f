"""What is posted."""

from collections.abc import Sequence
from typing import Any, Protocol

Block = dict[str, Any]


class Payload(Protocol):
    """What a message consists of: blocks, and the text for notifications and screen readers."""

    @property
    def text(self) -> str:
        """Say the whole in one line."""
        ...

    @property
    def blocks(self) -> Sequence[Block]:
        """Show it."""
        ...
