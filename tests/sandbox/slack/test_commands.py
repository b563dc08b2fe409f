from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.slack.errors import RefusedError, UnknownError
from sandbox.slack.installation import Installation
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json


async def test_a_command_reaches_a_bolt_app_as_slacks_form(sandbox: Sandbox, bot: Bot) -> None:
    """Every field of the form is a string, and none of Slack's is missing."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack()

    ack = await sandbox.command("mei", "general", "/tokens", "list kyuubi")

    assert (ack.status, ack.error, ack.body) == (200, None, None)
    form = bot.received[0]
    assert all(isinstance(value, str) for value in form.values())
    assert form | {"token": "", "response_url": "", "trigger_id": ""} == {
        "token": "",
        "team_id": "T07HALYARD1",
        "team_domain": "halyard",
        "channel_id": "C07GENERAL1",
        "channel_name": "general",
        "user_id": "U07MEITAN01",
        "user_name": "mei",
        "command": "/tokens",
        "text": "list kyuubi",
        "api_app_id": "A07TOKENBEL",
        "is_enterprise_install": "false",
        "response_url": "",
        "trigger_id": "",
    }
    assert form["response_url"].startswith(sandbox.url)


@pytest.mark.parametrize(
    ("channel", "name"),
    [("on-call", "privategroup"), ("@tokenbell", "directmessage"), ("C07GENERAL1", "general")],
)
async def test_only_public_channels_are_named(
    sandbox: Sandbox, bot: Bot, channel: str, name: str
) -> None:
    """The app learns the names of public channels only."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack()

    await sandbox.command("mei", channel, "/tokens")

    assert bot.received[0]["channel_name"] == name


async def test_text_in_the_ack_is_an_ephemeral_reply(sandbox: Sandbox, bot: Bot) -> None:
    """What comes with the acknowledgement is shown to the person who typed, and to nobody else."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack("one moment")

    ack = await sandbox.command("mei", "general", "/tokens")

    assert ack.body == {"text": "one moment"}
    (message,) = sandbox.messages("general", "mei")
    assert (message["text"], message["ephemeral"]) == ("one moment", True)
    assert sandbox.messages("general", "jonas") == []


async def test_an_ack_in_channel_is_seen_by_all(sandbox: Sandbox, bot: Bot) -> None:
    """`response_type: in_channel` shows the reply to the channel."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack(text="hello all", response_type="in_channel")

    await sandbox.command("mei", "general", "/tokens")

    (message,) = sandbox.messages("general", "jonas")
    assert (message["text"], message["ephemeral"]) == ("hello all", False)


async def test_bad_blocks_in_the_ack_fail_the_command(sandbox: Sandbox, bot: Bot) -> None:
    """An acknowledgement that Slack cannot show is an error for the person."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack(text="", blocks=[{"type": "section"}])

    ack = await sandbox.command("mei", "general", "/tokens")

    assert ack.error == "invalid_command_response"
    (notice,) = sandbox.messages("general", "mei")
    assert notice["text"] == '/tokens failed with the error "invalid_command_response"'
    assert notice["user"] == "USLACKBOT"


async def test_a_late_ack_times_out_and_the_person_is_told() -> None:
    """Without an acknowledgement in time Slack shows operation_timeout."""
    async with Sandbox(limits=Limits(ack=0.05)) as sandbox:
        bot = Bot(sandbox)
        await bot.connect()

        @bot.app.command("/tokens")
        async def tokens(ack: Any) -> None:
            await sandbox.wait_for(lambda: sandbox.messages("general", "mei"))
            await ack("too late")

        ack = await sandbox.command("mei", "general", "/tokens")

        assert (ack.status, ack.error) == (None, "operation_timeout")
        (notice,) = sandbox.messages("general", "mei")
        assert notice["text"] == '/tokens failed with the error "operation_timeout"'
        await bot.close()


async def test_nobody_connected_fails_at_once(sandbox: Sandbox) -> None:
    """With no connection there is nobody to dispatch to."""
    ack = await sandbox.command("mei", "general", "/tokens")

    assert ack.error == "dispatch_failed"


async def test_a_command_works_where_the_bot_is_not(sandbox: Sandbox, bot: Bot) -> None:
    """Commands, and answers through the response_url, need no membership of the bot."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any, respond: Any) -> None:
        await ack()
        await respond("from outside", response_type="in_channel")

    await sandbox.command("mei", "random", "/tokens")
    await sandbox.wait_for(lambda: sandbox.messages("random", "jonas"))

    assert sandbox.messages("random", "jonas")[0]["text"] == "from outside"


async def test_an_unregistered_command_does_not_exist(sandbox: Sandbox) -> None:
    """Slack's client does not send commands that no app registered."""
    with pytest.raises(UnknownError, match="/other"):
        await sandbox.command("mei", "general", "/other")


@pytest.mark.parametrize(
    ("user", "channel", "reason"),
    [
        ("jonas", "on-call", "not in on-call"),
        ("mei", "migration-2025", "archived"),
        ("dana", "ext-acme-port", "another organisation"),
    ],
)
async def test_where_a_person_cannot_type_there_is_no_command(
    sandbox: Sandbox, user: str, channel: str, reason: str
) -> None:
    """Not in the channel, an archived channel, a stranger: the client refuses."""
    with pytest.raises(RefusedError, match=reason):
        await sandbox.command(user, channel, "/tokens")


async def test_a_guest_may_use_commands(sandbox: Sandbox, bot: Bot) -> None:
    """Slack lets guests use commands: refusing them is the app's business."""

    @bot.app.command("/tokens")
    async def tokens(ack: Any) -> None:
        await ack()

    assert (await sandbox.command("sam", "general", "/tokens")).error is None


async def test_commands_come_from_the_manifest() -> None:
    """A manifest names the commands, scopes and events of the app."""
    manifest: Json = {
        "features": {"slash_commands": [{"command": "/keys", "description": "Keys"}]},
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
    }
    app = Installation.from_manifest(manifest, bot_token="xoxb-given")

    assert app.commands == [{"command": "/keys", "description": "Keys", "usage_hint": ""}]
    assert (app.scopes, app.events) == (("commands",), ("app_home_opened",))
    assert app.bot_token == "xoxb-given"


def test_an_empty_manifest_leaves_the_defaults() -> None:
    """What a manifest does not say stays as it is."""
    assert Installation.from_manifest({}).commands == Installation().commands
    assert Installation.from_manifest({}).scopes == Installation().scopes
