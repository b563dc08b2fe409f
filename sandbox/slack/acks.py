"""What an acknowledgement may carry, and what it does."""

from sandbox.slack.arguments import Arguments
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json
from sandbox.slack.validate.view import check_view
from sandbox.slack.views import View
from sandbox.slack.workspace import Conversation, Message


def answer_command(
    platform: Platform, conversation: Conversation, user: str, body: object
) -> str | None:
    """Post what came with the acknowledgement of a command; return Slack's error if it is bad."""
    given = {"text": body} if isinstance(body, str) else body
    if not given or not isinstance(given, dict):
        return None
    try:
        post_answer(platform, conversation, user, given)
    except SlackError:
        return "invalid_command_response"
    return None


def post_answer(platform: Platform, conversation: Conversation, user: str, body: Json) -> Message:
    """Post an answer to a person: to him alone, or `in_channel` to all."""
    content = read_content(Arguments(body, token=""), refuse_tables=platform.app.refuse_tables)
    message = Message(
        ts=platform.workspace.timestamps.new(),
        channel=conversation.id,
        user=platform.app.bot_user_id,
        bot_id=platform.app.bot_id,
        ephemeral_to=None if body.get("response_type") == "in_channel" else user,
    )
    content.apply(message)
    return platform.workspace.post(message)


def answer_submission(platform: Platform, view: View, body: object) -> dict[str, str] | str | None:
    """Do what came with the acknowledgement of a submission.

    Return the messages that the form shows under its inputs, Slack's error if the answer makes no
    sense, or None.
    """
    if view not in platform.views.all_open(view.user):
        return None  # closed, by the person or the app, before the acknowledgement came
    if not body:
        platform.views.close(view)
        return None
    if not isinstance(body, dict):
        return "invalid_response_action"
    try:
        return _respond(platform, view, body)
    except SlackError as error:
        return error.error


def _respond(platform: Platform, view: View, body: Json) -> dict[str, str] | None:
    match body.get("response_action"):
        case "errors":
            return _errors(view, body.get("errors"))
        case "clear":
            platform.views.clear(view.user)
        case "update":
            platform.views.update(view, _definition(platform, body))
        case "push":
            platform.views.push(view.user, _definition(platform, body))
        case _:
            raise SlackError("invalid_response_action")
    return None


def _definition(platform: Platform, body: Json) -> Json:
    return check_view(body.get("view"), kind="modal", refuse_tables=platform.app.refuse_tables)


def _errors(view: View, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if (
        not isinstance(errors, dict)
        or not errors
        or not all(isinstance(text, str) and text for text in errors.values())
        or not inputs.issuperset(errors)
    ):
        raise SlackError("invalid_response_action")
    return errors
