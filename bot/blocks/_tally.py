"""How many tokens there are, and how many of them need somebody."""

from bot.rules.select import SOON
from bot.rules.times import count, exact_span


def tally(total: int, soon: int, expired: int) -> tuple[str, str]:
    """Return how many there are, and how many expire soon or have expired; empty for none."""
    warnings = (
        f"{soon:,} {'expires' if soon == 1 else 'expire'} within {exact_span(SOON)}"
        if soon
        else "",
        f"{expired:,} {'has' if expired == 1 else 'have'} expired" if expired else "",
    )
    return count(total, "token"), ", ".join(filter(None, warnings))
