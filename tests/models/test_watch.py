from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bot.models.connection import Owner
from bot.models.watch import Watch

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def watch(**fields: Any) -> Watch:
    return Watch(id="w1", owner=Owner("T1", "U1"), created_at=NOW, changed_at=NOW, **fields)


def test_a_new_watch_rings_on_working_mornings() -> None:
    """What a person gets who chooses nothing."""
    new = watch()

    assert new.mode == "unasked"
    assert new.thresholds == (30, 14, 7, 3, 1, 0)
    assert (new.hour, new.workdays, new.zone) == (9, frozenset({1, 2, 3, 4, 5}), "UTC")
    assert new.channel is None
    assert new.connections is None


def test_thresholds_are_put_in_order() -> None:
    """Loosest first, each once, however they were typed."""
    assert watch(thresholds=(0, 7, 30, 7)).thresholds == (30, 7, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"thresholds": ()},
        {"thresholds": (-1,)},
        {"thresholds": (366,)},
        {"thresholds": tuple(range(13))},
        {"hour": 24},
        {"hour": -1},
        {"workdays": frozenset()},
        {"workdays": frozenset({0})},
        {"workdays": frozenset({8})},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"mode": "mine"},
        {"mode": "some"},
        {"channel": "C1"},
        {"channel": "C1", "columns": ("name", "status")},
    ],
)
def test_a_watch_that_could_not_ring_is_refused(fields: dict[str, Any]) -> None:
    """And the refusal does not quote what was typed."""
    with pytest.raises(ValidationError) as caught:
        watch(**fields)

    assert "input_value" not in str(caught.value)


def test_a_watch_survives_being_stored() -> None:
    """All settings come back."""
    full = watch(
        channel="C1",
        columns=("name", "expires"),
        mode="mine",
        mine=("ann",),
        connections=("c1",),
        query="kyuubi",
        zone="Asia/Kathmandu",
        fallback="U2",
    )

    assert Watch.model_validate_json(full.model_dump_json()) == full
