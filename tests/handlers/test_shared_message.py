"""The buttons below a shared list, each for who presses it."""

import pytest

from bot.blocks._elements import button
from bot.blocks._kit import row
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, owner, text_of
from tests.fixtures.world import ETL, REPORTS, put_token
from tests.handlers.shares import (
    SHARE,
    opened,
    planted,
    posted,
    preview,
    rows_of,
    shared,
    submitted,
)

REFUSED = "Tokenbell is for full members of this workspace"


async def seen_by(office: Office, name: str, action: str, message: Json) -> str:
    """Let somebody press a button; return what they alone are told."""
    answer = await office.asks(name, action, message)
    assert answer["ephemeral"]
    return text_of(answer)


async def test_mine_shows_the_readers_own_tokens(office: Office) -> None:
    """Mine lists what the reader's own key reads, by the same filter, to the reader alone."""
    put_token(office.sandbox.company, "etl of jonas", at=REPORTS)
    put_token(office.sandbox.company, "other", at=REPORTS)
    await office.connect("mei", "kyuubi", ETL)
    await office.connect("jonas", "kyuubi", REPORTS)
    message = await shared(office, "mei", "share name:etl")

    theirs = await seen_by(office, "jonas", "share.mine", message)

    assert "etl of jonas" in theirs
    assert "etl nightly" not in theirs
    assert "other" not in theirs
    assert len(posted(office)) == 1


async def test_mine_shows_a_newcomer_how_to_connect(office: Office) -> None:
    """Who has connected nothing is offered to."""
    await office.connect("mei")
    message = await shared(office, "mei")

    assert "connect" in (await seen_by(office, "priya", "share.mine", message)).lower()


@pytest.mark.parametrize("action", ["share.mine", "share.remove"])
async def test_a_guest_is_refused(office: Office, action: str) -> None:
    """A guest in the channel sees the list, and can do nothing with it."""
    await office.connect("mei")
    message = await shared(office, "mei")

    assert REFUSED in await seen_by(office, "sam", action, message)

    assert len(posted(office)) == 1


@pytest.mark.parametrize("action", ["share.mine", "share.remove", "share.remove.list"])
@pytest.mark.parametrize("value", ["", "x", "../x", "s" * 2000])
async def test_a_share_of_somebodys_making_is_none(office: Office, action: str, value: str) -> None:
    """A button with an id that was never given out finds nothing."""
    await office.connect("mei")
    message = await planted(office, action, value)

    assert "is not shared any more" in await seen_by(office, "mei", action, message)


async def test_remind_me_opens_the_readers_own_settings(office: Office) -> None:
    """Remind me fills the reader's settings with the filter of the list, and saves nothing yet."""
    await office.connect("mei")
    await office.connect("jonas")
    message = await shared(office, "mei", "share name:etl")

    await office.presses("jonas", "share.remind", message)

    view = await office.modal("jonas", "Reminders", "Which tokens shall ring?")
    assert "name:etl" in str(view)
    status = await office.bot.desk.reminders.status(owner("jonas"))
    assert status is not None
    assert status.watch.query == ""


async def test_remind_me_tells_a_newcomer_what_to_do(office: Office) -> None:
    """Who has connected nothing is told how to."""
    await office.connect("mei")
    message = await shared(office, "mei")

    await office.presses("priya", "share.remind", message)

    await office.modal("priya", "Reminders", "/tokens connect")


async def test_an_update_edits_the_same_message(office: Office) -> None:
    """Update previews the list as it is now, and on confirmation edits the one message."""
    await office.connect("mei")
    message = await shared(office, "mei", "share name:etl")
    put_token(office.sandbox.company, "etl weekly")
    office.pass_time(61)

    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this to all")
    assert "etl weekly" in text_of(view)
    assert len(rows_of(office.now("mei", message))) == 1
    await submitted(office, "mei", view, "Updated in")

    (now,) = posted(office)
    assert now["ts"] == message["ts"]
    assert len(rows_of(now)) == 2
    assert buttons_of(now) == buttons_of(message)


async def test_an_update_keeps_its_columns_and_channel(office: Office) -> None:
    """There is nothing to choose in an update, and nothing that is slipped in counts."""
    await office.connect("mei")
    view = await preview(office, "mei")
    await office.presses("mei", {"action_id": "share.columns", "selected": ["name"]}, view)
    view = await office.modal("mei", SHARE, "#general")
    await office.idle()
    (view,) = office.sandbox.views("mei")
    await submitted(office, "mei", view, "Shared in")
    (message,) = posted(office)

    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this to all")
    assert "What of each token?" not in text_of(view)
    await submitted(office, "mei", view, "Updated in")

    (now,) = posted(office)
    assert {len(row) for row in rows_of(now)} == {1}


@pytest.mark.parametrize("name", ["jonas", "aiko"])
async def test_nobody_else_updates_a_list(office: Office, name: str) -> None:
    """An update reads with the sharer's own key, so not even an admin can make one."""
    await office.connect("mei")
    await office.connect(name)
    message = await shared(office, "mei")

    await office.presses(name, "share.update", message)

    await office.modal(name, SHARE, "Only who shared this list can update it")
    assert len(rows_of(office.now("mei", message))) == 2


async def test_an_update_of_a_deleted_message_says_so(office: Office) -> None:
    """Where the message has gone, the share ends."""
    await office.connect("mei")
    message = await shared(office, "mei")
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this to all")
    channel = office.sandbox.workspace.conversation("general")
    office.sandbox.workspace.delete(channel.messages[message["ts"]])

    await submitted(office, "mei", view, "The message is no longer there")

    assert await office.bot.desk.shares.of(owner("mei")) == ()


async def test_an_update_that_slack_refuses_can_be_tried_again(office: Office) -> None:
    """The message stays as it was, and the form offers another try."""
    await office.connect("mei")
    message = await shared(office, "mei")
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this to all")
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="chat.update", times=1))

    view = await submitted(office, "mei", view, "Slack is limiting")

    assert office.now("mei", message)["blocks"] == message["blocks"]
    await submitted(office, "mei", view, "Updated in")


async def test_who_left_the_channel_updates_nothing(office: Office) -> None:
    """An update hangs on the same things as a new list."""
    await office.connect("mei")
    message = await shared(office, "mei")
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this to all")
    await office.sandbox.happen("leave", user="mei", channel="general")

    view = await submitted(office, "mei", view, "You are not in #general")

    assert view["view"]["submit"] is None
    (now,) = posted(office)
    assert now["blocks"] == message["blocks"]


async def test_a_click_tells_where_a_lost_list_is(office: Office) -> None:
    """After a post without an answer the first click lets the list be taken down."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(
        Fault(service="slack", kind="reset", match="chat.postMessage", times=1, accepted=True)
    )
    await submitted(office, "mei", view, "Slack did not answer")
    (message,) = posted(office)
    (lost,) = await office.bot.desk.shares.of(owner("mei"))
    assert lost.ts == ""

    await office.presses("jonas", "share.mine", message)
    await office.idle()

    (found,) = await office.bot.desk.shares.of(owner("mei"))
    assert found.ts == message["ts"]


async def test_a_click_elsewhere_tells_nothing(office: Office) -> None:
    """A button with a share's id in another channel does not make that message the share's."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(Fault(service="slack", kind="reset", match="chat.postMessage"))
    await submitted(office, "mei", view, "Slack did not answer")
    office.sandbox.faults.clear()
    (lost,) = await office.bot.desk.shares.of(owner("mei"))
    elsewhere = await planted(office, "share.mine", lost.id, "C07DATAPLT2")

    await office.asks("mei", "share.mine", elsewhere)

    (still,) = await office.bot.desk.shares.of(owner("mei"))
    assert still.ts == ""


@pytest.mark.parametrize("action", ["share.rings", "share.columns"])
async def test_an_update_can_be_made_nothing_else(office: Office, action: str) -> None:
    """A control that is slipped into its form changes neither what it is nor what it shows."""
    await office.connect("mei")
    message = await shared(office, "mei")
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this")
    slipped = row(button("Press", action, "x"))
    assert slipped is not None
    opened(office, "mei", view).definition["blocks"].append(slipped | {"block_id": "slipped"})
    before = len(office.sandbox.calls("views.update"))

    await office.presses("mei", {"action_id": action, "block_id": "slipped"}, view)

    await office.wait(lambda: len(office.sandbox.calls("views.update")) > before, "the preview")
    view = await office.modal("mei", SHARE, "Updating shows this")
    assert view["view"]["submit"]["text"] == "Update"
    await submitted(office, "mei", view, "Updated in")
    assert rows_of(office.now("mei", message)) == rows_of(message)
    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()
