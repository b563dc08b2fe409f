"""conversations.*: docs.slack.dev/reference/methods?family=conversations."""

import math
import re

from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import targets
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.shapes import conversation_json, message_json
from sandbox.slack.types import Json

_MOST_AT_ONCE = 1000
_TIMESTAMP = re.compile(r"\d+(\.\d+)?")
_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


def open_dm(platform: Platform, arguments: Arguments) -> Json:
    """Open the DM with one person, or resume it by its id."""
    ref, users = arguments.text("channel"), arguments.text("users")
    if ref:
        conversation = targets.visible_conversation(platform, ref)
        if not conversation.is_dm:
            raise SlackError("method_not_supported_for_channel_type")
    else:
        conversation = platform.workspace.conversations[_only(platform, users)]
    channel = {"id": conversation.id}
    if arguments.flag("return_im"):
        channel = conversation_json(conversation, platform.clock.now())
    return {"no_op": True, "already_open": True, "channel": channel}


def _only(platform: Platform, users: str) -> str:
    if not users:
        raise SlackError("users_list_not_supplied")
    if "," in users:
        raise SlackError("too_many_users")
    person = platform.workspace.people.get(users)
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    if person.stranger:
        raise SlackError("invalid_user_combination")
    return person.dm


def info(platform: Platform, arguments: Arguments) -> Json:
    """Describe a conversation."""
    conversation = targets.visible_conversation(platform, arguments.text("channel"))
    targets.need_scope(platform, conversation, "read")
    body = conversation_json(conversation, platform.clock.now())
    if arguments.flag("include_num_members"):
        body["num_members"] = len(conversation.members) + conversation.bot
    return {"channel": body}


def members(platform: Platform, arguments: Arguments) -> Json:
    """List who is in a conversation, the bot included."""
    conversation = targets.visible_conversation(platform, arguments.text("channel"))
    targets.need_scope(platform, conversation, "read")
    everyone = [*conversation.members, *([platform.app.bot_user_id] if conversation.bot else [])]
    return _page(everyone, "members", arguments)


def list_all(platform: Platform, arguments: Arguments) -> Json:
    """List the conversations that the bot can know of; public channels if no types are given."""
    wanted = {
        {"public_channel": "channel", "private_channel": "group"}.get(kind.strip(), kind.strip())
        for kind in (arguments.text("types") or "public_channel").split(",")
    }
    found = []
    for conversation in platform.workspace.conversations.values():
        if targets.kind_of(conversation) not in wanted:
            continue
        targets.need_scope(platform, conversation, "read")
        if conversation.private and not conversation.bot:
            continue
        if not (conversation.archived and arguments.flag("exclude_archived")):
            found.append(conversation_json(conversation, platform.clock.now()))
    return _page(found, "channels", arguments)


def history(platform: Platform, arguments: Arguments) -> Json:
    """Return what was said, newest first; ephemeral messages are not kept."""
    conversation = targets.visible_conversation(platform, arguments.text("channel"))
    targets.need_scope(platform, conversation, "history")
    if not conversation.bot:
        raise SlackError("not_in_channel")
    oldest, latest = _time(arguments, "oldest", 0), _time(arguments, "latest", math.inf)
    inclusive = arguments.flag("inclusive")
    found = []
    for message in reversed(list(conversation.lasting())):
        ts = float(message.ts)
        if oldest < ts < latest or (inclusive and ts in (oldest, latest)):
            body = message_json(message)
            if message.metadata and arguments.flag("include_all_metadata"):
                body["metadata"] = message.metadata
            found.append(body)
    return _page(found, "messages", arguments) | {"pin_count": 0}


def _time(arguments: Arguments, name: str, default: float) -> float:
    text = arguments.text(name)
    if not text:
        return default
    if not _TIMESTAMP.fullmatch(text):
        raise SlackError(f"invalid_ts_{name}")
    return float(text)


def _page(items: list[Json] | list[str], name: str, arguments: Arguments) -> Json:
    limit = arguments.integer("limit", 100)
    if not 0 < limit <= _MOST_AT_ONCE:
        raise SlackError("invalid_limit")
    start = arguments.integer("cursor", 0)
    end = start + limit
    return {
        name: items[start:end],
        "has_more": end < len(items),
        "response_metadata": {"next_cursor": str(end) if end < len(items) else ""},
    }


METHODS = {
    "conversations.open": Method(
        handler=open_dm, scopes=("im:write", "channels:manage"), tier=Tier.THREE
    ),
    "conversations.info": Method(handler=info, scopes=_READ, tier=Tier.THREE),
    "conversations.members": Method(handler=members, scopes=_READ, tier=Tier.FOUR),
    "conversations.list": Method(handler=list_all, scopes=_READ, tier=Tier.TWO),
    "conversations.history": Method(handler=history, scopes=_HISTORY, tier=Tier.THREE),
}
