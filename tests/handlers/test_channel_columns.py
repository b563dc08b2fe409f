"""The choice of what a channel sees of each token that rings there."""

from tests.fixtures.bot import Office, controls_of, open_office, owner, text_of
from tests.fixtures.canaries import Watch
from tests.handlers.shares import SHARE, preview, submitted
from tests.handlers.test_channel_watch import RINGS


async def test_what_a_reminder_cannot_do_without_is_no_choice(office: Office) -> None:
    """Name and expiry are shown with any other columns, and with none: all of them is confirmed."""
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds=RINGS)
    (menu,) = [each for each in controls_of(view) if each["action_id"] == "share.columns"]
    assert {"name", "expires"}.isdisjoint(each["value"] for each in menu["options"])

    await office.presses("mei", {"action_id": "share.columns", "selected": ["where"]}, view)
    view = await office.modal("mei", SHARE, "Where: ")
    assert "Status: " not in text_of(view)
    await office.presses("mei", {"action_id": "share.columns", "selected": []}, view)
    await office.wait(lambda: "Where: " not in text_of(office.sandbox.views("mei")), "no place")
    view = await office.modal("mei", SHARE, "Expires: ")
    await submitted(office, "mei", view, "from now on")

    (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
    assert record.watch.columns == ("name", "expires")


async def test_a_policy_of_name_and_expiry_offers_nothing_else(
    redis_url: str, canaries: Watch
) -> None:
    """Where no other column may be shared a reminder has no choice of them."""
    environ = {"TOKENBELL_SHARE_COLUMNS": "name,expires"}
    async with open_office(redis_url, canaries, environ=environ) as office:
        await office.connect("mei")

        view = await preview(office, "mei", "remind here", holds=RINGS)

        assert "share.columns" not in [each["action_id"] for each in controls_of(view)]
        await submitted(office, "mei", view, "from now on")


async def test_without_a_choice_of_columns_there_is_one_of_channels(
    redis_url: str, canaries: Watch
) -> None:
    """Another channel makes another preview, with the columns that go without saying."""
    environ = {"TOKENBELL_SHARE_COLUMNS": "name,expires"}
    async with open_office(redis_url, canaries, environ=environ) as office:
        await office.connect("mei")
        view = await preview(office, "mei", "remind here", holds=RINGS)
        (channel,) = [
            each.id
            for each in office.sandbox.workspace.conversations.values()
            if each.name == "data-platform"
        ]

        await office.presses("mei", {"action_id": "share.channel", "selected": channel}, view)

        view = await office.modal("mei", SHARE, "#data-platform")
        await submitted(office, "mei", view, "from now on")
        (record,) = await office.bot.desk.channel_watches.of(owner("mei"))
        assert (record.watch.channel, record.watch.columns) == (channel, ("name", "expires"))


async def test_reminders_are_stopped_at_home(office: Office) -> None:
    """The tab shows that they have ended; nothing is said anywhere else."""
    await office.connect("mei")
    view = await preview(office, "mei", "remind here", holds=RINGS)
    await submitted(office, "mei", view, "from now on")
    await office.sandbox.open_home("mei")
    home = await office.home("mei", "What you share")

    await office.presses("mei", "channel.stop.home", home)

    await office.home("mei", "Your connections", lacks="What you share")
    assert await office.bot.desk.channel_watches.of(owner("mei")) == ()
    assert office.sandbox.dm("mei") == []
