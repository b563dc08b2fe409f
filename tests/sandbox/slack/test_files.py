import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.sandbox.slack.test_chat import refused


async def test_the_sdks_upload_shows_a_file_in_the_dm(
    sandbox: Sandbox, client: AsyncWebClient, http: httpx.AsyncClient
) -> None:
    """files_upload_v2 goes through all three steps; the page can download what was shared."""
    await client.files_upload_v2(
        filename="tokens.csv",
        content="name,expires\n",
        title="Your tokens",
        channel="D07MEITAN01",
        initial_comment="Here they are",
    )

    (message,) = sandbox.dm("mei")
    (file,) = message["files"]
    assert (message["text"], message["bot_id"]) == ("Here they are", "B07TOKENBEL")
    assert (file["title"], file["size"], file["mimetype"]) == ("Your tokens", 13, "text/csv")
    download = await http.get(file["url_private_download"])
    assert download.text == "name,expires\n"
    assert download.headers["content-disposition"] == "attachment"
    assert download.headers["x-content-type-options"] == "nosniff"


async def test_a_file_without_a_channel_stays_private(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Completing without a channel posts nothing."""
    answer = await client.files_upload_v2(filename="notes", content="x")

    assert answer["files"][0]["filetype"] == "text"
    assert sandbox.dm("mei") == []


async def test_an_upload_may_be_a_multipart_form(
    sandbox: Sandbox, client: AsyncWebClient, http: httpx.AsyncClient
) -> None:
    """The upload URL takes the bytes raw or as the one file of a form, once."""
    ticket = await client.files_getUploadURLExternal(filename="a.json", length=2)

    done = await http.post(ticket["upload_url"], files={"file": ("a.json", b"{}")})
    again = await http.post(ticket["upload_url"], content=b"{}")

    assert (done.status_code, done.text) == (200, "OK - 2")
    assert again.status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "multipart/form-data"}])
async def test_an_upload_of_the_wrong_length_is_refused(
    client: AsyncWebClient, http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """What was announced has to come."""
    ticket = await client.files_getUploadURLExternal(filename="a.json", length=2)

    answer = await http.post(ticket["upload_url"], content=b"{}}", headers=headers)

    assert answer.status_code == 400


async def test_the_upload_needs_its_key(client: AsyncWebClient, http: httpx.AsyncClient) -> None:
    """The id of a file is not enough to write it, or to read it."""
    ticket = await client.files_getUploadURLExternal(filename="a.json", length=2)

    assert (await http.post(f"/upload/v1/{ticket['file_id']}/guess")).status_code == 404
    assert (await http.get(f"/files-pri/{ticket['file_id']}/guess/a.json")).status_code == 404


async def test_an_upload_that_never_came_is_not_found(client: AsyncWebClient) -> None:
    """Completing needs the bytes, an id, and a list."""
    ticket = await client.files_getUploadURLExternal(filename="a.json", length=2)

    for files, error in (
        ([{"id": ticket["file_id"]}], "file_not_found"),
        ([{"id": "F0"}], "file_not_found"),
        (["F0"], "file_not_found"),
        ([], "invalid_arguments"),
        ("F0", "invalid_arguments"),
    ):
        answer = await refused(client, "files.completeUploadExternal", files=files)
        assert answer["error"] == error


@pytest.mark.parametrize("arguments", [{"filename": "a"}, {"filename": "a", "length": -1}])
async def test_an_upload_has_a_length(client: AsyncWebClient, arguments: dict[str, object]) -> None:
    """A length is required and positive."""
    answer = await refused(client, "files.getUploadURLExternal", **arguments)

    assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C07RANDOM04", "posting_to_channel_denied"),
        ("C07ARCHIVE6", "posting_to_channel_denied"),
        ("U07MEITAN01", "channel_not_found"),
    ],
)
async def test_a_file_goes_only_where_the_bot_may_post(
    sandbox: Sandbox,
    client: AsyncWebClient,
    http: httpx.AsyncClient,
    channel: str,
    error: str,
) -> None:
    """A channel without the bot, an archive, or a person's id instead of the DM's."""
    ticket = await client.files_getUploadURLExternal(filename="a.json", length=2)
    await http.post(ticket["upload_url"], content=b"{}")

    answer = await refused(
        client,
        "files.completeUploadExternal",
        files=[{"id": ticket["file_id"]}],
        channel_id=channel,
    )

    assert answer["error"] == error
