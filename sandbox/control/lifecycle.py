"""What can happen to people, channels and the app, and the events that Slack sends for it."""

import asyncio
import contextlib
from collections.abc import Callable
from zoneinfo import available_timezones

from sandbox.slack.changes import Change
from sandbox.slack.errors import RefusedError, WrongRequestError
from sandbox.slack.events import Events
from sandbox.slack.installation import REVOKED, UNINSTALLED
from sandbox.slack.platform import Platform
from sandbox.slack.shapes import person_json
from sandbox.slack.types import Json
from sandbox.slack.workspace import Conversation, Person


class Lifecycle:
    """The events of `POST /_control/lifecycle`, by name."""

    def __init__(self, platform: Platform, events: Events) -> None:
        self._platform = platform
        self._workspace = platform.workspace
        self._events = events

    async def happen(
        self, event: str, *, user: str = "", channel: str = "", zone: str = ""
    ) -> Json:
        """Let it happen; return what Slack sends to the app for it."""
        known: dict[str, Callable[[], list[Json]]] = {
            "app_uninstalled": self._uninstall,
            "tokens_revoked": self._revoke,
            "reinstall": self._reinstall,
            "deactivate": lambda: self._deactivate(self._workspace.person(user)),
            "set_zone": lambda: self._set_zone(self._workspace.person(user), zone),
            "archive": lambda: self._archive(self._channel(channel)),
            "restrict": lambda: self._restrict(self._channel(channel)),
            "kick_bot": lambda: self._kick_bot(self._channel(channel)),
            "invite_bot": lambda: self._invite_bot(self._channel(channel)),
            "leave": lambda: self._leave(self._workspace.person(user), self._channel(channel)),
            "refuse_tables": lambda: self._tables(refused=True),
            "accept_tables": lambda: self._tables(refused=False),
        }
        if event == "refresh_connections":
            await self._platform.socket.refresh()
            return {"events": []}
        if event not in known:
            raise WrongRequestError(f"event must be one of {', '.join(known)}")
        sent = known[event]()
        self._workspace.state_changed()
        for body in sent:
            self._events.emit(body)
        return {"events": [body["type"] for body in sent]}

    async def open_home(self, user: str, tab: str = "home") -> Json | None:
        """Open the app; return its Home view, waiting a little for the app to publish it."""
        person = self._workspace.person(user)
        if person.stranger or person.deleted:
            raise RefusedError(f"{person.name} cannot open this app")
        if tab not in ("home", "messages"):
            raise WrongRequestError("tab must be home or messages")
        homes = self._platform.views.homes
        body: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": person.dm,
            "tab": tab,
        }
        if person.id in homes:
            body["view"] = homes[person.id].as_json()
        published = asyncio.Event()

        def notice(change: Change) -> None:
            if change.event["type"] == "home" and change.seen_by(person.id):
                published.set()

        with self._platform.changes.listening(notice):
            if self._events.emit(body) and tab == "home" and self._platform.transport.connected:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._platform.limits.ack):
                        await published.wait()
        return homes[person.id].as_json() if person.id in homes else None

    def _channel(self, ref: str) -> Conversation:
        conversation = self._workspace.conversation(ref)
        if conversation.is_dm:
            raise WrongRequestError("this cannot happen to a direct message")
        return conversation

    def _uninstall(self) -> list[Json]:
        self._platform.app.revoked = UNINSTALLED
        tokens = {"oauth": [], "bot": [self._platform.app.bot_user_id]}
        return [{"type": "tokens_revoked", "tokens": tokens}, {"type": "app_uninstalled"}]

    def _revoke(self) -> list[Json]:
        self._platform.app.revoked = REVOKED
        tokens = {"oauth": [], "bot": [self._platform.app.bot_user_id]}
        return [{"type": "tokens_revoked", "tokens": tokens}]

    def _reinstall(self) -> list[Json]:
        self._platform.app.revoked = None
        return []

    def _deactivate(self, person: Person) -> list[Json]:
        person.deleted = True
        self._platform.views.clear(person.id)
        return [self._user_change(person)]

    def _set_zone(self, person: Person, zone: str) -> list[Json]:
        if zone not in available_timezones():
            raise WrongRequestError(f"no such zone: {zone}")
        person.tz = zone
        return [self._user_change(person)]

    def _archive(self, channel: Conversation) -> list[Json]:
        channel.archived = True
        kind = "group_archive" if channel.private else "channel_archive"
        return [{"type": kind, "channel": channel.id, "user": channel.members[0], "is_moved": 0}]

    def _restrict(self, channel: Conversation) -> list[Json]:
        channel.restricted = True
        return []

    def _kick_bot(self, channel: Conversation) -> list[Json]:
        channel.bot = False
        kind = "group_left" if channel.private else "channel_left"
        return [{"type": kind, "channel": channel.id, "actor_id": channel.members[0]}]

    def _invite_bot(self, channel: Conversation) -> list[Json]:
        channel.bot = True
        return [
            {
                "type": "member_joined_channel",
                "user": self._platform.app.bot_user_id,
                "channel": channel.id,
                "channel_type": "G" if channel.private else "C",
                "inviter": channel.members[0],
            }
        ]

    def _leave(self, person: Person, channel: Conversation) -> list[Json]:
        if person.id not in channel.members:
            raise RefusedError(f"{person.name} is not in {channel.name}")
        channel.members.remove(person.id)
        return [
            {
                "type": "member_left_channel",
                "user": person.id,
                "channel": channel.id,
                "channel_type": "G" if channel.private else "C",
                "team": person.team_id,
            }
        ]

    def _tables(self, *, refused: bool) -> list[Json]:
        self._platform.app.refuse_tables = refused
        return []

    def _user_change(self, person: Person) -> Json:
        now = self._platform.clock.now()
        return {"type": "user_change", "user": person_json(person, now), "cache_ts": now // 1000}
