"""`python -m bot demo`, as somebody runs it who has just cloned the repository."""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli import main
from tests.fixtures.bot import text_of
from tests.fixtures.demo import ask, demo, processes_of
from tests.fixtures.until import until

pytestmark = pytest.mark.timeout(180)
"""Each starts processes, which a busy machine takes its time for."""


async def lists(page: str, user: str, text: str) -> None:
    """Type `/tokens` until the answer holds a text: at first a busy machine may be still reading."""
    body = {"user": user, "channel": "general", "command": "/tokens", "text": ""}
    answers: list[str] = []
    while not answers or text not in answers[-1]:
        acked = await ask(page, "_control/command", body)
        assert acked["ack"]["error"] is None, acked
        known, answers = len(answers), []
        while len(answers) <= known:
            seen = (await ask(page, f"_control/messages/general?user={user}"))["messages"]
            texts = [str(each["text"]) for each in seen]
            answers = [each for each in texts if not each.startswith("Still reading")]
            await asyncio.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
async def test_a_newcomer_sees_tokens_stops_everything_and_finds_it_again(tmp_path: Path) -> None:
    """One command lists tokens; Ctrl-C leaves nothing behind; the next start finds all."""
    data = tmp_path / "demo"
    async with demo(data) as (page, process):
        await lists(page, "mei", "24 tokens")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert processes_of(data) == []

    async with demo(data) as (page, _):
        await lists(page, "mei", "24 tokens")
        calls = (await ask(page, "_control/log?service=slack"))["calls"]
        assert {call["method"] for call in calls} >= {"auth.test", "response_url"}
    assert processes_of(data) == []


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
async def test_killing_the_bot_takes_all_with_it(tmp_path: Path) -> None:
    """After kill -9 of the bot neither sandbox nor server stay behind."""
    data = tmp_path / "demo"
    async with demo(data) as (page, process):
        await lists(page, "jonas", "token")
        process.kill()
        await process.wait()

        await until(lambda: not processes_of(data))

    async with demo(data) as (page, _):
        await lists(page, "jonas", "token")


async def dm_of(page: str, name: str) -> list[Any]:
    """Return what is in somebody's DM with the bot."""
    state = await ask(page, "_control/state")
    person = next(each for each in state["people"] if each["name"] == name)
    path = f"_control/messages/{person['dm']}?user={name}"
    return list((await ask(page, path))["messages"])


async def moved(page: str, days: int, mode: str) -> Any:
    body = {"advance_seconds": days * 86_400, "mode": mode}
    answer = await ask(page, "_control/clock", body)
    assert answer["ok"], answer
    return answer


async def test_moving_the_clock_leaves_no_reminder_out(tmp_path: Path) -> None:
    """Step by step everything rings in its slot; a jump is an outage, told once and marked late."""
    async with demo(tmp_path / "demo", traced=False) as (page, _):
        (first,) = await moved(page, 0, "step") and await dm_of(page, "jonas")
        assert "I watch 7 tokens for you" in text_of(first)

        assert (await moved(page, 21, "step"))["steps"] > 5

        later = (await dm_of(page, "jonas"))[1:]
        assert len(later) >= 5
        for message in later:
            there = datetime.fromtimestamp(float(message["ts"]), ZoneInfo("Europe/Berlin"))
            assert (there.hour, there.isoweekday() <= 5) == (9, True)
            assert "I am late" not in str(message["blocks"])

        await moved(page, 60, "jump")

        missed = (await dm_of(page, "jonas"))[1 + len(later) :]
        assert len(missed) == 1
        assert "I am late" in str(missed[0]["blocks"])


async def test_starting_over(tmp_path: Path) -> None:
    """`--reset` forgets everything, and only where a demo has been."""
    data = tmp_path / "demo"
    async with demo(data) as (page, _):
        await ask(page, "_control/message", {"user": "mei", "channel": "general", "text": "hello"})
    async with demo(data) as (page, _):
        assert (await ask(page, "_control/messages/general?user=mei"))["messages"]
    async with demo(data, "--reset") as (page, _):
        assert (await ask(page, "_control/messages/general?user=mei"))["messages"] == []


def test_other_directories_are_not_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--reset` refuses a directory that holds something else."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")

    assert main(["demo", "--reset", "--data", str(tmp_path)]) == 1

    assert (tmp_path / "thesis.txt").exists()
    assert "nothing was deleted" in capsys.readouterr().err


def test_a_level_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong LOG_LEVEL is told in one line, as by every other command."""
    monkeypatch.setenv("LOG_LEVEL", "loud")

    assert main(["demo", "--data", str(tmp_path / "demo")]) == 1

    assert capsys.readouterr().err.startswith("python -m bot demo: LOG_LEVEL must be one of DEBUG")


def test_a_place_that_cannot_be_used_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the directory should be is told in one line."""
    (tmp_path / "file").touch()

    for data in (tmp_path / "file", tmp_path / "file" / "demo"):
        assert main(["demo", "--data", str(data)]) == 1

        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"python -m bot demo: --data cannot be used: {data}")


async def test_a_port_that_is_taken_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """When the page's port is in use, one line says so."""
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "demo",
            "--data",
            str(tmp_path / "demo"),
            env={**os.environ, "PORT": str(port)},
            stderr=asyncio.subprocess.PIPE,
        )
        _, error = await process.communicate()

    assert process.returncode == 1
    assert b"PORT" in error
