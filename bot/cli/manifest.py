"""`python -m bot manifest`: the app manifest, ready to paste into Slack.

https://docs.slack.dev/reference/app-manifest
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import InputError

DEFAULT_COMMAND = "/tokens"
_SHORTEST, _LONGEST = 2, 32

_USAGE = (
    "[filters] | show NAME | expiring 14d | unused 90d | share | remind | preview 30d"
    " | export csv | connect | help"
)


class Scope(NamedTuple):
    """A permission of the bot in Slack, and why it is needed."""

    name: str
    reason: str


SCOPES = (
    Scope("channels:read", "check a public channel before a list is shared there"),
    Scope("chat:write", "answer you, remind you by direct message"),
    Scope("commands", "the slash command"),
    Scope("files:write", "send you the file that you asked for with `export`"),
    Scope("groups:read", "check a private channel that it was invited to, likewise"),
    Scope("im:write", "open the direct message in which you are answered"),
    Scope("users:read", "tell members from guests, know your time zone, notice who left"),
)
HISTORY = Scope(
    "im:history", "find a reminder again whose posting was cut off, so none comes twice"
)
"""Optional: it lets the bot read its own direct messages, and is asked for with `--with-history`."""

EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked", "user_change")


def build(
    *, command: str = DEFAULT_COMMAND, url: str | None = None, history: bool = False
) -> dict[str, Any]:
    """Return the manifest: Socket Mode, or with `url` (the base of our own) HTTP."""
    scopes = (*SCOPES, HISTORY) if history else SCOPES
    if not command.startswith("/") or not _SHORTEST <= len(command) <= _LONGEST or " " in command:
        raise InputError(f"a command starts with / and has {_SHORTEST} to {_LONGEST} characters")
    if url is not None and not url.startswith("https://"):
        raise InputError("Slack calls https:// addresses only")
    endpoint = {} if url is None else {"url": f"{url.rstrip('/')}/slack/events"}
    request = {} if url is None else {"request_url": endpoint["url"]}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Tokenbell",
            "description": "Lists your Alibaba Cloud tokens and rings before they expire.",
            "long_description": (
                "Tokenbell lists the authentication tokens of EMR Serverless Spark Kyuubi gateways "
                "and of IDaaS PAM in one place, soonest expiry first. It reads with your own "
                "credential, shows you only what that credential may see, and never creates, "
                "changes, obtains or reveals a token."
            ),
            "background_color": "#4a154b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Tokenbell", "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    "description": "List your tokens, soonest expiry first",
                    "usage_hint": _USAGE,
                    "should_escape": True,
                    **endpoint,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": [scope.name for scope in scopes]}},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def text(manifest: dict[str, Any]) -> str:
    """Return the manifest as it is written to a file."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("manifest", help="print the app manifest for Slack")
    parser.add_argument("--url", help="our public https:// address; without it, Socket Mode")
    parser.add_argument("--command", dest="name", default=DEFAULT_COMMAND, help="the slash command")
    parser.add_argument(
        "--with-history",
        action="store_true",
        help=f"ask for {HISTORY.name} too: to {HISTORY.reason}",
    )
    parser.add_argument("--check", type=Path, metavar="FILE", help="fail unless FILE says the same")
    parser.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Print it, or compare it."""
    expected = text(
        build(command=arguments.name, url=arguments.url, history=arguments.with_history)
    )
    if arguments.check is None:
        print(expected, end="")
        return 0
    if arguments.check.read_text(encoding="utf-8") == expected:
        return 0
    print(f"{arguments.check} differs: python -m bot manifest > {arguments.check}", file=sys.stderr)
    return 1
