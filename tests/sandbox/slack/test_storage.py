import json
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.company import World
from sandbox.server import Sandbox
from tests.fixtures.http import loopback_client
from tests.sandbox.slack.test_interactions import BUTTON, actions

MEI = "U07MEITAN01"


def client_of(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_the_workspace_is_found_again_after_a_restart(tmp_path: Path) -> None:
    """Messages, Homes, files, people, channels, the clock and the data's moment are kept."""
    async with Sandbox(data=tmp_path) as first:
        client = client_of(first)
        metadata = {"event_type": "notice", "event_payload": {"id": "n1"}}
        await client.chat_postMessage(
            channel="general", text="kept", blocks=[actions(BUTTON)], metadata=metadata
        )
        await client.views_publish(user_id=MEI, view={"type": "home", "blocks": []})
        await client.files_upload_v2(filename="a.csv", content="a,b", channel="D07MEITAN01")
        await first.advance(3600, jump=True)
        await first.happen("set_zone", user="mei", zone="Europe/Berlin")
        await first.happen("leave", user="jonas", channel="random")
        await first.happen("refuse_tables")
        before = first.messages("general"), first.home("mei"), first.company.epoch

    async with Sandbox(data=tmp_path) as second:
        home = second.home("mei")
        assert home is not None
        assert before[1] is not None
        assert second.messages("general") == before[0]
        assert (home["id"], home["blocks"]) == (before[1]["id"], [])
        assert second.company.epoch == before[2]
        assert second.clock.offset_ms == 3_600_000
        assert second.workspace.person("mei").tz == "Europe/Berlin"
        assert "U07JONASW02" not in second.workspace.conversation("random").members
        assert second.platform.app.refuse_tables
        (file,) = second.dm("mei")[0]["files"]
        assert file["url_private"].startswith(second.url)
        async with loopback_client() as http:
            assert (await http.get(file["url_private"])).text == "a,b"
        later = await client_of(second).chat_postMessage(channel="general", text="later")
        assert later["ts"] > before[0][0]["ts"]


async def test_ephemeral_messages_and_modals_are_forgotten(tmp_path: Path) -> None:
    """As in Slack, a reload ends them."""
    async with Sandbox(data=tmp_path, company=World(0)) as first:
        client = client_of(first)
        await client.chat_postEphemeral(channel="general", user=MEI, text="psst")
        await client.views_open(
            trigger_id=first.platform.triggers.new(MEI),
            view={"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []},
        )

    async with Sandbox(data=tmp_path, company=World(0)) as second:
        assert second.messages("general", "mei") == []
        assert second.views("mei") == []


async def test_changes_are_written_soon_and_as_a_whole(tmp_path: Path) -> None:
    """The file is there before the end, it is whole, and no draft lies about."""
    async with Sandbox(data=tmp_path, company=World(0)) as sandbox:
        sandbox.say("mei", "general", "one")
        sandbox.say("mei", "general", "two")
        path = tmp_path / "sandbox.json"
        await sandbox.wait_for(path.exists, what="the file")

        state = json.loads(path.read_text())

        assert len(state["channels"]["C07GENERAL1"]["messages"]) == 2
        assert "sandbox.draft" not in names(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 99}'])
async def test_a_file_that_is_not_one_is_set_aside(tmp_path: Path, content: str) -> None:
    """An unreadable state does not keep the sandbox from starting, and is not lost."""
    (tmp_path / "sandbox.json").write_text(content)

    async with Sandbox(data=tmp_path, company=World(0)) as sandbox:
        assert sandbox.messages("general") == []

    assert (tmp_path / "sandbox.unreadable").read_text() == content


async def test_a_file_that_was_removed_is_left_out(tmp_path: Path) -> None:
    """A message whose upload is gone shows without it."""
    async with Sandbox(data=tmp_path, company=World(0)) as first:
        await client_of(first).files_upload_v2(
            filename="a.csv", content="a,b", channel="D07MEITAN01"
        )
    for path in (tmp_path / "files").iterdir():
        path.unlink()

    async with Sandbox(data=tmp_path, company=World(0)) as second:
        assert second.dm("mei")[0]["files"] == []


async def test_without_a_directory_nothing_is_written(tmp_path: Path) -> None:
    """The default keeps nothing."""
    async with Sandbox(company=World(0)) as sandbox:
        sandbox.say("mei", "general", "one")

    assert names(tmp_path) == []
