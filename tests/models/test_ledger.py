import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.ledger import (
    Entry,
    Ledger,
    OpenItem,
    Snooze,
    TargetMemory,
    dump_entries,
    dump_looks,
    load_ledger,
)
from bot.models.target import Target
from tests.rules.make import DAY, KYUUBI, NOW, TOKENS, kyuubi

MOMENTS = st.datetimes(timezones=st.just(UTC))
ENTRIES = st.builds(
    Entry,
    token=TOKENS,
    target_id=st.text(max_size=5),
    armed_at=MOMENTS,
    since=st.none() | MOMENTS,
    rung=st.none() | st.integers(0, 365),
    snoozed=st.none() | st.builds(Snooze, at=MOMENTS, until=MOMENTS),
    lapsing=st.booleans(),
    presence=st.sampled_from(["listed", "unreadable", "missing", "gone", "ended", "unwatched"]),
    last_seen=st.none() | MOMENTS,
    missing_since=st.none() | MOMENTS,
    open=st.none()
    | st.builds(
        OpenItem,
        notice_id=st.text(max_size=22),
        expiry=MOMENTS,
        shown=st.sampled_from(["ringing", "snoozed", "expired"]),
    ),
)
MEMORIES = st.builds(
    TargetMemory,
    target=st.builds(
        Target, source=st.text(), coordinates=st.dictionaries(st.text(), st.text(), max_size=2)
    ),
    known_since=MOMENTS,
    read_at=st.none() | MOMENTS,
    seen_at=st.none() | MOMENTS,
    problem=st.none() | st.text(max_size=10),
    told=st.booleans(),
)


@given(
    st.dictionaries(st.text(max_size=10), ENTRIES, max_size=4),
    st.dictionaries(st.text(max_size=10), MEMORIES, max_size=2),
    st.booleans(),
)
def test_a_ledger_comes_back_as_it_was(
    entries: dict[str, Entry],
    targets: dict[str, TargetMemory],
    looked: bool,  # noqa: FBT001
) -> None:
    """Whatever the tokens are called and whatever was answered."""
    # An entry's target is that of its token; one place is written once.
    places = {entry.target_id: entry.token.target for entry in entries.values()}
    same = {
        key: replace(
            entry,
            token=entry.token.model_copy(update={"target": places[entry.target_id]}),
        )
        for key, entry in entries.items()
    }
    ledger = Ledger(same, targets, first_look_done=looked)

    assert load_ledger(dump_looks(ledger), dump_entries(ledger)) == ledger


def test_a_target_is_written_once() -> None:
    """Ten thousand tokens do not repeat where they are."""
    entries = {
        token.key: Entry(token, KYUUBI.id, NOW) for token in (kyuubi(f"t{n}") for n in range(50))
    }

    assert dump_entries(Ledger(entries)).count(b'"kyuubi_service_id"') == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not JSON",
        b"[]",
        b"null",
        b"{}",
        b'{"version": 2}',
        b'{"version": 1, "places": {}, "entries": {"k": null}}',
        b'{"version": 1, "places": {}, "entries": {"k": {"target_id": "x"}}}',
        b'{"version": 1, "targets": {}}',
    ],
)
def test_what_another_version_wrote_is_no_ledger(data: bytes) -> None:
    """The watch then looks for the first time once more."""
    assert load_ledger(data, dump_entries(Ledger())) is None
    assert load_ledger(dump_looks(Ledger()), data) is None


def test_a_damaged_entry_is_no_ledger() -> None:
    """Half a memory would ring again what it forgot."""
    ledger = Ledger({"k": Entry(kyuubi(), KYUUBI.id, NOW, rung=7)})
    written = json.loads(dump_entries(ledger))
    written["entries"]["k"]["rung"] = "seven"

    assert load_ledger(dump_looks(ledger), json.dumps(written).encode()) is None


@pytest.mark.parametrize(
    ("created", "since", "start"),
    [
        (NOW - 9 * DAY, None, NOW - 9 * DAY),
        (NOW - 9 * DAY, NOW, NOW),
        (NOW, NOW - 9 * DAY, NOW),
        (None, NOW, NOW),
    ],
)
def test_a_life_begins_with_the_creation_or_the_renewal(
    created: datetime | None, since: datetime | None, start: datetime
) -> None:
    """Whichever is later; what the watch saw first, where the source tells no creation."""
    token = kyuubi(created_at=created, expires_at=NOW + DAY)

    assert Entry(token, "t", NOW, since=since).life == NOW + DAY - start


def test_a_life_without_beginning_or_end_has_no_length() -> None:
    """Nothing is made up."""
    assert Entry(kyuubi(created_at=None), "t", NOW).life is None
    assert Entry(kyuubi(expires_at=None), "t", NOW).life is None


def test_a_target_is_blind_since_it_was_last_read() -> None:
    """Or since it was first tried."""
    memory = TargetMemory(KYUUBI, known_since=NOW)

    assert memory.blind_since == NOW
    assert replace(memory, read_at=NOW + timedelta(hours=1)).blind_since == NOW + timedelta(hours=1)
