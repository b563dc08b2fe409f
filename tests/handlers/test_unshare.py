"""Taking shared lists down: when asked, when what they hang on goes, and when they are old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.faults import Fault
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import METHODS
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, owner, text_of
from tests.handlers.shares import posted, preview, rows_of, shared, submitted

GONE = "It was taken down"
DAY = timedelta(days=1).total_seconds()


async def tended(office: Office) -> None:
    """Let the worker's part be done now, whenever Slack was called last."""
    rates = [key async for key in office.bot.redis.scan_iter("tb:*:rate:*")]
    if rates:
        await office.bot.redis.unlink(*rates)
    await office.bot.desk.takedowns.tend(owner("mei").scope)


async def test_who_shared_a_list_takes_it_down(office: Office) -> None:
    """Unshare deletes the message, and nothing is kept of it."""
    await office.connect("mei")
    message = await shared(office, "mei")

    await office.presses("mei", "share.remove", message)
    await office.idle()

    (answer,) = office.sandbox.messages("general", "mei")
    assert "Taken down." in text_of(answer)
    assert posted(office) == []
    assert [key async for key in office.bot.redis.scan_iter("tb:*:share*")] == []


async def test_an_admin_takes_a_list_down(office: Office) -> None:
    """An admin may, by a right that is asked for at the click; anybody else may not."""
    await office.connect("mei")
    message = await shared(office, "mei")
    assert "or an admin, can remove it" in text_of(
        await office.asks("jonas", "share.remove", message)
    )
    assert len(posted(office)) == 1
    office.sandbox.workspace.person("jonas").admin = True

    await office.presses("jonas", "share.remove", message)

    await office.wait(lambda: not posted(office), "the list to go")


async def test_what_somebody_shares_is_listed(office: Office) -> None:
    """`/tokens unshare` lists what one shares, and each can be taken down there."""
    await office.connect("mei")
    await office.connect("jonas")
    await shared(office, "mei", "share name:etl")
    await shared(office, "mei", "share", channel="data-platform")
    await shared(office, "jonas")

    listed = await office.types("mei", "unshare", channel="on-call")
    assert "You share 2 lists." in text_of(listed)
    assert [each for each in ("#general", "#data-platform", "name:etl") if each in text_of(listed)]
    assert buttons_of(listed).count("Unshare") == 2

    value = next(
        each["value"]
        for block in listed["blocks"]
        for each in block.get("elements", ())
        if each.get("action_id") == "share.remove.list"
    )
    action = {"action_id": "share.remove.list", "value": value}
    left = await office.clicks("mei", action, listed)
    assert "You share 1 list." in text_of(left)
    assert "Unshare all" not in buttons_of(left)
    assert posted(office, "data-platform") == []
    assert len(posted(office)) == 2


async def test_all_is_taken_down_at_once(office: Office) -> None:
    """Unshare all deletes every message of that person's, and no other's."""
    await office.connect("mei")
    await office.connect("jonas")
    for channel in ("general", "data-platform"):
        await shared(office, "mei", channel=channel)
    theirs = await shared(office, "jonas")
    listed = await office.types("mei", "unshare", channel="on-call")

    left = await office.clicks("mei", "share.remove_all", listed)

    assert "You share no list" in text_of(left)
    assert [each["ts"] for each in posted(office)] == [theirs["ts"]]
    assert posted(office, "data-platform") == []


async def test_home_shows_what_somebody_shares(office: Office) -> None:
    """Home has one's shared lists, until they are taken down there."""
    await office.connect("mei")
    await office.sandbox.open_home("mei")
    assert "What you share" not in text_of(await office.home("mei", "Your connections"))
    await shared(office, "mei")
    await office.sandbox.open_home("mei")
    home = await office.home("mei", "What you share")
    assert "#general" in text_of(home)

    await office.presses("mei", "share.remove.home", home)

    await office.home("mei", "Your connections", lacks="What you share")
    assert posted(office) == []


async def test_a_disconnect_takes_down_what_was_read_with_it(office: Office) -> None:
    """Removing a connection leaves a tombstone where its rows were shared, and nothing else."""
    kyuubi = await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    await shared(office, "mei", "share kyuubi")
    await shared(office, "mei", "share idaas", channel="data-platform")

    await office.bot.desk.connections.remove(kyuubi.owner, kyuubi.id)

    (tombstone,) = posted(office)
    assert GONE in text_of(tombstone)
    assert "etl" not in text_of(tombstone)
    assert buttons_of(tombstone) == []
    (stays,) = posted(office, "data-platform")
    assert rows_of(stays)


@pytest.mark.parametrize("event", ["forget", "deactivate"])
async def test_who_goes_leaves_no_rows(office: Office, event: str) -> None:
    """Delete my data and a deactivated sharer leave tombstones, and no record."""
    await office.connect("mei")
    await shared(office, "mei")
    await shared(office, "mei", channel="data-platform")

    if event == "forget":
        await office.bot.desk.connections.forget(owner("mei"))
    else:
        await office.happens("deactivate", user="mei")

    for channel in ("general", "data-platform"):
        (tombstone,) = posted(office, channel)
        assert GONE in text_of(tombstone)
    assert [key async for key in office.bot.redis.scan_iter("tb:*:share*")] == []
    assert [key async for key in office.bot.redis.scan_iter("tb:*:takedowns")] == []


async def test_what_slack_does_not_let_go_is_tried_again(office: Office) -> None:
    """An archived channel keeps the message for now; once it can be taken down, it is."""
    connection = await office.connect("mei")
    await shared(office, "mei")
    channel = office.sandbox.workspace.conversation("general")
    channel.archived = True

    await office.bot.desk.connections.remove(connection.owner, connection.id)
    assert rows_of(posted(office)[0])
    # Meanwhile nothing of it is known but where the message is.
    assert [key async for key in office.bot.redis.scan_iter("tb:*:share*")] == []
    channel.archived = False
    office.pass_time(DAY)
    await tended(office)

    assert GONE in text_of(posted(office)[0])


async def test_after_30_days_nobody_tries_any_more(office: Office) -> None:
    """A message that Slack never lets go of is given up, and nothing more is kept of it."""
    await office.connect("mei")
    message = await shared(office, "mei")
    office.sandbox.workspace.conversation("general").archived = True
    share = (await office.bot.desk.shares.of(owner("mei")))[0]
    assert not await office.bot.desk.shares.unshare(owner("mei"), share.id)

    for _ in range(2):
        office.pass_time(20 * DAY)
        await tended(office)

    assert posted(office)[0]["ts"] == message["ts"]
    assert [key async for key in office.bot.redis.scan_iter("tb:*:takedowns")] == []


async def test_who_unshares_hears_that_slack_refuses(office: Office) -> None:
    """A message that cannot be deleted now is said to stay, and is tried again."""
    await office.connect("mei")
    message = await shared(office, "mei")
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="chat.delete", times=1))

    answer = await office.asks("mei", "share.remove", message)

    assert "I shall try again" in text_of(answer)
    assert len(posted(office)) == 1
    office.pass_time(120)
    await tended(office)
    assert posted(office) == []


async def test_a_message_that_may_not_be_deleted_is_emptied(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Slack lets us edit but not delete, a tombstone stands in its place."""
    await office.connect("mei")
    message = await shared(office, "mei")

    def refuse(*_arguments: object) -> Json:
        raise SlackError("cant_delete_message")

    monkeypatch.setitem(METHODS, "chat.delete", replace(METHODS["chat.delete"], handler=refuse))

    await office.asks("mei", "share.remove", message)

    assert GONE in text_of(posted(office)[0])


async def test_rows_are_outdated_after_a_week(office: Office) -> None:
    """After 7 days the rows go; whose list it was, and how to see one's own, stays."""
    await office.connect("mei")
    await shared(office, "mei", "share name:etl")
    await tended(office)
    assert rows_of(posted(office)[0])

    office.pass_time(7 * DAY + 1)
    await tended(office)

    (message,) = posted(office)
    assert "outdated" in text_of(message)
    assert "Run /tokens for your own" in text_of(message)
    assert "name:etl" in text_of(message)
    assert "etl nightly" not in text_of(message)
    assert buttons_of(message) == ["Mine", "Remind me", "Update", "Unshare"]


async def test_an_update_makes_an_outdated_list_fresh(office: Office) -> None:
    """An updated list has another week."""
    await office.connect("mei")
    await shared(office, "mei")
    office.pass_time(8 * DAY)
    await tended(office)

    await office.presses("mei", "share.update", posted(office)[0])
    view = await office.modal("mei", "Share in a channel", "Updating shows this to all")
    await submitted(office, "mei", view, "Updated in")
    office.pass_time(6 * DAY)
    await tended(office)
    assert rows_of(posted(office)[0])
    office.pass_time(2 * DAY)
    await tended(office)

    assert "outdated" in text_of(posted(office)[0])


async def test_a_share_ends_after_90_days(office: Office) -> None:
    """Its record is deleted; its buttons say so."""
    await office.connect("mei")
    await shared(office, "mei")
    for days in (8, 83):
        office.pass_time(days * DAY)
        await tended(office)

    assert [key async for key in office.bot.redis.scan_iter("tb:*:share*")] == []
    answer = await office.asks("mei", "share.mine", posted(office)[0])
    assert "is not shared any more" in text_of(answer)


async def test_a_limit_puts_the_outdating_off(office: Office) -> None:
    """A 429 at the edit costs nothing but time."""
    await office.connect("mei")
    await shared(office, "mei")
    office.pass_time(8 * DAY)
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="chat.update", times=1))
    await tended(office)
    assert rows_of(posted(office)[0])

    office.pass_time(120)
    await tended(office)

    assert "outdated" in text_of(posted(office)[0])


async def test_a_post_that_was_never_heard_of_ages_quietly(office: Office) -> None:
    """Without knowing where a message is there is nothing to edit, and its record still ends."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(Fault(service="slack", kind="reset", match="chat.postMessage"))
    await submitted(office, "mei", view, "Slack did not answer")
    office.sandbox.faults.clear()
    assert "Slack did not tell me" in text_of(await office.types("mei", "unshare"))

    for days in (8, 83):
        office.pass_time(days * DAY)
        await tended(office)

    assert await office.bot.desk.shares.of(owner("mei")) == ()


async def test_the_sweep_finds_what_a_disconnect_left(office: Office) -> None:
    """Rows that outlived their connection, because Redis or the bot was away, go at the next sweep."""
    connection = await office.connect("mei")
    await shared(office, "mei")
    scope = owner("mei").scope
    await office.bot.desk.takedowns.sweep(scope)
    assert rows_of(posted(office)[0])
    await office.bot.desk.connections._connections.remove(connection.owner, connection.id)

    await office.bot.desk.takedowns.sweep(scope)

    assert GONE in text_of(posted(office)[0])


async def test_the_worker_looks_after_shares(working_office: Office) -> None:
    """Nobody has to ask: a worker takes old rows down by itself."""
    office = working_office
    await office.connect("mei")
    await shared(office, "mei")

    office.pass_time(8 * DAY)

    await office.wait(lambda: "outdated" in text_of(posted(office)[0]), "the rows to go")


async def test_an_uninstalled_app_leaves_nothing_to_look_after(office: Office) -> None:
    """Once the app is removed nothing can be edited, and nothing is kept."""
    await office.connect("mei")
    message = await shared(office, "mei")

    await office.happens("app_uninstalled")

    assert posted(office)[0]["blocks"] == message["blocks"]
    assert [key async for key in office.bot.redis.scan_iter("tb:*:share*")] == []
    assert await office.bot.desk.takedowns.tend(owner("mei").scope) is None


async def test_who_unshares_all_hears_that_slack_refuses(office: Office) -> None:
    """What cannot be deleted now is said to stay, though nothing is listed any more."""
    await office.connect("mei")
    for channel in ("general", "data-platform"):
        await shared(office, "mei", channel=channel)
    listed = await office.types("mei", "unshare", channel="on-call")
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="chat.delete", times=1))
    before = len(office.sandbox.messages("on-call", "mei"))

    left = await office.clicks("mei", "share.remove_all", listed)

    assert "You share no list" in text_of(left)
    told = await office.next("mei", "on-call", after=before)
    assert "I shall try again" in text_of(told)
    office.pass_time(120)
    await tended(office)
    assert posted(office) == posted(office, "data-platform") == []


async def test_nobody_waits_for_a_slack_that_hangs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few seconds the worker is left to delete what Slack does not answer about."""
    monkeypatch.setattr("bot.services.takedowns._AT_ONCE_SECONDS", 0.1)
    await office.connect("mei")
    message = await shared(office, "mei")
    office.sandbox.faults.add(Fault(service="slack", kind="hang", match="chat.delete"))

    answer = await office.asks("mei", "share.remove", message)

    assert "I shall try again" in text_of(answer)
    office.sandbox.faults.clear()
    office.pass_time(120)
    await tended(office)
    assert posted(office) == []


async def test_a_message_that_somebody_deleted_is_down(office: Office) -> None:
    """There is nothing more to be done about it, and nothing to come back for."""
    await office.connect("mei")
    message = await shared(office, "mei")
    channel = office.sandbox.workspace.conversation("general")
    office.sandbox.workspace.delete(channel.messages[message["ts"]])

    assert await office.bot.desk.shares.unshare_all(owner("mei"))

    assert await office.bot.desk.takedowns.tend(owner("mei").scope) is None
