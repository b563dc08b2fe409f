"""The app in this workspace: its tokens, scopes, commands and events."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.company.people import APP_ID, BOT_ID, BOT_USER_ID
from sandbox.slack.types import Json

UNINSTALLED = "account_inactive"
REVOKED = "token_revoked"

DEFAULT_SCOPES = (
    "commands",
    "chat:write",
    "im:write",
    "users:read",
    "channels:read",
    "groups:read",
    "files:write",
)
DEFAULT_EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "user_change",
    "member_left_channel",
    "channel_archive",
    "group_archive",
    "channel_left",
    "group_left",
)
TOKENS_COMMAND = {
    "command": "/tokens",
    "description": "List your tokens, and be reminded before they expire",
    "usage_hint": "list | show | share | connect | remind | help",
}


@dataclass(kw_only=True)
class Installation:
    """What was granted at the installation, and whether it still stands.

    `refuse_tables` makes the workspace one that does not know table blocks yet, as during Slack's
    phased releases.
    """

    bot_token: str = field(default_factory=lambda: f"xoxb-sandbox-{secrets.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-1-{APP_ID}-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    client_id: str = "4471.9982"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    events: tuple[str, ...] = DEFAULT_EVENTS
    commands: list[Json] = field(default_factory=lambda: [dict(TOKENS_COMMAND)])
    revoked: str | None = None
    refuse_tables: bool = False

    app_id = APP_ID
    bot_id = BOT_ID
    bot_user_id = BOT_USER_ID
    bot_name = "tokenbell"
    name = "Tokenbell"

    def has(self, scopes: Iterable[str]) -> bool:
        """Tell whether any of these scopes was granted; none asked for is always granted."""
        wanted = tuple(scopes)
        return not wanted or any(scope in self.scopes for scope in wanted)

    def has_command(self, command: str) -> bool:
        """Tell whether the app registered a slash command."""
        return any(c["command"] == command for c in self.commands)

    @classmethod
    def from_manifest(cls, manifest: Json, **given: object) -> "Installation":
        """Take commands, scopes and events from an app manifest."""
        features = manifest.get("features", {})
        settings = manifest.get("settings", {})
        scopes = manifest.get("oauth_config", {}).get("scopes", {}).get("bot")
        events = settings.get("event_subscriptions", {}).get("bot_events")
        commands = [
            {
                "command": c["command"],
                "description": c.get("description", ""),
                "usage_hint": c.get("usage_hint", ""),
            }
            for c in features.get("slash_commands", [])
        ]
        known: dict[str, object] = {
            "scopes": tuple(scopes) if scopes else DEFAULT_SCOPES,
            "events": tuple(events) if events else DEFAULT_EVENTS,
        }
        if commands:
            known["commands"] = commands
        return cls(**{**known, **given})  # type: ignore[arg-type]  # names are the fields above
