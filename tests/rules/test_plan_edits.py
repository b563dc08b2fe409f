import json
from datetime import datetime

import pytest

from bot.models.notice import Edit, Notice
from bot.models.token import Token
from bot.rules.answers import lapse, snooze, undo
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import ALL_WEEK, Bell, listed, look, settled, watch

ENDS = NOW + 14 * DAY
TOKEN = kyuubi(expires_at=ENDS)
OTHER = kyuubi("bi", expires_at=NOW + 90 * DAY)


def rung(**settings: object) -> Bell:
    """Make a bell that has just rung the 14-day notice of `TOKEN`, as notice n1."""
    bell = settled(TOKEN, OTHER, **{"workdays": ALL_WEEK, **settings})
    bell.wake(NOW, look(TOKEN, OTHER))
    assert bell.thresholds == [14]
    bell.edits.clear()
    return bell


def after(bell: Bell, *tokens: Token, at: datetime = NOW + HOUR) -> list[Edit]:
    """Return the edits of two looks, half an hour apart, at what is listed now."""
    bell.wake(at, look(*tokens, now=at))
    bell.wake(at + HOUR / 2, look(*tokens, now=at + HOUR / 2))
    return [edit for _, edit in bell.edits]


def test_a_renewal_resolves_the_item_within_the_hour() -> None:
    """With the old and the new expiry, once."""
    renewed = kyuubi(expires_at=NOW + 100 * DAY)
    bell = rung()
    assert bell.wake(NOW + HOUR / 2, look(TOKEN, OTHER, now=NOW + HOUR / 2)).wake <= NOW + 2 * HOUR

    [edit] = after(bell, renewed, OTHER)

    assert edit == Edit("n1", TOKEN.key, ENDS, "renewed", new_expiry=NOW + 100 * DAY)


def test_an_expiry_that_was_removed_resolves_the_item() -> None:
    """A token that never expires is forgotten after that."""
    bell = rung()

    [edit] = after(bell, kyuubi(expires_at=None), OTHER)

    assert (edit.state, edit.new_expiry) == ("renewed", None)
    assert TOKEN.key not in bell.ledger.entries


def test_an_expiry_brought_forward_is_no_renewal() -> None:
    """The item says so, and the new expiry rings by itself."""
    bell = rung()

    [edit] = after(bell, kyuubi(expires_at=NOW + 6 * DAY), OTHER)
    assert (edit.state, edit.new_expiry) == ("moved", NOW + 6 * DAY)

    bell.live(listed(kyuubi(expires_at=NOW + 6 * DAY), OTHER), NOW + DAY, NOW + DAY + HOUR)
    assert bell.thresholds == [14, 7]


def test_a_renewal_that_rings_in_the_same_look_resolves_the_old_item_first() -> None:
    """The old message says renewed, not that a later notice rang."""
    renewed = kyuubi(expires_at=NOW + 15 * DAY)
    bell = rung(thresholds=(14, 7))

    bell.wake(NOW + 10 * DAY, look(renewed, OTHER, now=NOW + 10 * DAY))
    bell.wake(NOW + 11 * DAY, look(renewed, OTHER, now=NOW + 11 * DAY))

    assert bell.states == ["renewed"]


def test_a_moved_expiry_that_rings_at_once_closes_the_old_item() -> None:
    """One edit, one new notice."""
    bell = rung()
    sooner = kyuubi(expires_at=NOW + DAY + 2 * HOUR)

    bell.wake(NOW + DAY, look(sooner, OTHER, now=NOW + DAY))

    assert bell.states == ["moved"]
    assert bell.thresholds == [14, 1]


def test_a_deleted_token_resolves_the_item() -> None:
    """After two readings without it."""
    edits = after(rung(), OTHER)

    assert [edit.state for edit in edits] == ["gone"]


def test_a_revoked_token_resolves_the_item_and_reinstating_opens_it() -> None:
    """The message follows what is so."""
    bell = rung()

    assert [edit.state for edit in after(bell, kyuubi(expires_at=ENDS, revoked=True), OTHER)] == [
        "revoked"
    ]
    after(bell, TOKEN, OTHER, at=NOW + 3 * HOUR)

    assert bell.states == ["revoked", "ringing"]
    assert bell.thresholds == [14]


def test_a_removed_connection_closes_the_item_and_leaves_nothing() -> None:
    """Nothing about the target stays in the memory."""
    bell = rung()
    nothing = look(now=NOW + HOUR, read=[])

    bell.wake(NOW + HOUR, nothing)

    assert bell.states == ["unwatched"]
    assert not bell.ledger.entries
    assert not bell.ledger.targets


@pytest.mark.parametrize("settings", [{"mode": "off"}, {"mode": "mine", "mine": ("nobody",)}])
def test_what_is_no_longer_watched_is_closed(settings: dict[str, object]) -> None:
    """By mode or by filter; chosen again, it is open again."""
    bell = rung()
    before = bell.watch
    bell.watch = watch(workdays=ALL_WEEK, **settings)
    assert [edit.state for edit in after(bell, TOKEN, OTHER)] == ["unwatched"]

    bell.watch = before
    after(bell, TOKEN, OTHER, at=NOW + 3 * HOUR)
    assert bell.states == ["unwatched", "ringing"]


def test_an_answer_is_shown_and_its_undoing_too() -> None:
    """The same message shows the new state, with when a snooze ends."""
    bell = rung()
    at = NOW + HOUR

    bell.ledger = snooze(bell.ledger, TOKEN.key, ENDS, now=at, length=3 * DAY)
    after(bell, TOKEN, OTHER)
    bell.ledger = lapse(bell.ledger, TOKEN.key, ENDS)
    after(bell, TOKEN, OTHER)
    bell.ledger = undo(bell.ledger, TOKEN.key, ENDS, now=at)
    after(bell, TOKEN, OTHER)

    assert bell.states == ["snoozed", "lapsing", "ringing"]
    assert [edit.until for _, edit in bell.edits] == [NOW + 3 * DAY, None, None]


def test_a_later_notice_takes_the_place_of_the_earlier_one() -> None:
    """There is one place to answer."""
    bell = rung().live(listed(TOKEN, OTHER), NOW + HOUR, NOW + 12 * DAY)

    assert bell.thresholds == [14, 7, 3]
    assert [(edit.notice_id, edit.state) for _, edit in bell.edits] == [
        ("n1", "superseded"),
        ("n2", "superseded"),
    ]


def test_an_expiry_is_shown_before_its_notice_comes() -> None:
    """At the next look; the notice itself then takes the older message's place."""
    token = kyuubi(expires_at=ENDS + HOUR)
    bell = settled(token, workdays=ALL_WEEK, thresholds=(14, 0))

    bell.live(listed(token), NOW, ENDS + 3 * DAY)

    assert bell.thresholds == [14, 0]
    assert [(when, edit.state) for when, edit in bell.edits] == [
        (ENDS + HOUR, "expired"),
        (ENDS + DAY, "superseded"),
    ]


def test_an_expired_notice_takes_the_place_of_an_open_one() -> None:
    """Where both come in one slot, the old message never says expired: nobody would mend it."""
    bell = rung(thresholds=(14, 0)).live(listed(TOKEN, OTHER), NOW + HOUR, ENDS + 2 * DAY)

    assert bell.states == ["superseded"]


def test_what_expires_while_snoozed_is_shown_as_expired() -> None:
    """A snooze of before says nothing about after; one of the expired token does."""
    bell = rung(thresholds=(14,))
    bell.ledger = snooze(bell.ledger, TOKEN.key, ENDS, now=NOW + HOUR, length=20 * DAY)
    bell.live(listed(TOKEN, OTHER), NOW + HOUR, ENDS + DAY)
    assert bell.states == ["snoozed", "expired"]

    bell.ledger = snooze(bell.ledger, TOKEN.key, ENDS, now=ENDS + DAY, length=3 * DAY)
    bell.live(listed(TOKEN, OTHER), ENDS + DAY, ENDS + 2 * DAY)
    assert bell.states == ["snoozed", "expired", "snoozed"]


def test_a_token_is_forgotten_when_nothing_can_come_of_it() -> None:
    """Gone past its expiry; or off the list for a quarter after it."""
    bell = rung()
    for day in (1, 2):
        bell.wake(NOW + day * DAY, look(OTHER, now=NOW + day * DAY))
    assert TOKEN.key in bell.ledger.entries
    bell.wake(ENDS, look(OTHER, now=ENDS))
    assert TOKEN.key not in bell.ledger.entries

    last = OTHER.expires_at
    assert last is not None
    rest = kyuubi("rest", expires_at=NOW + 900 * DAY)
    for days, kept in ((1, True), (89, True), (90, False)):
        bell.wake(last + days * DAY, look(rest, now=last + days * DAY))
        assert (OTHER.key in bell.ledger.entries) == kept


def test_a_notice_keeps_its_items_and_takes_only_its_own_edits() -> None:
    """Frozen as it was said; what became of it stands beside it."""
    bell = settled(TOKEN, OTHER, workdays=ALL_WEEK)
    planned = bell.wake(NOW, look(TOKEN, OTHER))
    notice = planned.notice("n1", bell.watch, NOW)
    mine = Edit("n1", TOKEN.key, ENDS, "renewed", new_expiry=None)

    edited = notice.edited([mine, Edit("n2", TOKEN.key, ENDS, "gone")])

    assert notice.state(TOKEN.key) == "ringing"
    assert edited.state(TOKEN.key) == "renewed"
    assert edited.items == notice.items == planned.send
    assert Notice.model_validate_json(edited.model_dump_json()) == edited
    assert edited.items[0].token.target == KYUUBI


def test_a_notice_of_an_older_version_still_opens() -> None:
    """A record that knows nothing of namesakes is the same notice, with none."""
    bell = settled(TOKEN, OTHER, workdays=ALL_WEEK)
    notice = bell.wake(NOW, look(TOKEN, OTHER)).notice("n1", bell.watch, NOW)
    stored = json.loads(notice.model_dump_json())
    for item in stored["items"]:
        del item["namesakes"]

    assert Notice.model_validate_json(json.dumps(stored)) == notice
