"""The controls of a reminder: answers, everything about a token, and why it rang."""

from datetime import timedelta

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import View, actions
from bot.blocks.channel_notice import renewal_message
from bot.blocks.notice import look_notes
from bot.blocks.token import token_view
from bot.blocks.why import item_view
from bot.errors import GoneError
from bot.models.listing import Listing
from bot.models.notice import Item, Notice
from bot.models.token import Token
from bot.rules.answers import SNOOZES
from handlers._desk import Desk, Json
from handlers._listeners import click, opens
from handlers._modal import Modal
from handlers._reminders import Meant, meant, next_line_of, redraw
from handlers._turn import Turn

_DETAILS = "Token"
_WHY = "Why this?"
_ONE = "Reminder"
_LOOKS_APART = timedelta(minutes=10)
"""How often a channel's reminders are looked at anew because others than their owner ask."""


def register(app: AsyncApp) -> None:
    """Register the controls."""
    app.action(actions.NOTICE_RENEWED)(click(renewed))
    app.action(actions.NOTICE_SNOOZE)(click(snooze))
    app.action(actions.NOTICE_LAPSE)(click(lapse))
    app.action(actions.NOTICE_UNDO)(click(undo))
    app.action(actions.NOTICE_DETAILS)(opens(_DETAILS, details))
    app.action(actions.NOTICE_WHY)(opens(_WHY, why))
    app.action(actions.NOTICE_PICK)(opens(_ONE, pick))
    app.action(actions.NOTICE_MORE)(more)


async def renewed(turn: Turn, action: Json) -> None:
    """Look now whether tokens were renewed, and say what was found."""
    asked = await meant(turn, action.get("value"), "anybody")
    if not asked.manages:
        await _tell_whether_renewed(turn, asked)
        return
    checked = await turn.desk.reminders.check_renewed(asked.ref, asked.notice.id, asked.keys)
    now, zone = turn.desk.clock.now(), asked.watch.zone
    notes = look_notes(checked.states, checked.unread, now=now, zone=zone)
    if turn.message is not None and notes:
        await redraw(turn, turn.message, checked.notice, asked.watch, notes)
    await _show(turn, asked, checked.notice, notes.get(asked.keys[0], ""))


async def _tell_whether_renewed(turn: Turn, asked: Meant) -> None:
    """Tell who has no say in a channel's reminders whether a token was renewed, and no more."""
    notice = asked.notice
    mark = f"renewed:{asked.watch.id}"
    if await turn.desk.seen.first(turn.owner.scope, mark, _LOOKS_APART):
        checked = await turn.desk.reminders.check_renewed(asked.ref, notice.id, asked.keys)
        notice = checked.notice
    done = all(notice.state(key) == "renewed" for key in asked.keys)
    await turn.reply(renewal_message(renewed=done))


async def snooze(turn: Turn, action: Json) -> None:
    """Keep silent about tokens for a while."""
    days, _, handle = _chosen(action).partition(":")
    length = next((each for each in SNOOZES if str(each.days) == days), None)
    if length is None:
        raise GoneError
    asked = await meant(turn, handle, "manager")
    after = await turn.desk.reminders.snooze(asked.ref, asked.notice.id, asked.keys, length)
    await _show(turn, asked, after)


async def lapse(turn: Turn, action: Json) -> None:
    """Say nothing more about an expiry."""
    asked = await meant(turn, action.get("value"), "manager")
    after = await turn.desk.reminders.lapse(asked.ref, asked.notice.id, asked.keys)
    await _show(turn, asked, after)


async def undo(turn: Turn, action: Json) -> None:
    """Take back what was answered."""
    asked = await meant(turn, action.get("value"), "manager")
    await turn.desk.reminders.undo(asked.ref, asked.keys)
    after = await meant(turn, action.get("value"), "manager")
    await _show(turn, asked, after.notice)


async def details(turn: Turn, modal: Modal, action: Json) -> None:
    """Show everything about a token, as the reader's own connections list it now."""
    item = (await meant(turn, action.get("value"), "anybody")).items[0]
    token, listing = await _listed(turn, item)
    source = turn.desk.sources.get(token.source)
    await modal.show(
        token_view(
            token=token,
            listing=listing,
            info=source.info if source else None,
            zone=turn.person.zone,
            reminder=await next_line_of(turn, token),
        )
    )


async def why(turn: Turn, modal: Modal, action: Json) -> None:
    """Show why a token rang."""
    asked = await meant(turn, action.get("value"))
    await modal.show(_item(turn, asked, asked.notice, _WHY))


async def pick(turn: Turn, modal: Modal, action: Json) -> None:
    """Show a token that has no room for controls in its message."""
    asked = await meant(turn, _chosen(action))
    await modal.show(_item(turn, asked, asked.notice, _ONE))


async def more(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Do what was chosen behind the three dots."""
    does, _, handle = _chosen(action).partition(":")
    listener = _DETAILS_OPENS if does == actions.NOTICE_DETAILS else _WHY_OPENS
    await listener(ack, {**action, "value": handle}, body, context, desk)


_DETAILS_OPENS = opens(_DETAILS, details)
_WHY_OPENS = opens(_WHY, why)


async def _listed(turn: Turn, item: Item) -> tuple[Token, Listing]:
    """Return a token as it is listed now, expired or revoked ones too."""
    for everything in (False, True):
        listing = await turn.desk.tokens.listing(turn.owner, everything=everything)
        for token in listing.tokens:
            if token.key == item.key:
                return token, listing
    raise GoneError("This token is not listed any more, or its place cannot be read now.")


async def _show(turn: Turn, asked: Meant, notice: Notice, note: str = "") -> None:
    """Show an item anew in the modal that was clicked; its message is brought up to date anyway."""
    if turn.view:
        title = str((turn.view.get("title") or {}).get("text") or _ONE)
        view = _item(turn, asked, notice, title, note)
        await turn.desk.slack.update_view(turn.owner.scope, str(turn.view.get("id")), view)


def _item(turn: Turn, asked: Meant, notice: Notice, title: str, note: str = "") -> View:
    return item_view(
        notice,
        asked.items[0],
        now=turn.desk.clock.now(),
        zone=asked.watch.zone,
        title=title,
        note=note,
        limits=turn.desk.limits,
    )


def _chosen(action: Json) -> str:
    return str((action.get("selected_option") or {}).get("value") or "")
