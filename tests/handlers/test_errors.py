"""Controls and forms that nobody knows, and what else goes wrong."""

import pytest

from bot.blocks import Message
from bot.blocks._elements import button
from bot.blocks._kit import modal, plain_text, row, section
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import IDS, Office, buttons_of, owner, text_of


async def offered(office: Office, action: str, value: str = "") -> Json:
    """Post a button in somebody's DM."""
    office.planted.add(action)
    block = row(button("Press", action, value))
    assert block is not None
    posted = await office.bot.desk.slack.dm(*owner("mei"), Message("x", [block]))
    return next(each for each in office.sandbox.dm("mei") if each["ts"] == posted.ts)


async def test_a_control_of_another_version_says_so(office: Office) -> None:
    """A button that this version does not know leads on all the same."""
    answer = await office.asks("mei", "list.sparkle", await offered(office, "list.sparkle"))

    assert "What this button belongs to is no longer there." in text_of(answer)
    assert buttons_of(answer) == ["Show my tokens"]


async def test_a_form_of_another_version_says_so(office: Office) -> None:
    """A form that this version does not know closes, and its owner is told by DM."""
    card = await office.types("mei")
    await office.presses("mei", "connect.start", card)
    form = await office.modal("mei", "Connect")
    office.sandbox.platform.views.find(form["id"], IDS["mei"]).definition["callback_id"] = "other"

    submission = await office.sandbox.submit("mei", form)

    assert submission.errors == {}
    assert "is no longer there" in text_of(await office.next_dm("mei"))
    assert office.sandbox.views("mei") == []


@pytest.mark.parametrize(
    "value", ["{x}:0", "x*:0", "", ":", "x", "x:y", "x:99999999999", "x:-1", "x:²", "x:٣"]
)
async def test_crafted_values_are_old_lists(office: Office, value: str) -> None:
    """Whatever a list's button carries, nothing but an old list comes of it."""
    await office.connect("mei")

    for action in ("list.page.next", "list.refresh", "token.back"):
        message = await offered(office, action, value)
        assert "This list is old" in text_of(await office.clicks("mei", action, message))


async def test_managing_nothing_shows_how_to_connect(office: Office) -> None:
    """Somebody who has removed everything meanwhile gets the card."""
    message = await offered(office, "connect.manage")

    assert buttons_of(await office.clicks("mei", "connect.manage", message)) == ["Connect", "Help"]


async def test_a_form_that_slack_does_not_fill_is_told_by_message(office: Office) -> None:
    """When Slack refuses what goes into a modal, the failure comes where the click came from."""
    card = await office.types("mei")
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="views.update"))

    answer = await office.asks("mei", "connect.start", card)

    assert "Slack refused to do that (http_500)" in text_of(answer)


async def test_a_form_that_slack_does_not_open_is_told_by_message(office: Office) -> None:
    """The same when Slack does not even open it."""
    card = await office.types("mei")
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="views.open", seconds=30))

    answer = await office.asks("mei", "connect.start", card)

    assert "Slack is limiting how much I post." in text_of(answer)
    assert "30 seconds" in text_of(answer)


async def test_a_command_that_slack_cannot_open_a_form_for_says_so(office: Office) -> None:
    """`connect` opens its form itself; what Slack says against that is told."""
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="views.open"))

    assert "Slack refused to do that (http_500)" in text_of(await office.types("mei", "connect"))


async def test_closing_a_form_is_acknowledged(office: Office) -> None:
    """Slack tells that a modal was closed only where it was asked to, and gets its ack."""
    card = await office.types("mei")
    await office.presses("mei", "connect.start", card)
    form = await office.modal("mei", "Connect")
    view = modal("Wait", [section(plain_text("x"))], callback_id="x", tells_when_closed=True)
    await office.bot.desk.slack.update_view(owner("mei").scope, form["id"], view)

    ack = await office.sandbox.close("mei", (await office.modal("mei", "Wait")))

    assert ack is not None
    assert ack.error is None


async def test_an_event_that_fails_is_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails with nobody to tell is noted, without anything about the person."""
    await office.connect("mei")

    async def fail(*_: object, **__: object) -> None:
        raise ArithmeticError

    office.bot.desk.people.changed = fail  # type: ignore[method-assign, assignment]  # a bug of ours
    caplog.clear()

    await office.happens("set_zone", user="mei", zone="Asia/Tokyo")

    assert "ArithmeticError" in caplog.text
    assert len(office.sandbox.messages("general", "mei")) == 0
