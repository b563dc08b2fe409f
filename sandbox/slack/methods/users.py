"""users.*: docs.slack.dev/reference/methods?family=users."""

from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.methods import targets
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.shapes import bot_json, person_json
from sandbox.slack.types import Json


def info(platform: Platform, arguments: Arguments) -> Json:
    """Describe one person, or the app's own user."""
    if arguments.text("user") == platform.app.bot_user_id:
        return {"user": bot_json()}
    return {"user": person_json(targets.person(platform, arguments), platform.clock.now())}


def list_all(platform: Platform, _arguments: Arguments) -> Json:
    """List everyone."""
    everyone = [person_json(p, platform.clock.now()) for p in platform.workspace.people.values()]
    return {"members": [*everyone, bot_json()], "response_metadata": {"next_cursor": ""}}


_READ = ("users:read",)
METHODS = {
    "users.info": Method(handler=info, scopes=_READ, tier=Tier.FOUR),
    "users.list": Method(handler=list_all, scopes=_READ, tier=Tier.TWO),
}
