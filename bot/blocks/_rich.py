"""Rich text, in which nothing is parsed: the safe place for names that others chose.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from collections.abc import Iterable
from datetime import datetime

from bot.blocks._kit import Block
from bot.blocks._text import NOTHING, Json, cut, plain
from bot.rules.times import stamp

_OWN = 2000
_LAST_DATE = 253_402_300_799
"""The last second of the year 9999."""


def words(text: str, *, bold: bool = False) -> Json:
    """Return our own words, with their spaces and line breaks."""
    return _text(cut(text, _OWN), "bold" if bold else None)


def foreign(text: str | None, limit: int, *, bold: bool = False) -> Json:
    """Return somebody else's words as one visible line."""
    return _text(plain(text, limit), "bold" if bold else None)


def struck(text: str | None, limit: int) -> Json:
    """Return somebody else's words, crossed out."""
    return _text(plain(text, limit), "strike")


def verbatim(text: str, limit: int = _OWN) -> Json:
    """Return text to be typed or compared exactly, in the face of code."""
    return _text(plain(text, limit), "code")


def _text(text: str, style: str | None) -> Json:
    element: Json = {"type": "text", "text": text or NOTHING}
    return element | ({"style": {style: True}} if style else {})


def emoji(name: str) -> Json:
    """Return an emoji by its name."""
    return {"type": "emoji", "name": name}


def date(
    moment: datetime, zone: str, *, time: bool = True, lead: str = "", bold: bool = False
) -> Json:
    """Return a moment, which Slack draws in each reader's own zone; `zone` is for the fallback.

    `lead` are words before it: Slack writes `Tomorrow` where nothing leads, else `tomorrow`.
    """
    seconds = int(moment.timestamp())
    printed = f"{lead}{stamp(moment, zone)}"
    if not 0 < seconds <= _LAST_DATE:
        return words(printed, bold=bold)
    element: Json = {
        "type": "date",
        "timestamp": seconds,
        "format": lead + ("{date_short_pretty} at {time}" if time else "{date_short_pretty}"),
        "fallback": printed,
    }
    return element | ({"style": {"bold": True}} if bold else {})


def person(user: str) -> Json:
    """Return a member of the workspace, whose name Slack fills in; nobody is told of it."""
    return {"type": "user", "user_id": user}


def channel(channel_id: str) -> Json:
    """Return a channel, whose name Slack fills in for who may know it."""
    return {"type": "channel", "channel_id": channel_id}


def line(*elements: Json | None) -> Json:
    """Return one paragraph."""
    shown = [element for element in elements if element is not None]
    return {"type": "rich_text_section", "elements": shown or [words(NOTHING)]}


def cell(elements: list[Json]) -> Json:
    """Return one paragraph as the cell of a table."""
    shown = elements or [words(NOTHING)]
    return rich({"type": "rich_text_section", "elements": shown})


def bullets(lines: Iterable[Json], *, numbered: bool = False) -> Json:
    """Return a list of paragraphs."""
    style = "ordered" if numbered else "bullet"
    return {"type": "rich_text_list", "style": style, "elements": list(lines)}


def rich(*parts: Json) -> Block:
    """Return paragraphs and lists as a block, or as the cell of a table."""
    return {"type": "rich_text", "elements": list(parts)}
