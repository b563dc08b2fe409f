"""The desk: what the listeners work with, and how they answer.

Bolt hands it to every listener that has a parameter named `desk`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypedDict

from bot import metrics
from bot.blocks import Message
from bot.blocks.problems import problem_message
from bot.clients import Source
from bot.clock import Clock, Ids
from bot.errors import InputError, ReplayError, SlackError, StoreError, TokenbellError
from bot.models.connection import Owner
from bot.models.listing import Limits
from bot.rules.findings import USUAL
from bot.services.channel_watches import ChannelWatchService
from bot.services.channels import Channels
from bot.services.connections import ConnectionService
from bot.services.installations import Installations
from bot.services.people import PeopleService
from bot.services.reminders import ReminderService
from bot.services.shares import ShareService
from bot.services.takedowns import Takedowns
from bot.services.tokens import TokenService
from bot.slack import Responder, Slack
from bot.store.command_names import CommandNames
from bot.store.flags import Flags
from bot.store.screens import ScreenStore
from bot.store.seen import SeenStore

DEFAULT_COMMAND = "/tokens"

_SPENT = frozenset({"expired_url", "used_url", "http_404", "http_410"})
"""How Slack says that a `response_url` is older than 30 minutes or was used five times."""

_REFERENCE_CHARACTERS = 8

Json = Mapping[str, Any]

logger = logging.getLogger(__name__)


class Told(TypedDict):
    """What the blocks need to put an error into words."""

    problem: TokenbellError | None
    command: str
    titles: Mapping[str, str]
    reference: str


@dataclass(eq=False)
class Desk:
    """What the listeners work with."""

    tokens: TokenService
    connections: ConnectionService
    people: PeopleService
    reminders: ReminderService
    shares: ShareService
    takedowns: Takedowns
    channels: Channels
    channel_watches: ChannelWatchService
    installations: Installations
    slack: Slack
    responder: Responder
    screens: ScreenStore
    seen: SeenStore
    flags: Flags
    names: CommandNames
    sources: Mapping[str, Source]
    clock: Clock
    ids: Ids
    connect_allowed: bool = True
    limits: Limits = USUAL
    """From when on use and sharing are worth a word."""
    ack_seconds: float = 0.5
    """How long an ack may be on its way to Slack, and to the person's screen."""

    _working: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def titles(self) -> dict[str, str]:
        """The sources' names in words."""
        return {name: source.info.title for name, source in self.sources.items()}

    @property
    def renewals(self) -> dict[str, str]:
        """How tokens are renewed, by source."""
        return {name: source.info.renewal for name, source in self.sources.items()}

    def command(self, scope: str) -> str:
        """Return what the command is called in a scope, as it was last typed there."""
        return self.names.of(scope)

    async def answer(
        self, owner: Owner, response_url: str, message: Message, *, replace: bool = False
    ) -> None:
        """Answer a person, seen by nobody else: by a `response_url` if Slack lets us, else by DM.

        `replace` puts the answer in the place of the message that was clicked.
        """
        if response_url:
            try:
                await self.responder.send(response_url, message, replace=replace)
            except SlackError as error:
                if error.code not in _SPENT:
                    raise
            else:
                return
        await self.slack.dm(*owner, message)

    @asynccontextmanager
    async def telling(self, body: Json, context: Json) -> AsyncIterator[None]:
        """Do what was acknowledged; whatever goes wrong with it is told to the person.

        Nothing is raised: Bolt takes an ack back when its listener fails within 10 ms after it.
        """
        self.hold_current_task()
        try:
            yield
        except ReplayError:
            metrics.REPLAYS.inc()
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody waits for an answer
            owner = owner_of(body, context)
            message = problem_message(**self.told(error, owner.scope))
            try:
                await self.answer(owner, str(body.get("response_url") or ""), message)
            except TokenbellError as further:
                self.failed(further)

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """Do what nobody waits for: what goes wrong with it is logged, and told to nobody."""
        try:
            yield
        except TokenbellError as error:
            self.failed(error)

    def told(self, error: Exception, scope: str) -> Told:
        """Log an error, and return what it takes to tell it."""
        return Told(
            problem=error if isinstance(error, TokenbellError) else None,
            command=self.command(scope),
            titles=self.titles,
            reference=self.failed(error),
        )

    def failed(self, error: Exception) -> str:
        """Count and log an error, and return the reference under which the log has it."""
        name = type(error).__name__
        metrics.FAILURES.labels(name).inc()
        reference = self.ids.new()[:_REFERENCE_CHARACTERS]
        if isinstance(error, InputError):  # its message quotes what was typed
            logger.info("%s: %s", reference, name)
        elif isinstance(error, SlackError | StoreError):
            logger.warning("%s: %s: %s", reference, name, error)
        elif isinstance(error, TokenbellError):
            logger.info("%s: %s: %s", reference, name, error)
        else:
            logger.error("%s: unforeseen", reference, exc_info=error)
        return reference

    @property
    def idle(self) -> bool:
        """Tell whether everything that was acknowledged is done."""
        return not self._working

    async def drain(self, seconds: float) -> None:
        """Wait until what was acknowledged is done, and stop what is not done by then."""
        if not self._working:
            return
        _, late = await asyncio.wait(self._working, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def hold_current_task(self) -> None:
        """Make `drain` wait for the listener that calls this."""
        # Bolt keeps no reference to a listener that goes on after its ack: the garbage collector
        # could take it, and nobody could wait for it at the end.
        task = asyncio.current_task()
        if task is not None and task not in self._working:
            self._working.add(task)
            metrics.WORKING.inc()
            task.add_done_callback(self._let_go)

    def _let_go(self, task: "asyncio.Task[Any]") -> None:
        self._working.discard(task)
        metrics.WORKING.dec()


def part(body: Json, name: str) -> Json:
    """Return an object within a payload, an empty one for what is none."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def scope_of(context: Json) -> str:
    """Return the installation that a request belongs to: the organisation's, else the team's."""
    if context.get("is_enterprise_install"):
        return str(context.get("enterprise_id") or "")
    return str(context.get("team_id") or "")


def owner_of(body: Json, context: Json) -> Owner:
    """Return who did something, as the signed request says."""
    user = body.get("user_id") or part(body, "user").get("id") or context.get("user_id")
    return Owner(scope_of(context), str(user or ""))
