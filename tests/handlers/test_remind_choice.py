"""What is told of reminders where their own message cannot tell it."""

import pytest

from tests.fixtures.bot import Office, buttons_of, text_of
from tests.handlers.ringing import first_look, next_slot, until, watch_of
from tests.handlers.test_access import visible


@pytest.fixture(name="office")
async def _office(working_office: Office) -> Office:
    return working_office


@pytest.mark.parametrize("value", ["all:gone", "all:", "all"])
async def test_a_choice_without_its_message_is_told_below(office: Office, value: str) -> None:
    """Where the message that asked is no longer kept, the choice holds, and an answer says so."""
    await first_look(office)
    message = await visible(office, "remind.mode.all", value)

    answer = await office.asks("mei", "remind.mode.all", message)

    assert "All tokens ring." in text_of(answer)
    assert answer["ephemeral"]
    assert (await watch_of(office)).mode == "all"


async def test_a_choice_made_elsewhere_shows_where_it_was_asked(office: Office) -> None:
    """Whoever chooses by the settings finds the message that asked without its question."""
    message = await first_look(office)

    watch = await watch_of(office)
    await office.bot.desk.reminders.save(watch.model_copy(update={"mode": "all"}))

    after = await until(office, message, "You chose: all of them ring.")
    assert "None" not in buttons_of(after)
    await office.bot.desk.reminders.save(watch.model_copy(update={"mode": "off"}))
    await until(office, message, "You chose: none of them rings.")


async def test_a_choice_that_is_not_offered(office: Office) -> None:
    """A crafted button can choose nothing else than all or none."""
    await first_look(office)
    message = await visible(office, "remind.mode.all", "unasked:x")

    answer = await office.asks("mei", "remind.mode.all", message)

    assert "is no longer there" in text_of(answer)
    assert (await watch_of(office)).mode == "unasked"


async def test_a_reminder_that_did_not_arrive_is_told_with_the_next_reply(office: Office) -> None:
    """Whom no message reaches is told once where they read an answer, and on Home as long as it lasts."""
    message = await first_look(office)
    dm = office.sandbox.platform.workspace.conversation(message["channel"])
    dm.restricted = True
    await next_slot(office)
    await office.wait(
        lambda: refused(office) and office.bot.worker.idle, "the reminder to be refused"
    )

    await office.types("mei")
    told = await office.next("mei", after=1)
    assert "My last reminder did not reach you" in text_of(told)
    assert "restricted_action" in text_of(told)
    assert "Settings" in buttons_of(told)
    await office.types("mei")
    await office.idle()
    seen = [text_of(each) for each in office.sandbox.messages("general", "mei")]
    assert sum("did not reach you" in each for each in seen) == 1
    await office.sandbox.open_home("mei")
    await office.home("mei", "My last reminder did not reach you")


def refused(office: Office) -> bool:
    """Tell whether a message was refused."""
    return any(
        call.error == "restricted_action" for call in office.sandbox.calls("chat.postMessage")
    )
