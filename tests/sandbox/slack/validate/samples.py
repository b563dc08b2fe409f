"""Blocks and elements to check, valid unless a test spoils them."""

from typing import Any

Json = dict[str, Any]


def plain(length: int = 4) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def marked(length: int = 4) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def option(text: int = 4, value: int = 4, **more: Any) -> Json:
    return {"text": plain(text), "value": "v" * value, **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), **more}


def confirm(**more: Any) -> Json:
    parts = {"title": plain(100), "text": marked(300), "confirm": plain(30), "deny": plain(30)}
    return {**parts, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": [option()], **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(**more: Any) -> Json:
    return {"type": "section", "text": marked(), **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def raw(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def table(rows: int = 1, columns: int = 1, **more: Any) -> Json:
    return {"type": "table", "rows": [[raw()] * columns] * rows, **more}


def data_table(rows: int = 2, columns: int = 1, **more: Any) -> Json:
    cells = [[raw()] * columns] * rows
    return {"type": "data_table", "caption": "Tokens", "rows": cells, **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*inline: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(inline)}


def word(text: str = "x", **more: Any) -> Json:
    return {"type": "text", "text": text, **more}


IMAGE: Json = {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x"}
