"""The acknowledgement is out in time whatever is broken, and the person is told why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.models.installation import Installation
from sandbox.company.people import BOT_ID, BOT_USER_ID, TEAM_ID
from sandbox.faults import Fault
from tests.fixtures.bot import Office, buttons_of, open_office, text_of
from tests.fixtures.canaries import CANARY, Watch
from tests.store.servers import Server, frozen, server

MANY = 50
MANY_WORKSPACES = {
    "SLACK_BOT_TOKEN": "",
    "SLACK_CLIENT_ID": "4471.9982",
    "SLACK_CLIENT_SECRET": CANARY.slack_client_secret,
}


@pytest.fixture(name="own")
async def _own(tmp_path: Path) -> AsyncIterator[Server]:
    """Yield a Redis that a test may mistreat."""
    async with server(tmp_path) as own:
        yield own


@asynccontextmanager
async def many_workspaces(redis_url: str, canaries: Watch) -> AsyncIterator[Office]:
    """Run a bot that looks up each workspace's installation, of which there is one."""
    async with open_office(redis_url, canaries, environ=MANY_WORKSPACES) as office:
        await office.bot.desk.installations._store.save(  # type: ignore[attr-defined]  # the real one
            Installation(
                team_id=TEAM_ID,
                bot_token=SecretStr(office.sandbox.bot_token),
                bot_id=BOT_ID,
                bot_user_id=BOT_USER_ID,
                installed_at=office.clock.wall(),
            )
        )
        yield office


async def test_fifty_at_once_are_all_answered(office: Office) -> None:
    """Fifty commands at the same moment are all acknowledged, and each has its answer."""
    await office.connect("mei")

    acks = await asyncio.gather(
        *(office.sandbox.command("mei", "general", "/tokens", "list") for _ in range(MANY))
    )

    assert {ack.error for ack in acks} == {None}
    await office.next("mei", after=MANY - 1)
    assert all("2 tokens" in text_of(each) for each in office.sandbox.messages("general", "mei"))


async def test_alibaba_hangs(office: Office) -> None:
    """While Alibaba says nothing, commands are acknowledged, and answered at the deadline."""
    await office.connect("mei")
    office.bot.desk.tokens.slow = office.bot.desk.tokens.deadline = 0.3
    office.sandbox.faults.add(Fault(service="kyuubi", kind="hang"))

    acks = await asyncio.gather(
        *(office.sandbox.command("mei", "general", "/tokens", "list") for _ in range(MANY))
    )

    assert {ack.error for ack in acks} == {None}
    await office.next("mei", after=2 * MANY - 1)
    told = [text_of(each) for each in office.sandbox.messages("general", "mei")]
    assert sum("Still reading kyuubi" in each for each in told) == MANY
    assert sum("The service is down, unreachable or too slow." in each for each in told) == MANY


async def test_redis_is_frozen(own: Server, canaries: Watch) -> None:
    """A Redis that says nothing costs nobody the ack; command, click and form say why."""
    async with open_office(own.url, canaries) as office:
        await office.connect("mei")
        listed = await office.types("mei")

        async with frozen(own.pid):
            sandbox = office.sandbox
            acks = await asyncio.gather(
                *(sandbox.command("mei", "general", "/tokens", "list") for _ in range(10)),
                sandbox.command("mei", "general", "/tokens", "help"),
                sandbox.interact("mei", "list.refresh", on=listed),
                sandbox.interact("mei", "list.filter", on=listed),
            )
            assert {ack.error for ack in acks} == {None}
            await office.modal("mei", "Filter tokens", "I cannot reach my storage.")
            home = await sandbox.open_home("mei") or await office.home("mei")
            assert "I cannot reach my storage." in text_of(home)
            await office.idle()

        told = [text_of(each) for each in office.sandbox.messages("general", "mei")]
        assert sum("I cannot reach my storage." in each for each in told) == 11
        assert "2 tokens" in text_of(await office.types("mei"))


async def test_redis_is_gone(tmp_path: Path, canaries: Watch) -> None:
    """Without Redis people are told; when it is back, everything works again."""
    async with AsyncExitStack() as stack:
        async with server(tmp_path) as own:
            office = await stack.enter_async_context(open_office(own.url, canaries))
            assert buttons_of(await office.types("mei")) == ["Connect", "Help"]
        assert "I cannot reach my storage." in text_of(await office.types("mei"))
        async with server(tmp_path):
            await office.connect("mei")
            assert "2 tokens" in text_of(await office.types("mei"))


async def test_the_installation_cannot_be_looked_up(
    redis_url: str, canaries: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lookup that fails or hangs is no reason to miss the ack: it is told by the command's URL."""

    async def fail(_: str) -> None:
        raise RuntimeError("unforeseen")

    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    async with many_workspaces(redis_url, canaries) as office:
        for lookup in (fail, hang):
            with monkeypatch.context() as patch:
                patch.setattr(office.bot.desk.installations._store, "find", lookup)
                before = len(office.sandbox.messages("general", "mei"))
                acks = await asyncio.gather(
                    *(office.sandbox.command("mei", "general", "/tokens") for _ in range(5))
                )
                assert {ack.error for ack in acks} == {None}
                answer = await office.next("mei", after=before + 4)
                assert "I cannot reach my storage." in text_of(answer)
        assert "Know which tokens expire" in text_of(await office.types("mei"))


async def test_the_app_is_not_installed(redis_url: str, canaries: Watch) -> None:
    """Without an installation there is no token to speak with, and yet an answer."""
    async with open_office(redis_url, canaries, environ=MANY_WORKSPACES) as office:
        assert "not installed in your workspace" in text_of(await office.types("mei"))
        office.sandbox._events.emit({"type": "app_home_opened", "user": "U1", "tab": "home"})
        await office.wait(lambda: not office.sandbox._events._tasks, "the event")
        await office.idle()
        assert office.sandbox.calls("views.publish") == []


async def test_slack_does_not_say_who_it_is(office: Office) -> None:
    """When Slack cannot be asked who somebody is, they are told, and nothing is shown."""
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="users.info"))
    await office.connect("mei")

    assert "Slack refused to do that (http_500)" in text_of(await office.types("mei"))


async def test_slack_takes_no_answer(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """When Slack takes neither the answer nor the failure, the log has both."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="response_url"))
    caplog.clear()

    ack = await office.sandbox.command("mei", "general", "/tokens", "list")

    assert ack.error is None
    await office.idle()
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("handlers")]
    assert len([each for each in ours if "SlackError: response_url: http_500" in each]) == 2


async def test_what_was_acknowledged_is_finished(redis_url: str, canaries: Watch) -> None:
    """A bot that is told to stop takes nothing new, and finishes what it has acknowledged."""
    async with open_office(redis_url, canaries) as office:
        await office.connect("mei")
        office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.5))
        ack = await office.sandbox.command("mei", "general", "/tokens", "list")
        assert ack.error is None
        assert not office.bot.desk.idle

    (answer,) = office.sandbox.messages("general", "mei")
    assert "2 tokens" in text_of(answer)
    assert office.bot.desk.idle


async def test_what_does_not_end_is_stopped(office: Office) -> None:
    """Draining has an end: what hangs is given up then."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="kyuubi", kind="hang"))
    await office.sandbox.command("mei", "general", "/tokens", "list")

    await office.bot.desk.drain(0.05)

    assert office.bot.desk.idle
    await office.bot.desk.drain(0.05)
