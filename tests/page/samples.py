"""Block Kit to draw, and the moment at which the page's tests play."""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

# A Saturday; 17:05 in Shanghai, 10:05 in Berlin, 22:05 in Auckland.
NOW = int(datetime(2026, 11, 21, 9, 5, tzinfo=UTC).timestamp())
NOW_MS = NOW * 1000
DAY = 86_400

MEI = "U07MEITAN01"
JONAS = "U07JONASW02"
GENERAL = "C07GENERAL1"
HOSTILE = '<img src=x onerror="document.title=1">'


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def md(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": md(text), **more}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(text: str, description: str | None = None) -> Json:
    value = {"text": plain(text), "value": text.lower()}
    return value | ({"description": plain(description)} if description else {})


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    element = {"action_id": "value", **element}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        **more,
    }


def modal(*blocks: Json, title: str = "Connect", **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "connect",
        "title": plain(title),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "blocks": list(blocks),
        **more,
    }


def words(*elements: Json) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def word(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def date(days: float, template: str = "{date_short_pretty}") -> Json:
    return {"type": "date", "timestamp": int(NOW + days * DAY), "format": template}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def table(rows: int = 20) -> Json:
    """Return tokens in five columns; every third is called something hostile."""
    head = [raw(text) for text in ("Name", "Source", "Expires", "Status", "Last used")]
    body = [
        [
            words(word(HOSTILE if n % 3 == 2 else f"token-{n}", bold=True)),
            raw("Kyuubi" if n % 2 else "IDaaS"),
            words(date(n)),
            words({"type": "emoji", "name": "large_green_circle"}, word(" active")),
            words(word("not reported", italic=True)),
        ]
        for n in range(rows)
    ]
    settings = [{"is_wrapped": True}, {}, {"align": "right"}]
    return {"type": "table", "rows": [head, *body], "column_settings": settings}


def listing() -> list[Json]:
    """Return what a list of tokens looks like."""
    return [
        section("*20 tokens*, 2 expire within 7 days"),
        {"type": "context", "elements": [md(":warning: *Identity* could not be read")]},
        actions(
            button("prev", "Prev"),
            button("next", "Next", value="2"),
            button("share", "Share", style="primary"),
        ),
        table(),
    ]
