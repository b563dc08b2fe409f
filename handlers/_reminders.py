"""What the controls of reminders share: which token is meant, and how its notice is shown."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from bot.blocks import Block
from bot.blocks.notice import asked, notice_message
from bot.blocks.reminders import token_line, undelivered_message
from bot.errors import GoneError, InputError, NotAllowedError, SealError
from bot.models.notice import Item, Notice
from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.matches import Matches, matches_all, matches_query
from bot.rules.query import parse_query
from bot.rules.quiet import why_quiet
from bot.services.reminders import Status
from bot.slack import Posted
from bot.store.watches import Ref
from handlers._turn import Turn

Who = Literal["own", "manager", "anybody"]
"""Who may use a control in a channel: whose reminders they are, an admin too, or all members."""


class Meant(NamedTuple):
    """What a control is about: a watch as it is now, its notice, and items of that.

    `manages` tells whether who pressed it may give answers.
    """

    watch: Watch
    notice: Notice
    items: Sequence[Item]
    manages: bool = True

    @property
    def ref(self) -> Ref:
        """Which watch it is."""
        return Ref.of(self.watch)

    @property
    def keys(self) -> list[str]:
        """The keys of the tokens."""
        return [item.key for item in self.items]


async def meant(turn: Turn, handle: object, who: Who = "own") -> Meant:
    """Return what `notice` or `notice:token` means.

    Raises `GoneError` where there is no such notice, or none of this person's: only who is reminded
    may answer. In a channel that is whose reminders they are, and whoever else `who` says;
    `NotAllowedError` for all others.
    """
    notice_id, _, reference = str(handle).partition(":")
    found = await turn.desk.reminders.notice(turn.owner, notice_id) if notice_id else None
    manages = True
    if found is None:
        found = await turn.desk.channel_watches.notice(turn.owner.scope, notice_id)
        if found is None:
            raise GoneError("This reminder is not yours, or it is no longer kept.")
        manages = await _manages(turn, found[0], who)
    watch, notice = found
    items = asked(notice, reference)
    if not items:
        raise GoneError("Nothing waits for an answer here any more.")
    return Meant(watch, notice, items, manages)


async def _manages(turn: Turn, watch: Watch, who: Who) -> bool:
    """Tell whether somebody may answer in a channel; raise where they may not even ask."""
    if turn.owner == watch.owner:
        return True
    if who == "own":
        raise NotAllowedError("Only who set these reminders up sees more of them.")
    manages = await turn.desk.channel_watches.manages(turn.owner, watch)
    if who == "manager" and not manages:
        raise NotAllowedError("Only who set these reminders up, or an admin, can answer them.")
    return manages


async def channel_watch(turn: Turn, notice_id: str) -> Watch:
    """Return the watch whose notice rang in a channel; raise `GoneError` where there is none."""
    found = await turn.desk.channel_watches.notice(turn.owner.scope, notice_id)
    if found is None:
        raise GoneError("This channel is not reminded any more.")
    return found[0]


async def redraw(
    turn: Turn,
    place: Posted,
    notice: Notice,
    watch: Watch,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Show a notice as it is now, in its message."""
    desk = turn.desk
    message = notice_message(
        notice,
        now=desk.clock.now(),
        zone=watch.zone,
        command=turn.command,
        titles=desk.titles,
        renewals=desk.renewals,
        mode=watch.mode,
        notes=notes,
        limits=desk.limits,
    )
    await desk.slack.edit(turn.owner.scope, place, message)


async def status_of(turn: Turn) -> Status:
    """Return how somebody's reminders are doing; raise `GoneError` when nothing is connected."""
    reminders, owner = turn.desk.reminders, turn.owner
    status = await reminders.status(owner)
    if status is None:
        stored = await turn.desk.connections.all(owner)
        if stored.readable or stored.unreadable:
            await reminders.ensure(owner, turn.person.zone)
            status = await reminders.status(owner)
    if status is None:
        raise GoneError(f"There is nothing to watch yet: {turn.command} connect")
    return status


async def tell_undelivered(turn: Turn) -> None:
    """Tell somebody whom the last reminder did not reach so, once."""
    with turn.desk.unasked():
        code = await turn.desk.reminders.take_untold(turn.owner)
        if code:
            await turn.reply(undelivered_message(code, turn.command))


async def next_line_of(turn: Turn, token: Token) -> Block:
    """Return the line that tells when a token rings, or why it does not."""
    reminders, zone = turn.desk.reminders, turn.person.zone
    try:
        planned = await reminders.next_notice(turn.owner, token.key)
        status = None if planned else await reminders.status(turn.owner)
    except SealError:
        return token_line(None, token.key, "I cannot open your settings", zone)
    if planned is not None:
        return token_line(planned, token.key, "", zone)
    quiet = why_quiet(
        token,
        status.watch if status else None,
        turn.desk.clock.now(),
        matches=_matches(turn, status.watch.query if status else ""),
        lapsing=bool(status and token.key in status.lapsing),
    )
    return token_line(None, token.key, quiet, zone)


def _matches(turn: Turn, query: str) -> Matches:
    try:
        return matches_query(parse_query(query, turn.desk.sources))
    except InputError:  # a filter of another version lets everything through
        return matches_all
