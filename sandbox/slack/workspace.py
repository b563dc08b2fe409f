"""The workspace: its people, its conversations and what was said in them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

from sandbox.clock import SandboxClock
from sandbox.company import people
from sandbox.slack.changes import Changes
from sandbox.slack.errors import UnknownError
from sandbox.slack.ids import Timestamps
from sandbox.slack.types import Json

SLACKBOT = "USLACKBOT"


@dataclass(kw_only=True)
class Person:
    """A member, guest or stranger."""

    id: str
    name: str
    real_name: str
    title: str
    tz: str
    color: str
    admin: bool = False
    guest: bool = False
    stranger: bool = False
    team_id: str = people.TEAM_ID
    deleted: bool = False

    @property
    def dm(self) -> str:
        """The id of this person's conversation with the app."""
        return f"D{self.id[1:]}"


@dataclass(kw_only=True)
class Message:
    """A message; `ephemeral_to` names the only person who sees it."""

    ts: str
    channel: str
    user: str
    bot_id: str | None = None
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    files: list[Json] = field(default_factory=list)
    ephemeral_to: str | None = None
    edited: Json | None = None
    thread_ts: str | None = None

    def as_json(self) -> Json:
        """Return it as the page and the tests see it."""
        return {
            "ts": self.ts,
            "channel": self.channel,
            "user": self.user,
            "bot_id": self.bot_id,
            "text": self.text,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "metadata": self.metadata,
            "files": self.files,
            "ephemeral": self.ephemeral_to is not None,
            "edited": self.edited,
            "reactions": [],
            "thread_ts": self.thread_ts,
        }


@dataclass(kw_only=True)
class Conversation:
    """A channel, or the direct messages between the app and `user`.

    In a `restricted` one a preference of the workspace keeps apps from posting.
    """

    id: str
    name: str
    topic: str = ""
    members: list[str] = field(default_factory=list)
    bot: bool = True
    private: bool = False
    shared: bool = False
    archived: bool = False
    restricted: bool = False
    user: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_dm(self) -> bool:
        """Whether it is a conversation with the app alone."""
        return self.user is not None

    def lasting(self) -> Iterator[Message]:
        """Yield what Slack keeps: everything that is not ephemeral."""
        return (m for m in self.messages.values() if m.ephemeral_to is None)

    def seen_by(self, user: str | None) -> list[Message]:
        """Return the messages that a person sees, oldest first; None sees all."""
        return [m for m in self.messages.values() if user is None or m.ephemeral_to in (None, user)]


class Workspace:
    """All of it. Whatever changes what a person sees goes through here and is published."""

    def __init__(self, clock: SandboxClock, changes: Changes) -> None:
        self.changes = changes
        self.timestamps = Timestamps(clock)
        self.people = {m.id: Person(**asdict(m)) for m in people.MEMBERS}
        self.conversations = {
            c.id: Conversation(**{**asdict(c), "members": list(c.members)}) for c in people.CHANNELS
        }
        for person in self.people.values():
            if not person.stranger:
                self.conversations[person.dm] = Conversation(
                    id=person.dm, name="tokenbell", members=[person.id], user=person.id
                )

    def person(self, ref: object) -> Person:
        """Find someone by id or handle."""
        name = str(ref).removeprefix("@")
        for person in self.people.values():
            if name in (person.id, person.name):
                return person
        raise UnknownError(f"no such person: {name}")

    def conversation(self, ref: object, user: str | None = None) -> Conversation:
        """Find a conversation by id or name; `@tokenbell` is the app's DM with `user`."""
        name = str(ref).removeprefix("#")
        if name == "@tokenbell" and user is not None:
            name = self.people[user].dm
        for conversation in self.conversations.values():
            if name == conversation.id or (name == conversation.name and not conversation.is_dm):
                return conversation
        raise UnknownError(f"no such channel: {name}")

    def audience(self, conversation: Conversation) -> frozenset[str]:
        """Return who sees what is said there."""
        return frozenset(conversation.members)

    def post(self, message: Message) -> Message:
        """Keep a new message and show it."""
        self.conversations[message.channel].messages[message.ts] = message
        self._publish("message", message)
        return message

    def changed(self, message: Message) -> None:
        """Show a message that was edited in place."""
        self._publish("message_changed", message)

    def delete(self, message: Message) -> None:
        """Remove a message."""
        del self.conversations[message.channel].messages[message.ts]
        self.changes.publish(
            {"type": "message_deleted", "channel": message.channel, "ts": message.ts},
            self._seen_by(message),
        )

    def notice(self, conversation: Conversation, user: str, text: str) -> Message:
        """Show one person a line by Slackbot, as Slack does when an app fails."""
        return self.post(
            Message(
                ts=self.timestamps.new(),
                channel=conversation.id,
                user=SLACKBOT,
                text=text,
                ephemeral_to=user,
            )
        )

    def state_changed(self) -> None:
        """Tell that people, channels or the app changed."""
        self.changes.publish({"type": "state"})

    def channels_of(self, user: str | None) -> Iterable[Conversation]:
        """Return the channels, without DMs, that a person sees; None sees all."""
        return [
            c
            for c in self.conversations.values()
            if not c.is_dm and (user is None or user in c.members)
        ]

    def _seen_by(self, message: Message) -> frozenset[str]:
        if message.ephemeral_to is not None:
            return frozenset({message.ephemeral_to})
        return self.audience(self.conversations[message.channel])

    def _publish(self, kind: str, message: Message) -> None:
        self.changes.publish(
            {"type": kind, "channel": message.channel, "message": message.as_json()},
            self._seen_by(message),
        )
