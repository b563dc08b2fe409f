"""Text that looks like a secret: refused before it is used, stored or repeated."""

import re

from bot.rules.text import straighten, tidy

_BEFORE = r"(?<![\w+/=-])"
_AFTER = r"(?![\w+/=-])"
_BASE64 = "[A-Za-z0-9+/=]"
_MIXED = rf"(?={_BASE64}*[a-z])(?={_BASE64}*[A-Z])(?={_BASE64}*[0-9])"
_NAMED = r"(?:(?:client|app|access_?key)?[_-]?secret|passw(?:or)?d|pwd)"

_SECRETS = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("a Slack token", r"\bxox[a-z](?:\.xox[a-z])?-[\w-]{8,}|\bxapp-[\w-]{8,}"),
        ("an access token", r"\beyJ[\w-]{5,}\.[\w-]{5,}|(?i:\bbearer\s+[\w.~+/=-]{16,})"),
        ("an STS token", r"\bSTS\.[A-Za-z0-9]{8,}|\bCAIS[A-Za-z0-9+/=]{40,}"),
        ("an AccessKey", r"\bLTAI[A-Za-z0-9]{8,}"),
        ("a secret", rf"(?i:\b{_NAMED}\s*[=:]\s*\S{{4,}})"),
        # An AccessKey secret has 30 letters and digits; client secrets and the like have more.
        ("a secret", rf"{_BEFORE}{_MIXED}{_BASE64}{{30,}}{_AFTER}"),
        # A Kyuubi token has 32 or more, all in lower case; ids have a prefix before them.
        ("a token's full text", rf"{_BEFORE}(?=[0-9]*[a-z])(?=[a-z]*[0-9])[a-z0-9]{{32,}}{_AFTER}"),
    )
)


def find_secret(text: str) -> str | None:
    """Return what a text seems to contain, such as "an AccessKey", never the secret itself.

    None when it looks harmless, as the ids of tokens, workspaces and services do.
    """
    readings = (text, straighten(tidy(text)))
    for what, pattern in _SECRETS:
        if any(pattern.search(reading) for reading in readings):
            return what
    return None
