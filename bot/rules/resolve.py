"""Which token a person means by a name or an id."""

import hashlib
from collections.abc import Callable, Iterable

from bot.models.token import Token
from bot.rules.text import fold

_SHORTEST_END = 4
_REF_CHARACTERS = 12


def resolve(reference: str, tokens: Iterable[Token]) -> list[Token]:
    """Return the tokens that a reference fits, by the first rule that finds any.

    The whole name or id; the start of a name or id; the end of an id, as the list shows it
    (`…3x9k2a`); any part of a name. Case does not count. Several results are a pick-list.
    """
    # Folding turns the ellipsis that the list puts before the end of an id into three dots.
    wanted = fold(reference).removeprefix("...").strip()
    if not wanted:
        return []
    forms = [(token, _forms(token)) for token in tokens]
    rules: tuple[Callable[[str, str, str], bool], ...] = (
        lambda name, shown, id_: wanted in (name, shown, id_),
        lambda name, shown, id_: any(text.startswith(wanted) for text in (name, shown, id_)),
        lambda _name, _shown, id_: len(wanted) >= _SHORTEST_END and id_.endswith(wanted),
        lambda _name, shown, _id: wanted in shown,
    )
    for rule in rules:
        if found := [token for token, names in forms if rule(*names)]:
            return found
    return []


def _forms(token: Token) -> tuple[str, str, str]:
    return fold(token.name or ""), fold(token.display_name), fold(token.id)


def token_ref(token: Token) -> str:
    """Return a short stable reference to a token, safe in a button: a hash of its key."""
    return hashlib.sha256(token.key.encode(errors="surrogatepass")).hexdigest()[:_REF_CHARACTERS]
