"""Sharing a list in a channel: a preview, one message, and the buttons below it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import metrics
from bot.blocks import View, actions
from bot.blocks.problems import Words, explain
from bot.blocks.remind import TITLE as REMIND_TITLE
from bot.blocks.share_preview import (
    TITLE,
    choice,
    posted_view,
    posting_view,
    preview_view,
    ringing_view,
)
from bot.errors import (
    GoneError,
    InputError,
    NotAllowedError,
    SlackError,
    TokenbellError,
)
from bot.models.query import Query
from bot.models.share import Column, Offer, Share
from bot.models.watch import CHANNEL_COLUMNS
from bot.rules.command import Command, take_channel
from bot.rules.query import format_query, parse_query
from bot.rules.select import select
from bot.rules.share import allowed, capacity, freeze, read_with, usual_columns
from bot.services.channels import Place
from bot.services.refusals import refusal
from bot.slack import POST
from handlers import _lists, home, remind
from handlers._desk import Desk, Json
from handlers._listeners import click, opens
from handlers._modal import Modal, answer_in_modal, submit_modal
from handlers._turn import Turn

_KIND = "share"
_FROZEN_FOR = timedelta(minutes=10)
_DIRECT = "D"
"""What the ids of direct messages begin with: nothing is shared there."""


def register(app: AsyncApp) -> None:
    """Register the buttons that lead to a preview, its choices, and those of a shared list."""
    app.action(actions.LIST_SHARE)(opens(TITLE, open_from_list))
    app.action(actions.SHARE_CHANNEL)(click(choose))
    app.action(actions.SHARE_COLUMNS)(click(choose))
    app.action(actions.SHARE_RINGS)(click(ring_instead))
    app.view(actions.SHARE_VIEW)(submit)
    app.action(actions.SHARE_OPEN)(click(follow))
    app.action(actions.SHARE_MINE)(click(mine))
    app.action(actions.SHARE_REMIND)(opens(REMIND_TITLE, remind_me))
    app.action(actions.SHARE_UPDATE)(opens(TITLE, open_update))


@dataclass(frozen=True)
class _Draft:
    """What is to be shared: a filter, the channel's id if one is chosen, and the columns.

    `share` is the id of the share that is to be updated, if it is one. With `rings` the channel is
    to be reminded instead.
    """

    query: Query
    channel: str
    columns: tuple[Column, ...]
    share: str = ""
    rings: bool = False

    def kept(self, offer: Offer | None) -> dict[str, Any]:
        """Return it as a screen keeps it, with what may be posted."""
        return {
            "query": format_query(self.query),
            "channel": self.channel,
            "columns": list(self.columns),
            "share": self.share,
            "rings": self.rings,
            "offer": offer.model_dump(mode="json") if offer else None,
        }


async def answer_share(turn: Turn, asked: Command) -> None:
    """Open the preview; when the command took too long for that, show the list with its button."""
    await _answer(turn, asked, asked.rest)


async def answer_remind(turn: Turn, asked: Command) -> None:
    """Open one's own settings; with `here` the preview of what this channel is reminded of."""
    first, _, rest = asked.rest.partition(" ")
    if first.casefold() == "here":
        await _answer(turn, asked, rest, rings=True)
    else:
        await remind.answer_remind(turn, asked)


async def _answer(turn: Turn, asked: Command, rest: str, *, rings: bool = False) -> None:
    channel, rest = take_channel(rest)
    if rest.startswith("#"):
        name = rest.partition(" ")[0]
        raise InputError(f"I do not know the channel {name}.", suggestion="share, and choose it")
    query = parse_query(asked._replace(rest=rest).filters(), turn.desk.sources)

    async def fill(modal: Modal) -> None:
        await _render(turn, modal, _first(turn, query, channel or turn.channel, rings=rings))

    if not await answer_in_modal(turn, TITLE, fill):
        await _lists.send(turn, query)


async def open_from_list(turn: Turn, modal: Modal, action: Json) -> None:
    """Preview the list whose button was pressed."""
    kept = await turn.kept(str(action.get("value")).partition(":")[0], _lists.KIND)
    if kept is None:
        raise GoneError
    query = parse_query(str(kept["query"]), turn.desk.sources)
    await _render(turn, modal, _first(turn, query, turn.channel))


async def open_update(turn: Turn, modal: Modal, action: Json) -> None:
    """Preview a shared list as it is now, in the same channel and columns."""
    share = await _clicked(turn, action)
    if share.owner != turn.owner:
        raise NotAllowedError("Only who shared this list can update it. Mine shows your own.")
    query = parse_query(share.shown.query, turn.desk.sources)
    columns = allowed(share.shown.columns, turn.desk.shares.policy)
    if not columns:
        raise NotAllowedError("None of its columns may be shared any more.")
    await _render(turn, modal, _Draft(query, share.channel, columns, share.id))


def _first(turn: Turn, query: Query, channel: str, *, rings: bool = False) -> _Draft:
    columns = usual_columns(turn.desk.shares.policy)
    if not columns:
        raise NotAllowedError("Whoever runs the bot has switched sharing off.")
    draft = _Draft(query, "" if channel.startswith(_DIRECT) else channel, columns)
    return _ringing(turn, draft) if rings else draft


def _ringing(turn: Turn, draft: _Draft) -> _Draft:
    """Return what a channel is to be reminded of, with what a reminder cannot do without."""
    policy = turn.desk.shares.policy
    if not set(policy) >= CHANNEL_COLUMNS:
        raise NotAllowedError("Whoever runs the bot does not let channels see what expires when.")
    columns = allowed({*draft.columns, *CHANNEL_COLUMNS}, policy)
    # Thresholds rule when something rings: a filter by status or time left does not hold it back,
    # so that the preview shows what it would have hidden.
    query = draft.query.model_copy(update={"statuses": frozenset(), "expiring": None})
    return replace(draft, query=query, columns=columns, rings=True)


async def ring_instead(turn: Turn, _action: Json) -> None:
    """Show what the channel would be reminded of, in the place of the list to be posted."""
    modal = Modal(turn.desk, turn.owner, str(turn.view.get("id")), TITLE)
    async with modal.telling():
        screen = str(turn.view.get("private_metadata"))
        draft, _ = await _kept(turn, screen)
        if not draft.share:
            draft = _ringing(turn, draft)
        await _render_choice(turn, modal, draft, turn.view)
        await turn.take(screen, _KIND)


async def choose(turn: Turn, _action: Json) -> None:
    """Show the preview for another channel or other columns."""
    view = turn.view
    modal = Modal(turn.desk, turn.owner, str(view.get("id")), TITLE)
    async with modal.telling():
        screen = str(view.get("private_metadata"))
        draft, _ = await _kept(turn, screen)
        await _render_choice(turn, modal, draft, view)
        # What was shown before cannot be confirmed any more.
        await turn.take(screen, _KIND)


async def submit(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Post what the preview shows, while the modal says so."""
    await ack(response_action="update", view=posting_view())
    metrics.CLICKS.labels("share").inc()

    async def confirm(turn: Turn, modal: Modal) -> None:
        await _confirm(turn, modal, view)

    await submit_modal(desk, body, context, TITLE, confirm)


async def _confirm(turn: Turn, modal: Modal, view: Json) -> None:
    screen = str(view.get("private_metadata"))
    draft, offer = await _kept(turn, screen)
    if offer is None or _changed(draft, view):
        # Submitted before the preview had caught up.
        await _render_choice(turn, modal, draft, view)
        return
    if await turn.take(screen, _KIND) is None:
        raise _too_old()
    try:
        done = await _carry_out(turn, offer)
    except SlackError as error:
        if error.method == POST and refusal(error) == "uncertain":
            turn.desk.failed(error)
            raise GoneError(
                "Slack did not answer, so I cannot tell whether the list was posted. "
                f"Look in #{offer.channel_name} before you share it again."
            ) from None
        await _render(turn, modal, draft, error)
    except (InputError, NotAllowedError) as error:
        await turn.desk.people.insider(turn.owner)  # for anybody else there is no other preview
        await _render(turn, modal, draft, error)
    else:
        await modal.show(done)


async def _carry_out(turn: Turn, offer: Offer) -> View:
    """Do what was confirmed, and return what says so."""
    shares = turn.desk.shares
    if offer.rings:
        await turn.desk.channel_watches.create(offer)
        await home.refresh(turn)
        return ringing_view(offer.channel_name, turn.command)
    share = await (shares.update(offer) if offer.share else shares.post(offer))
    return posted_view(share, turn.command, update=bool(offer.share))


def _changed(draft: _Draft, view: Json) -> bool:
    """Tell whether a view's state says anything else than what was previewed."""
    chosen = choice(view.get("state") or {})
    if chosen.channel not in (None, draft.channel):
        return True
    given = CHANNEL_COLUMNS if draft.rings else frozenset()
    return chosen.columns is not None and given.union(chosen.columns) != frozenset(draft.columns)


def _chosen(turn: Turn, draft: _Draft, view: Json) -> _Draft | None:
    """Return what a view's state says is to be shared; None without any column."""
    if draft.share:
        return draft  # an update keeps what the message has
    chosen = choice(view.get("state") or {})
    draft = replace(draft, channel=chosen.channel or draft.channel)
    if chosen.columns is None:
        return draft
    columns = allowed(chosen.columns, turn.desk.shares.policy)
    if draft.rings:
        return _ringing(turn, replace(draft, columns=columns))
    return replace(draft, columns=columns) if columns else None


async def _render_choice(turn: Turn, modal: Modal, draft: _Draft, view: Json) -> None:
    """Show the preview for what a view's state says."""
    chosen = _chosen(turn, draft, view)
    if chosen is not None:
        await _render(turn, modal, chosen)
        return
    await _render(turn, modal, draft, InputError("Choose at least one column."), ready=False)


async def _render(
    turn: Turn,
    modal: Modal,
    draft: _Draft,
    problem: TokenbellError | None = None,
    *,
    ready: bool = True,
) -> None:
    """Show a preview of what would be posted now, which can be confirmed once.

    A `problem` is why it was not posted just now; `ready` tells whether it can be at all.
    """
    desk, query = turn.desk, draft.query
    listing = await desk.tokens.listing(turn.owner, everything=query.needs_everything)
    if not listing.connections:
        raise GoneError(
            f"You have connected nothing yet, so there is no list: {turn.command} connect"
        )
    selection = select(query, listing.tokens, listing.now)
    read_by = read_with(listing, selection.rows[: capacity(draft.columns)])
    if draft.rings:
        # What comes later is read with no other ones: a connection that is added is not shown.
        read_by = frozenset(each.connection_id for each in listing.coverage)
    shown = freeze(listing, selection, query, owner=turn.owner, columns=draft.columns)
    place: Place | None = None
    if draft.channel:
        try:
            place = await desk.channels.place(turn.owner, draft.channel)
        except (NotAllowedError, SlackError) as error:
            problem = problem or error
    offer = None
    if ready and place is not None and (shown.rows or (draft.rings and read_by)):
        offer = Offer(
            channel=place.id,
            channel_name=place.name,
            shown=shown,
            connections=read_by,
            share=draft.share,
            rings=draft.rings,
        )
    await modal.show(
        preview_view(
            shown,
            policy=desk.shares.policy,
            channel=draft.channel,
            place=(place.name, place.members) if place and offer else None,
            screen=await turn.keep(_KIND, draft.kept(offer), _FROZEN_FOR),
            zone=turn.person.zone,
            command=turn.command,
            problem=_words(turn, problem) if problem else None,
            kind="update" if draft.share else "ring" if draft.rings else "share",
        )
    )


def _words(turn: Turn, problem: TokenbellError) -> Words:
    return explain(problem, command=turn.command, titles=turn.desk.titles)


async def _kept(turn: Turn, screen: str) -> tuple[_Draft, Offer | None]:
    """Return what a preview stands for. Raises `GoneError`, and as `Turn.kept` does."""
    kept = await turn.kept(screen, _KIND)
    if kept is None:
        raise _too_old()
    columns = allowed(kept["columns"], turn.desk.shares.policy)
    if not columns:
        raise _too_old()  # the policy was another one
    query = parse_query(str(kept["query"]), turn.desk.sources)
    draft = _Draft(query, str(kept["channel"]), columns, str(kept["share"]))
    draft = replace(draft, rings=bool(kept["rings"]))
    return draft, Offer.model_validate(kept["offer"]) if kept["offer"] else None


def _too_old() -> GoneError:
    minutes = _FROZEN_FOR // timedelta(minutes=1)
    return GoneError(
        f"A preview holds for {minutes} minutes and can be confirmed once. Nothing was posted now: "
        "open it anew."
    )


async def follow(_turn: Turn, _action: Json) -> None:
    """Do nothing: the button is a link."""


async def mine(turn: Turn, action: Json) -> None:
    """Show the reader what the same filter finds among their own tokens."""
    share = await _clicked(turn, action)
    await _lists.send(turn, parse_query(share.shown.query, turn.desk.sources))


async def remind_me(turn: Turn, modal: Modal, action: Json) -> None:
    """Open the reader's own reminders, filled with the filter of the list."""
    share = await _clicked(turn, action)
    await remind.settings(turn, modal, {}, query=share.shown.query)


async def _clicked(turn: Turn, action: Json) -> Share:
    """Return the share that a button is about."""
    share = await turn.desk.shares.get(turn.owner.scope, str(action.get("value") or ""))
    return await turn.desk.shares.seen(share, turn.message) if turn.message else share
