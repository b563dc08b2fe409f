"""What Slack's client checks before it sends a form: nothing of this reaches the app."""

import re
from datetime import date

from sandbox.slack.controls import SHAPES
from sandbox.slack.types import Json

REQUIRED = "Please complete this required field."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def complaint(block: Json, value: Json) -> str | None:
    """Return what Slack writes under an input that it does not accept, or None."""
    element = block["element"]
    content = value[SHAPES[element["type"]].key]
    if content in (None, "", []):
        return None if block.get("optional") else REQUIRED
    if isinstance(content, str):
        return _CHECKS.get(element["type"], _nothing)(element, content)
    if isinstance(content, list):
        most = element.get("max_selected_items", len(content))
        return f"Choose no more than {most}." if len(content) > most else None
    return None


def _nothing(_element: Json, _content: str) -> None:
    return None


def _length(element: Json, content: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(content) < least:
        return f"Must be at least {least} characters."
    if len(content) > most:
        return f"Must be no more than {most} characters."
    return None


def _number(element: Json, content: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, content):
        return "Must be a number."
    number = float(content)
    if number < float(element.get("min_value", number)):
        return f"Must be at least {element['min_value']}."
    if number > float(element.get("max_value", number)):
        return f"Must be no more than {element['max_value']}."
    return None


def _email(_element: Json, content: str) -> str | None:
    return None if _EMAIL.fullmatch(content) else "Must be an email address."


def _url(_element: Json, content: str) -> str | None:
    return None if _URL.fullmatch(content) else "Must be a URL."


def _date(_element: Json, content: str) -> str | None:
    try:
        date.fromisoformat(content)
    except ValueError:
        return "Must be a date, as 2026-12-31."
    return None


def _time(_element: Json, content: str) -> str | None:
    return None if _TIME.fullmatch(content) else "Must be a time, as 09:30."


_CHECKS = {
    "plain_text_input": _length,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
    "datepicker": _date,
    "timepicker": _time,
}
