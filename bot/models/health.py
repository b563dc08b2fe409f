"""How a connection is doing."""

from bot.models._base import Instant, Model
from bot.models.listing import Problem


class Health(Model):
    """When a connection was last read, and what went wrong the last time, if anything did."""

    read_at: Instant | None = None
    problem: Problem | None = None
