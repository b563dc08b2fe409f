"""Which tokens a query shows, in which order, and how many it leaves out and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.models.query import Query, Sort
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.text import fold

SOON = timedelta(days=7)
"""The window of the headline: what expires within it is counted there."""

EXPIRED_SHOWN = timedelta(days=7)
"""How long an expired token stays in the usual list."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_EVER = datetime.min.replace(tzinfo=UTC)
_NOTHING = timedelta(0)
_NAMELESS = "\U0010ffff"

_Test = Callable[[Token], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that a query shows, in order, and what it leaves out of the `read` tokens.

    Of the rows, `soon` expire within `SOON` and `expired` have expired. Hidden because nobody
    asked for them: `hidden_revoked`, `hidden_expired`, and `short_lived` ones by target. Left out
    because their source does not say: `use_unknown` (last use), `sharing_unknown` (who may use
    them).
    """

    rows: tuple[Token, ...] = ()
    read: int = 0
    soon: int = 0
    expired: int = 0
    hidden_revoked: int = 0
    hidden_expired: int = 0
    short_lived: tuple[tuple[Target, int], ...] = ()
    use_unknown: int = 0
    sharing_unknown: int = 0


def select(query: Query, tokens: Iterable[Token], now: datetime) -> Selection:
    """Apply a query to tokens at a moment.

    Short-lived tokens are rows only when `life:short` asks for them, or a name or a word that
    they match does.
    """
    tokens = tuple(tokens)
    tests = (*_tests(query, now), *_text_tests(query))
    shows_short = query.life == "short" or bool(query.name or query.text)
    judges = bool(query.unused or query.shared)
    rows: list[Token] = []
    left_out: Counter[str] = Counter()
    short_lived: dict[object, tuple[Target, int]] = {}
    for token in tokens:
        if not all(test(token) for test in tests):
            continue
        unjudged = judges and _unjudged(token, query)
        if hidden := _hidden(token, query, now):
            left_out[hidden] += 1
        elif not shows_short and token.short_lived:
            if not unjudged:
                place = (token.source, *sorted(token.target.coordinates.items()))
                target, number = short_lived.get(place, (token.target, 0))
                short_lived[place] = target, number + 1
        elif unjudged:
            left_out[unjudged] += 1
        else:
            rows.append(token)
    _sort(rows, query.sort)
    left = [token.expires_at - now for token in rows if token.expires_at and not token.revoked]
    return Selection(
        rows=tuple(rows),
        read=len(tokens),
        soon=sum(_NOTHING < time <= SOON for time in left),
        expired=sum(time <= _NOTHING for time in left),
        hidden_revoked=left_out["revoked"],
        hidden_expired=left_out["expired"],
        short_lived=tuple(short_lived.values()),
        use_unknown=left_out["use"],
        sharing_unknown=left_out["sharing"],
    )


def expires_within(token: Token, length: timedelta, now: datetime) -> bool:
    """Tell whether a token ends within a span from now: `0 <= time left <= length`."""
    return token.expires_at is not None and _NOTHING <= token.expires_at - now <= length


def idle_since(token: Token) -> datetime | None:
    """Return since when a token has been idle: its last use, else its creation.

    None when nobody can tell: the source does not report use, or it was never used and its
    creation is unknown, so that it could have been made just now.
    """
    if not token.reports("last_used_at"):
        return None
    return token.last_used_at or token.created_at


def _hidden(token: Token, query: Query, now: datetime) -> str | None:
    if query.statuses:
        return None
    if token.revoked:
        return "revoked"
    ended = token.expires_at is not None and token.expires_at < now - EXPIRED_SHOWN
    return "expired" if ended else None


def _unjudged(token: Token, query: Query) -> str | None:
    if query.unused and idle_since(token) is None:
        return "use"
    if query.shared and token.shared_with is None:
        return "sharing"
    return None


def _tests(query: Query, now: datetime) -> Iterator[_Test]:
    """Yield the checks that a query asks for; a row that cannot be judged passes them."""
    if query.sources:
        yield lambda token: token.source in query.sources
    if query.statuses:
        yield lambda token: token.status(now) in query.statuses
    if query.life:
        yield lambda token: token.short_lived == (query.life == "short")
    if expiring := query.expiring:
        yield lambda token: expires_within(token, expiring, now)
    if unused := query.unused:
        yield lambda token: (idle_since(token) or now - unused) <= now - unused
    if shared := query.shared:
        yield lambda token: token.shared_with is None or shared.holds(token.shared_with)


def _text_tests(query: Query) -> Iterator[_Test]:
    fields: tuple[tuple[tuple[str, ...], Callable[[Token], str | None]], ...] = (
        (query.name, lambda token: token.display_name),
        (query.creator, lambda token: token.created_by),
        (query.consumer, lambda token: token.consumer),
        (query.kind, lambda token: token.kind),
    )
    for values, field in fields:
        if values:
            yield _holds_any(tuple(map(fold, values)), field)
    if words := tuple(map(fold, query.text)):
        yield lambda token: _found_all(words, token)


def _holds_any(wanted: tuple[str, ...], field: Callable[[Token], str | None]) -> _Test:
    def holds(token: Token) -> bool:
        text = fold(field(token) or "")
        return any(value in text for value in wanted)

    return holds


def _found_all(words: tuple[str, ...], token: Token) -> bool:
    text = fold(" | ".join(_searched(token)))
    return all(word in text for word in words)


def _searched(token: Token) -> Iterator[str]:
    optional = (token.name, token.created_by, token.consumer, token.provider, token.provider_id)
    yield token.id
    yield from filter(None, optional)
    yield from (token.kind or "", token.source, token.target.label)
    yield from token.target.coordinates.values()
    for several in (token.accounts, token.members, token.roles):
        yield from several


def _sort(rows: list[Token], order: Sort) -> None:
    """Put the soonest expiry, the latest use, the first name or the newest first.

    What is not known goes last, after what is known to be never. Ties go by expiry, then by name.
    """
    rows.sort(key=lambda token: (token.expires_at or _NEVER, token.name or _NAMELESS, token.key))
    if order == "used":
        rows.sort(key=lambda token: token.reports("last_used_at"), reverse=True)
        rows.sort(key=lambda token: token.last_used_at or _EVER, reverse=True)
    elif order == "name":
        rows.sort(key=lambda token: fold(token.display_name))
    elif order == "created":
        rows.sort(key=lambda token: token.created_at or _EVER, reverse=True)
