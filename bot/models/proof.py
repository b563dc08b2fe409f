"""What a credential could read when it was tried."""

from bot.models._base import Model
from bot.models.listing import Problem
from bot.models.target import Target


class Proof(Model):
    """One target as tried: how many tokens it listed, or why it could not be read.

    `truncated` means that there were more tokens than we read.
    """

    target: Target
    tokens: int = 0
    truncated: bool = False
    problem: Problem | None = None
