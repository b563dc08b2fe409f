"""chat.*: docs.slack.dev/reference/methods?family=chat."""

from sandbox.slack import limits
from sandbox.slack.api import Method, RateLimitedError
from sandbox.slack.arguments import Arguments
from sandbox.slack.content import read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import targets
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.shapes import message_json
from sandbox.slack.types import Json
from sandbox.slack.workspace import Conversation, Message


def post_message(platform: Platform, arguments: Arguments) -> Json:
    """Post as the bot; a person's id as `channel` means the DM with them."""
    conversation = targets.postable(platform, arguments.text("channel"))
    content = read_content(arguments, refuse_tables=platform.app.refuse_tables)
    message = _draft(platform, conversation, arguments)
    _rate(platform, conversation)
    content.apply(message)
    platform.workspace.post(message)
    return {
        "channel": conversation.id,
        "ts": message.ts,
        "message": message_json(message) | _metadata(message),
    }


def post_ephemeral(platform: Platform, arguments: Arguments) -> Json:
    """Show a message to one person, who has to be there."""
    conversation = targets.postable(platform, arguments.text("channel"))
    user = arguments.required("user")
    if user not in conversation.members:
        raise SlackError("user_not_in_channel")
    content = read_content(arguments, refuse_tables=platform.app.refuse_tables)
    message = _draft(platform, conversation, arguments)
    _rate(platform, conversation)
    content.apply(message)
    message.ephemeral_to = user
    platform.workspace.post(message)
    return {"message_ts": message.ts}


def update(platform: Platform, arguments: Arguments) -> Json:
    """Edit one of the bot's own messages; an ephemeral one is not found."""
    message = _own(platform, arguments, "cant_update_message")
    content = read_content(
        arguments, refuse_tables=platform.app.refuse_tables, most_text=limits.UPDATE_TEXT
    )
    content.apply(message)
    message.edited = {"user": platform.app.bot_user_id, "ts": platform.workspace.timestamps.new()}
    platform.workspace.changed(message)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(message) | _metadata(message),
    }


def delete(platform: Platform, arguments: Arguments) -> Json:
    """Delete one of the bot's own messages."""
    message = _own(platform, arguments, "cant_delete_message")
    platform.workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(platform: Platform, arguments: Arguments) -> Json:
    """Return a link to a message."""
    conversation = targets.visible_conversation(platform, arguments.required("channel"))
    message = _kept(conversation, arguments.required("message_ts"))
    path = f"archives/{conversation.id}/p{message.ts.replace('.', '')}"
    return {"channel": conversation.id, "permalink": f"{platform.base}/{path}"}


def _draft(platform: Platform, conversation: Conversation, arguments: Arguments) -> Message:
    thread = arguments.text("thread_ts") or None
    if thread is not None and thread not in conversation.messages:
        raise SlackError("thread_not_found")
    return Message(
        ts=platform.workspace.timestamps.new(),
        channel=conversation.id,
        user=platform.app.bot_user_id,
        bot_id=platform.app.bot_id,
        thread_ts=thread,
    )


def _rate(platform: Platform, conversation: Conversation) -> None:
    wait = platform.rates.post(conversation.id)
    if wait:
        raise RateLimitedError(wait)


def _kept(conversation: Conversation, ts: str) -> Message:
    message = conversation.messages.get(ts)
    if message is None or message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    return message


def _own(platform: Platform, arguments: Arguments, refusal: str) -> Message:
    conversation = targets.visible_conversation(platform, arguments.text("channel"))
    message = _kept(conversation, arguments.required("ts"))
    if message.bot_id != platform.app.bot_id:
        raise SlackError(refusal)
    if conversation.archived:
        raise SlackError("is_inactive")
    return message


def _metadata(message: Message) -> Json:
    return {"metadata": message.metadata} if message.metadata else {}


_WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(handler=post_message, scopes=_WRITE, tier=Tier.SPECIAL),
    "chat.postEphemeral": Method(handler=post_ephemeral, scopes=_WRITE, tier=Tier.FOUR),
    "chat.update": Method(handler=update, scopes=_WRITE, tier=Tier.THREE),
    "chat.delete": Method(handler=delete, scopes=_WRITE, tier=Tier.THREE),
    "chat.getPermalink": Method(handler=get_permalink, tier=Tier.SPECIAL),
}
