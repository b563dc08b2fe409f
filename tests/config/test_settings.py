from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import SETTINGS, Settings, take_settings
from bot.errors import SettingsError
from bot.models.share import COLUMNS
from tests.fixtures.canaries import CANARY, CLIENT_ID

_HOME = {"HOME": "/home/mei"}
_SOCKET = {
    "SLACK_BOT_TOKEN": CANARY.slack_bot_token,
    "SLACK_APP_TOKEN": CANARY.slack_app_token,
}
_MANY = {"SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CANARY.slack_client_secret}
_FIELDS = {
    name: name.removeprefix("TOKENBELL_").lower() for name in (each.name for each in SETTINGS)
}


def read(**environ: str) -> Settings:
    return Settings.from_env({**_HOME, **environ})


def problem(**environ: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read(**environ)
    return caught.value


def test_nothing_set_gives_the_defaults() -> None:
    """An empty environment is enough to start the demo with."""
    assert read() == Settings(
        slack_bot_token=None,
        slack_app_token=None,
        slack_signing_secret=None,
        slack_client_id=None,
        slack_client_secret=None,
        slack_api_url="https://slack.com/api/",
        redis_url=None,
        port=3000,
        public_url=None,
        log_level="INFO",
        data_dir=Path("/home/mei/.local/share/tokenbell"),
        keys=None,
        connect="modal",
        share_columns=COLUMNS,
        unused_days=90,
        shared_members=5,
        kyuubi_endpoint=None,
        idaas_endpoint=None,
        idaas_token_endpoint=None,
    )


def test_everything_set_is_read() -> None:
    """Each variable reaches its field."""
    settings = read(
        **_SOCKET,
        SLACK_SIGNING_SECRET=CANARY.slack_signing_secret,
        SLACK_API_URL="http://127.0.0.1:8080/api",
        REDIS_URL="redis://localhost",
        PORT="8080",
        PUBLIC_URL="https://bell.example.com/",
        LOG_LEVEL="debug",
        TOKENBELL_DATA_DIR="/var/lib/tokenbell",
        TOKENBELL_KEYS="k1:key",
        TOKENBELL_CONNECT="off",
        TOKENBELL_SHARE_COLUMNS="expires, name",
        TOKENBELL_UNUSED_DAYS="30",
        TOKENBELL_SHARED_MEMBERS="12",
        TOKENBELL_KYUUBI_ENDPOINT="https://kyuubi.example.com",
        TOKENBELL_IDAAS_ENDPOINT="https://idaas.example.com/base/",
        TOKENBELL_IDAAS_TOKEN_ENDPOINT="http://localhost:1/oauth2/token",
    )

    assert settings == Settings(
        slack_bot_token=SecretStr(CANARY.slack_bot_token),
        slack_app_token=SecretStr(CANARY.slack_app_token),
        slack_signing_secret=SecretStr(CANARY.slack_signing_secret),
        slack_client_id=None,
        slack_client_secret=None,
        slack_api_url="http://127.0.0.1:8080/api/",
        redis_url=SecretStr("redis://localhost"),
        port=8080,
        public_url="https://bell.example.com",
        log_level="DEBUG",
        data_dir=Path("/var/lib/tokenbell"),
        keys=SecretStr("k1:key"),
        connect="off",
        share_columns=("name", "expires"),
        unused_days=30,
        shared_members=12,
        kyuubi_endpoint="https://kyuubi.example.com",
        idaas_endpoint="https://idaas.example.com/base",
        idaas_token_endpoint="http://localhost:1/oauth2/token",
    )


def test_the_table_lists_every_setting_once() -> None:
    """What is documented is what is read, and secrets are held as secrets."""
    assert sorted(_FIELDS.values()) == sorted(Settings.model_fields)
    for setting in SETTINGS:
        annotation = Settings.model_fields[_FIELDS[setting.name]].annotation
        assert ("SecretStr" in str(annotation)) == setting.secret, setting.name
        assert setting.purpose


@pytest.mark.parametrize(
    ("environ", "transport"),
    [
        (_SOCKET, "socket"),
        (_SOCKET | {"SLACK_SIGNING_SECRET": "s"}, "socket"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, "http"),
        (_MANY | {"SLACK_SIGNING_SECRET": "s"}, "http"),
    ],
)
def test_the_transport_follows_from_the_secrets(environ: dict[str, str], transport: str) -> None:
    """An app token means Socket Mode, otherwise a signing secret means HTTP."""
    assert read(**environ).transport() == transport


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        (_MANY, "SLACK_APP_TOKEN"),
    ],
)
def test_no_transport_is_an_error_only_for_those_who_need_one(
    environ: dict[str, str], name: str
) -> None:
    """Reading such settings works; running the bot with them says what is missing."""
    settings = read(**environ)

    with pytest.raises(SettingsError, match="is missing") as caught:
        settings.transport()
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("environ", "name", "text"),
    [
        (_SOCKET | _MANY, "SLACK_CLIENT_ID", "is set beside SLACK_BOT_TOKEN"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET", "is missing"),
        ({"SLACK_CLIENT_SECRET": "s"}, "SLACK_CLIENT_ID", "is missing"),
        ({"REDIS_URL": "redis://h"}, "TOKENBELL_KEYS", "python -m bot keys new"),
        ({"SLACK_BOT_TOKEN": CANARY.slack_app_token}, "SLACK_BOT_TOKEN", "begins with xoxb-"),
        ({"SLACK_APP_TOKEN": CANARY.slack_bot_token}, "SLACK_APP_TOKEN", "begins with xapp-"),
        ({"SLACK_SIGNING_SECRET": '"quoted"'}, "SLACK_SIGNING_SECRET", "quotation marks"),
        ({"PORT": "0"}, "PORT", "from 1 to 65535"),
        ({"PORT": "65536"}, "PORT", "from 1 to 65535"),
        ({"PORT": "9" * 5000}, "PORT", "from 1 to 65535"),
        ({"PORT": "-1"}, "PORT", "from 1 to 65535"),
        ({"PORT": "８０"}, "PORT", "from 1 to 65535"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"TOKENBELL_CONNECT": "page"}, "TOKENBELL_CONNECT", "modal, off"),
        ({"TOKENBELL_UNUSED_DAYS": "0"}, "TOKENBELL_UNUSED_DAYS", "from 1 to 3650"),
        ({"TOKENBELL_SHARED_MEMBERS": "-3"}, "TOKENBELL_SHARED_MEMBERS", "a number from 1"),
        ({"TOKENBELL_SHARE_COLUMNS": "name,expire"}, "TOKENBELL_SHARE_COLUMNS", "mean expires?"),
        ({"TOKENBELL_SHARE_COLUMNS": "name,zzz"}, "TOKENBELL_SHARE_COLUMNS", "in place 2;"),
        ({"TOKENBELL_KEY": "k"}, "TOKENBELL_KEY", "did you mean TOKENBELL_KEYS?"),
        ({"TOKENBELL_ZZZZ_QQ": "k"}, "TOKENBELL_ZZZZ_QQ", "is not a setting"),
        ({"PUBLIC_URL": "bell.example.com"}, "PUBLIC_URL", "begins with https://"),
        ({"PUBLIC_URL": "http://bell.example.com"}, "PUBLIC_URL", "only loopback"),
        ({"PUBLIC_URL": "http://127.0.0.1.example.com"}, "PUBLIC_URL", "only loopback"),
        ({"PUBLIC_URL": "https://"}, "PUBLIC_URL", "begins with https://"),
        ({"PUBLIC_URL": "https://[half"}, "PUBLIC_URL", "is not a URL"),
        ({"PUBLIC_URL": "https://h:port"}, "PUBLIC_URL", "is not a URL"),
        ({"SLACK_API_URL": "https://u:p@h/api"}, "SLACK_API_URL", "a user name"),
        ({"TOKENBELL_IDAAS_ENDPOINT": "https://h/?a=b"}, "TOKENBELL_IDAAS_ENDPOINT", "a query"),
        ({"TOKENBELL_IDAAS_ENDPOINT": "https://h/#a"}, "TOKENBELL_IDAAS_ENDPOINT", "a fragment"),
        (
            {"TOKENBELL_IDAAS_TOKEN_ENDPOINT": "file:///etc/passwd"},
            "TOKENBELL_IDAAS_TOKEN_ENDPOINT",
            "begins with https://",
        ),
        (
            {"TOKENBELL_DATA_DIR": "~no-such-user-here/data"},
            "TOKENBELL_DATA_DIR",
            "no home",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(
    environ: dict[str, str], name: str, text: str
) -> None:
    """The error says which variable is wrong and what to do."""
    error = problem(**environ)

    assert error.name == name
    assert str(error).startswith(f"{name} ")
    assert text in str(error)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.8.9.1", "http://[::1]:3", "http://a.localhost"]
)
def test_loopback_may_do_without_tls(url: str) -> None:
    """The sandbox is on this machine."""
    assert read(TOKENBELL_KYUUBI_ENDPOINT=url).kyuubi_endpoint == url


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_DATA_HOME": "/data"}, "/data/tokenbell"),
        ({"XDG_DATA_HOME": "relative"}, "/home/mei/.local/share/tokenbell"),
        ({"TOKENBELL_DATA_DIR": "~/bell"}, "/home/mei/bell"),
        ({"TOKENBELL_DATA_DIR": "bell"}, str(Path.cwd() / "bell")),
        ({"HOME": ""}, str(Path.home() / ".local/share/tokenbell")),
    ],
)
def test_the_data_directory_is_absolute(environ: dict[str, str], expected: str) -> None:
    """It is where the freedesktop specification has it, or where the operator says."""
    assert read(**environ).data_dir == Path(expected)


def test_blank_is_not_set() -> None:
    """An empty line in an .env file sets nothing, and spaces around a value do not count."""
    settings = read(SLACK_APP_TOKEN="", PORT=" ", LOG_LEVEL=" warning ")

    assert (settings.slack_app_token, settings.port, settings.log_level) == (None, 3000, "WARNING")


def test_columns_are_kept_in_their_order() -> None:
    """However the operator lists them, once or twice."""
    assert read(TOKENBELL_SHARE_COLUMNS="Status,name,,status").share_columns == ("name", "status")


def test_settings_show_no_secret() -> None:
    """Printing settings gives nothing away, and they cannot be changed."""
    settings = read(
        **_SOCKET,
        SLACK_SIGNING_SECRET=CANARY.slack_signing_secret,
        REDIS_URL=f"redis://:{CANARY.client_secret}@h",
        TOKENBELL_KEYS=f"k1:{CANARY.access_token}",
    )

    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [secret for secret in CANARY.secrets().values() if secret in text]


def test_secrets_are_taken_out_of_the_environment() -> None:
    """Child processes inherit none of them, nor what Bolt would read by itself."""
    environ = {
        **_HOME,
        **_SOCKET,
        "SLACK_API_URL": "http://localhost/api",
        "REDIS_URL": "redis://h",
        "TOKENBELL_KEYS": "k1:key",
        "PORT": "80",
    }
    expected = Settings.from_env(environ)

    assert take_settings(environ) == expected
    assert environ == {**_HOME, "PORT": "80"}


@given(name=st.sampled_from([each.name for each in SETTINGS]), value=st.text())
def test_any_value_is_settings_or_an_error_that_does_not_quote_it(name: str, value: str) -> None:
    """No value makes reading fail in another way, or turns up in the message."""
    marked = f"{value}QQQ"
    for text in (value, marked):
        try:
            read(**{name: text})
        except SettingsError as error:
            assert "QQQ" not in str(error)  # noqa: PT017 - either outcome is right
