"""What is told of reminders where their own message cannot tell it."""

import pytest

from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, text_of
from tests.fixtures.world import put_token
from tests.handlers.ringing import action_of, first_look, next_slot, until, watch_of
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


def chosen(view: Json) -> list[str]:
    """Return the names that are chosen in the form of the settings."""
    (menu,) = [each for each in controls_of(view) if each["action_id"] == "mine"]
    return [option["text"]["text"] for option in menu.get("initial_options") or ()]


async def test_ones_own_name_is_chosen_to_begin_with(office: Office) -> None:
    """Only mine begins with the name that the person goes by in Slack, and no other; it is not kept."""
    put_token(office.sandbox.company, "hers", created_by="MEI", account_names=("etl", "meier"))
    message = await first_look(office)

    await office.presses("mei", action_of(message, "Only mine…"), message)

    view = await office.modal("mei", "Reminders", "My names")
    assert chosen(view) == ["MEI"]
    assert (await watch_of(office)).mine == ()


async def test_another_choice_of_names_stays(office: Office) -> None:
    """Whoever has chosen names finds those, and not their own beside them."""
    put_token(office.sandbox.company, "hers", created_by="mei", account_names=("etl",))
    await first_look(office)
    watch = await watch_of(office)
    await office.bot.desk.reminders.save(
        watch.model_copy(update={"mode": "mine", "mine": ("etl",)})
    )

    await office.sandbox.command("mei", "general", "/tokens", "remind")

    assert chosen(await office.modal("mei", "Reminders", "My names")) == ["etl"]


async def test_without_slacks_word_nothing_is_chosen(office: Office) -> None:
    """That Slack does not tell who somebody is keeps nobody from choosing."""
    put_token(office.sandbox.company, "hers", created_by="mei")
    message = await first_look(office)
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="users.info"))

    await office.presses("mei", action_of(message, "Only mine…"), message)

    assert chosen(await office.modal("mei", "Reminders", "My names")) == []


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
