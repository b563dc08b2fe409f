"""Whose tokens are somebody's own: the names to pick from, and what is suggested."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from bot.models.token import Token
from bot.models.watch import Mode
from bot.rules.text import fold

ALL_UP_TO = 20
"""Up to so many tokens that expire, all of them ringing is no noise."""

_REF_CHARACTERS = 12


def suggested(watched: int) -> Mode:
    """Return what to suggest to somebody who has so many tokens that expire."""
    return "all" if watched <= ALL_UP_TO else "mine"


def may_ring(token: Token) -> bool:
    """Tell whether a token can ever ring: it expires, and lives longer than a day."""
    return token.expires_at is not None and not token.revoked and not token.short_lived


def names(tokens: Iterable[Token]) -> tuple[str, ...]:
    """Return the creators and accounts of the tokens that may ring, those of most tokens first."""
    found: Counter[str] = Counter()
    for token in filter(may_ring, tokens):
        found.update({name for name in (token.created_by, *token.accounts) if name})
    return tuple(name for name, _ in sorted(found.items(), key=lambda each: (-each[1], each[0])))


def own_names(offered: Iterable[str], called: Iterable[str]) -> tuple[str, ...]:
    """Return the names on offer that are what a person is called; case and look do not count."""
    own = {fold(name) for name in called} - {""}
    return tuple(name for name in offered if fold(name) in own)


def name_ref(name: str) -> str:
    """Return a short stable reference to a name, safe in an option: a hash of it."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:_REF_CHARACTERS]
