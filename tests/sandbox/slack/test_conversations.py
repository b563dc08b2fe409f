import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.slack.installation import DEFAULT_SCOPES, Installation
from tests.sandbox.slack.test_chat import GENERAL, refused

EVERYTHING = (*DEFAULT_SCOPES, "im:read", "im:history", "channels:history", "groups:history")


@pytest.fixture(name="privileged")
def _privileged(sandbox: Sandbox, client: AsyncWebClient) -> AsyncWebClient:
    sandbox.platform.app.scopes = EVERYTHING
    return client


async def test_opening_a_dm_gives_its_id(client: AsyncWebClient) -> None:
    """conversations.open finds the one DM with a person, by user or by its own id."""
    answer = await client.conversations_open(users="U07MEITAN01")
    assert answer["channel"] == {"id": "D07MEITAN01"}

    again = await client.conversations_open(channel="D07MEITAN01", return_im=True)
    assert again["channel"]["user"] == "U07MEITAN01"
    assert again["channel"]["is_im"] is True


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "users_list_not_supplied"),
        ({"users": "U0"}, "user_not_found"),
        ({"users": "U07DANAFX06"}, "invalid_user_combination"),
        ({"users": "U07JONASW02"}, "user_disabled"),
        ({"users": "U07MEITAN01,U07AIKOMO04"}, "too_many_users"),
        ({"channel": GENERAL}, "method_not_supported_for_channel_type"),
        ({"channel": "D0"}, "channel_not_found"),
    ],
)
async def test_some_dms_cannot_be_opened(
    sandbox: Sandbox, client: AsyncWebClient, arguments: dict[str, str], error: str
) -> None:
    """Nobody, a stranger, a deactivated person, several people, a channel."""
    await sandbox.happen("deactivate", user="jonas")

    assert (await refused(client, "conversations.open", **arguments))["error"] == error


async def test_a_shared_channel_says_so(client: AsyncWebClient) -> None:
    """is_ext_shared marks Slack Connect; members are counted on demand, the bot included."""
    answer = await client.conversations_info(channel="C07ACMEEXT5", include_num_members=True)

    channel = answer["channel"]
    assert channel["is_ext_shared"] is True
    assert channel["num_members"] == 4
    plain = await client.conversations_info(channel=GENERAL)
    assert plain["channel"]["is_ext_shared"] is False
    assert "num_members" not in plain["channel"]


@pytest.mark.parametrize(
    ("channel", "needed"),
    [("D07MEITAN01", "im:read"), ("C07ONCALL03", "groups:read"), (GENERAL, "channels:read")],
)
async def test_reading_needs_the_scope_of_the_kind(
    sandbox: Sandbox, client: AsyncWebClient, channel: str, needed: str
) -> None:
    """Channels, private channels and DMs have a scope each."""
    sandbox.platform.app.scopes = tuple(s for s in ("mpim:read",) if s != needed)

    assert (await refused(client, "conversations.info", channel=channel))["needed"] == needed


async def test_members_are_listed_by_page(client: AsyncWebClient) -> None:
    """conversations.members pages with a cursor, and has the bot in it."""
    first = await client.conversations_members(channel=GENERAL, limit=4)
    rest = await client.conversations_members(
        channel=GENERAL, limit=4, cursor=first["response_metadata"]["next_cursor"]
    )

    everyone = [*first["members"], *rest["members"]]
    assert len(everyone) == len(set(everyone)) == 6
    assert "U07TOKENBEL" in everyone
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_the_list_has_public_channels_and_private_ones_on_demand(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Private channels without the bot stay out; archived ones can be left out."""
    public = await client.conversations_list()
    assert {c["name"] for c in public["channels"]} >= {"general", "random", "migration-2025"}
    assert "on-call" not in {c["name"] for c in public["channels"]}

    private = await client.conversations_list(types="private_channel", exclude_archived=True)
    assert [c["name"] for c in private["channels"]] == ["on-call"]
    await sandbox.happen("kick_bot", channel="on-call")
    assert (await client.conversations_list(types="private_channel"))["channels"] == []
    living = await client.conversations_list(exclude_archived=True)
    assert "migration-2025" not in {c["name"] for c in living["channels"]}


async def test_listing_dms_needs_their_scope(
    sandbox: Sandbox, client: AsyncWebClient, privileged: AsyncWebClient
) -> None:
    """With im:read the DMs can be listed."""
    found = await privileged.conversations_list(types="im")
    assert "D07MEITAN01" in {c["id"] for c in found["channels"]}

    sandbox.platform.app.scopes = DEFAULT_SCOPES
    assert (await refused(client, "conversations.list", types="im"))["needed"] == "im:read"


async def test_history_is_a_scope_that_has_to_be_asked_for(client: AsyncWebClient) -> None:
    """im:history is not granted by default."""
    answer = await refused(client, "conversations.history", channel="D07MEITAN01")

    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")


async def test_history_returns_metadata_on_demand_newest_first(
    sandbox: Sandbox, privileged: AsyncWebClient
) -> None:
    """A notice can be found again by the id in its metadata; ephemeral messages are not there."""
    metadata = {"event_type": "notice", "event_payload": {"id": "n1"}}
    first = await privileged.chat_postMessage(channel="D07MEITAN01", text="1", metadata=metadata)
    second = await privileged.chat_postMessage(channel="D07MEITAN01", text="2")
    await privileged.chat_postEphemeral(channel="D07MEITAN01", user="U07MEITAN01", text="3")

    plain = await privileged.conversations_history(channel="D07MEITAN01")
    full = await privileged.conversations_history(channel="D07MEITAN01", include_all_metadata=True)
    older = await privileged.conversations_history(channel="D07MEITAN01", latest=second["ts"])
    newer = await privileged.conversations_history(
        channel="D07MEITAN01", oldest=first["ts"], inclusive=True
    )
    one = await privileged.conversations_history(channel="D07MEITAN01", limit=1)

    assert [m["text"] for m in plain["messages"]] == ["2", "1"]
    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"] == metadata
    assert "metadata" not in full["messages"][0]
    assert [m["text"] for m in older["messages"]] == ["1"]
    assert [m["text"] for m in newer["messages"]] == ["2", "1"]
    assert one["has_more"] is True


async def test_history_has_what_people_said(sandbox: Sandbox, privileged: AsyncWebClient) -> None:
    """A person's message has no bot."""
    sandbox.say("mei", "general", "hello")

    (message,) = (await privileged.conversations_history(channel=GENERAL))["messages"]

    assert (message["user"], message["text"]) == ("U07MEITAN01", "hello")
    assert "bot_id" not in message


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "random"}, "not_in_channel"),
        ({"channel": GENERAL, "limit": 0}, "invalid_limit"),
        ({"channel": GENERAL, "limit": 2000}, "invalid_limit"),
        ({"channel": GENERAL, "limit": "many"}, "invalid_arguments"),
        ({"channel": GENERAL, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"channel": GENERAL, "latest": "nan"}, "invalid_ts_latest"),
    ],
)
async def test_history_checks_its_arguments(
    privileged: AsyncWebClient, arguments: dict[str, object], error: str
) -> None:
    """Not a member, a limit out of range, times that are none."""
    assert (await refused(privileged, "conversations.history", **arguments))["error"] == error


async def test_a_person_is_described_with_zone_and_roles(client: AsyncWebClient) -> None:
    """users.info tells admins, guests and strangers apart."""
    mei = (await client.users_info(user="U07MEITAN01"))["user"]
    aiko = (await client.users_info(user="U07AIKOMO04"))["user"]
    sam = (await client.users_info(user="U07SAMORT05"))["user"]
    dana = (await client.users_info(user="U07DANAFX06"))["user"]

    assert (mei["tz"], mei["tz_offset"], mei["is_admin"]) == ("Asia/Shanghai", 28_800, False)
    assert aiko["is_admin"] is True
    assert sam["is_restricted"] is True
    assert (dana["is_stranger"], dana["team_id"]) == (True, "T07ACMEPORT")
    assert "is_stranger" not in mei


async def test_a_deactivated_person_has_lost_zone_and_roles(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Slack leaves `deleted` and the name."""
    await sandbox.happen("deactivate", user="jonas")

    user = (await client.users_info(user="U07JONASW02"))["user"]

    assert user["deleted"] is True
    assert "tz" not in user
    assert "is_admin" not in user


async def test_the_bot_and_everyone_can_be_looked_up(client: AsyncWebClient) -> None:
    """The app's own user is a bot; users.list has all of them."""
    assert (await client.users_info(user="U07TOKENBEL"))["user"]["is_bot"] is True
    everyone = await client.users_list()
    assert {"mei", "dana", "tokenbell"} <= {user["name"] for user in everyone["members"]}
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.users_info(user="mei")


async def test_public_posting_is_a_scope_too() -> None:
    """With chat:write.public the bot posts to public channels that it is not in."""
    app = Installation(scopes=("chat:write", "chat:write.public"))
    async with Sandbox(app=app) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)

        assert (await client.chat_postMessage(channel="random", text="x"))["ok"]
