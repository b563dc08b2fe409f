import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox

# slack_sdk builds basic authentication with a class that aiohttp has since deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


async def test_installing_gives_a_token_for_a_code_once(
    sandbox: Sandbox, http: httpx.AsyncClient, client: AsyncWebClient
) -> None:
    """The browser comes back with a code, which is worth the bot's token exactly once."""
    app = sandbox.platform.app
    back = await http.get(
        "/oauth/v2/authorize",
        params={"client_id": app.client_id, "state": "s1", "redirect_uri": "http://bot/back?a=1"},
    )
    query = httpx.URL(back.headers["location"]).params
    assert (back.status_code, query["state"], query["a"]) == (302, "s1", "1")
    exchange = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": query["code"],
        "redirect_uri": "http://bot/back?a=1",
    }

    answer = await client.oauth_v2_access(**exchange)

    assert answer["access_token"] == sandbox.bot_token
    assert answer["team"]["id"] == "T07HALYARD1"
    with pytest.raises(SlackApiError, match="invalid_code"):
        await client.oauth_v2_access(**exchange)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "1"}, "invalid_client_id"),
        ({"client_secret": "2"}, "bad_client_secret"),
        ({"redirect_uri": "http://elsewhere"}, "bad_redirect_uri"),
    ],
)
async def test_an_exchange_with_wrong_details_is_refused(
    sandbox: Sandbox, client: AsyncWebClient, wrong: dict[str, str], error: str
) -> None:
    """Client, secret and redirect URI have to be those of the installation."""
    app = sandbox.platform.app
    sandbox.platform.codes["c"] = "http://bot/back"
    right = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": "c",
        "redirect_uri": "http://bot/back",
    }

    with pytest.raises(SlackApiError, match=error):
        await client.oauth_v2_access(**{**right, **wrong})


async def test_an_installation_for_another_client_is_refused(http: httpx.AsyncClient) -> None:
    """The authorisation page knows one client."""
    answer = await http.get("/oauth/v2/authorize", params={"client_id": "1", "redirect_uri": "x"})

    assert answer.status_code == 400


async def test_broken_basic_authentication_is_no_client(http: httpx.AsyncClient) -> None:
    """What is not base64 names nobody."""
    answer = await http.post("/api/oauth.v2.access", headers={"Authorization": "Basic %%%"})

    assert answer.json()["error"] == "invalid_client_id"
