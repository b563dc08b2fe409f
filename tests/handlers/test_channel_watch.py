"""Reminders that ring in a channel: their preview, what all see, and who may answer."""

import asyncio
from datetime import timedelta

import pytest

from sandbox.slack.types import Json
from tests.fixtures.bot import (
    IDS,
    PATIENCE,
    Office,
    buttons_of,
    controls_of,
    owner,
    text_of,
)
from tests.fixtures.world import REPORTS, put_token
from tests.handlers.shares import SHARE, nothing_posted, opened, planted, posted, preview, submitted

DAY = timedelta(days=1).total_seconds()
RINGS = "I shall show its row"


async def rung(
    office: Office, name: str = "mei", text: str = "remind here kyuubi", channel: str = "general"
) -> Json:
    """Let somebody have a channel reminded; return the first reminder."""
    view = await preview(office, name, text, channel, holds=RINGS)
    await submitted(office, name, view, "from now on")
    return await office.wait(lambda: next(iter(posted(office, channel)), None), "a reminder")


def handle(message: Json, action: str) -> Json:
    """Return the first control of a message with an action id, to be pressed."""
    found = next(each for each in controls_of(message) if each["action_id"] == action)
    return {"action_id": action, "value": found.get("value")}


def snooze(message: Json) -> Json:
    """Return the choice of a day's silence for the first token."""
    menu = next(each for each in controls_of(message) if each["action_id"] == "notice.snooze")
    block = next(b for b in message["blocks"] if menu in b.get("elements", ()))
    return {
        "action_id": "notice.snooze",
        "block_id": block["block_id"],
        "selected": menu["options"][0]["value"],
    }


async def test_a_channel_is_reminded_after_a_preview(working_office: Office) -> None:
    """`/tokens remind here` previews what the channel will see; then it rings there."""
    office = working_office
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds=RINGS)
    assert "all 5 members of #general" in " ".join(text_of(view).split())
    assert "etl nightly" in text_of(view)
    assert view["view"]["submit"]["text"] == "Remind this channel"
    assert nothing_posted(office)

    await submitted(office, "mei", view, "from now on")

    message = await office.wait(lambda: next(iter(posted(office)), None), "a reminder")
    assert "This channel is reminded before 2 tokens expire" in text_of(message)
    assert "etl nightly" in text_of(message)
    assert buttons_of(message)[-3:] == ["Mine", "Settings", "Stop…"]
    assert office.sandbox.dm("jonas") == []


async def test_a_share_can_become_a_reminder(office: Office) -> None:
    """The preview of a list turns into that of a reminder with one press, and posts nothing."""
    await office.connect("mei")
    view = await preview(office, "mei")

    await office.presses("mei", "share.rings", view)

    view = await office.modal("mei", SHARE, RINGS)
    assert view["view"]["submit"]["text"] == "Remind this channel"
    assert nothing_posted(office)


async def test_a_preview_hides_nothing_that_will_ring(office: Office) -> None:
    """Thresholds rule when a token rings, so that a filter by time left hides none of them."""
    await office.connect("mei")

    view = await preview(office, "mei", "remind here expiring:7d status:active", holds=RINGS)

    assert "etl nightly" in text_of(view)
    assert "dashboards" in text_of(view)
    await submitted(office, "mei", view, "from now on")
    (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
    assert record.watch.query == ""


async def test_a_channel_sees_only_the_columns(working_office: Office) -> None:
    """Neither accounts, creator, place nor masked text are in a channel's reminder."""
    office = working_office
    put_token(
        office.sandbox.company,
        "secretive",
        expires_at=office.sandbox.company.epoch + 2 * 86_400_000,
        created_by="CREATOR",
        members=("MEMBER",),
    )
    await office.connect("mei")

    message = await rung(office)

    text = text_of(message)
    assert "secretive" in text
    for hidden in ("CREATOR", "MEMBER", "dxj", "etl-gateway", "cn-hangzhou", "w-d2d8", "Why this"):
        assert hidden not in str(message)
    assert "etl nightly" in text


async def test_anybody_looks_at_their_own(working_office: Office) -> None:
    """Mine and Details answer from the reader's own connections, to the reader alone."""
    office = working_office
    put_token(office.sandbox.company, "of jonas", at=REPORTS)
    await office.connect("mei")
    await office.connect("jonas", "kyuubi", REPORTS)
    message = await rung(office)

    mine = await office.asks("jonas", "channel.mine", message)
    assert mine["ephemeral"]
    assert "of jonas" in text_of(mine)
    assert "etl nightly" not in text_of(mine)
    await office.presses("jonas", handle(message, "notice.details"), message)
    view = await office.modal("jonas", "Token", "not listed any more")
    assert "etl nightly" not in text_of(view)


@pytest.mark.parametrize("action", ["notice.snooze", "notice.lapse"])
async def test_only_its_creator_or_an_admin_answers(working_office: Office, action: str) -> None:
    """Snooze and lapse of others are refused privately; an admin's count."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    control = snooze(message) if action == "notice.snooze" else handle(message, action)

    refused = await office.asks("jonas", control, message)
    assert refused["ephemeral"]
    assert "or an admin, can answer them" in text_of(refused)
    assert "Undo" not in buttons_of(posted(office)[0])

    await office.presses("aiko", control, message)
    await office.wait(lambda: "Undo" in buttons_of(posted(office)[0]), "the answer to show")
    await office.presses("mei", handle(posted(office)[0], "notice.undo"), posted(office)[0])
    await office.wait(lambda: "Undo" not in buttons_of(posted(office)[0]), "the undoing to show")


async def test_others_learn_only_whether_it_was_renewed(working_office: Office) -> None:
    """Renewed by somebody else looks at most every ten minutes, and says renewed or not yet."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    office.pass_time(61)
    control = handle(message, "notice.renewed")
    before = office.calls()

    answers = [text_of(await office.asks(name, control, message)) for name in ("jonas", "priya")]

    assert {" ".join(each.split()) for each in answers} == {"Not yet. Not yet."}
    assert office.calls() == before + 1


async def test_its_creator_sees_what_a_look_finds(working_office: Office) -> None:
    """Renewed by who set it up says more, in the message."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    office.pass_time(61)

    shown = await office.clicks("mei", handle(message, "notice.renewed"), message)

    assert "Not renewed yet" in text_of(shown)
    assert "etl-gateway" not in str(shown)


async def test_a_guest_is_refused(working_office: Office) -> None:
    """A guest in the channel sees the reminder, and can do nothing."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)

    for action in ("channel.mine", "channel.stop"):
        answer = await office.asks("sam", action, message)
        assert "full members" in text_of(answer)
    assert len(await office.bot.desk.channel_watches.of(owner("mei"))) == 1


@pytest.mark.parametrize("name", ["mei", "aiko"])
async def test_stopping_empties_what_rang(working_office: Office, name: str) -> None:
    """Its creator or an admin ends it; others may not."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    refused = await office.asks("jonas", "channel.stop", message)
    assert "or an admin, can change them" in text_of(refused)

    await office.presses(name, "channel.stop", message)

    await office.wait(lambda: "It was taken down" in text_of(posted(office)[0]), "a tombstone")
    await office.idle()
    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()
    assert "etl nightly" not in text_of(posted(office)[0])


async def test_a_channels_reminders_are_listed(working_office: Office) -> None:
    """`/tokens unshare` and Home list the channels that one has reminded, and can stop them."""
    office = working_office
    await office.connect("mei")
    await rung(office)
    await office.sandbox.open_home("mei")
    home = await office.home("mei", "is reminded")
    assert "Stop…" in buttons_of(home)

    listed = await office.types("mei", "unshare", channel="on-call")
    assert "1 channel reminded" in text_of(listed)
    left = await office.clicks("mei", "channel.stop.list", listed)

    assert "You share no list" in text_of(left)
    await office.home("mei", "Your connections", lacks="is reminded")


@pytest.mark.parametrize("how", ["disconnect", "forget", "deactivate"])
async def test_who_goes_rings_nowhere(working_office: Office, how: str) -> None:
    """Without its connections or its creator a channel is reminded no more, and nothing stays."""
    office = working_office
    connection = await office.connect("mei")
    await rung(office)

    if how == "disconnect":
        await office.bot.desk.connections.remove(connection.owner, connection.id)
    elif how == "forget":
        await office.bot.desk.connections.forget(owner("mei"))
    else:
        await office.happens("deactivate", user="mei")

    await office.wait(lambda: "It was taken down" in text_of(posted(office)[0]), "a tombstone")
    assert [key async for key in office.bot.redis.scan_iter("tb:*:channels:*")] == []


async def test_a_connection_added_later_is_not_shown(working_office: Office) -> None:
    """A channel sees what the previewed connections read, not what is connected afterwards."""
    office = working_office
    await office.connect("mei")
    await rung(office, text="remind here")
    put_token(
        office.sandbox.company,
        "elsewhere",
        at=REPORTS,
        expires_at=office.sandbox.company.epoch + 86_400_000,
    )
    await office.connect("mei", "kyuubi", REPORTS)

    office.pass_time(2 * DAY + 60)
    office.bot.worker.nudge()
    await office.wait(lambda: len(posted(office)) > 1, "another reminder")

    assert all("elsewhere" not in text_of(each) for each in posted(office))


@pytest.mark.parametrize("event", ["leave", "archive", "kick_bot"])
async def test_a_channel_that_will_not_do_any_more_is_not_reminded(
    working_office: Office, event: str
) -> None:
    """Each reminder looks at the channel again; Home says that it did not arrive."""
    office = working_office
    await office.connect("mei")
    await rung(office)
    await office.sandbox.happen(event, user="mei" if event == "leave" else "", channel="general")

    office.pass_time(2 * DAY + 60)
    office.bot.worker.nudge()

    async def failed() -> bool:
        (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
        return bool(record.undeliverable)

    async with asyncio.timeout(PATIENCE):
        while not await failed():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.02)
    assert len(posted(office)) == 1
    await office.sandbox.open_home("mei")
    await office.home("mei", "did not arrive")


async def test_a_channel_that_turns_outward_is_not_reminded(working_office: Office) -> None:
    """People of another organisation who join see nothing that rings afterwards."""
    office = working_office
    await office.connect("mei")
    await rung(office)
    office.sandbox.workspace.conversation("general").shared = True

    office.pass_time(2 * DAY + 60)
    office.bot.worker.nudge()
    await office.wait(lambda: len(office.sandbox.calls("conversations.info")) > 2, "another look")
    await office.idle()

    assert len(posted(office)) == 1


async def test_what_changes_before_the_confirmation_counts(office: Office) -> None:
    """Leaving, or a connection that goes, is refused as for a shared list."""
    connection = await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds=RINGS)
    await office.bot.desk.connections.remove(connection.owner, connection.id)

    await submitted(office, "mei", view, "A connection that this list was read with")

    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()


async def test_a_policy_without_the_expiry_reminds_no_channel(office: Office) -> None:
    """Where channels may not see what expires when, none is reminded."""
    await office.connect("mei")
    office.bot.desk.shares.policy = ("name", "status")

    await preview(office, "mei", "remind here", holds="does not let channels see")


async def test_there_are_not_endlessly_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is told, and nothing is set up."""
    monkeypatch.setattr("bot.services.channel_watches.MOST", 0)
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds=RINGS)

    await submitted(office, "mei", view, "which is the most")


async def test_a_wrong_word_after_remind_is_told(office: Office) -> None:
    """`remind` takes nothing, or here."""
    assert "Say here" in text_of(await office.types("mei", "remind there"))


@pytest.mark.parametrize("value", ["", "x", "s" * 500])
async def test_a_made_up_notice_is_none(office: Office, value: str) -> None:
    """Buttons with ids that were never given out find nothing."""
    await office.connect("mei")
    for action in ("channel.mine", "channel.stop", "notice.renewed"):
        message = await planted(office, action, value)
        answer = text_of(await office.asks("mei", action, message))
        assert "any more" in answer or "no longer kept" in answer


@pytest.mark.parametrize("name", ["mei", "aiko"])
async def test_when_a_channel_is_reminded_can_be_changed(working_office: Office, name: str) -> None:
    """Its creator or an admin sets other times; others are refused in the form."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    await office.presses("jonas", "channel.settings", message)
    await office.modal("jonas", "Channel reminders", "or an admin, can change them")

    await office.presses(name, "channel.settings", message)
    view = await office.modal(name, "Channel reminders", "Set up by")
    values = {"thresholds": ["14", "0"], "hour": "16", "zone": "Berlin"}
    assert not (await office.sandbox.submit(name, view, values)).errors
    await office.modal(name, "Channel reminders", "I remind 14 days before, and once expired.")

    (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
    assert (record.watch.thresholds, record.watch.hour) == ((14, 0), 16)
    assert (record.watch.zone, record.watch.own_zone) == ("Europe/Berlin", True)
    assert record.watch.columns


async def test_times_that_cannot_be_are_refused(working_office: Office) -> None:
    """A mistake is told at its field; a form for a watch of somebody's making changes nothing."""
    office = working_office
    await office.connect("mei")
    message = await rung(office)
    await office.presses("mei", "channel.settings", message)
    view = await office.modal("mei", "Channel reminders", "Set up by")

    refused = await office.sandbox.submit("mei", view, {"zone": "Mars"})
    assert set(refused.errors) == {"zone"}
    opened(office, "mei", view).definition["private_metadata"] = IDS["jonas"]
    await office.sandbox.submit("mei", view, {"zone": ""})

    await office.modal("mei", "Channel reminders", "is not reminded any more")
    (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
    assert record.watch.version == 1
