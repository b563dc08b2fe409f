"""Channels: where somebody may show others something, looked at anew each time."""

from typing import NamedTuple

from bot.errors import NotAllowedError
from bot.models.connection import Owner
from bot.slack import Slack

_INVITE = "Invite me there first: /invite @Tokenbell"
_SHARED_OUTSIDE = ("is_shared", "is_ext_shared", "is_org_shared", "is_pending_ext_shared")
"""What `conversations.info` says of a channel that is not this workspace's alone.

https://docs.slack.dev/reference/objects/conversation-object
"""


class Place(NamedTuple):
    """A channel in which a person may share, with the number of its members but for the bot."""

    id: str
    name: str
    members: int


class Channels:
    """Asks Slack about channels."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def place(self, owner: Owner, channel: str) -> Place:
        """Return a channel if a person may share there now.

        Raises `NotAllowedError`, whose message says what to do, and `SlackError`.
        """
        found = await self._slack.channel(owner.scope, channel)
        name = str(found.get("name") or channel)
        # Who is not in a private channel does not learn its name.
        there = "that channel" if found.get("is_private") else f"#{name}"
        if found.get("is_im") or found.get("is_mpim"):
            raise NotAllowedError("A list is shared in a channel. Choose one.")
        if any(found.get(flag) for flag in _SHARED_OUTSIDE):
            raise NotAllowedError(
                f"People of other organisations are in {there}, so I post no lists there. "
                "Choose another channel."
            )
        if found.get("is_archived"):
            raise NotAllowedError(
                f"Nothing can be posted in {there}: it is archived. Choose another channel."
            )
        if not found.get("is_member"):
            raise NotAllowedError(f"I am not in {there}. {_INVITE}")
        if not await self._slack.is_member(owner.scope, channel, owner.user):
            raise NotAllowedError(f"You are not in {there}. Join it first, or choose another one.")
        return Place(channel, name, max(int(found.get("num_members") or 0) - 1, 1))
