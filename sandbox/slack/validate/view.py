"""Views."""

from sandbox.slack.errors import SlackError
from sandbox.slack.types import Json


def check_view(view: object, *, kind: str | None, refuse_tables: bool) -> Json:
    """Return the view, or raise SlackError if Slack would refuse."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    return view
