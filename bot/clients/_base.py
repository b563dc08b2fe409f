"""What every source offers to the rest of the bot."""

# ruff: noqa: ASYNC109 - `timeout` spans several calls and ends in an error of our own tree

from collections.abc import Mapping
from typing import Protocol

from bot.models.credential import Access, Credential
from bot.models.listing import Reading
from bot.models.source import SourceInfo
from bot.models.target import Target


class Source(Protocol):
    """A kind of upstream API that lists tokens."""

    @property
    def info(self) -> SourceInfo:
        """The source in words: its name, its forms, and what it cannot tell."""
        ...

    def credential(self, kind: str, values: Mapping[str, str]) -> Credential:
        """Make a credential of what a person filled in, by field name.

        Raises `InputError` with the field, and never with a value in its message.
        """
        ...

    def target(self, values: Mapping[str, str]) -> Target:
        """Make a target of what a person filled in, by field name. Raises `InputError`."""
        ...

    def endpoint(self, credential: Credential, target: Target) -> str:
        """Return which servers will be asked: one base URL, or several separated by a space."""
        ...

    async def list_tokens(
        self, access: Access, target: Target, *, everything: bool, timeout: float
    ) -> Reading:
        """Read one target's tokens, all pages, within `timeout` seconds over all.

        Without `everything`, expired and revoked tokens are left out where the source can do
        that; `Reading.everything` tells what was done. Raises `UpstreamError`.
        """
        ...

    async def discover(self, access: Access, region: str, *, timeout: float) -> tuple[Target, ...]:
        """Return the targets of a region that a credential may see, labelled with their names.

        `timeout` is in seconds over all. Raises `UpstreamError`, and `InputError` for a region
        that is none or a source that cannot tell (`info.discovers`).
        """
        ...
