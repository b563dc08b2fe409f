"""Posting, editing, DMs and views, against a Slack that refuses what the real one refuses."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import open_slack_client
from bot.blocks import Message
from bot.errors import SettingsError, SlackError
from bot.slack import UNREACHABLE, Responder, Slack, identify
from sandbox.company import World
from sandbox.company.people import BOT_USER_ID, JONAS, MEI, PRIYA, TEAM_ID
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.slack.platform import Limits
from tests.fixtures.bot import settings_for
from tests.fixtures.redis import START

SCOPE = TEAM_ID
HELLO = Message("hello", [{"type": "section", "text": {"type": "plain_text", "text": "hello"}}])
TABLE = Message("rows", [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]] * 2}])


class OneToken:
    """Knows the one token there is."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def bot_token(self, scope: str) -> str:
        assert scope == SCOPE
        return self._token


@pytest.fixture(name="sandbox")
async def _sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(company=World(0), limits=Limits(rates=None)) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[AsyncWebClient]:
    async with open_slack_client(settings_for(sandbox, "fakeredis://")) as client:
        yield client


@pytest.fixture
def slack(sandbox: Sandbox, client: AsyncWebClient) -> Slack:
    return Slack(client, OneToken(sandbox.bot_token))


METADATA = {"event_type": "tokenbell_notice", "event_payload": {"notice": "n1"}}


async def test_a_message_is_found_by_its_metadata(sandbox: Sandbox, slack: Slack) -> None:
    """However much was said since, and nothing else is taken for it."""
    sandbox.platform.app.scopes += ("im:history",)
    dm = await slack.open_dm(SCOPE, MEI.id)
    other = {**METADATA, "event_payload": {"notice": "n2"}}
    posted = await slack.post(SCOPE, dm, HELLO, metadata=METADATA)
    await slack.post(SCOPE, dm, HELLO, metadata=other)
    for number in range(230):
        sandbox.say("mei", dm, f"and {number}")

    assert await slack.find(SCOPE, dm, METADATA) == posted
    assert await slack.find(SCOPE, dm, {**METADATA, "event_payload": {"notice": "n3"}}) is None


async def test_a_search_ends(sandbox: Sandbox, slack: Slack) -> None:
    """A message is looked for among the latest only."""
    sandbox.platform.app.scopes += ("im:history",)
    dm = await slack.open_dm(SCOPE, MEI.id)
    await slack.post(SCOPE, dm, HELLO, metadata=METADATA)
    for number in range(500):
        sandbox.say("mei", dm, f"and {number}")

    assert await slack.find(SCOPE, dm, METADATA) is None
    assert len(sandbox.calls("conversations.history")) == 5


async def test_a_search_needs_a_scope(slack: Slack) -> None:
    """Where history was not granted, Slack says so."""
    dm = await slack.open_dm(SCOPE, MEI.id)

    with pytest.raises(SlackError) as refused:
        await slack.find(SCOPE, dm, METADATA)

    assert refused.value.code == "missing_scope"


async def test_post_edit_and_dm(sandbox: Sandbox, slack: Slack) -> None:
    """A posted message can be edited where it is, and a DM opens itself."""
    posted = await slack.post(SCOPE, "C07GENERAL1", HELLO)
    await slack.edit(SCOPE, posted, Message("changed", HELLO.blocks))
    dm = await slack.dm(SCOPE, MEI.id, HELLO)

    assert [m["text"] for m in sandbox.messages("general")] == ["changed"]
    assert posted.channel == "C07GENERAL1"
    assert [m["ts"] for m in sandbox.dm("mei")] == [dm.ts]


async def test_metadata_stays_with_the_message(sandbox: Sandbox, slack: Slack) -> None:
    """Metadata is kept, so that a message can be found again."""
    metadata = {"event_type": "tokenbell_notice", "event_payload": {"notice": "n1"}}

    await slack.post(SCOPE, "C07GENERAL1", HELLO, metadata=metadata)

    assert sandbox.messages("general")[0]["metadata"] == metadata


async def test_who_someone_is(slack: Slack) -> None:
    """`users.info` comes back as Slack says it."""
    assert (await slack.user(SCOPE, JONAS.id))["tz"] == "Europe/Berlin"
    with pytest.raises(SlackError) as refused:
        await slack.user(SCOPE, "U0NOBODY")
    assert refused.value.code == "user_not_found"


async def test_home_and_views(sandbox: Sandbox, slack: Slack) -> None:
    """A Home tab is published; a modal needs a trigger that Slack gave."""
    await slack.publish_home(SCOPE, PRIYA.id, {"type": "home", "blocks": HELLO.blocks})
    assert sandbox.home("priya") is not None

    for open_view in (slack.open_view, slack.push_view):
        with pytest.raises(SlackError) as refused:
            await open_view(SCOPE, "1.2.made-up", {"type": "modal"})
        assert refused.value.code
    with pytest.raises(SlackError) as gone:
        await slack.update_view(
            SCOPE,
            "V0GONE",
            {
                "type": "modal",
                "title": {"type": "plain_text", "text": "x"},
                "blocks": HELLO.blocks,
            },
        )
    assert gone.value.code == "not_found"


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C07RANDOM04", "not_in_channel"),
        ("C07ARCHIVE6", "is_archived"),
        ("C0NOWHERE", "channel_not_found"),
    ],
)
async def test_a_refusal_carries_slacks_own_word(slack: Slack, channel: str, code: str) -> None:
    """Why Slack refuses is in the error, with the method."""
    with pytest.raises(SlackError) as refused:
        await slack.post(SCOPE, channel, HELLO)

    assert (refused.value.method, refused.value.code) == ("chat.postMessage", code)


async def test_a_missing_scope_is_named(client: AsyncWebClient, sandbox: Sandbox) -> None:
    """`missing_scope` says which one is needed."""
    sandbox.platform.app.scopes = ("commands",)

    with pytest.raises(SlackError) as refused:
        await Slack(client, OneToken(sandbox.bot_token)).post(SCOPE, "C07GENERAL1", HELLO)

    assert refused.value.code == "missing_scope"
    assert refused.value.needed == "chat:write"


async def test_throttling_says_when_to_come_back(sandbox: Sandbox, slack: Slack) -> None:
    """A 429 is not waited for: its Retry-After is handed on."""
    sandbox.faults.add(Fault(service="slack", kind="429", seconds=7, match="chat.postMessage"))

    with pytest.raises(SlackError) as limited:
        await slack.post(SCOPE, "C07GENERAL1", HELLO)

    assert limited.value.code == "ratelimited"
    assert limited.value.retry_after == 7
    assert len(sandbox.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("kind", ["reset", "500", "broken"])
async def test_no_usable_answer_is_tried_once(sandbox: Sandbox, slack: Slack, kind: str) -> None:
    """A post whose answer is lost is not repeated: it may have been made."""
    sandbox.faults.add(
        Fault(service="slack", kind=kind, match="chat.postMessage", accepted=True)  # type: ignore[arg-type]  # each is a Kind
    )

    with pytest.raises(SlackError) as lost:
        await slack.post(SCOPE, "C07GENERAL1", HELLO)

    assert lost.value.code == {"reset": UNREACHABLE, "500": "http_500"}.get(kind, lost.value.code)
    assert len(sandbox.messages("general")) == 1


async def test_whose_token_it_is(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """The bot learns its workspace, its own ids and its scopes from the token."""
    found = await identify(client, SecretStr(sandbox.bot_token), START)

    assert (found.scope, found.bot_user_id) == (TEAM_ID, BOT_USER_ID)
    assert "chat:write" in found.scopes


async def test_a_token_that_slack_refuses(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """A wrong token is a setting to mend; an unreachable Slack is not."""
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN"):
        await identify(client, SecretStr("xoxb-wrong"), START)

    sandbox.faults.add(Fault(service="slack", kind="reset", match="auth.test"))
    with pytest.raises(SlackError):
        await identify(client, SecretStr(sandbox.bot_token), START)


class TestResponder:
    """Replies by `response_url`."""

    async def url(self, sandbox: Sandbox) -> str:
        return sandbox.platform.response_urls.new("commands", user=MEI.id, channel="C07GENERAL1")

    async def test_a_reply_is_for_one_person(
        self, sandbox: Sandbox, client: AsyncWebClient
    ) -> None:
        """Only the person who typed the command sees the answer."""
        await Responder(client).send(await self.url(sandbox), HELLO)

        (seen,) = sandbox.messages("general", "mei")
        assert seen["ephemeral"]
        assert sandbox.messages("general", "jonas") == []

    @pytest.mark.parametrize("errors", ["status", "ok_false"])
    async def test_a_refusal_is_noticed_however_it_comes(self, errors: str) -> None:
        """A status and a body that say no are both errors."""
        limits = Limits(rates=None, response_url_errors=errors)  # type: ignore[arg-type]  # both are known
        async with (
            Sandbox(company=World(0), limits=limits) as sandbox,
            open_slack_client(settings_for(sandbox, "fakeredis://")) as client,
        ):
            sandbox.platform.app.refuse_tables = True
            url = await self.url(sandbox)

            with pytest.raises(SlackError) as refused:
                await Responder(client).send(url, TABLE)

            assert refused.value.code == "invalid_blocks"

    async def test_five_times_and_no_more(self, sandbox: Sandbox, client: AsyncWebClient) -> None:
        """The sixth use of one address is refused with a word that says so."""
        url, responder = await self.url(sandbox), Responder(client)
        for _ in range(5):
            await responder.send(url, HELLO)

        with pytest.raises(SlackError) as spent:
            await responder.send(url, HELLO)

        assert spent.value.code == "used_url"

    @pytest.mark.parametrize(
        ("kind", "code"), [("429", "ratelimited"), ("500", "http_500"), ("reset", UNREACHABLE)]
    )
    async def test_faults(
        self, sandbox: Sandbox, client: AsyncWebClient, kind: str, code: str
    ) -> None:
        """Throttling, failures and cut connections are told apart."""
        sandbox.faults.add(Fault(service="slack", kind=kind, match="response_url"))  # type: ignore[arg-type]  # each is a Kind

        with pytest.raises(SlackError) as refused:
            await Responder(client).send(await self.url(sandbox), HELLO)

        assert refused.value.code == code

    def test_it_keeps_its_connections(self) -> None:
        """A client that would open a connection for each reply is not taken."""
        with pytest.raises(ValueError, match="session"):
            Responder(AsyncWebClient())

    async def test_any_text_arrives(self, sandbox: Sandbox, client: AsyncWebClient) -> None:
        """What people write in any language arrives as it was."""
        message = Message("令牌 🔔 \u202e \x00 é", [])

        await Responder(client).send(await self.url(sandbox), message)

        (seen,) = sandbox.messages("general", "mei")
        assert seen["text"] == message.text
