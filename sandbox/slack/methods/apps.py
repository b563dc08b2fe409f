"""auth.test, apps.connections.open, team.info and blocks.validate."""

from sandbox.company.people import TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.types import Json


def auth_test(platform: Platform, _arguments: Arguments) -> Json:
    """docs.slack.dev/reference/methods/auth.test."""
    app = platform.app
    return {
        "url": f"{platform.base}/",
        "team": TEAM_NAME,
        "user": app.bot_name,
        "team_id": TEAM_ID,
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(platform: Platform, _arguments: Arguments) -> Json:
    """docs.slack.dev/reference/methods/apps.connections.open."""
    host = platform.base.removeprefix("http://")
    return {
        "url": f"ws://{host}/link/?ticket={platform.socket.ticket()}&app_id={platform.app.app_id}"
    }


def team_info(_platform: Platform, _arguments: Arguments) -> Json:
    """docs.slack.dev/reference/methods/team.info."""
    return {
        "team": {
            "id": TEAM_ID,
            "name": TEAM_NAME,
            "domain": TEAM_DOMAIN,
            "email_domain": "",
            "enterprise_id": None,
        }
    }


METHODS = {
    "auth.test": Method(handler=auth_test, tier=Tier.SPECIAL),
    "apps.connections.open": Method(handler=connections_open, tier=Tier.ONE, app_level=True),
    "team.info": Method(handler=team_info, scopes=("team:read",)),
}
