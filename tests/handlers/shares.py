"""Sharing as people do it: what several tests press and look at."""

from bot.blocks import Message
from bot.blocks._elements import button
from bot.blocks._kit import row
from sandbox.slack.types import Json
from sandbox.slack.views import View
from tests.fixtures.bot import IDS, Office, owner, text_of

SHARE = "Share in a channel"


async def preview(
    office: Office, name: str, text: str = "share", channel: str = "general", holds: str = "As of"
) -> Json:
    """Let somebody type `/tokens share …`; return the preview that opens, or says why not."""
    ack = await office.sandbox.command(name, channel, "/tokens", text)
    assert ack.error is None, ack
    return await office.modal(name, SHARE, holds)


async def submitted(
    office: Office, name: str, view: Json, holds: str, values: Json | None = None
) -> Json:
    """Let somebody submit a preview; return the modal once it holds a text."""
    submission = await office.sandbox.submit(name, view, values)
    assert not submission.errors, submission
    return await office.modal(name, SHARE, holds)


async def shared(
    office: Office, name: str, text: str = "share", channel: str = "general", where: str = ""
) -> Json:
    """Let somebody share a list; return the message as all see it."""
    before = len(posted(office, where or channel))
    await submitted(office, name, await preview(office, name, text, channel), "Shared in")
    (message,) = posted(office, where or channel)[before:]
    return message


def posted(office: Office, channel: str = "general") -> list[Json]:
    """Return what the bot posted in a channel for all to see."""
    return [
        message
        for message in office.sandbox.messages(channel)
        if message["bot_id"] and not message["ephemeral"]
    ]


def nothing_posted(office: Office) -> bool:
    """Tell whether no channel has a message of the bot's."""
    channels = ("general", "data-platform", "on-call", "random", "ext-acme-port", "migration-2025")
    return not any(posted(office, channel) for channel in channels)


def rows_of(shown: Json) -> list[list[str]]:
    """Return the cells of the rows of a shared list's table."""
    (table,) = [block for block in shown["blocks"] if block["type"] == "table"]
    return [[text_of(cell) for cell in row] for row in table["rows"][1:]]


def opened(office: Office, name: str, view: Json) -> View:
    """Return an open modal as Slack has it, to be tampered with."""
    return office.sandbox.platform.views.find(view["id"], IDS[name])


async def planted(office: Office, action: str, value: str, channel: str = "C07GENERAL1") -> Json:
    """Post a button of somebody's making, with a value of theirs, for all to press."""
    block = row(button("Press", action, value))
    assert block is not None
    where = await office.bot.desk.slack.post(owner("mei").scope, channel, Message("x", [block]))
    return {"channel": where.channel, "ts": where.ts}
