"""Presses on reminders that come to nothing, and say why."""

import pytest

from bot.blocks import Message, actions
from bot.blocks._elements import option, select
from bot.blocks._kit import row
from tests.fixtures.bot import Office, controls_of, owner
from tests.handlers.ringing import action_of, first_look, read, until
from tests.handlers.test_access import visible

ANSWERS = [actions.NOTICE_RENEWED, actions.NOTICE_LAPSE, actions.NOTICE_UNDO]
OPENS = {actions.NOTICE_DETAILS: "Token", actions.NOTICE_WHY: "Why this?"}
NOT_YOURS = "This reminder is not yours, or it is no longer kept."


@pytest.fixture(name="office")
async def _office(working_office: Office) -> Office:
    return working_office


async def state(office: Office) -> str:
    """Return what became of the first token of Mei's first notice."""
    message = office.sandbox.dm("mei")[0]
    notice_id = handle_of(message).partition(":")[0]
    found = await office.bot.desk.reminders.notice(owner("mei"), notice_id)
    assert found is not None
    notice = found[1]
    return notice.state(notice.items[0].key)


def handle_of(message: dict[str, object]) -> str:
    """Return what the buttons of the first token carry."""
    return str(action_of(message, "Renewed")["value"])


@pytest.mark.parametrize("action", ANSWERS)
async def test_nobody_answers_for_somebody_else(office: Office, action: str) -> None:
    """A press by another person, with connections or without, is refused to them alone."""
    handle = handle_of(await first_look(office))
    message = await visible(office, action, handle)

    for connect in (False, True):
        if connect:
            await office.connect("aiko", label="Hers")
        answer = await office.asks("aiko", action, message)

        assert NOT_YOURS in read(answer)
        assert answer["ephemeral"]
        assert "etl nightly" not in read(answer)
    assert await state(office) == "ringing"
    seen = [read(each) for each in office.sandbox.messages(message["channel"], "mei")]
    assert not any(NOT_YOURS in each for each in seen)


@pytest.mark.parametrize("action", OPENS)
async def test_nobody_looks_at_somebody_elses(office: Office, action: str) -> None:
    """Details and reasons of another's reminder stay closed."""
    handle = handle_of(await first_look(office))
    message = await visible(office, action, handle)

    await office.presses("aiko", action, message)

    view = await office.modal("aiko", OPENS[action], NOT_YOURS)
    assert "etl nightly" not in read(view)


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        ("nothing", NOT_YOURS),
        ("", NOT_YOURS),
        (":", NOT_YOURS),
        ("{notice}:000000000000", "Nothing waits for an answer here any more."),
        ("{{x}}\n*:1", NOT_YOURS),
        ("x" * 1900, NOT_YOURS),
    ],
)
async def test_a_made_up_handle_does_nothing(office: Office, handle: str, said: str) -> None:
    """Whatever a crafted button carries, it answers for nothing."""
    real = handle_of(await first_look(office))
    crafted = handle.format(notice=real.partition(":")[0])
    message = await visible(office, actions.NOTICE_LAPSE, crafted or " ")

    assert said in read(await office.asks("mei", actions.NOTICE_LAPSE, message))
    assert await state(office) == "ringing"


async def test_undo_of_nothing_says_so(office: Office) -> None:
    """Undo pressed twice, as from two screens: the second says that there is nothing to undo."""
    handle = handle_of(await first_look(office))
    message = await visible(office, actions.NOTICE_UNDO, handle)

    answer = await office.asks("mei", actions.NOTICE_UNDO, message)

    assert "Nothing is silenced any more" in read(answer)


async def test_a_message_of_what_was_disconnected_has_no_answers(office: Office) -> None:
    """Once nothing is connected the message says so; a button pressed late is told why not."""
    message = await first_look(office)
    handle = handle_of(message)
    connection = (await office.bot.desk.connections.all(owner("mei"))).readable[0]

    await office.bot.desk.connections.remove(owner("mei"), connection.id)

    gone = await until(office, message, "No longer watched")
    assert [e for e in controls_of(gone) if e["action_id"] == actions.NOTICE_RENEWED] == []
    late = await visible(office, actions.NOTICE_RENEWED, handle)
    # The watch goes after its message was told.
    told = read(await office.asks("mei", actions.NOTICE_RENEWED, late))
    assert NOT_YOURS in told or "There are no reminders of yours any more" in told


async def test_a_length_that_is_not_offered(office: Office) -> None:
    """A crafted choice snoozes for none but the lengths that there are."""
    handle = handle_of(await first_look(office))
    menu = row(select(actions.NOTICE_SNOOZE, "Snooze", [option("A year", f"365:{handle}")]))
    assert menu is not None
    posted = await office.bot.desk.slack.post(
        owner("mei").scope, office.sandbox.dm("mei")[0]["channel"], Message("x", [menu])
    )
    message = {"channel": posted.channel, "ts": posted.ts}

    answer = await office.asks(
        "mei", {"action_id": actions.NOTICE_SNOOZE, "selected": f"365:{handle}"}, message
    )

    assert "is no longer there" in read(answer)
    assert await state(office) == "ringing"


async def test_after_delete_my_data_nothing_is_left_to_answer(office: Office) -> None:
    """The messages stay in the DM, and their buttons say that nothing is kept any more."""
    message = await first_look(office)
    await office.bot.desk.connections.forget(owner("mei"))

    answer = await office.asks("mei", action_of(message, "Let it lapse"), message)

    assert NOT_YOURS in read(answer)
    assert await office.bot.desk.reminders.watch(owner("mei")) is None
