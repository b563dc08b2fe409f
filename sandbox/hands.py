"""What a test does in Slack, without HTTP in between: the control API as methods."""

from sandbox.control.clock import ClockControl
from sandbox.control.lifecycle import Lifecycle
from sandbox.journal import Call
from sandbox.slack.delivery.envelope import Ack
from sandbox.slack.interactions import Interactions, Submission
from sandbox.slack.mangle import Client
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json
from sandbox.slack.views import as_state


class Hands:
    """Everyone's hands, and eyes to see what came of it.

    Raises what sandbox.slack.errors lists: UnknownError, WrongRequestError, RefusedError.
    """

    def __init__(
        self,
        platform: Platform,
        interactions: Interactions,
        lifecycle: Lifecycle,
        clock: ClockControl,
    ) -> None:
        self._platform = platform
        self.interactions = interactions
        self.lifecycle = lifecycle
        self._clock = clock

    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, client: Client = "desktop"
    ) -> Ack:
        """Type a slash command."""
        return await self.interactions.command(user, channel, command, text, client=client)

    async def interact(
        self, user: str, action: object, *, on: Json, values: Json | None = None
    ) -> Ack:
        """Use a control of a message or a view, given as `messages` or `views` return it."""
        if "ts" in on:
            return await self.interactions.interact(
                user, action, channel=on["channel"], ts=on["ts"]
            )
        return await self.interactions.interact(user, action, view_id=on["id"], values=values)

    async def submit(self, user: str, view: Json, values: Json | None = None) -> Submission:
        """Fill in a modal and submit it."""
        return await self.interactions.submit(user, view["id"], values)

    async def close(self, user: str, view: Json, *, clear: bool = False) -> Ack | None:
        """Close a modal, or all of them."""
        return await self.interactions.close(user, view["id"], clear=clear)

    async def open_home(self, user: str) -> Json | None:
        """Open the app's Home tab and return the view."""
        return await self.lifecycle.open_home(user)

    def say(self, user: str, channel: str, text: str) -> Json:
        """Write a message."""
        return self.interactions.say(user, channel, text).as_json()

    async def happen(
        self, event: str, *, user: str = "", channel: str = "", zone: str = ""
    ) -> Json:
        """Let something happen to the workspace: `lifecycle` in docs/sandbox.md."""
        return await self.lifecycle.happen(event, user=user, channel=channel, zone=zone)

    async def advance(self, seconds: float, *, jump: bool = False) -> Json:
        """Move the clock on, step by step or at once."""
        return await self._clock.move(seconds, "jump" if jump else "step")

    def messages(self, channel: str, user: str | None = None) -> list[Json]:
        """Return what a person sees in a conversation, oldest first; without one, all of it."""
        workspace = self._platform.workspace
        viewer = workspace.person(user).id if user is not None else None
        conversation = workspace.conversation(channel, viewer)
        return [message.as_json() for message in conversation.seen_by(viewer)]

    def dm(self, user: str) -> list[Json]:
        """Return what a person sees in the DM with the app, oldest first."""
        return self.messages(self._platform.workspace.person(user).dm, user)

    def views(self, user: str) -> list[Json]:
        """Return a person's open modals, the lowest first."""
        person = self._platform.workspace.person(user)
        return [as_state(view) for view in self._platform.views.all_open(person.id)]

    def home(self, user: str) -> Json | None:
        """Return a person's Home view, if it was published."""
        view = self._platform.views.homes.get(self._platform.workspace.person(user).id)
        return view.as_json() if view else None

    def calls(self, method: str, service: str = "slack") -> list[Call]:
        """Return the bot's calls of one method, oldest first."""
        return self._platform.journal.calls(service, method)
