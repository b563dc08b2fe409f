from datetime import timedelta

from bot.lately import Lately
from tests.fixtures.redis import FrozenClock


def test_what_was_learned_counts_for_a_minute(frozen_clock: FrozenClock) -> None:
    """From when it was last said, not from when it was last asked for; even what is false."""
    lately: Lately[str, bool] = Lately(frozen_clock)
    assert lately.get("a") is None
    lately.keep("a", value=False)
    frozen_clock.advance(timedelta(seconds=59))
    assert lately.get("a") is False

    frozen_clock.advance(timedelta(seconds=1))
    assert lately.get("a") is None
    lately.keep("a", value=True)
    assert lately.get("a") is True
    lately.drop("a")
    lately.drop("a")
    assert lately.get("a") is None


def test_of_too_much_the_oldest_is_forgotten(frozen_clock: FrozenClock) -> None:
    """Memory has an end; what was said anew is not the oldest."""
    lately: Lately[str, int] = Lately(frozen_clock, most=2)
    for number, name in enumerate("abac"):
        lately.keep(name, number)

    assert [lately.get(name) for name in "abc"] == [2, None, 3]
