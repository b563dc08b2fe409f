"""Advice on one token, with its reason; and how urgent its expiry is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.models.listing import Limits, Listing
from bot.models.token import SHORT_LIFE, Token
from bot.rules.select import SOON, expires_within
from bot.rules.text import fold
from bot.rules.times import ago, count, exact_span, relative, span

USUAL = Limits()
IN_USE = timedelta(days=7)
"""Used this recently, something still depends on a token."""
LATER = timedelta(days=30)

Severity = Literal["urgent", "warning", "notice"]
Urgency = Literal["now", "soon", "later", "none"]
Kind = Literal[
    "expiring_in_use",
    "expired_in_use",
    "expiring",
    "never_used",
    "unused",
    "no_expiry",
    "widely_shared",
    "same_name",
]

Names = Counter[tuple[str, ...]]

_WINDOWS: tuple[tuple[timedelta, Urgency], ...] = (
    (SHORT_LIFE, "now"),
    (SOON, "soon"),
    (LATER, "later"),
)


class Finding(NamedTuple):
    """One piece of advice: what was seen, a word or two for a narrow column, and what to do."""

    kind: Kind
    severity: Severity
    short: str
    text: str
    advice: str


def findings(
    token: Token,
    now: datetime,
    *,
    limits: Limits = USUAL,
    soon: timedelta = SOON,
    names: Names | None = None,
) -> tuple[Finding, ...]:
    """Return the advice on a token, most important first.

    `limits` tells from when on use and sharing are worth a word. `names` counts the names of the
    whole list (`count_names`); without it nothing is said about names. There is no advice on
    revoked tokens, nor on those that live a day or less.
    """
    if token.revoked or token.short_lived:
        return ()
    return (
        *_on_expiry(token, now, soon),
        *_on_use(token, now, limits.unused_after),
        *_on_exposure(token, limits.shared_more_than),
        *_on_name(token, names),
    )


def _on_expiry(token: Token, now: datetime, soon: timedelta) -> Iterator[Finding]:
    ends, used = token.expires_at, token.last_used_at
    if ends is None:
        return
    if token.status(now) == "expired":
        if used is not None and _ended_in_use(token):
            yield Finding(
                "expired_in_use",
                "urgent",
                "expired in use",
                f"It expired {relative(ends, now)} and was last used {ago(used, now)}.",
                "Whatever used it is probably failing now: give it a new token.",
            )
        return
    if not expires_within(token, soon, now):
        return
    if used is not None and now - used <= IN_USE:
        yield Finding(
            "expiring_in_use",
            "urgent",
            "in use: renew",
            f"It expires {relative(ends, now)} and was used {ago(used, now)}.",
            "Something depends on it: renew it, or replace it where it is used, before then.",
        )
        return
    unknown = "" if token.reports("last_used_at") else " Its last use is not reported."
    yield Finding(
        "expiring",
        "warning",
        "expires soon",
        f"It expires {relative(ends, now)}.{unknown}",
        "Renew it if something still needs it; otherwise let it lapse.",
    )


def _on_use(token: Token, now: datetime, unused_after: timedelta) -> Iterator[Finding]:
    if not token.reports("last_used_at") or token.status(now) != "active":
        return
    used, made = token.last_used_at, token.created_at
    if used is None:
        if made is not None and now - made < SHORT_LIFE:
            return
        since = f", though it was created {ago(made, now)}" if made else ""
        yield Finding(
            "never_used",
            "notice",
            "never used",
            f"It was never used{since}.",
            "Delete it if nobody is about to use it.",
        )
    elif now - used >= unused_after:
        yield Finding(
            "unused",
            "notice",
            f"unused {span(now - used)}",
            f"It was last used {ago(used, now)}, more than {exact_span(unused_after)}.",
            "Ask its creator whether anything still needs it, and delete it if not.",
        )


def _on_exposure(token: Token, shared_more_than: int) -> Iterator[Finding]:
    if token.expires_at is None and token.reports("expires_at"):
        yield Finding(
            "no_expiry",
            "notice",
            "never expires",
            "It never expires.",
            "A leaked copy would work for ever: set an expiry, and renew it in time.",
        )
    shared = token.shared_with
    if shared is not None and shared > shared_more_than:
        yield Finding(
            "widely_shared",
            "notice",
            f"shared by {shared:,}",
            f"{count(shared, 'account')} may use it, more than {shared_more_than}.",
            "Give each user or job its own token, so that one can be withdrawn alone.",
        )


def _on_name(token: Token, names: Names | None) -> Iterator[Finding]:
    if token.name and names and names[_name_key(token)] > 1:
        yield Finding(
            "same_name",
            "notice",
            "same name twice",
            f"{names[_name_key(token)]:,} tokens here have this name.",
            "Renewed or copied? If it was renewed, delete the old one.",
        )


def count_names(tokens: Iterable[Token], now: datetime) -> Names:
    """Count how often a name occurs among the active tokens of one target."""
    return Counter(
        _name_key(token) for token in tokens if token.name and token.status(now) == "active"
    )


def advice_on(token: Token, listing: Listing) -> tuple[Finding, ...]:
    """Return the advice on a token of a listing, by the listing's limits."""
    names = names_of([token], listing.tokens, listing.now)
    return findings(token, listing.now, limits=listing.limits, names=names)


def names_of(tokens: Iterable[Token], listed: Iterable[Token], now: datetime) -> Names:
    """Count the names of some tokens among all that are listed; what occurs once is left out."""
    wanted = {fold(token.name) for token in tokens if token.name}
    if not wanted:  # as at most looks of a watch, at which nothing rings
        return Names()
    named = [
        (name, token) for token in listed if token.name and (name := fold(token.name)) in wanted
    ]
    times = Counter(name for name, _ in named)
    return count_names((token for name, token in named if times[name] > 1), now)


def namesakes(token: Token, names: Names) -> int:
    """Return how often the name of a token was counted."""
    return names[_name_key(token)]


def namesake_names(token: Token, number: int) -> Names:
    """Return the count of names that is left of a list when only this one token is known."""
    return Names({_name_key(token): number})


def _name_key(token: Token) -> tuple[str, ...]:
    coordinates = (part for pair in sorted(token.target.coordinates.items()) for part in pair)
    return token.source, *coordinates, fold(token.name or "")


def urgency(token: Token, now: datetime) -> Urgency:
    """Return how soon somebody must act on a token's expiry.

    `now`: a day or less is left, or it expired in use. `soon`: a week, `later`: a month.
    """
    if token.expires_at is None or token.revoked or token.short_lived:
        return "none"
    left = token.expires_at - now
    if left <= timedelta(0):
        return "now" if _ended_in_use(token) else "none"
    return next((level for window, level in _WINDOWS if left <= window), "none")


def _ended_in_use(token: Token) -> bool:
    """Tell whether something used a token up to its end, or even after it."""
    ends, used = token.expires_at, token.last_used_at
    return ends is not None and used is not None and ends - used <= IN_USE
