from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.slack.errors import RefusedError, UnknownError, WrongRequestError
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_left",
    "group_archive",
    "group_left",
    "member_joined_channel",
    "member_left_channel",
    "tokens_revoked",
    "user_change",
)


@pytest.fixture(name="listening")
def _listening(sandbox: Sandbox, bot: Bot) -> list[Json]:
    """Return the events that a Bolt app receives, wrapped as Slack wraps them."""
    sandbox.platform.app.events = EVENTS
    received: list[Json] = []
    for name in EVENTS:

        @bot.app.event(name)
        async def listener(body: Json) -> None:
            received.append(body)

    return received


async def test_an_event_is_wrapped_with_its_installation(
    sandbox: Sandbox, listening: list[Json]
) -> None:
    """The envelope names team, app, event and the bot's authorization."""
    await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
    (body,) = await sandbox.wait_for(lambda: listening)

    assert body["type"] == "event_callback"
    assert (body["team_id"], body["api_app_id"]) == ("T07HALYARD1", "A07TOKENBEL")
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": "T07HALYARD1",
            "user_id": "U07TOKENBEL",
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    assert body["event"]["user"]["tz"] == "Europe/Berlin"
    assert body["event"]["event_ts"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"event": "deactivate", "user": "jonas"}, {"type": "user_change"}),
        (
            {"event": "archive", "channel": "general"},
            {"type": "channel_archive", "channel": "C07GENERAL1"},
        ),
        (
            {"event": "archive", "channel": "on-call"},
            {"type": "group_archive", "channel": "C07ONCALL03"},
        ),
        ({"event": "kick_bot", "channel": "general"}, {"type": "channel_left"}),
        ({"event": "kick_bot", "channel": "on-call"}, {"type": "group_left"}),
        (
            {"event": "invite_bot", "channel": "random"},
            {"type": "member_joined_channel", "user": "U07TOKENBEL", "channel_type": "C"},
        ),
        (
            {"event": "leave", "user": "mei", "channel": "on-call"},
            {"type": "member_left_channel", "user": "U07MEITAN01", "channel_type": "G"},
        ),
        (
            {"event": "tokens_revoked"},
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U07TOKENBEL"]}},
        ),
    ],
)
async def test_what_happens_is_told_to_the_app(
    sandbox: Sandbox, listening: list[Json], what: dict[str, str], expected: Json
) -> None:
    """Each change has its event."""
    told = await sandbox.happen(**what)
    (body,) = await sandbox.wait_for(lambda: listening)

    assert told == {"events": [expected["type"]]}
    assert body["event"].items() >= expected.items()


async def test_an_uninstall_tells_twice_and_ends_the_commands(
    sandbox: Sandbox, listening: list[Json]
) -> None:
    """tokens_revoked and app_uninstalled come; then there is no command any more."""
    await sandbox.happen("app_uninstalled")
    await sandbox.wait_for(lambda: len(listening) == 2)

    assert {b["event"]["type"] for b in listening} == {"tokens_revoked", "app_uninstalled"}
    with pytest.raises(RefusedError, match="not installed"):
        await sandbox.command("mei", "general", "/tokens")


async def test_the_workspace_changes_with_the_event(sandbox: Sandbox) -> None:
    """People and channels are as the events say."""
    await sandbox.happen("set_zone", user="mei", zone="Europe/Berlin")
    await sandbox.happen("leave", user="mei", channel="random")
    await sandbox.happen("invite_bot", channel="random")
    await sandbox.happen("archive", channel="general")

    assert sandbox.workspace.person("mei").tz == "Europe/Berlin"
    random = sandbox.workspace.conversation("random")
    assert random.bot
    assert "U07MEITAN01" not in random.members
    assert sandbox.workspace.conversation("general").archived


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"event": "explode"}, WrongRequestError),
        ({"event": "set_zone", "user": "mei", "zone": "Mars/Base"}, WrongRequestError),
        ({"event": "set_zone", "user": "nobody", "zone": "UTC"}, UnknownError),
        ({"event": "archive", "channel": "nowhere"}, UnknownError),
        ({"event": "archive", "channel": "D07MEITAN01"}, WrongRequestError),
        ({"event": "leave", "user": "sam", "channel": "random"}, RefusedError),
    ],
)
async def test_what_cannot_happen_is_refused(
    sandbox: Sandbox, what: dict[str, str], error: type[Exception]
) -> None:
    """An unknown event, zone, person, channel; leaving where one is not."""
    with pytest.raises(error):
        await sandbox.happen(**what)


async def test_opening_home_waits_for_the_first_view(sandbox: Sandbox, bot: Bot) -> None:
    """app_home_opened carries no view the first time, and the published one after that."""
    seen: list[Json] = []

    @bot.app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        seen.append(event)
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    first = await sandbox.open_home("mei")
    second = await sandbox.open_home("mei")

    assert first is not None
    assert second is not None
    assert first["id"] == second["id"]
    assert first["hash"] != second["hash"]
    assert "view" not in seen[0]
    assert seen[1]["view"]["id"] == first["id"]
    assert (seen[0]["tab"], seen[0]["channel"]) == ("home", "D07MEITAN01")


async def test_opening_home_gives_up_in_the_end() -> None:
    """An app that publishes nothing leaves the tab empty."""
    async with Sandbox(limits=Limits(ack=0.05)) as sandbox:
        bot = Bot(sandbox)
        await bot.connect()

        @bot.app.event("app_home_opened")
        async def opened() -> None:
            pass

        assert await sandbox.open_home("mei") is None
        await bot.close()


async def test_somebody_elses_home_is_not_waited_for(sandbox: Sandbox, bot: Bot) -> None:
    """Only the person's own Home ends the wait."""

    @bot.app.event("app_home_opened")
    async def opened(client: Any) -> None:
        for user in ("U07JONASW02", "U07MEITAN01"):
            await client.views_publish(user_id=user, view={"type": "home", "blocks": []})

    home = await sandbox.open_home("mei")

    assert home is not None
    assert home == sandbox.home("mei")


async def test_the_messages_tab_is_opened_too(sandbox: Sandbox, listening: list[Json]) -> None:
    """Opening the messages tab is the same event with another tab, and waits for no view."""
    assert await sandbox.lifecycle.open_home("mei", "messages") is None

    (body,) = await sandbox.wait_for(lambda: listening)
    assert body["event"]["tab"] == "messages"
    with pytest.raises(WrongRequestError, match="tab"):
        await sandbox.lifecycle.open_home("mei", "about")


async def test_nobody_connected_leaves_home_as_it_is(sandbox: Sandbox) -> None:
    """Without an app there is nothing to wait for."""
    assert await sandbox.open_home("mei") is None


@pytest.mark.parametrize("user", ["dana", "jonas"])
async def test_a_home_is_for_members(sandbox: Sandbox, user: str) -> None:
    """A stranger has no app here, and a deactivated person no workspace."""
    await sandbox.happen("deactivate", user="jonas")

    with pytest.raises(RefusedError, match="cannot open"):
        await sandbox.open_home(user)
