"""What the processes write to standard error."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp

from bot.cli._logging import RedactingFormatter, configure, redact

TELLTALES = [
    "xoxb-123-456-abcdefABCDEF",
    "xapp-1-A123-456-abcdef",
    "Authorization: Bearer abcdefghij.klmnop",
    "LTAI5tAbCdEfGhIjKl",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
    "https://hooks.slack.com/commands/T1/2/abcdef",
    "http://127.0.0.1:4000/response/abcdef",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", TELLTALES)
def test_what_looks_like_a_secret_is_blotted_out(secret: str) -> None:
    """Slack's tokens, keys, JWTs and response URLs do not reach the log."""
    told = redact(f"before {secret} after")

    assert told.startswith("before ")
    assert told.endswith(" after")
    assert secret.rsplit(":", maxsplit=1)[-1].strip() not in told
    assert "[redacted]" in told


def test_a_traceback_is_blotted_out_too() -> None:
    """An exception's text is part of the line, and treated like it."""
    error = ValueError(f"refused {TELLTALES[0]}")
    told = (ValueError, error, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), told)

    line = RedactingFormatter("%(message)s").format(record)

    assert "ValueError" in line
    assert TELLTALES[0] not in line


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_redacting_never_fails_and_is_final(text: str) -> None:
    """Any line can be redacted, and redacting it again changes nothing."""
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x1b[2K", "\x85", "\u2028"])
def test_no_record_passes_for_two(end: str) -> None:
    """Whatever a message or an exception quotes, each record begins a line, and only one."""
    forged = f"x{end}2026-11-22T02:13:31+0000 INFO bot.cli forged"
    told = (ValueError, ValueError(forged), None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", (forged,), told)

    lines = RedactingFormatter("%(asctime)s %(message)s").format(record).splitlines()

    assert "forged" in lines[0] + lines[1]
    assert all(line.startswith("    ") for line in lines[1:])
    assert "\x1b" not in "".join(lines)


def test_bolt_has_no_use_for_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt takes its level from the root: at DEBUG it would write bodies, and miss pings."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])

    configure("DEBUG")
    bolt = AsyncApp(token="xoxb-1", logger=None).logger

    monkeypatch.undo()  # the watch for secrets, which listens to everything
    assert not bolt.isEnabledFor(logging.DEBUG)
    assert logging.getLogger("bot.app").isEnabledFor(logging.DEBUG)


def test_chatty_libraries_stay_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At DEBUG our own loggers talk; those that log URLs and bodies do not, whatever their level."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.WARNING)
    bolt = logging.getLogger("slack_bolt.AsyncApp")
    monkeypatch.setattr(bolt, "level", logging.DEBUG)  # as Bolt does

    configure("DEBUG")
    for name in ("slack_bolt.AsyncApp", "slack_sdk.web", "httpx", "handlers._desk"):
        logging.getLogger(name).debug("%s whispers", name)
        logging.getLogger(name).warning("%s warns", name)

    told = capsys.readouterr().err
    assert [line.split(maxsplit=2)[2] for line in told.splitlines()] == [
        "slack_bolt.AsyncApp slack_bolt.AsyncApp warns",
        "slack_sdk.web slack_sdk.web warns",
        "httpx httpx warns",
        "handlers._desk handlers._desk whispers",
        "handlers._desk handlers._desk warns",
    ]


def test_the_level_holds_for_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is below the level is not written, by whomever."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.WARNING)

    configure("ERROR")
    for name in ("httpx", "handlers._desk"):
        logging.getLogger(name).warning("said")
        logging.getLogger(name).error("shouted")

    assert capsys.readouterr().err.count("shouted") == 2
