"""Messages, views and blocks as plain dicts in which nothing is too long or too many.

Slack's own classes raise on what does not fit; here it is cut to fit, and tests hold the result
against those classes. https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.blocks._text import Json, cut, escape, plain

Block = Json
View = Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TABLE_ROWS = 100
TABLE_COLUMNS = 20
_TEXT = 3000
_HEADER = 150
_CONTEXT_TEXT = 2000
_CONTEXT_ELEMENTS = 10
_ACTIONS_ELEMENTS = 25
_LABEL = 2000
_BLOCK_ID = 255
_TITLE = 24
_METADATA = 3000
_MESSAGE_TEXT = 4000


class Message(NamedTuple):
    """What is posted: blocks, and the text for notifications and screen readers."""

    text: str
    blocks: list[Block]


def message(text: str, blocks: Iterable[Block | None]) -> Message:
    """Assemble a message of at most 50 blocks. `text` is plain: it is escaped here."""
    line = escape(plain(text, _MESSAGE_TEXT))
    return Message(_cut_markup(line, _MESSAGE_TEXT), _fit(blocks, MESSAGE_BLOCKS))


def modal(
    title: str,
    blocks: Iterable[Block | None],
    *,
    callback_id: str,
    submit: str | None = None,
    close: str = "Close",
    metadata: str = "",
    tells_when_closed: bool = False,
) -> View:
    """Assemble a modal. `metadata` comes back with its submission: an opaque id, never data."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain_text(title, _TITLE),
        "close": plain_text(close, _TITLE),
        "private_metadata": cut(metadata, _METADATA),
        "blocks": _fit(blocks, VIEW_BLOCKS),
    }
    if submit:
        view["submit"] = plain_text(submit, _TITLE)
    if tells_when_closed:
        view["notify_on_close"] = True
    return view


def home(blocks: Iterable[Block | None]) -> View:
    """Assemble an App Home tab."""
    return {"type": "home", "blocks": _fit(blocks, VIEW_BLOCKS)}


def _fit(blocks: Iterable[Block | None], limit: int) -> list[Block]:
    kept = [block for block in blocks if block is not None]
    if len(kept) <= limit:
        return kept
    left_out = len(kept) - limit + 1
    return [*kept[: limit - 1], context(f"{left_out:,} more lines do not fit here.")]


def plain_text(text: str | None, limit: int = _TEXT) -> Json:
    """Return a text object that is shown as it is: no markup, no `:emoji:` names."""
    return {"type": "plain_text", "text": plain(text, limit), "emoji": False}


def mrkdwn(text: str, limit: int = _TEXT) -> Json:
    """Return a text object with markup. All that is foreign in it must be escaped already."""
    return {"type": "mrkdwn", "text": _cut_markup(text, limit), "verbatim": True}


def _cut_markup(text: str, limit: int) -> str:
    """Cut text with markup; an entity or a `<…>` that the cut would break goes as a whole."""
    short = cut(text, limit)
    if short == text:
        return text
    for opening, closing in (("<", ">"), ("&", ";")):
        start = short.rfind(opening)
        if start > short.rfind(closing):
            short = f"{short[:start]}…"
    return short


def section(text: Json, *, accessory: Json | None = None) -> Block:
    """Return a paragraph, with one element at its right."""
    block = {"type": "section", "text": text}
    return block if accessory is None else {**block, "accessory": accessory}


def header(text: str) -> Block:
    """Return a heading."""
    return {"type": "header", "text": plain_text(text, _HEADER)}


def divider() -> Block:
    """Return a line across."""
    return {"type": "divider"}


def context(*lines: str | Json) -> Block:
    """Return small grey lines; a bare string is foreign or plain."""
    elements = [
        plain_text(line, _CONTEXT_TEXT) if isinstance(line, str) else line for line in lines
    ]
    return {"type": "context", "elements": elements[:_CONTEXT_ELEMENTS]}


def row(*elements: Json | None, name: str = "") -> Block | None:
    """Return a row of buttons and menus; None when there is none to show.

    `name` is its block id, which comes back with each press.
    """
    shown = [element for element in elements if element is not None][:_ACTIONS_ELEMENTS]
    block: Block = {"type": "actions", "elements": shown}
    if name:
        block["block_id"] = cut(name, _BLOCK_ID)
    return block if shown else None


def field(label: str, element: Json, *, name: str, hint: str = "", optional: bool = False) -> Block:
    """Return a labelled input of a modal. `name` is its block id, by which errors find it."""
    block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(label, _LABEL),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain_text(hint, _LABEL)
    return block


def table(head: Sequence[str], rows: Iterable[Sequence[Json]]) -> Block:
    """Return a table whose columns wrap. Slack draws it below all other blocks.

    https://docs.slack.dev/reference/block-kit/blocks/table-block
    """
    cells = [list(row[:TABLE_COLUMNS]) for row in rows][: TABLE_ROWS - 1]
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": True} for _ in head[:TABLE_COLUMNS]],
        "rows": [[raw_text(name) for name in head[:TABLE_COLUMNS]], *cells],
    }


def raw_text(text: str) -> Json:
    """Return a table cell that is shown as it is."""
    return {"type": "raw_text", "text": plain(text, _CONTEXT_TEXT)}
