from hypothesis import given

from bot.blocks import actions
from bot.blocks.why import item_view
from bot.models.notice import Notice
from bot.rules.why import explain
from tests.blocks.checker import check_view, objects
from tests.blocks.notices import NOTICES, edited, item, notice, slowly
from tests.blocks.reader import buttons, lines
from tests.rules.make import BROKEN, DAY, NOW
from tests.rules.reminders import watch

ONE = notice(item(), watch=watch(mode="mine", mine=("mei",), zone="Europe/Berlin", hour=10))


def test_why_this_tells_rule_slot_clock_and_watch() -> None:
    """The modal repeats the token, offers the answers, and says in plain words why it rang."""
    view = check_view(item_view(ONE, ONE.items[0], now=NOW, zone="Europe/Berlin"))

    found = lines(view)
    assert found[0].startswith(":large_orange_circle: etl nightly <expires 2026-12-08 10:00 CET>")
    reasons = explain(ONE.items[0], ONE.watch)
    assert found[-1 - len(reasons) :] == ["Why this rang", *reasons]
    assert "Slots: 10:00, Mon-Fri, in Europe/Berlin." in reasons
    assert found[-1].startswith("The watch rings the tokens of mei")
    assert list(buttons(view)) == ["Renewed", "Let it lapse"]
    assert not [each for each in objects(view) if each.get("type") == "overflow"]
    assert view["callback_id"] == actions.NOTICE_ITEM_VIEW


def test_an_answered_token_can_be_taken_back_in_the_modal() -> None:
    """The modal shows the state as the message does."""
    one = edited(ONE, "snoozed", until=NOW + DAY)
    view = check_view(item_view(one, one.items[0], now=NOW, zone="UTC", title="Reminder"))

    assert lines(view)[0].startswith(":zzz: etl nightly")
    assert list(buttons(view)) == ["Undo", "Renewed"]
    assert view["title"]["text"] == "Reminder"


@slowly
@given(NOTICES.filter(lambda one: one.items), BROKEN)
def test_any_item_fits_its_modal(one: Notice, note: str) -> None:
    """Whatever a token is called and whatever was chosen, the modal fits."""
    check_view(item_view(one, one.items[0], now=NOW, zone="Asia/Kathmandu", note=note))
