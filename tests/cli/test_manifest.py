"""The app manifest, and the command that prints it."""

import json
import re
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.manifest import EVENTS, HISTORY, SCOPES, build, text
from bot.errors import InputError

ROOT = Path(__file__).parents[2]


def test_the_committed_manifest_is_what_the_code_says() -> None:
    """manifest.json in the repository is the output of `python -m bot manifest`."""
    assert (ROOT / "manifest.json").read_text(encoding="utf-8") == text(build())


def test_printing_and_checking(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What is printed passes its own check, and an older file does not."""
    assert main(["manifest"]) == 0
    printed = capsys.readouterr().out
    file = tmp_path / "manifest.json"
    file.write_text(printed, encoding="utf-8")
    assert main(["manifest", "--check", str(file)]) == 0

    file.write_text(printed.replace("users:read", "users:write"), encoding="utf-8")

    assert main(["manifest", "--check", str(file)]) == 1
    assert "differs" in capsys.readouterr().err


def test_it_keeps_to_slacks_published_limits() -> None:
    """Names, descriptions and hints are as long as Slack's manifest schema allows."""
    manifest = build()
    shown = manifest["display_information"]
    assert 1 <= len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    (command,) = manifest["features"]["slash_commands"]
    assert 2 <= len(command["command"]) <= 32
    assert 1 <= len(command["description"]) <= 2000
    assert 1 <= len(command["usage_hint"]) <= 1000


def test_over_http_every_address_is_ours() -> None:
    """With a URL, commands, events and buttons come to one route, and Socket Mode is off."""
    manifest = build(url="https://bell.example.com/", command="/keys")

    addresses = re.findall(r'https://[^"]+', json.dumps(manifest))
    assert addresses == ["https://bell.example.com/slack/events"] * 3
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert manifest["features"]["slash_commands"][0]["command"] == "/keys"


def test_socket_mode_needs_no_address() -> None:
    """Without a URL nothing of the manifest is an address."""
    assert "https" not in json.dumps(build())
    assert build()["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize("command", ["tokens", "/", "/two words", "/" + "x" * 40])
def test_a_command_that_slack_refuses_is_refused_here(command: str) -> None:
    """A command's name begins with a slash, is one word and not too long."""
    with pytest.raises(InputError):
        build(command=command)


def test_an_address_without_tls_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Slack calls https only, and the command line says so in one line."""
    assert main(["manifest", "--url", "http://bell.example.com"]) == 1
    assert "https" in capsys.readouterr().err


def test_every_scope_has_its_reason() -> None:
    """No permission is asked for without saying why, and none that reads messages."""
    assert all(scope.reason for scope in SCOPES)
    assert not any("history" in scope.name for scope in SCOPES)
    assert len(set(EVENTS)) == len(EVENTS)


def test_reading_its_own_messages_is_asked_for_on_wish_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--with-history` adds the one scope that a reminder is looked up with."""
    assert main(["manifest", "--with-history"]) == 0

    printed = json.loads(capsys.readouterr().out)["oauth_config"]["scopes"]["bot"]
    assert printed == [*(scope.name for scope in SCOPES), HISTORY.name]
    assert HISTORY.name not in build()["oauth_config"]["scopes"]["bot"]
