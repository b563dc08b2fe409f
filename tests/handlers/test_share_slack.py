"""Slack's own refusals at the very post, after all that was looked at before was well."""

from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, owner, text_of
from tests.handlers.shares import SHARE, nothing_posted, posted, preview, rows_of, submitted

POST, UPDATE = "chat.postMessage", "chat.update"
REFUSALS = [
    ("channel_not_found", "I cannot see that channel. Invite me there first: /invite"),
    ("not_in_channel", "I am not in that channel. Invite me there first: /invite"),
    ("restricted_action", "This workspace does not let me post there. Ask one of its admins."),
    ("is_archived", "That channel is archived. Choose another one."),
    ("msg_too_long", "Slack takes no message that long. Try fewer columns"),
    ("invalid_blocks", "(invalid_blocks). Try fewer columns, or a filter that finds less."),
    ("no_such_word_yet", "Slack refused to do that (no_such_word_yet)."),
]


def refuse(office: Office, code: str, method: str, **more: Any) -> None:
    """Let Slack answer a method with an error of its own, until that is over."""
    fault = Fault(service="slack", kind="error", code=code, match=method, **more)
    office.sandbox.faults.add(fault)


async def records(office: Office) -> list[str]:
    """Return the keys of all shares that are kept."""
    await office.idle()
    return [key async for key in office.bot.redis.scan_iter("tb:*:share:*")]


async def updating(office: Office) -> tuple[Json, Json]:
    """Share a list whose preview for an update is open; return the message and that preview."""
    await office.connect("mei")
    await submitted(office, "mei", await preview(office, "mei"), "Shared in")
    (message,) = posted(office)
    await office.presses("mei", "share.update", message)
    return message, await office.modal("mei", SHARE, "Updating shows this")


@pytest.mark.parametrize(("code", "says"), REFUSALS)
async def test_a_refused_post_is_named_and_can_be_tried_again(
    office: Office, code: str, says: str
) -> None:
    """The form says why, nothing is out and nothing is kept; pressed again, it is posted once."""
    await office.connect("mei")
    view = await preview(office, "mei")
    refuse(office, code, POST)

    view = await submitted(office, "mei", view, says)

    assert nothing_posted(office)
    assert await records(office) == []
    assert office.sandbox.dm("mei") == []
    office.sandbox.faults.clear()
    await submitted(office, "mei", view, "Shared in")
    assert len(posted(office)) == len(await records(office)) == 1


@pytest.mark.parametrize(("code", "says"), REFUSALS)
async def test_a_refused_update_leaves_the_list_as_it_is(
    office: Office, code: str, says: str
) -> None:
    """The message keeps its rows and its record, and the form can be confirmed again."""
    message, view = await updating(office)
    refuse(office, code, UPDATE)

    view = await submitted(office, "mei", view, says)

    assert posted(office) == [message]
    assert view["view"]["submit"]["text"] == "Update"
    office.sandbox.faults.clear()
    await submitted(office, "mei", view, "Updated in")
    (share,) = await office.bot.desk.shares.of(owner("mei"))
    assert share.ts == message["ts"]
    assert await office.bot.desk.shares.unshare(owner("mei"), share.id)
    assert posted(office) == []


async def test_an_update_after_a_429_says_when(office: Office) -> None:
    """With the seconds that Slack asked for, and the same button."""
    message, view = await updating(office)
    office.sandbox.faults.add(Fault(service="slack", kind="429", match=UPDATE, times=1, seconds=7))

    view = await submitted(office, "mei", view, "Slack is limiting how much I post.")

    assert "7 seconds" in text_of(view)
    assert posted(office) == [message]
    await submitted(office, "mei", view, "Updated in")


async def test_an_update_without_the_permission_names_it(office: Office) -> None:
    """The list stays, and so does what is known of it."""
    message, view = await updating(office)
    app = office.sandbox.platform.app
    app.scopes = tuple(each for each in app.scopes if each != "chat:write")

    view = await submitted(office, "mei", view, "I lack a permission")

    assert "chat:write" in text_of(view)
    assert posted(office) == [message]
    assert len(await records(office)) == 1


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_update_without_an_answer_can_be_repeated(
    office: Office,
    accepted: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """The same message is edited again, whether or not the first edit reached it."""
    message, view = await updating(office)
    office.sandbox.faults.add(
        Fault(service="slack", kind="reset", match=UPDATE, times=1, accepted=accepted)
    )

    view = await submitted(office, "mei", view, "Slack did not answer.")
    await submitted(office, "mei", view, "Updated in")

    (now,) = posted(office)
    assert now["ts"] == message["ts"]
    assert rows_of(now) == rows_of(message)


async def test_a_look_without_an_answer_is_no_lost_post(office: Office) -> None:
    """What fails before the post leaves nothing in doubt: the form can be confirmed again."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(
        Fault(service="slack", kind="reset", match="conversations.info", times=2)
    )  # the first of them is tried again by itself

    view = await submitted(office, "mei", view, "Slack did not answer. Try again in a minute.")

    assert await records(office) == []
    await submitted(office, "mei", view, "Shared in")
    assert len(posted(office)) == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("channel_not_found", "I cannot see that channel."),
        ("is_archived", "That channel is archived."),
        ("missing_scope", "I lack a permission in this Slack workspace."),
    ],
)
async def test_a_reminder_that_cannot_be_looked_into_is_not_set_up(
    office: Office, code: str, says: str
) -> None:
    """Nothing is kept of a channel's reminders until all was looked at; the same button sets it up."""
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds="I shall show its row")
    refuse(office, code, "conversations.info", times=1)

    view = await submitted(office, "mei", view, says)

    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()
    await submitted(office, "mei", view, "from now on")
    assert len(await office.bot.desk.channel_watches.of(owner("mei"))) == 1


@pytest.mark.parametrize(("code", "says"), REFUSALS)
async def test_a_refused_reminder_is_told_at_home(
    working_office: Office, code: str, says: str
) -> None:
    """What a channel did not get is named to whose reminders they are, which stay set up."""
    office = working_office
    await office.connect("mei")
    await office.next_dm("mei")
    refuse(office, code, POST)
    view = await preview(office, "mei", "remind here", holds="I shall show its row")
    await submitted(office, "mei", view, "from now on")
    await office.wait(lambda: len(office.sandbox.calls(POST)) > 1, "a try to post")
    await office.wait(lambda: office.bot.worker.idle, "the worker to be idle")

    await office.sandbox.open_home("mei")
    home = await office.home("mei", "The last reminder did not arrive")

    assert says.partition(" Try")[0] in text_of(home)
    assert nothing_posted(office)
    assert len(await office.bot.desk.channel_watches.of(owner("mei"))) == 1


@pytest.mark.parametrize("text", ["share", "remind", "remind here"])
async def test_a_form_that_slack_does_not_open_is_told(office: Office, text: str) -> None:
    """In the answer to the command, with Slack's word for it, and nothing is done."""
    await office.connect("mei")
    refuse(office, "restricted_action", "views.open")

    answer = await office.types("mei", text)

    assert "This workspace does not let me" in text_of(answer)
    assert office.sandbox.views("mei") == []
