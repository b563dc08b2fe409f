import json

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import Json

GENERAL = "C07GENERAL1"
SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}
TABLE: Json = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}


async def refused(client: AsyncWebClient, method: str, **arguments: object) -> Json:
    with pytest.raises(SlackApiError) as refusal:
        await client.api_call(method, json=arguments)
    data = refusal.value.response.data
    assert isinstance(data, dict)
    return data


async def test_a_posted_message_is_kept_with_slacks_additions(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Blocks get ids, text objects their defaults, the message its bot."""
    answer = await client.chat_postMessage(
        channel=GENERAL,
        text="fallback",
        blocks=[
            SECTION,
            {
                "type": "actions",
                "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}],
            },
        ],
    )

    message = answer["message"]
    assert (answer["channel"], answer["ts"]) == (GENERAL, message["ts"])
    assert (message["bot_id"], message["app_id"]) == ("B07TOKENBEL", "A07TOKENBEL")
    section, actions = message["blocks"]
    assert section["text"]["verbatim"] is False
    assert section["block_id"]
    assert actions["elements"][0]["action_id"]
    assert actions["elements"][0]["text"]["emoji"] is True


async def test_timestamps_are_unique_and_rise(client: AsyncWebClient) -> None:
    """Two messages never share a ts, and the later one has the higher."""
    stamps = [(await client.chat_postMessage(channel=GENERAL, text=str(n)))["ts"] for n in range(5)]

    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("channel", ["general", "#general", GENERAL])
async def test_a_channel_is_found_by_id_and_by_name(
    sandbox: Sandbox, client: AsyncWebClient, channel: str
) -> None:
    """chat.postMessage takes both."""
    assert (await client.chat_postMessage(channel=channel, text="x"))["channel"] == GENERAL


async def test_a_users_id_means_the_dm(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Posting to a person shows in the DM with that person alone."""
    answer = await client.chat_postMessage(channel="U07MEITAN01", text="psst")

    assert answer["channel"] == "D07MEITAN01"
    assert sandbox.dm("mei")[0]["text"] == "psst"
    assert sandbox.dm("jonas") == []


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0", "channel_not_found"),
        ("", "channel_not_found"),
        ("random", "not_in_channel"),
        ("migration-2025", "is_archived"),
        ("U07DANAFX06", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post_slack_says_why(
    sandbox: Sandbox, client: AsyncWebClient, channel: str, error: str
) -> None:
    """Unknown, not a member, archived, a stranger's DM."""
    answer = await refused(client, "chat.postMessage", channel=channel, text="x")

    assert answer["error"] == error


async def test_a_private_channel_without_the_bot_does_not_exist(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Slack does not even confirm that a private channel is there."""
    await sandbox.happen("kick_bot", channel="on-call")

    answer = await refused(client, "chat.postMessage", channel="on-call", text="x")

    assert answer["error"] == "channel_not_found"


async def test_a_workspace_may_restrict_posting(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """A preference of the workspace keeps the bot from posting in a channel."""
    await sandbox.happen("restrict", channel="general")

    answer = await refused(client, "chat.postMessage", channel=GENERAL, text="x")

    assert answer["error"] == "restricted_action"


async def test_posting_to_a_deactivated_person_succeeds(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """As in Slack (python-slack-sdk issue 1156): nobody is told that nobody reads it."""
    await sandbox.happen("deactivate", user="jonas")

    assert (await client.chat_postMessage(channel="U07JONASW02", text="x"))["ok"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "", "blocks": []}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "["}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"text": "x", "blocks": ["section"]}, "invalid_blocks_format"),
        ({"text": "x", "attachments": "x"}, "invalid_attachments"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"markdown_text": "y" * 12_001}, "msg_too_long"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": [1]}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
        ({"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
    ],
)
async def test_content_is_checked(client: AsyncWebClient, arguments: Json, error: str) -> None:
    """Each way to say nothing, too much or nonsense has its own error."""
    answer = await refused(client, "chat.postMessage", channel=GENERAL, **arguments)

    assert answer["error"] == error


async def test_markdown_text_becomes_a_markdown_block(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """`markdown_text` alone is content."""
    await client.chat_postMessage(channel=GENERAL, markdown_text="**bold**")

    assert sandbox.messages("general")[0]["blocks"][0]["type"] == "markdown"


async def test_invalid_blocks_name_the_place(client: AsyncWebClient) -> None:
    """Slack lists what is wrong, with a JSON pointer, in two places of the answer."""
    long: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}

    answer = await refused(
        client, "chat.postMessage", channel=GENERAL, text="x", blocks=[SECTION, long]
    )

    expected = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [expected]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {expected}"]


async def test_only_one_table_is_allowed(client: AsyncWebClient) -> None:
    """A second table, in an attachment or a container too, is refused as in Slack."""
    attached = [{"blocks": [TABLE]}]
    contained = {"type": "container", "child_blocks": [TABLE]}

    for arguments in (
        {"blocks": [TABLE, TABLE]},
        {"blocks": [TABLE], "attachments": attached},
        {"blocks": [TABLE, contained]},
    ):
        answer = await refused(client, "chat.postMessage", channel=GENERAL, text="x", **arguments)
        assert answer["error"] == "invalid_attachments"
        assert answer["errors"] == ["only_one_table_allowed"]


async def test_a_table_is_drawn_last(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Whatever its place among the blocks, a table shows at the bottom."""
    await client.chat_postMessage(channel=GENERAL, text="x", blocks=[TABLE, SECTION])

    blocks = sandbox.messages("general")[0]["blocks"]
    assert [block["type"] for block in blocks] == ["section", "table"]


async def test_a_workspace_may_not_know_tables_yet(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """With tables refused they are an unsupported type, until they are accepted again."""
    await sandbox.happen("refuse_tables")
    answer = await refused(client, "chat.postMessage", channel=GENERAL, text="x", blocks=[TABLE])
    assert answer["errors"] == ["unsupported type: table [json-pointer:/blocks/0/type]"]

    await sandbox.happen("accept_tables")
    assert (await client.chat_postMessage(channel=GENERAL, text="x", blocks=[TABLE]))["ok"]


async def test_blocks_in_attachments_are_checked_and_kept(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """An attachment's blocks obey the same rules, under another error."""
    answer = await refused(
        client, "chat.postMessage", channel=GENERAL, attachments=[{"blocks": [{"type": "nope"}]}]
    )
    assert answer["error"] == "invalid_attachments"
    assert answer["errors"] == [
        "unsupported type: nope [json-pointer:/attachments/0/blocks/0/type]"
    ]

    await client.chat_postMessage(
        channel=GENERAL, text="x", attachments=[{"color": "#f00", "blocks": [SECTION]}]
    )
    (attachment,) = sandbox.messages("general")[0]["attachments"]
    assert (attachment["id"], attachment["color"]) == (1, "#f00")
    assert attachment["blocks"][0]["block_id"]


async def test_an_edit_replaces_what_it_gives(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """chat.update keeps the ts, marks the edit, and leaves alone what is not given."""
    metadata = {"event_type": "notice", "event_payload": {"id": "n1"}}
    posted = await client.chat_postMessage(
        channel=GENERAL, text="old", blocks=[SECTION], metadata=metadata
    )

    answer = await client.chat_update(channel=GENERAL, ts=posted["ts"], text="new")

    (message,) = sandbox.messages("general")
    assert (answer["text"], message["text"], message["ts"]) == ("new", "new", posted["ts"])
    assert message["edited"]["user"] == "U07TOKENBEL"
    assert message["blocks"][0]["type"] == "section"
    assert message["metadata"] == metadata

    await client.chat_update(channel=GENERAL, ts=posted["ts"], text="newer", blocks=[])
    assert sandbox.messages("general")[0]["blocks"] == []


async def test_an_edit_may_hold_4000_characters_only(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """chat.update is narrower than chat.postMessage."""
    posted = await client.chat_postMessage(channel=GENERAL, text="x" * 4001)

    answer = await refused(client, "chat.update", channel=GENERAL, ts=posted["ts"], text="x" * 4001)

    assert answer["error"] == "msg_too_long"


async def test_ephemeral_messages_can_be_neither_edited_nor_deleted(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Slack keeps no ephemeral message: its ts is not found."""
    posted = await client.chat_postEphemeral(channel=GENERAL, user="U07MEITAN01", text="psst")
    assert sandbox.messages("general", "mei")[0]["ephemeral"] is True
    assert sandbox.messages("general", "jonas") == []

    for method in ("chat.update", "chat.delete"):
        answer = await refused(client, method, channel=GENERAL, ts=posted["message_ts"], text="x")
        assert answer["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": GENERAL, "user": "U07DANAFX06"}, "user_not_in_channel"),
        ({"channel": "random", "user": "U07MEITAN01"}, "not_in_channel"),
        ({"channel": GENERAL}, "invalid_arguments"),
    ],
)
async def test_an_ephemeral_message_needs_both_in_the_channel(
    client: AsyncWebClient, arguments: Json, error: str
) -> None:
    """The person has to be there, and the bot."""
    answer = await refused(client, "chat.postEphemeral", text="x", **arguments)

    assert answer["error"] == error


@pytest.mark.parametrize(
    ("method", "error"),
    [("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")],
)
async def test_the_bot_edits_its_own_messages_only(
    sandbox: Sandbox, client: AsyncWebClient, method: str, error: str
) -> None:
    """What a person said is not the bot's to change."""
    said = sandbox.say("mei", "general", "mine")

    answer = await refused(client, method, channel=GENERAL, ts=said["ts"], text="x")

    assert answer["error"] == error


async def test_nothing_is_edited_in_an_archive(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """An archived channel is frozen."""
    posted = await client.chat_postMessage(channel=GENERAL, text="x")
    await sandbox.happen("archive", channel="general")

    answer = await refused(client, "chat.update", channel=GENERAL, ts=posted["ts"], text="y")

    assert answer["error"] == "is_inactive"


async def test_a_deleted_message_is_gone(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """chat.delete removes it; a second time it is not found."""
    posted = await client.chat_postMessage(channel=GENERAL, text="x")

    await client.chat_delete(channel=GENERAL, ts=posted["ts"])

    assert sandbox.messages("general") == []
    answer = await refused(client, "chat.delete", channel=GENERAL, ts=posted["ts"])
    assert answer["error"] == "message_not_found"


async def test_a_reply_names_its_thread(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """thread_ts is kept with the reply."""
    parent = await client.chat_postMessage(channel=GENERAL, text="x")

    await client.chat_postMessage(channel=GENERAL, text="y", thread_ts=parent["ts"])

    assert sandbox.messages("general")[1]["thread_ts"] == parent["ts"]


async def test_a_permalink_names_channel_and_time(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """The link leads to the sandbox's own page."""
    posted = await client.chat_postMessage(channel=GENERAL, text="x")

    answer = await client.chat_getPermalink(channel=GENERAL, message_ts=posted["ts"])

    stamp = posted["ts"].replace(".", "")
    assert answer["permalink"] == f"{sandbox.url}/archives/{GENERAL}/p{stamp}"


async def test_an_empty_argument_is_none(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Forms send what is absent as nothing."""
    await client.api_call("chat.postMessage", data={"channel": GENERAL, "text": "x", "blocks": ""})

    assert sandbox.messages("general")[0]["blocks"] == []


async def test_forms_carry_blocks_as_json_text(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Form-encoded calls are read like JSON ones."""
    await client.api_call(
        "chat.postMessage",
        data={"channel": GENERAL, "text": "x", "blocks": json.dumps([SECTION])},
    )

    assert sandbox.messages("general")[0]["blocks"][0]["type"] == "section"
