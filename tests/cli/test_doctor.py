"""`python -m bot doctor`: each part well, and each failure with what to do about it."""

import asyncio
import socket

import pytest

from bot.cli import main
from bot.cli.doctor import Finding, examine
from bot.clock import SystemClock, system_random
from bot.store.connections import ConnectionStore
from bot.store.due import DueIndex
from bot.store.heartbeats import Heartbeats
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis
from bot.store.vault import Vault
from sandbox.server import Sandbox
from sandbox.slack.installation import Installation
from tests.fixtures.bot import KEYS, settings_for
from tests.store.records import connection


async def findings(sandbox: Sandbox, redis_url: str, **more: str) -> list[Finding]:
    settings = settings_for(sandbox, redis_url, **more)
    return [finding async for finding in examine(settings, "cn-hangzhou")]


def remedies(found: list[Finding]) -> dict[str, str]:
    return {finding.name: f"{finding.said} {finding.remedy}" for finding in found if finding.remedy}


async def test_all_is_well(sandbox: Sandbox, redis_url: str) -> None:
    """With everything in place each part is named and nothing is to mend."""
    found = await findings(sandbox, redis_url)

    assert remedies(found) == {}
    assert {finding.name for finding in found} == {
        "settings",
        "redis",
        "keys",
        "reminders",
        "slack",
        "kyuubi",
        "idaas",
    }


async def test_the_command_prints_a_line_each(
    sandbox: Sandbox,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command ends with 0 and says that all is well."""
    environment = {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.slack_api,
        "REDIS_URL": redis_url,
        "TOKENBELL_KEYS": KEYS,
        "TOKENBELL_KYUUBI_ENDPOINT": sandbox.kyuubi,
        "TOKENBELL_IDAAS_ENDPOINT": sandbox.idaas,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert await asyncio.to_thread(main, ["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out

    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)
    assert await asyncio.to_thread(main, ["doctor"]) == 1
    assert "MEND slack" in capsys.readouterr().out


def test_a_wrong_setting_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that cannot be read ends the examination with its name and remedy."""
    monkeypatch.setenv("TOKENBELL_KEY", "k1:x")

    assert main(["doctor"]) == 1

    assert "did you mean TOKENBELL_KEYS?" in capsys.readouterr().out


async def test_no_way_to_hear_from_slack(sandbox: Sandbox, redis_url: str) -> None:
    """Neither app token nor signing secret: said, and the rest is examined all the same."""
    found = await findings(sandbox, redis_url, SLACK_APP_TOKEN="")

    assert "SLACK_SIGNING_SECRET" in remedies(found)["settings"]
    assert "idaas" in {finding.name for finding in found}


async def test_slack_refuses_or_is_away(sandbox: Sandbox, redis_url: str) -> None:
    """A revoked token, a wrong app token and an unreachable Slack each have their remedy."""
    found = await findings(
        sandbox, redis_url, SLACK_BOT_TOKEN="xoxb-gone", SLACK_APP_TOKEN="xapp-wrong"
    )
    told = [f"{f.said} {f.remedy}" for f in found if f.name == "slack"]
    assert "OAuth & Permissions" in told[0]
    assert "connections:write" in told[1]

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/api"
        found = await findings(sandbox, redis_url, SLACK_API_URL=address)
    assert "SLACK_API_URL" in next(f.remedy for f in found if f.name == "slack")


async def test_a_missing_scope_is_named_with_its_reason(redis_url: str) -> None:
    """A scope that was not granted is named, with what it is for."""
    app = Installation(scopes=("commands", "chat:write", "im:write"))
    async with Sandbox(app=app) as sandbox:
        found = await findings(sandbox, redis_url)

    assert "users:read to tell members from guests" in remedies(found)["slack"]


async def test_redis_away(sandbox: Sandbox, redis_url: str) -> None:
    """A Redis that does not answer is named without its address."""
    found = await findings(sandbox, "redis://:hush@127.0.0.1:1/0")

    assert "REDIS_URL" in remedies(found)["redis"]
    assert "hush" not in str(found)


async def test_records_of_another_key(sandbox: Sandbox, redis: Redis, redis_url: str) -> None:
    """Records that cannot be opened, or only with an older key, are counted."""
    old = generate_key("old")
    await ConnectionStore(redis, Vault(Keyring.parse(old))).put(connection())

    found = await findings(sandbox, redis_url)
    assert "1 stored records cannot be opened" in remedies(found)["keys"]

    found = await findings(sandbox, redis_url, TOKENBELL_KEYS=f"{KEYS},{old}")
    assert "keys rotate" in remedies(found)["keys"]


async def test_nobody_sends_the_reminders(sandbox: Sandbox, redis: Redis, redis_url: str) -> None:
    """Whoever is to be reminded needs a worker that is alive."""
    clock = SystemClock()
    await DueIndex(redis, clock, system_random()).wake("somebody", clock.now())

    found = await findings(sandbox, redis_url)
    assert "`python -m bot worker`" in remedies(found)["reminders"]

    await Heartbeats(redis).beat("one")
    found = await findings(sandbox, redis_url)
    assert remedies(found) == {}
    assert Finding("reminders", "1 worker alive") in found


async def test_malformed_keys(sandbox: Sandbox, redis_url: str) -> None:
    """A keyring that cannot be read is said without quoting it."""
    found = await findings(sandbox, redis_url, TOKENBELL_KEYS="k1:c2hvcnQ=")

    assert "TOKENBELL_KEYS" in remedies(found)["keys"]
    assert "c2hvcnQ" not in str(found)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("maxmemory-policy", "allkeys-lru", "noeviction"), ("appendonly", "no", "append-only")],
)
async def test_a_redis_that_may_lose_connections(
    sandbox: Sandbox, redis_url: str, setting: str, value: str, said: str
) -> None:
    """A Redis that evicts, or does not write everything down, is not fit for credentials."""
    import redis.asyncio  # noqa: PLC0415 - the store's own client has no CONFIG

    async with redis.asyncio.Redis.from_url(redis_url, decode_responses=True) as client:
        before = (await client.config_get(setting))[setting] or ""
        await client.config_set(setting, value)
        try:
            found = await findings(sandbox, redis_url)
        finally:
            await client.config_set(setting, before)

    assert said in remedies(found)["redis"]


async def test_an_endpoint_that_cannot_be_reached(sandbox: Sandbox, redis_url: str) -> None:
    """A closed port and a host that is silent are both said, with the address."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        found = await findings(sandbox, redis_url, TOKENBELL_IDAAS_ENDPOINT=address)

    assert address in remedies(found)["idaas"]


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Mon, 05 Jan 2026 00:00:00 GMT", "NTP"),
        ("Mon, 05 Jan 2026 00:00:00 -0000", ""),
        ("yesterday", ""),
    ],
)
async def test_a_clock_that_is_off(sandbox: Sandbox, redis_url: str, date: str, said: str) -> None:
    """A clock far from the service's is noticed before signatures are refused."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        found = await findings(sandbox, redis_url, TOKENBELL_KYUUBI_ENDPOINT=address)

    assert said in remedies(found).get("kyuubi", "")
    assert bool(said) is ("kyuubi" in remedies(found))


async def test_a_service_that_hangs_up(sandbox: Sandbox, redis_url: str) -> None:
    """A connection that is closed without an answer is said as such."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        found = await findings(sandbox, redis_url, TOKENBELL_KYUUBI_ENDPOINT=address)

    assert "does not answer" in remedies(found)["kyuubi"]
