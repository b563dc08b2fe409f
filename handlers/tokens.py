"""The slash command: which verb was typed, and what it answers with."""

import json
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware

from bot import metrics
from bot.blocks import Message, actions
from bot.blocks.connect import connect_card
from bot.blocks.help import did_you_mean_message, help_message, secret_message
from bot.blocks.listing import expired_message
from bot.blocks.token import no_match_message, pick_message
from bot.errors import InputError
from bot.rules.command import Command, parse_command
from bot.rules.query import parse_query
from bot.rules.resolve import resolve
from bot.rules.secret import find_secret
from handlers import _lists, connections, export, preview, share, unshare
from handlers._desk import DEFAULT_COMMAND, Desk, Json
from handlers._listeners import click
from handlers._reminders import tell_undelivered
from handlers._turn import Turn, admit

Answer = Callable[[Turn, Command], Awaitable[None]]

_TYPED = "typed"
_EVERYTHING = "status:any"


def register(app: AsyncApp) -> None:
    """Register the command, under whatever name the workspace knows it."""
    app.command(re.compile("^/"), middleware=[AckFirst()])(command)
    app.action(actions.HELP)(click(show_help))
    app.action(actions.VERB_CORRECTED)(click(run_corrected))
    app.action(actions.VERB_SEARCH)(click(run_search))


class AckFirst(AsyncMiddleware):
    """Acknowledges a command before anything is done; what needs no reading is the ack itself.

    A listener could do it too, but Bolt looks only every 10 ms whether one has.
    """

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - the contract of Bolt
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - likewise
    ) -> BoltResponse | None:
        """Return the answer, or go on to the listener."""
        desk: Desk = req.context["desk"]
        name, text = _typed_command(req.body)
        secret, asked = find_secret(text), parse_command(text, OFFERED)
        metrics.COMMANDS.labels("secret" if secret else asked.verb).inc()
        if secret is not None:
            return BoltResponse(status=200, body=_at_once(secret_message(secret, name)))
        if asked.verb == "help":
            return BoltResponse(status=200, body=_help(name, tuple(desk.titles.items())))
        req.context["asked"] = asked
        await req.context.ack()
        await next()
        return None


def _typed_command(body: Json) -> tuple[str, str]:
    return str(body.get("command") or DEFAULT_COMMAND), str(body.get("text") or "")


def _at_once(message: Message) -> str:
    answer = {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral"}
    return json.dumps(answer)


@lru_cache(maxsize=100)
def _help(name: str, titles: tuple[tuple[str, str], ...]) -> str:
    return _at_once(help_message(name, verbs=OFFERED, titles=dict(titles)))


async def command(asked: Command, body: Json, context: Json, desk: Desk) -> None:
    """Answer the slash command, which is acknowledged by now."""
    name, text = _typed_command(body)
    async with desk.telling(body, context):
        turn = await admit(desk, body, context)
        desk.names.heard(turn.owner.scope, name)
        await _answer(turn, asked, text)
        with desk.unasked():
            await desk.names.keep(turn.owner.scope)


async def _answer(turn: Turn, asked: Command, text: str) -> None:
    if asked.did_you_mean:
        screen = await turn.keep(_TYPED, {"text": text})
        await turn.reply(did_you_mean_message(turn.command, asked, screen=screen))
    else:
        await VERBS[asked.verb](turn, asked)


async def answer_list(turn: Turn, asked: Command) -> None:
    """List the tokens that the filters ask for."""
    filters = asked.filters(turn.desk.limits.unused_after.days)
    await _lists.send(turn, parse_query(filters, turn.desk.sources))
    await tell_undelivered(turn)


async def answer_show(turn: Turn, asked: Command) -> None:
    """Show the one token that a name or an id means, or those that it may mean."""
    reference = asked.rest.strip(" \"'")
    if not reference:
        raise InputError("Show which token?", suggestion='show "etl nightly"')
    listing = await _lists.read(turn)
    found = resolve(reference, listing.tokens)
    if not found and listing.connections:
        listing = await _lists.read(turn, everything=True)
        found = resolve(reference, listing.tokens)
    if not listing.connections and not listing.unreadable:
        answer = connect_card(turn.command)
    elif not found:
        answer = no_match_message(reference=reference, listing=listing, command=turn.command)
    elif len(found) == 1:
        answer = await _lists.token(turn, found[0], listing)
    else:
        screen = await turn.keep(_lists.KIND, {"query": _EVERYTHING})
        answer = pick_message(reference=reference, tokens=found, now=listing.now, screen=screen)
    await turn.reply(answer)


async def show_help(turn: Turn, _asked: object) -> None:
    """Show what can be typed."""
    await turn.reply(help_message(turn.command, verbs=OFFERED, titles=turn.desk.titles))


VERBS: dict[str, Answer] = {
    "list": answer_list,
    "show": answer_show,
    "expiring": answer_list,
    "unused": answer_list,
    "share": share.answer_share,
    "unshare": unshare.answer_unshare,
    "connect": connections.answer_connect,
    "disconnect": connections.answer_disconnect,
    "remind": share.answer_remind,
    "preview": preview.answer_preview,
    "export": export.answer_export,
    "help": show_help,
}
"""What each verb does."""

OFFERED = frozenset(VERBS)
"""The verbs that are understood, and that help offers."""


async def run_corrected(turn: Turn, action: Json) -> None:
    """Do what was perhaps meant by a mistyped verb."""
    await _with_typed(turn.replacing(), action, lambda asked: asked.corrected)


async def run_search(turn: Turn, action: Json) -> None:
    """Take a word that looked like a mistyped verb for what it is."""
    await _with_typed(turn.replacing(), action, lambda asked: asked)


async def _with_typed(turn: Turn, action: Json, choose: Callable[[Command], Command]) -> None:
    kept = await turn.kept(str(action.get("value")), _TYPED)
    if kept is None:
        await turn.reply(expired_message(turn.command))
        return
    asked = choose(parse_command(str(kept["text"]), OFFERED))
    await VERBS[asked.verb](turn, asked)
