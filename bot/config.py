"""The settings: the environment read once, at the edge of the process, and checked as a whole.

Nobody else reads the environment. An error names the variable and the remedy, never the value.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from bot.errors import SettingsError
from bot.models.share import COLUMNS, Column

Transport = Literal["socket", "http"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Connect = Literal["modal", "off"]

_PREFIX = "TOKENBELL_"
_LEVELS: tuple[LogLevel, ...] = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_CONNECT: tuple[Connect, ...] = ("modal", "off")
_NUMBER = re.compile(r"[0-9]{1,5}")
_HIGHEST_PORT = 65535


class Setting(NamedTuple):
    """One environment variable: its default in words (empty: none), and what it is for."""

    name: str
    default: str
    purpose: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("SLACK_BOT_TOKEN", "", "the bot token of the one workspace (xoxb-…)", secret=True),
    Setting("SLACK_APP_TOKEN", "", "turns on Socket Mode (xapp-…)", secret=True),
    Setting("SLACK_SIGNING_SECRET", "", "proves Slack's requests over HTTP", secret=True),
    Setting(
        "SLACK_CLIENT_ID",
        "",
        "for many workspaces, without a bot token; the page that installs it is still to come",
    ),
    Setting("SLACK_CLIENT_SECRET", "", "belongs to the client id", secret=True),
    Setting("SLACK_API_URL", "https://slack.com/api/", "where Slack's Web API is"),
    Setting("REDIS_URL", "an embedded server", "where Redis is", secret=True),
    Setting("PORT", "3000", "the port for Slack's requests, pages and health"),
    Setting("PUBLIC_URL", "", "how the port is reached from outside"),
    Setting("LOG_LEVEL", "INFO", "how much is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    Setting(
        "TOKENBELL_DATA_DIR",
        "$XDG_DATA_HOME/tokenbell, else ~/.local/share/tokenbell",
        "where the embedded server and its keys are kept",
    ),
    Setting(
        "TOKENBELL_KEYS",
        "a file in the data directory; none with REDIS_URL",
        "the keys that seal what is stored: id:base64, the first one seals",
        secret=True,
    ),
    Setting("TOKENBELL_CONNECT", "modal", "how people connect: modal, or off"),
    Setting(
        "TOKENBELL_SHARE_COLUMNS",
        ",".join(COLUMNS),
        "what a shared list may show",
    ),
    Setting("TOKENBELL_UNUSED_DAYS", "90", "after how many days without use a token is unused"),
    Setting("TOKENBELL_SHARED_MEMBERS", "5", "how many may use a token before it is widely shared"),
    Setting("TOKENBELL_KYUUBI_ENDPOINT", "by region", "base URL of EMR Serverless Spark"),
    Setting("TOKENBELL_IDAAS_ENDPOINT", "by region", "base URL of the EIAM Developer API"),
    Setting("TOKENBELL_IDAAS_TOKEN_ENDPOINT", "by domain", "full URL of the IDaaS token endpoint"),
)
"""Every variable that is read."""


class Settings(BaseModel):
    """What the operator decided. Secrets are `SecretStr`, URLs are checked, paths absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_bot_token: SecretStr | None
    slack_app_token: SecretStr | None
    slack_signing_secret: SecretStr | None
    slack_client_id: str | None
    slack_client_secret: SecretStr | None
    slack_api_url: str
    redis_url: SecretStr | None
    port: int
    public_url: str | None
    log_level: LogLevel
    data_dir: Path
    keys: SecretStr | None
    connect: Connect
    share_columns: tuple[Column, ...]
    unused_days: int
    shared_members: int
    kyuubi_endpoint: str | None
    idaas_endpoint: str | None
    idaas_token_endpoint: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; raise SettingsError for the first that is wrong."""
        _refuse_unknown(environ)
        values = _Values(environ)
        settings = cls(
            slack_bot_token=values.slack_token("SLACK_BOT_TOKEN", "xoxb-"),
            slack_app_token=values.slack_token("SLACK_APP_TOKEN", "xapp-"),
            slack_signing_secret=values.secret("SLACK_SIGNING_SECRET"),
            slack_client_id=values.text("SLACK_CLIENT_ID"),
            slack_client_secret=values.secret("SLACK_CLIENT_SECRET"),
            # slack_sdk joins the method's name to it as it is.
            slack_api_url=(values.url("SLACK_API_URL") or "https://slack.com/api") + "/",
            redis_url=values.secret("REDIS_URL"),
            port=values.port("PORT"),
            public_url=values.url("PUBLIC_URL"),
            log_level=read_log_level(environ, "INFO"),
            data_dir=values.data_dir("TOKENBELL_DATA_DIR"),
            keys=values.secret("TOKENBELL_KEYS"),
            connect=values.choice("TOKENBELL_CONNECT", _CONNECT, "modal", str.lower),
            share_columns=values.share_columns("TOKENBELL_SHARE_COLUMNS"),
            unused_days=values.number("TOKENBELL_UNUSED_DAYS", 90, 1, 3650),
            shared_members=values.number("TOKENBELL_SHARED_MEMBERS", 5, 1, 9999),
            kyuubi_endpoint=values.url("TOKENBELL_KYUUBI_ENDPOINT"),
            idaas_endpoint=values.url("TOKENBELL_IDAAS_ENDPOINT"),
            idaas_token_endpoint=values.url("TOKENBELL_IDAAS_TOKEN_ENDPOINT"),
        )
        settings._check_together()
        return settings

    def transport(self) -> Transport:
        """Return how Slack is talked to; raise SettingsError when nothing says so."""
        if self.slack_bot_token is None and self.slack_client_id is None:
            raise SettingsError(
                "SLACK_BOT_TOKEN", "is missing: copy it from your app's page, OAuth & Permissions"
            )
        if self.slack_app_token is not None:
            return "socket"
        if self.slack_signing_secret is not None:
            return "http"
        raise SettingsError(
            "SLACK_APP_TOKEN",
            "is missing: set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP",
        )

    def _check_together(self) -> None:
        if self.slack_bot_token is not None and self.slack_client_id is not None:
            raise SettingsError(
                "SLACK_CLIENT_ID",
                "is set beside SLACK_BOT_TOKEN: keep the bot token for one workspace, or the "
                "client id for many",
            )
        if self.slack_client_id is not None and self.slack_client_secret is None:
            raise SettingsError("SLACK_CLIENT_SECRET", "is missing: it belongs to SLACK_CLIENT_ID")
        if self.slack_client_secret is not None and self.slack_client_id is None:
            raise SettingsError("SLACK_CLIENT_ID", "is missing: it belongs to SLACK_CLIENT_SECRET")
        if self.redis_url is not None and self.keys is None:
            raise SettingsError(
                "TOKENBELL_KEYS",
                "is missing: with REDIS_URL every process needs the same keys; make one with "
                "`python -m bot keys new`",
            )


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [setting.name for setting in SETTINGS]
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            nearest = _nearest(name, [k for k in known if k.startswith(_PREFIX)])
            raise SettingsError(name, f"is not a setting{nearest}")


def _nearest(word: str, known: list[str]) -> str:
    matches = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


_Choice = TypeVar("_Choice", bound=str)


class _Values:
    """Typed looks at the environment. What is empty counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str) -> str | None:
        value = self._environ.get(name, "").strip()
        if value and value[0] in "\"'" and value[-1] == value[0]:
            raise SettingsError(name, "is in quotation marks: remove them")
        return value or None

    def secret(self, name: str) -> SecretStr | None:
        value = self.text(name)
        return None if value is None else SecretStr(value)

    def slack_token(self, name: str, prefix: str) -> SecretStr | None:
        value = self.text(name)
        if value is not None and not value.startswith(prefix):
            raise SettingsError(name, f"is not the right token: it begins with {prefix}")
        return self.secret(name)

    def port(self, name: str) -> int:
        return self.number(name, 3000, 1, _HIGHEST_PORT)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name) or str(default)
        if not _NUMBER.fullmatch(value) or not least <= int(value) <= most:
            raise SettingsError(name, f"must be a number from {least} to {most}")
        return int(value)

    def choice(
        self,
        name: str,
        choices: tuple[_Choice, ...],
        default: _Choice,
        normalise: Callable[[str], str],
    ) -> _Choice:
        value = normalise(self.text(name) or default)
        for choice in choices:
            if choice == value:
                return choice
        raise SettingsError(name, f"must be one of {', '.join(choices)}")

    def url(self, name: str) -> str | None:
        """Return a URL without a slash at the end."""
        value = self.text(name)
        if value is None:
            return None
        try:
            split = urlsplit(value)
            host = split.hostname
            _ = split.port  # raises for one that is no number
        except ValueError:
            raise SettingsError(name, "is not a URL") from None
        if split.scheme not in {"http", "https"} or not host:
            raise SettingsError(name, "must be a URL that begins with https://")
        if split.scheme == "http" and not _is_loopback(host):
            raise SettingsError(name, "must begin with https://: only loopback may do without TLS")
        if _has_more(split):
            raise SettingsError(name, "must not have a user name, a query or a fragment")
        return value.rstrip("/")

    def data_dir(self, name: str) -> Path:
        value = self.text(name)
        if value is not None:
            return self._expand_home(name, value).absolute()
        data_home = Path(self.text("XDG_DATA_HOME") or "")
        # The specification has a relative path ignored.
        # https://specifications.freedesktop.org/basedir-spec/latest/
        if not data_home.is_absolute():
            data_home = self._expand_home(name, "~/.local/share")
        return data_home / "tokenbell"

    def _expand_home(self, name: str, path: str) -> Path:
        home = self.text("HOME")
        if home is not None and path.startswith("~/"):
            return Path(home, path[2:])
        try:
            return Path(path).expanduser()
        except RuntimeError:
            raise SettingsError(name, "cannot be found out: this user has no home") from None

    def share_columns(self, name: str) -> tuple[Column, ...]:
        value = self.text(name)
        if value is None:
            return COLUMNS
        named = [part.strip().lower() for part in value.split(",") if part.strip()]
        for number, word in enumerate(named, start=1):
            if word not in COLUMNS:
                nearest = _nearest(word, list(COLUMNS))
                raise SettingsError(
                    name,
                    f"has an unknown column in place {number}{nearest}; "
                    f"known are {', '.join(COLUMNS)}",
                )
        return tuple(column for column in COLUMNS if column in named)


def _has_more(split: SplitResult) -> bool:
    return bool(split.username or split.password or split.query or split.fragment)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_log_level(environ: Mapping[str, str], default: LogLevel) -> LogLevel:
    """Read LOG_LEVEL alone; raise SettingsError for what is no level."""
    return _Values(environ).choice("LOG_LEVEL", _LEVELS, default, str.upper)


def take_settings(environ: MutableMapping[str, str]) -> Settings:
    """Read the settings, and take the secrets and what is Slack's out of the environment.

    Child processes have no business with them, and Bolt would read its own from there.
    """
    settings = Settings.from_env(environ)
    for setting in SETTINGS:
        if setting.secret or setting.name.startswith("SLACK_"):
            environ.pop(setting.name, None)
    return settings
