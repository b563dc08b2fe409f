from typing import Any

import httpx
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.server import Sandbox
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_chat import GENERAL, SECTION, TABLE
from tests.sandbox.slack.test_interactions import BUTTON, accept_all, actions, posted

MEI = "U07MEITAN01"


def url(sandbox: Sandbox, *, ts: str | None = None, channel: str = GENERAL) -> str:
    origin = sandbox.platform.response_urls
    return origin.new("commands" if ts is None else "actions", user=MEI, channel=channel, ts=ts)


async def test_the_answer_is_ephemeral_unless_in_channel(sandbox: Sandbox) -> None:
    """The SDK's webhook client posts to one person, or with in_channel to all."""
    webhook = AsyncWebhookClient(url(sandbox))

    answer = await webhook.send(text="mine")
    await webhook.send(text="ours", blocks=[SECTION], response_type="in_channel")

    assert (answer.status_code, answer.body) == (200, "ok")
    assert [m["text"] for m in sandbox.messages("general", "jonas")] == ["ours"]
    mine, ours = sandbox.messages("general", "mei")
    assert (mine["ephemeral"], ours["ephemeral"]) == (True, False)
    assert ours["blocks"][0]["type"] == "section"


async def test_a_response_url_is_good_for_five_uses(sandbox: Sandbox) -> None:
    """The sixth is refused, and refused ones count."""
    webhook = AsyncWebhookClient(url(sandbox))
    first = await webhook.send(text="")
    for _ in range(4):
        assert (await webhook.send(text="x")).status_code == 200

    sixth = await webhook.send(text="x")

    assert (first.status_code, first.body) == (400, "no_text")
    assert (sixth.status_code, sixth.body) == (404, "used_url")
    assert len(sandbox.messages("general", "mei")) == 4


async def test_a_response_url_expires() -> None:
    """After thirty minutes it is refused."""
    async with Sandbox(limits=Limits(response_url=0.0)) as sandbox:
        answer = await AsyncWebhookClient(url(sandbox)).send(text="x")

    assert (answer.status_code, answer.body) == (404, "expired_url")


async def test_a_guessed_url_is_no_service(sandbox: Sandbox) -> None:
    """There is nothing to find by guessing."""
    answer = await AsyncWebhookClient(f"{sandbox.url}/hooks/commands/guess").send(text="x")

    assert (answer.status_code, answer.body) == (404, "no_service")


async def test_errors_may_come_as_ok_false() -> None:
    """The other way that Slack is said to refuse: 200 and JSON."""
    async with Sandbox(limits=Limits(response_url_errors="ok_false")) as sandbox:
        answer = await AsyncWebhookClient(url(sandbox)).send(text="x", blocks=[{"type": "no"}])

    assert (answer.status_code, answer.body) == (200, '{"ok":false,"error":"invalid_blocks"}')


async def test_tables_are_refused_where_they_are_unknown(sandbox: Sandbox) -> None:
    """A workspace without tables answers invalid_blocks."""
    await sandbox.happen("refuse_tables")

    answer = await AsyncWebhookClient(url(sandbox)).send(text="x", blocks=[TABLE])

    assert (answer.status_code, answer.body) == (400, "invalid_blocks")


async def test_a_commands_url_cannot_replace_its_own_answer(sandbox: Sandbox) -> None:
    """As in Slack (bolt-python issue 1268): replace_original posts anew."""
    webhook = AsyncWebhookClient(url(sandbox))
    await webhook.send(text="reading")

    await webhook.send(text="done", replace_original=True)

    assert [m["text"] for m in sandbox.messages("general", "mei")] == ["reading", "done"]


@pytest.mark.parametrize("where", [{"user": MEI}, {}])
async def test_a_clicks_url_replaces_the_message_of_the_click(
    sandbox: Sandbox, bot: Bot, where: dict[str, str]
) -> None:
    """replace_original edits in place, ephemeral or not, and leaves nothing of the old content."""
    message = await posted(sandbox, bot, actions(BUTTON), **where)

    @bot.app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        await respond("done", replace_original=True)

    await sandbox.interact("mei", "go", on=message)
    await sandbox.wait_for(lambda: sandbox.messages("general", "mei")[0]["text"] == "done")

    (replaced,) = sandbox.messages("general", "mei")
    assert (replaced["ts"], replaced["blocks"]) == (message["ts"], [])
    assert replaced["ephemeral"] is bool(where)
    assert (replaced["edited"] is None) is bool(where)


async def test_a_clicks_url_posts_anew_by_default(sandbox: Sandbox, bot: Bot) -> None:
    """Without replace_original the message of the click stays."""
    message = await posted(sandbox, bot, actions(BUTTON))
    webhook = AsyncWebhookClient(url(sandbox, ts=message["ts"]))

    await webhook.send(text="more")

    assert [m["text"] for m in sandbox.messages("general", "mei")] == ["x", "more"]


async def test_delete_original_removes_the_message_of_the_click(sandbox: Sandbox, bot: Bot) -> None:
    """It is gone for good: replacing it afterwards is refused."""
    message = await posted(sandbox, bot, actions(BUTTON), user=MEI)
    webhook = AsyncWebhookClient(url(sandbox, ts=message["ts"]))

    await webhook.send(delete_original=True)
    late = await webhook.send(text="x", replace_original=True)

    assert sandbox.messages("general", "mei") == []
    assert (late.status_code, late.body) == (404, "message_not_found")


async def test_an_archived_channel_takes_no_answer(sandbox: Sandbox) -> None:
    """The channel was archived in the meantime."""
    target = url(sandbox)
    await sandbox.happen("archive", channel="general")

    answer = await AsyncWebhookClient(target).send(text="x")

    assert (answer.status_code, answer.body) == (410, "channel_is_archived")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'payload={"text":"x"}', "application/x-www-form-urlencoded", 200),
        (b'{"text": "x"}', "application/json", 200),
        (b"payload=", "application/x-www-form-urlencoded", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
    ],
)
async def test_the_body_is_json_or_a_forms_payload(
    sandbox: Sandbox, http: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    """Anything else is an invalid payload."""
    answer = await http.post(url(sandbox), content=content, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert answer.text == ("ok" if status == 200 else "invalid_payload")


async def test_answers_are_in_the_journal_without_the_secret(sandbox: Sandbox) -> None:
    """The URL is a capability: the journal names its kind only."""
    await AsyncWebhookClient(url(sandbox)).send(text="x")

    (call,) = sandbox.calls("response_url")
    assert (call.path, call.status, call.body) == ("/hooks/commands", 200, {"text": "x"})


async def test_respond_does_not_raise_when_it_is_refused(sandbox: Sandbox, bot: Bot) -> None:
    """Bolt's respond() returns what Slack answered: the app has to look."""
    answers: list[Json] = []

    @bot.app.command("/tokens")
    async def tokens(ack: Any, respond: Any) -> None:
        await ack()
        refused = await respond(text="x", blocks=[{"type": "section"}])
        answers.append({"status": refused.status_code, "body": refused.body})

    accept_all(bot)
    await sandbox.command("mei", "general", "/tokens")
    await sandbox.wait_for(lambda: answers)

    assert answers == [{"status": 400, "body": "invalid_blocks"}]
