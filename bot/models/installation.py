"""A Slack workspace or organisation in which the app is installed."""

from pydantic import SecretStr, SerializationInfo, field_serializer, model_validator

from bot.models._base import Instant, Model


class Installation(Model):
    """What speaks for the bot in one scope. `team_id` is None when a whole organisation has it."""

    enterprise_id: str | None = None
    team_id: str | None = None
    team_name: str = ""
    bot_token: SecretStr
    bot_id: str = ""
    bot_user_id: str
    scopes: tuple[str, ...] = ()
    installed_by: str = ""
    installed_at: Instant

    @property
    def scope(self) -> str:
        """The enterprise for an organisation, else the team: everything stored is filed under it."""
        return self.team_id or self.enterprise_id or ""

    @model_validator(mode="after")
    def _belongs_somewhere(self) -> "Installation":
        if not self.scope:
            raise ValueError("an installation needs a team or an enterprise")
        return self

    @field_serializer("bot_token", when_used="json")
    def _reveal(self, value: SecretStr, info: SerializationInfo) -> str:
        """Write the token only for the vault, which asks with `context={"reveal": True}`."""
        reveal = isinstance(info.context, dict) and info.context.get("reveal") is True
        return value.get_secret_value() if reveal else "**********"
