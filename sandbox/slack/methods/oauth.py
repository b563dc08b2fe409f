"""oauth.v2.access: docs.slack.dev/reference/methods/oauth.v2.access."""

from sandbox.company.people import AIKO, TEAM_ID, TEAM_NAME
from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.types import Json


def access(platform: Platform, arguments: Arguments) -> Json:
    """Exchange the code of an installation, once, for the bot's token."""
    app = platform.app
    if arguments.text("client_id") != app.client_id:
        raise SlackError("invalid_client_id")
    if arguments.text("client_secret") != app.client_secret:
        raise SlackError("bad_client_secret")
    if arguments.text("code") not in platform.codes:
        raise SlackError("invalid_code")
    if arguments.text("redirect_uri") != platform.codes[arguments.text("code")]:
        raise SlackError("bad_redirect_uri")
    del platform.codes[arguments.text("code")]
    app.revoked = None
    return {
        "access_token": app.bot_token,
        "token_type": "bot",
        "scope": ",".join(app.scopes),
        "bot_user_id": app.bot_user_id,
        "app_id": app.app_id,
        "team": {"id": TEAM_ID, "name": TEAM_NAME},
        "enterprise": None,
        "authed_user": {"id": AIKO.id},
        "is_enterprise_install": False,
    }


METHODS = {"oauth.v2.access": Method(handler=access, tier=Tier.FOUR, public=True)}
