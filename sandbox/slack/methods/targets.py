"""Finding the people and conversations that a method names, with Slack's refusals."""

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError, UnknownError
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Conversation, Person


def visible_conversation(platform: Platform, ref: str, *, by_user: bool = False) -> Conversation:
    """Return a conversation that the bot can know of; with `by_user` a person's id means the DM."""
    workspace = platform.workspace
    if by_user and ref in workspace.people:
        ref = workspace.people[ref].dm
    try:
        found = workspace.conversation(ref) if ref else None
    except UnknownError:
        found = None
    if found is None or (found.private and not found.bot):
        raise SlackError("channel_not_found")
    return found


def postable(platform: Platform, ref: str) -> Conversation:
    """Return a conversation that the bot may post to."""
    conversation = visible_conversation(platform, ref, by_user=True)
    if conversation.archived:
        raise SlackError("is_archived")
    if not conversation.bot and not platform.app.has(("chat:write.public",)):
        raise SlackError("not_in_channel")
    if conversation.restricted:
        raise SlackError("restricted_action")
    return conversation


def person(platform: Platform, arguments: Arguments, name: str = "user") -> Person:
    """Return the person that an argument names by id."""
    found = platform.workspace.people.get(arguments.text(name))
    if found is None:
        raise SlackError("user_not_found")
    return found


def kind_of(conversation: Conversation) -> str:
    """Return `channel`, `group` or `im`: what scopes are named after."""
    if conversation.is_dm:
        return "im"
    return "group" if conversation.private else "channel"


def need_scope(platform: Platform, conversation: Conversation, suffix: str) -> None:
    """Require `channels:read`, `groups:history` and so on, by the kind of conversation."""
    kind = kind_of(conversation)
    scope = f"{kind if kind == 'im' else f'{kind}s'}:{suffix}"
    if not platform.app.has((scope,)):
        raise SlackError("missing_scope", needed=scope, provided=",".join(platform.app.scopes))
