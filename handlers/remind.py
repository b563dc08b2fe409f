"""The settings of reminders: what rings, when, and what is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import JsonValue
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import metrics
from bot.blocks import View, actions
from bot.blocks.remind import TITLE, saving_view, settings_view
from bot.blocks.remind_form import Offer, Settings, read_settings, settings_errors
from bot.blocks.reminders import remind_card, saved_view, state_message
from bot.errors import GoneError, InputError, SlackError
from bot.models.connection import Owner
from bot.models.ledger import Entry
from bot.models.watch import Mode
from bot.rules.command import Command
from bot.rules.mine import may_ring, names, own_names, suggested
from bot.rules.resolve import token_ref
from bot.services.reminders import Status
from handlers import home
from handlers._desk import Desk, Json, owner_of
from handlers._listeners import click, opens
from handlers._modal import Modal, answer_in_modal, submit_modal
from handlers._reminders import status_of
from handlers._turn import Turn

_KIND = "remind"
_CHOICES = frozenset({"all", "off"})
"""What can be chosen with one press; the other choice needs names."""


def register(app: AsyncApp) -> None:
    """Register the buttons that open or change the settings, and their form."""
    app.action(actions.variants(actions.REMIND_SETTINGS))(opens(TITLE, settings))
    app.action(actions.variants(actions.REMIND_MODE))(click(choose))
    app.action(actions.REMIND_UNDO)(click(undo))
    app.view(actions.REMIND_VIEW)(submit)


async def answer_remind(turn: Turn, asked: Command) -> None:
    """Open the settings; when the command took too long for that, offer their button."""
    if asked.rest:
        raise InputError("Say here to remind a channel, or nothing.", suggestion="remind here")
    if not await answer_in_modal(turn, TITLE, lambda modal: settings(turn, modal, {})):
        await turn.reply(remind_card())


async def settings(turn: Turn, modal: Modal, action: Json, *, query: str | None = None) -> None:
    """Fill the form. A button may say which choice it is for.

    `query` is a filter to begin with in the place of the stored one.
    """
    wanted = str(action.get("value") or "").partition(":")[0]
    status = await status_of(turn)
    if query is not None:
        status = replace(status, watch=status.watch.model_copy(update={"query": query}))
    stored = await turn.desk.connections.all(turn.owner)
    listing = await turn.desk.tokens.listing(turn.owner)
    offered = names(listing.tokens)
    offer = Offer(
        names=offered,
        connections=tuple((each.id, each.label) for each in stored.readable),
        zone=turn.person.zone,
        own=() if status.watch.mine else await _own(turn, offered),
    )
    ringing = sum(may_ring(token) for token in listing.tokens)
    mode = "mine" if wanted == "mine" else status.watch.mode
    if mode == "unasked":
        mode = suggested(ringing)
    screen = await turn.keep(_KIND, _kept_of(offer, mode))
    await modal.show(_form(status, offer, mode, screen))


async def _own(turn: Turn, offered: Sequence[str]) -> tuple[str, ...]:
    """Return the names on offer that the person goes by; none when Slack does not tell."""
    try:
        called = await turn.desk.people.names(turn.owner)
    except SlackError:
        return ()  # nothing is chosen to begin with
    return own_names(offered, called)


async def submit(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Save what was filled in, while the modal says so."""
    user = owner_of(body, context).user
    try:
        filled = read_settings(view, sources=desk.sources, user=user)
    except InputError as error:
        await ack(response_action="errors", errors=settings_errors(error))
        return
    await ack(response_action="update", view=saving_view())
    metrics.CLICKS.labels(submit.__name__).inc()

    async def save(turn: Turn, modal: Modal) -> None:
        await _save(turn, modal, filled, str(view.get("private_metadata")))

    await submit_modal(desk, body, context, TITLE, save)


async def _save(turn: Turn, modal: Modal, filled: Settings, screen: str) -> None:
    reminders = turn.desk.reminders
    kept = await _kept(turn, screen)
    status, offer = await status_of(turn), _offer(kept)
    draft = filled.applied(status.watch, offer)
    if not await _can_hear(turn, draft.fallback):
        refused = InputError("Choose a full member of this workspace to be told.")
        status = replace(status, watch=draft)
        await modal.show(_form(status, offer, draft.mode, screen, refused))
        return
    saved = await reminders.save(draft)
    now = await status_of(turn)
    looked = now.looked_at is not None
    await modal.show(saved_view(saved, now.next, turn.command, looked=looked))
    await home.refresh(turn)


async def _can_hear(turn: Turn, user: str | None) -> bool:
    """Tell whether somebody may be told of another's tokens."""
    if user is None:
        return True
    return (await turn.desk.people.person(Owner(turn.owner.scope, user))).insider


async def choose(turn: Turn, action: Json) -> None:
    """Take a choice of what rings from the message that asked for it."""
    mode, _, notice_id = str(action.get("value")).partition(":")
    watch = (await status_of(turn)).watch
    if mode not in _CHOICES:
        raise GoneError
    saved = await turn.desk.reminders.save(watch.model_copy(update={"mode": mode}))
    if not await _is_kept(turn, notice_id):
        now = await status_of(turn)
        await turn.reply(state_message(saved, now.next, looked=now.looked_at is not None))
    await home.refresh(turn)


async def _is_kept(turn: Turn, notice_id: str) -> bool:
    """Tell whether the message that asked for a choice can tell it."""
    found = await turn.desk.reminders.notice(turn.owner, notice_id) if notice_id else None
    return found is not None


async def undo(turn: Turn, action: Json) -> None:
    """Let a token ring again that was silent, and show the form without it."""
    screen = str(turn.view.get("private_metadata"))
    kept = await _kept(turn, screen)
    held = _held(await status_of(turn))
    keys = [key for key, entry in held.items() if token_ref(entry.token) == action.get("value")]
    await turn.desk.reminders.undo(turn.owner, keys)
    form = _form(await status_of(turn), _offer(kept), kept["mode"], screen)
    await turn.desk.slack.update_view(turn.owner.scope, str(turn.view.get("id")), form)


async def _kept(turn: Turn, screen: str) -> Mapping[str, Any]:
    kept = await turn.kept(screen, _KIND)
    if kept is None:
        raise GoneError("This form is too old: open it anew.")
    return kept


def _kept_of(offer: Offer, mode: Mode) -> dict[str, JsonValue]:
    """Return what a form is filled and answered with later."""
    return {
        "names": list(offer.names),
        "connections": [[each, label] for each, label in offer.connections],
        "zone": offer.zone,
        "own": list(offer.own),
        "mode": mode,
    }


def _offer(kept: Mapping[str, Any]) -> Offer:
    connections = tuple((str(each), str(label)) for each, label in kept["connections"])
    return Offer(tuple(kept["names"]), connections, str(kept["zone"]), tuple(kept.get("own", ())))


def _form(
    status: Status, offer: Offer, mode: Mode, screen: str, problem: InputError | None = None
) -> View:
    return settings_view(
        status.watch,
        offer,
        mode=mode,
        held=tuple(_held(status).values()),
        upcoming=status.next,
        screen=screen,
        looked=status.looked_at is not None,
        problem=problem,
    )


def _held(status: Status) -> dict[str, Entry]:
    """Return what is silent because its reader said so, by token key."""
    return {**status.snoozed, **status.lapsing}
