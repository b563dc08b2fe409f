"""Halyard Freight: the people, channels, keys and tokens that the sandbox is filled with."""

from dataclasses import asdict
from typing import Any

from sandbox.company import halyard
from sandbox.company.world import World

__all__ = ["Company", "World", "demo_credentials"]


class Company(World):
    """Halyard Freight, as it stands at a moment given in epoch milliseconds.

    The same moment always gives the same company; ids and secrets do not even depend on it, save
    those that tell when they were made. Its tokens come due, are renewed, revoked and removed as
    time goes on.
    """

    def __init__(self, epoch_ms: int) -> None:
        super().__init__(epoch_ms)
        halyard.furnish(self)


def demo_credentials(company: World) -> list[dict[str, Any]]:
    """Return what each person of the demo connects at the start, or may try, secrets included.

    Each has `user`, `connect`, `source`, `kind`, `label`, `values` and `targets`.
    """
    return [asdict(credential) for credential in company.demo]
