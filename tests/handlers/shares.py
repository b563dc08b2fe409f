"""Sharing as people do it: what several tests press and look at."""

from sandbox.slack.types import Json
from tests.fixtures.bot import Office, text_of

SHARE = "Share a list"


async def preview(office: Office, name: str, text: str = "share", channel: str = "general") -> Json:
    """Let somebody type `/tokens share …`; return the preview that opens."""
    ack = await office.sandbox.command(name, channel, "/tokens", text)
    assert ack.error is None, ack
    return await office.modal(name, SHARE, "Share a list")


async def confirmed(office: Office, name: str, view: Json, holds: str) -> Json:
    """Let somebody submit a preview; return the modal once it holds a text."""
    submission = await office.sandbox.submit(name, view)
    assert not submission.errors, submission
    return await office.modal(name, SHARE, holds)


async def shared(office: Office, name: str, text: str = "share", channel: str = "general") -> Json:
    """Let somebody share a list; return the message as all see it."""
    before = len(posted(office, channel))
    await confirmed(office, name, await preview(office, name, text, channel), "Shared in")
    (message,) = posted(office, channel)[before:]
    return message


def posted(office: Office, channel: str = "general") -> list[Json]:
    """Return what the bot posted in a channel for all to see."""
    return [
        message
        for message in office.sandbox.messages(channel)
        if message["bot_id"] and not message["ephemeral"]
    ]


def rows_of(shown: Json) -> list[list[str]]:
    """Return the cells of the rows of a shared list's table."""
    (table,) = [block for block in shown["blocks"] if block["type"] == "table"]
    return [[text_of(cell) for cell in row] for row in table["rows"][1:]]
