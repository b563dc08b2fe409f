"""The desk: where a request goes after its ack. Who is asking, may they, and how to answer them.

Bolt hands it to every listener that has a parameter named `desk`.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

from bot import metrics
from bot.blocks import Message
from bot.clients import Source
from bot.clock import Clock, Ids
from bot.errors import NotAllowedError, ReplayError, SlackError, TokenbellError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.services.connections import ConnectionService
from bot.services.installations import Installations
from bot.services.people import PeopleService
from bot.services.tokens import TokenService
from bot.slack import Responder, Slack
from bot.store.flags import Flags
from bot.store.screens import ScreenStore
from bot.store.seen import SeenStore

DEFAULT_COMMAND = "/tokens"
SCREEN_TTL = timedelta(minutes=30)
"""How long the buttons of a list work; each click on one starts anew."""

_REPLAY_WINDOW = timedelta(minutes=10)  # twice as long as Slack's signatures are accepted
_TABLES_REFUSED = "tables_refused"
_TABLE_REFUSALS = frozenset({"invalid_blocks", "invalid_attachments", "invalid_blocks_format"})
_SPENT = frozenset({"expired_url", "used_url", "http_404", "http_410"})
"""How Slack says that a `response_url` is older than 30 minutes or was used five times."""

_REFERENCE_CHARACTERS = 8

logger = logging.getLogger(__name__)


class Draw(Protocol):
    """Makes a message, with a table or without."""

    def __call__(self, *, tables: bool) -> Message:
        """Return it."""
        ...


@dataclass(frozen=True)
class Turn:
    """One thing that a person did, after the ack. `response_url` is empty where there is none."""

    desk: "Desk"
    owner: Owner
    person: Person
    command: str
    response_url: str
    trigger_id: str

    async def reply(self, message: Message, *, replace: bool = False) -> None:
        """Answer, visible to this person only: here if Slack lets us, else by DM.

        `replace` puts the answer in the place of the message that was clicked.
        """
        if self.response_url:
            try:
                await self.desk.responder.send(self.response_url, message, replace=replace)
            except SlackError as error:
                if error.code not in _SPENT:
                    raise
            else:
                return
        await self.desk.slack.dm(self.owner.scope, self.owner.user, message)

    async def show(self, draw: Draw, *, replace: bool = False) -> None:
        """Answer with a table, or with paragraphs where Slack refuses tables (kept for a day)."""
        flags, scope = self.desk.flags, self.owner.scope
        tables = not await flags.is_set(scope, _TABLES_REFUSED)
        try:
            await self.reply(draw(tables=tables), replace=replace)
        except SlackError as error:
            if not tables or error.code not in _TABLE_REFUSALS:
                raise
            await flags.set(scope, _TABLES_REFUSED, timedelta(days=1))
            await self.reply(draw(tables=False), replace=replace)

    async def keep(self, kind: str, data: dict[str, Any]) -> str:
        """Keep data for half an hour and return the opaque id that stands for it."""
        return await self.desk.screens.put(self.owner, kind, data, SCREEN_TTL)

    async def screen(self, screen_id: str, kind: str) -> dict[str, Any] | None:
        """Return what an opaque id stands for, None when it is gone.

        Raises `NotAllowedError` for somebody else's.
        """
        found = await self.desk.screens.get(screen_id, self.owner.scope)
        if found is None or found.kind != kind or not isinstance(found.data, dict):
            return None
        if found.owner != self.owner:
            raise NotAllowedError("This belongs to somebody else.")
        return dict(found.data)

    def answering(self, response_url: str) -> "Turn":
        """Return the same turn with another place to answer, such as where a form came from."""
        return replace(self, response_url=response_url)


@dataclass(frozen=True)
class Desk:
    """What the listeners work with."""

    tokens: TokenService
    connections: ConnectionService
    people: PeopleService
    installations: Installations
    slack: Slack
    responder: Responder
    screens: ScreenStore
    seen: SeenStore
    flags: Flags
    sources: Mapping[str, Source]
    clock: Clock
    ids: Ids
    connect_allowed: bool = True
    commands: dict[str, str] = field(default_factory=dict)
    """The command's name in each scope, as it was last typed."""
    _working: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def titles(self) -> dict[str, str]:
        """The sources' names in words."""
        return {name: source.info.title for name, source in self.sources.items()}

    @property
    def idle(self) -> bool:
        """Tell whether everything that was acknowledged is done."""
        return not self._working

    def command(self, scope: str) -> str:
        """Return what the command is called in a scope."""
        return self.commands.get(scope, DEFAULT_COMMAND)

    async def admit(self, body: Mapping[str, Any], context: Mapping[str, Any]) -> Turn:
        """Let an insider in, once for each request. Call it right after the ack.

        Raises what kept the installation from being found, `ReplayError` for a request that was
        seen before, `NotAllowedError` for a guest or a stranger.
        """
        self.hold_current_task()
        if (refusal := context.get("refusal")) is not None:
            raise refusal
        owner = owner_of(body, context)
        trigger = str(body.get("trigger_id") or "")
        request = trigger or str(body.get("event_id") or "")
        if request and not await self.seen.first(owner.scope, request, _REPLAY_WINDOW):
            metrics.REPLAYS.inc()
            raise ReplayError
        return Turn(
            desk=self,
            owner=owner,
            person=await self.people.insider(owner),
            command=self.command(owner.scope),
            response_url=str(body.get("response_url") or ""),
            trigger_id=trigger,
        )

    def command_in(self, context: Mapping[str, Any]) -> str:
        """Return what the command is called where a request came from."""
        return self.command(scope_of(context))

    def name_command(self, context: Mapping[str, Any], name: str) -> None:
        """Remember what a workspace calls the command."""
        self.commands[scope_of(context)] = name

    def failed(self, error: Exception) -> str:
        """Count and log an error, and return the reference under which the log has it."""
        metrics.FAILURES.labels(type(error).__name__).inc()
        reference = self.ids.new()[:_REFERENCE_CHARACTERS]
        if isinstance(error, TokenbellError):
            logger.info("%s: %s: %s", reference, type(error).__name__, error)
        else:
            logger.error("%s: unforeseen", reference, exc_info=error)
        return reference

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


def scope_of(context: Mapping[str, Any]) -> str:
    """Return the installation that a request belongs to: the organisation's, else the team's."""
    if context.get("is_enterprise_install"):
        return str(context.get("enterprise_id") or "")
    return str(context.get("team_id") or "")


def owner_of(body: Mapping[str, Any], context: Mapping[str, Any]) -> Owner:
    """Return who did something, as the signed request says."""
    user = body.get("user_id") or (body.get("user") or {}).get("id") or context.get("user_id")
    return Owner(scope_of(context), str(user or ""))
