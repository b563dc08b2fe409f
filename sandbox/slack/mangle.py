"""What Slack's clients make of the text that a person types after a command.

With `should_escape` in the manifest: people and channels become ids, links are marked up, three
characters are escaped. A phone's keyboard adds its own typography before that.
"""

import re
from typing import Literal

from sandbox.slack.errors import UnknownError
from sandbox.slack.workspace import Workspace

Client = Literal["desktop", "phone", "raw"]

_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<user>(?<![\w@])@[\w.-]+)"
    r"|(?P<channel>(?<![\w#])#[\w-]+)"
    r"|(?P<domain>(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|cn)\b(?:/[^\s<>|]*)?)"
)


def mangle(text: str, client: Client, workspace: Workspace) -> str:
    """Return the text as the app receives it; `raw` is for what no client would send."""
    if client == "raw":
        return text
    if client == "phone":
        text = typeset(text)
    return _escape_and_link(text.strip(" ") if client == "desktop" else text, workspace)


def typeset(text: str) -> str:
    """Do what a phone's keyboard does: curly quotes, long dashes, a capital, a space at the end."""
    text = re.sub(r'(^|[\s(\[])"', "\\1\u201c", text).replace('"', "\u201d")
    text = re.sub(r"(^|[\s(\[])'", "\\1\u2018", text).replace("'", "\u2019")
    text = text.replace("--", "\u2014").replace("...", "\u2026")
    text = re.sub(r" {2,}", " \u00a0", text)
    return f"{text[:1].upper()}{text[1:]} " if text else text


def _escape_and_link(text: str, workspace: Workspace) -> str:
    parts = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts.append(_escape(text[end : match.start()]))
        parts.append(_link(match, workspace))
        end = match.end()
    return "".join([*parts, _escape(text[end:])])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(match: re.Match[str], workspace: Workspace) -> str:
    found = match.group()
    try:
        match match.lastgroup:
            case "url":
                return f"<{_escape(found)}>"
            case "mail":
                return f"<mailto:{found}|{found}>"
            case "domain":
                return f"<http://{_escape(found)}|{_escape(found)}>"
            case "user":
                person = workspace.person(found)
                return f"<@{person.id}|{person.name}>"
            case _:
                channel = workspace.conversation(found)
                return f"<#{channel.id}|{channel.name}>"
    except UnknownError:
        return _escape(found)
