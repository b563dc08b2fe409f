"""views.*: docs.slack.dev/reference/methods?family=views."""

from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.types import Json
from sandbox.slack.validate.block import Surface
from sandbox.slack.validate.view import check_view
from sandbox.slack.views import View


def open_view(platform: Platform, arguments: Arguments) -> Json:
    """Open a modal for whoever did the thing that gave the trigger."""
    definition = _definition(platform, arguments, "modal")
    trigger = platform.triggers.exchange(arguments.text("trigger_id"))
    return _shown(platform.views.open(trigger.user, definition, trigger.channel))


def push(platform: Platform, arguments: Arguments) -> Json:
    """Put a modal on top of the one that the trigger came from."""
    definition = _definition(platform, arguments, "modal")
    trigger = platform.triggers.exchange(arguments.text("trigger_id"))
    if trigger.view_id not in {view.id for view in platform.views.all_open(trigger.user)}:
        raise SlackError("not_found")
    return _shown(platform.views.push(trigger.user, definition))


def update(platform: Platform, arguments: Arguments) -> Json:
    """Replace the content of an open view, found by its id or the app's own."""
    definition = _definition(platform, arguments, None)
    view = _find(platform, arguments)
    if definition["type"] != view.type:
        raise SlackError("invalid_arguments", messages=["view type cannot change"])
    expected = arguments.text("hash") or None
    return _shown(platform.views.update(view, definition, expected))


def publish(platform: Platform, arguments: Arguments) -> Json:
    """Show a Home to one person."""
    definition = _definition(platform, arguments, "home")
    person = platform.workspace.people.get(arguments.text("user_id"))
    if person is None or person.stranger or person.deleted:
        raise SlackError("invalid_arguments", messages=["invalid `user_id`"])
    expected = arguments.text("hash") or None
    return _shown(platform.views.publish(person.id, definition, expected))


def _definition(platform: Platform, arguments: Arguments, kind: Surface | None) -> Json:
    view = arguments.parsed("view", "invalid_arguments")
    return check_view(view, kind=kind, refuse_tables=platform.app.refuse_tables)


def _find(platform: Platform, arguments: Arguments) -> View:
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not view_id and not external_id:
        raise SlackError("invalid_arguments", messages=["missing required field: view_id"])
    for view in (*platform.views.all_open(), *platform.views.homes.values()):
        if view.id == view_id or (external_id and view.external_id == external_id):
            return view
    raise SlackError("not_found")


def _shown(view: View) -> Json:
    """Answer with the view; its state is always the empty list here, as in Slack."""
    return {"view": view.as_json() | {"state": {"values": []}}}


METHODS = {
    "views.open": Method(handler=open_view, tier=Tier.FOUR),
    "views.push": Method(handler=push, tier=Tier.FOUR),
    "views.update": Method(handler=update, tier=Tier.FOUR),
    "views.publish": Method(handler=publish, tier=Tier.FOUR),
}
