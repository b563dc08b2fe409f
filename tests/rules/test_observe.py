from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.models.ledger import Ledger, Snooze
from bot.models.listing import Coverage
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.observe import observe
from tests.rules.make import DAY, HOUR, IDAAS, KYUUBI, NOW, idaas, kyuubi
from tests.rules.reminders import coverage, look, only, seen, watch

MINUTE = timedelta(minutes=1)
LATER = NOW + HOUR
OTHER = Target(source="kyuubi", coordinates={**KYUUBI.coordinates, "kyuubi_service_id": "kb-2"})


def rung(ledger: Ledger, **fields: Any) -> Ledger:
    """Return the ledger with all its entries changed, as planning or answering would."""
    return replace(
        ledger,
        entries={key: replace(entry, **fields) for key, entry in ledger.entries.items()},
    )


def failed(target: Target = KYUUBI, **fields: Any) -> Coverage:
    return coverage(target, state="failed", **fields)


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        (kyuubi(), True),
        (kyuubi(expires_at=None), False),
        (kyuubi(created_at=NOW - HOUR, expires_at=NOW + 23 * HOUR), False),
        (kyuubi(created_at=NOW - HOUR, expires_at=NOW + 23 * HOUR + MINUTE), True),
        (kyuubi(created_at=None, expires_at=NOW + DAY), False),
        (kyuubi(created_at=None, expires_at=NOW + DAY + MINUTE), True),
    ],
)
def test_what_never_rings_is_not_remembered(token: Token, kept: bool) -> None:  # noqa: FBT001
    """Tokens without expiry, and those that live a day or less, leave no entry."""
    assert bool(seen(look(token)).entries) == kept


def test_a_later_expiry_is_a_renewal() -> None:
    """A renewed token starts afresh: what was rung, snoozed or let lapse was the old expiry."""
    ledger = rung(
        seen(look(kyuubi())), rung=7, lapsing=True, snoozed=Snooze(NOW, NOW + DAY), armed_at=NOW
    )

    entry = only(seen(look(kyuubi(expires_at=NOW + 200 * DAY), now=LATER), ledger=ledger))

    assert (entry.rung, entry.snoozed, entry.lapsing) == (None, None, False)
    assert (entry.since, entry.armed_at) == (LATER, LATER)
    assert entry.life == NOW + 200 * DAY - LATER


def test_an_expiry_brought_forward_arms_again_without_a_new_life() -> None:
    """A shorter expiry is news to ring, but the token is as old as it was."""
    ledger = rung(seen(look(kyuubi())), rung=30, lapsing=True)

    entry = only(seen(look(kyuubi(expires_at=NOW + 10 * DAY), now=LATER), ledger=ledger))

    assert (entry.rung, entry.lapsing, entry.since) == (None, False, None)
    assert entry.life == 110 * DAY


def test_another_masked_text_is_no_renewal() -> None:
    """A token whose text was rotated still expires when it did."""
    ledger = rung(seen(look(kyuubi(masked="abc••••••xyz"))), rung=7)

    entry = only(seen(look(kyuubi(masked="new••••••xyz"), now=LATER), ledger=ledger))

    assert entry.rung == 7
    assert entry.token.masked == "new••••••xyz"


def test_a_new_token_with_an_old_name_is_another_token() -> None:
    """What was rung for a name says nothing about the next token of that name."""
    ledger = rung(seen(look(kyuubi("etl"))), rung=7)

    ledger = seen(look(kyuubi("etl"), kyuubi("etl", id="tk-2"), now=LATER), ledger=ledger)

    assert [entry.rung for entry in ledger.entries.values()] == [7, None]


def test_one_token_through_two_connections_is_one_entry() -> None:
    """The connection is not part of a token's identity."""
    both = (coverage(), coverage(connection_id="c2"))

    assert len(seen(look(kyuubi(), read=both)).entries) == 1


def test_a_revoked_token_that_comes_back_arms_again_and_keeps_what_rang() -> None:
    """Reinstated, a token rings its tighter thresholds, not those that it has rung."""
    ledger = rung(seen(look(kyuubi())), rung=14)
    ledger = seen(look(kyuubi(revoked=True), now=LATER), ledger=ledger)
    assert only(ledger).silenced

    entry = only(seen(look(kyuubi(), now=LATER + HOUR), ledger=ledger))

    assert not entry.silenced
    assert (entry.rung, entry.armed_at) == (14, LATER + HOUR)


def test_a_token_is_gone_after_two_complete_readings_without_it() -> None:
    """Ten minutes apart: one reading may be a slip of the service."""
    ledger = seen(look(kyuubi("etl"), kyuubi("bi")))
    steps = [
        (LATER, "missing"),
        (LATER, "missing"),
        (LATER + 9 * MINUTE, "missing"),
        (LATER + 10 * MINUTE, "gone"),
        (LATER + HOUR, "gone"),
    ]
    for when, presence in steps:
        ledger = seen(look(kyuubi("bi"), now=when), ledger=ledger)

        assert ledger.entries[kyuubi("etl").key].presence == presence
    assert ledger.entries[kyuubi("etl").key].last_seen == NOW
    assert ledger.entries[kyuubi("bi").key].presence == "listed"


def test_a_missing_token_that_comes_back_was_never_gone() -> None:
    """The count of readings without it starts anew."""
    ledger = seen(look(kyuubi("etl"), kyuubi("bi")), look(kyuubi("bi"), now=LATER))
    ledger = seen(look(kyuubi("etl"), kyuubi("bi"), now=LATER + HOUR), ledger=ledger)
    ledger = seen(look(kyuubi("bi"), now=LATER + 2 * HOUR), ledger=ledger)

    assert ledger.entries[kyuubi("etl").key].presence == "missing"


def test_a_gone_token_that_comes_back_arms_again() -> None:
    """A service that forgot and remembered does not cost a notice, nor one said twice."""
    ledger = rung(seen(look(kyuubi("etl"), kyuubi("bi"))), rung=7)
    for when in (LATER, LATER + HOUR):
        ledger = seen(look(kyuubi("bi"), now=when), ledger=ledger)
    back = LATER + 2 * HOUR

    entry = seen(look(kyuubi("etl"), kyuubi("bi"), now=back), ledger=ledger).entries[
        kyuubi("etl").key
    ]

    assert (entry.presence, entry.rung, entry.armed_at) == ("listed", 7, back)
    assert (entry.last_seen, entry.missing_since) == (None, None)


@pytest.mark.parametrize(
    "read",
    [
        failed(),
        coverage(now=LATER, truncated=True),
        coverage(now=NOW - HOUR, state="stale"),
    ],
    ids=["failed", "truncated", "stale"],
)
def test_what_was_not_read_in_full_proves_nothing(read: Coverage) -> None:
    """A token that an incomplete reading does not show is unreadable, however often."""
    ledger = seen(look(kyuubi("etl")))
    for hours in range(1, 30):
        ledger = seen(
            look(kyuubi("bi"), now=NOW + hours * HOUR, read=[read]),
            ledger=ledger,
        )

    entry = ledger.entries[kyuubi("etl").key]
    assert (entry.presence, entry.last_seen, entry.expiry) == (
        "unreadable",
        NOW,
        kyuubi("etl").expires_at,
    )
    assert ledger.targets[KYUUBI.id].blind_since == NOW


def test_a_truncated_reading_shows_what_it_shows() -> None:
    """A token that is in it is listed, its renewal seen."""
    renewed = kyuubi(expires_at=NOW + 200 * DAY)
    cut = coverage(now=LATER, truncated=True)

    entry = only(seen(look(kyuubi()), look(renewed, now=LATER, read=[cut])))

    assert (entry.presence, entry.expiry) == ("listed", renewed.expires_at)


def test_an_empty_answer_after_tokens_is_no_answer() -> None:
    """Services that answer "nothing" by mistake silence nobody."""
    ledger = seen(look(kyuubi()), look(now=LATER), look(now=LATER + HOUR))

    assert only(ledger).presence == "unreadable"
    assert ledger.targets[KYUUBI.id].problem == "empty"
    assert ledger.targets[KYUUBI.id].read_at == NOW


def test_an_empty_answer_is_fine_where_nothing_lived() -> None:
    """A target whose tokens have all expired may answer with nothing."""
    ledger = seen(look(kyuubi(expires_at=NOW + MINUTE)), look(now=LATER))

    assert only(ledger).presence == "ended"
    assert ledger.targets[KYUUBI.id].problem is None


def test_an_empty_answer_is_fine_where_all_that_lived_is_gone() -> None:
    """The last one expired, the other was deleted before that."""
    last = kyuubi("bi", expires_at=NOW + 3 * HOUR)
    ledger = seen(look(kyuubi("etl"), last))
    for hours in (1, 2):
        ledger = seen(look(last, now=NOW + hours * HOUR), ledger=ledger)

    ledger = seen(look(now=NOW + 4 * HOUR), ledger=ledger)

    assert [entry.presence for entry in ledger.entries.values()] == ["gone", "ended"]
    assert ledger.targets[KYUUBI.id].problem is None


def test_a_stale_reading_adds_what_was_not_known() -> None:
    """A watch that starts during an outage goes by what was read before it."""
    old = coverage(now=NOW - HOUR, state="stale")

    entry = only(seen(look(kyuubi(), read=[old])))

    assert (entry.presence, entry.last_seen) == ("unreadable", NOW - HOUR)


def test_a_stale_reading_never_takes_back_a_renewal() -> None:
    """An old answer does not overrule a newer one; a newer one is believed, stale or not."""
    renewed = kyuubi(expires_at=NOW + 200 * DAY)
    ledger = seen(look(kyuubi()), look(renewed, now=LATER))

    older = coverage(now=NOW + MINUTE, state="stale")
    entry = only(seen(look(kyuubi(), now=LATER + HOUR, read=[older]), ledger=ledger))
    assert (entry.presence, entry.expiry, entry.last_seen) == (
        "unreadable",
        renewed.expires_at,
        LATER,
    )

    again = kyuubi(expires_at=NOW + 300 * DAY)
    newer = coverage(now=LATER + MINUTE, state="stale")
    entry = only(seen(look(again, now=LATER + HOUR, read=[newer]), ledger=ledger))
    assert (entry.presence, entry.expiry, entry.last_seen) == (
        "unreadable",
        again.expires_at,
        LATER + MINUTE,
    )


def test_an_expiry_that_cannot_be_read_is_not_never() -> None:
    """A field that the service garbled leaves the last known expiry in force."""
    garbled = kyuubi(expires_at=None, not_reported=frozenset({"expires_at"}), created_by="new")

    entry = only(seen(look(kyuubi()), look(garbled, now=LATER)))

    assert (entry.presence, entry.last_seen) == ("unreadable", NOW)
    assert entry.expiry == kyuubi().expires_at
    assert entry.token.created_by == "new"


def test_a_removed_target_is_unwatched() -> None:
    """Its tokens close as such, its memory goes."""
    moved = kyuubi("bi", target=OTHER)
    ledger = seen(look(kyuubi("etl"), moved), look(moved, now=LATER, read=[coverage(OTHER, LATER)]))

    assert ledger.entries[kyuubi("etl").key].presence == "unwatched"
    assert set(ledger.targets) == {OTHER.id}


def test_a_watch_looks_through_its_own_connections_only() -> None:
    """What another connection of the owner reads is not its business."""
    tokens = (kyuubi("etl"), kyuubi("bi", target=OTHER))
    both = [coverage(connection_id="c1"), coverage(OTHER, connection_id="c2")]

    ledger = seen(look(*tokens, read=both), connections=("c2",))

    assert list(ledger.entries) == [kyuubi("bi").key]


def test_the_best_connection_counts() -> None:
    """A target that one connection reads in full is read, whatever happens to the other."""
    broken = failed(connection_id="c2")
    ledger = seen(look(kyuubi("etl"), kyuubi("bi")))

    for read in ([broken, coverage(now=LATER)], [coverage(now=LATER), broken]):
        after = seen(look(kyuubi("bi"), now=LATER, read=read), ledger=ledger)
        assert after.entries[kyuubi("etl").key].presence == "missing"


def test_a_connection_that_cannot_be_opened_was_not_removed() -> None:
    """With the wrong keys at hand nothing is known, and nothing is closed."""
    ledger = seen(look(kyuubi()), look(now=LATER, read=[], unreadable=1))

    assert only(ledger).presence == "unreadable"
    assert ledger.targets[KYUUBI.id].problem == "unopened"


def test_a_failed_target_shows_nothing() -> None:
    """A row that came by another way does not belong to a target that failed."""
    assert not seen(look(kyuubi(), read=[failed()])).entries


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        (coverage(now=LATER, state="stale", problem="throttled"), "throttled"),
        (coverage(now=LATER, state="failed"), "unavailable"),
        (coverage(now=LATER, state="stale").model_copy(update={"problem": None}), "stale"),
        (coverage(now=LATER, truncated=True), "truncated"),
    ],
)
def test_the_problem_of_a_target_is_remembered_until_it_is_read(
    read: Coverage, problem: str
) -> None:
    """Since when it has been blind, and why."""
    ledger = seen(look(kyuubi()), look(kyuubi(), now=LATER, read=[read]))
    memory = ledger.targets[KYUUBI.id]
    assert memory.problem == problem
    assert memory.blind_since == NOW

    memory = seen(look(kyuubi(), now=LATER + HOUR), ledger=ledger).targets[KYUUBI.id]
    assert (memory.problem, memory.read_at) == (None, LATER + HOUR)


def test_what_has_expired_when_first_seen_keeps_silent() -> None:
    """Old news is counted, not rung."""
    assert only(seen(look(kyuubi(expires_at=NOW)))).rung == 0


def test_a_renewal_that_is_over_already_keeps_silent() -> None:
    """From one past expiry to another nothing happens to anybody."""
    ledger = seen(look(kyuubi(expires_at=NOW + MINUTE)))
    renewed = kyuubi(expires_at=NOW + 2 * MINUTE)

    assert only(seen(look(renewed, now=LATER), ledger=ledger)).rung == 0


def test_an_expiry_brought_forward_into_the_past_is_news() -> None:
    """Somebody ended a token that was to live: that is said."""
    ended = kyuubi(expires_at=NOW - HOUR)

    assert only(seen(look(kyuubi()), look(ended, now=LATER))).rung is None


def test_an_expiry_that_was_removed_is_a_renewal() -> None:
    """The entry stays until its open notice says so; an expiry set again is no renewal."""
    ledger = seen(look(kyuubi()), look(kyuubi(expires_at=None), now=LATER))
    assert only(ledger).expiry is None
    assert only(ledger).life is None

    entry = only(seen(look(kyuubi(), now=LATER + HOUR), ledger=ledger))
    assert entry.since == LATER


@pytest.mark.parametrize("everything", [True, False])
def test_the_same_look_again_changes_nothing(everything: bool) -> None:  # noqa: FBT001
    """A worker that crashed after looking may look again."""
    ledger = seen(look(kyuubi("etl"), kyuubi("bi"), idaas("a"), idaas("b")))
    again = look(
        kyuubi("etl", expires_at=NOW + 300 * DAY),
        idaas("b", revoked=True),
        now=LATER,
        read=[coverage(KYUUBI, LATER), coverage(IDAAS, LATER, truncated=True)],
        everything=everything,
    )
    once = observe(ledger, again, watch(), LATER)

    assert observe(once.ledger, again, watch(), LATER) == once
