"""One token as a message: what to do about it, and everything that its source reports."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.blocks import actions
from bot.blocks._elements import button
from bot.blocks._kit import (
    Block,
    Message,
    View,
    context,
    divider,
    header,
    message,
    modal,
    plain_text,
    row,
    section,
)
from bot.blocks._rich import bullets, date, emoji, foreign, line, rich, verbatim, words
from bot.blocks._rows import expiry_words, last_use, marker
from bot.blocks._text import NOTHING, Json, place, plain, title, where
from bot.models.listing import Coverage, Listing
from bot.models.source import SourceInfo
from bot.models.token import Token
from bot.rules.findings import Finding, advice_on
from bot.rules.resolve import token_ref
from bot.rules.times import ago, count, relative

MATCHES = 20
"""How many matches a pick-list shows."""

_VALUE = 250
_SHOWN = 10
_SPOKEN = 200

LABELS: Mapping[str, str] = {
    "name": "Name",
    "id": "ID",
    "masked": "Token, masked",
    "kind": "Type",
    "revoked": "Status",
    "expires_at": "Expires",
    "last_used_at": "Last used",
    "created_at": "Created",
    "updated_at": "Updated",
    "created_by": "Created by",
    "creator_type": "Creator type",
    "consumer": "Consumer",
    "consumer_type": "Consumer type",
    "provider": "Credential provider",
    "provider_id": "Credential provider ID",
    "accounts": "Accounts",
    "members": "Members",
    "roles": "Roles",
}
"""The fields of a token in the order in which they are shown, and what they are called."""

_SIGNS = {"urgent": "rotating_light", "warning": "warning", "notice": "information_source"}
_EXACT = {"id", "masked", "provider_id"}
_NEVER = {"expires_at", "last_used_at"}


def token_message(
    *,
    token: Token,
    listing: Listing,
    info: SourceInfo | None,
    zone: str,
    screen: str = "",
    page: int = 0,
    reminder: Json | None = None,
) -> Message:
    """Return everything about a token of a listing.

    `info` is what its source declares, for the names of its fields. With a `screen`, a button
    leads back to that page of the list. `reminder` is the line that tells when it rings.
    """
    now = listing.now
    advice = advice_on(token, listing)
    back = button("Back to the list", actions.TOKEN_BACK, f"{screen}:{page}") if screen else None
    blocks = _everything(token, listing, info, zone, reminder, advice)
    return message(_spoken(token, now, advice), [*blocks, row(back)])


def token_view(
    *,
    token: Token,
    listing: Listing,
    info: SourceInfo | None,
    zone: str,
    reminder: Json | None = None,
) -> View:
    """Return the same as a modal."""
    advice = advice_on(token, listing)
    return modal(
        "Token",
        _everything(token, listing, info, zone, reminder, advice),
        callback_id=actions.NOTICE_TOKEN_VIEW,
    )


def _everything(
    token: Token,
    listing: Listing,
    info: SourceInfo | None,
    zone: str,
    reminder: Json | None,
    advice: Sequence[Finding],
) -> list[Block | None]:
    now = listing.now
    status = f" {token.status(now)}, {expiry_words(token, now)}, last used: {last_use(token, now)}"
    return [
        header(token.display_name),
        rich(line(marker(token, now), words(status)), *([reminder] if reminder else [])),
        rich(bullets(map(_finding, advice))) if advice else None,
        divider(),
        rich(*(line(*parts) for parts in _fields(token, info, now, zone))),
        context(*_origin(token, listing, info)),
    ]


def _spoken(token: Token, now: datetime, advice: Sequence[Finding]) -> str:
    status = f"{plain(token.display_name, _SPOKEN)} is {token.status(now)}."
    return " ".join([status, *(finding.text for finding in advice)])


def _finding(finding: Finding) -> Json:
    return line(
        emoji(_SIGNS[finding.severity]),
        words(" "),
        words(finding.text, bold=True),
        words(f" {finding.advice}"),
    )


def _fields(
    token: Token, info: SourceInfo | None, now: datetime, zone: str
) -> Iterator[list[Json]]:
    """Yield a line for each field that the source reports, then for the target's coordinates."""
    for name, label in _labels(info).items():
        # That a source reports no revocation does not leave a token without a status.
        if token.reports(name) or name == "revoked":
            yield [_label(label), *_value(token, name, now, zone)]
    coordinates = {field.name: field.label for field in info.target_fields} if info else {}
    for name, value in token.target.coordinates.items():
        label = coordinates.get(name) or name.replace("_", " ").capitalize()
        yield [_label(label), verbatim(value, _VALUE)]


def _label(text: str) -> Json:
    return words(f"{plain(text, _SPOKEN)}: ", bold=True)


def _value(token: Token, name: str, now: datetime, zone: str) -> list[Json]:
    if name == "revoked":
        return [words(token.status(now))]
    value: object = getattr(token, name)
    if isinstance(value, datetime):
        return [words(relative(value, now)), date(value, zone, lead=", ")]
    if isinstance(value, tuple):
        return _several(value)
    if not value:
        return [words("never" if name in _NEVER else "not given")]
    return [verbatim(str(value), _VALUE) if name in _EXACT else foreign(str(value), _VALUE)]


def _several(values: Sequence[str]) -> list[Json]:
    if not values:
        return [words("none")]
    listed = ", ".join(plain(value, _VALUE) for value in values[:_SHOWN])
    more = len(values) - _SHOWN
    return [words(f"{listed} and {more:,} more" if more > 0 else listed)]


def _labels(info: SourceInfo | None) -> Mapping[str, str]:
    return {**LABELS, **(info.column_names if info else {})}


def _origin(token: Token, listing: Listing, info: SourceInfo | None) -> Iterator[str]:
    """Yield where the row was read, how old it is, and what its source does not say."""
    name = title(token.source, {info.name: info.title} if info else {})
    label = listing.via.get(token.key)
    read = _coverage(token, listing, label)
    age = f", {ago(read.read_at, listing.now)}" if read and read.read_at else ""
    through = f" with “{plain(label, _SPOKEN)}”" if label else ""
    yield f"Read from {name}, {place(token.target) or NOTHING}{through}{age}."
    labels = {**_labels(info), "revoked": "Revocation"}
    unheard_of = info.inapplicable if info else frozenset()
    silent = [
        label[:1].lower() + label[1:]
        for name, label in labels.items()
        if not token.reports(name) and name not in unheard_of
    ]
    if silent:
        yield f"Not reported there: {', '.join(silent)}."


def _coverage(token: Token, listing: Listing, label: str | None) -> Coverage | None:
    place_id = token.target.id
    return next(
        (
            coverage
            for coverage in listing.coverage
            if coverage.target.id == place_id and label in {None, coverage.connection_label}
        ),
        None,
    )


def pick_message(*, reference: str, tokens: Sequence[Token], now: datetime, screen: str) -> Message:
    """Return the tokens that a reference fits, each with a button that shows it.

    A button's value is `screen:token_ref`. What still works comes first, soonest expiry first.
    """

    def by_need(token: Token) -> tuple[bool, bool, datetime]:
        return token.status(now) != "active", token.expires_at is None, token.expires_at or now

    text = f"{count(len(tokens), 'token')} fit “{plain(reference, _SPOKEN)}”. Which one?"
    more = len(tokens) - MATCHES
    return message(
        text,
        [
            section(plain_text(text)),
            *(_match(token, now, screen) for token in sorted(tokens, key=by_need)[:MATCHES]),
            context(f"And {more:,} more: type more of the name or the ID.") if more > 0 else None,
        ],
    )


def _match(token: Token, now: datetime, screen: str) -> Block:
    name = plain(token.display_name, _SPOKEN)
    text = f"{name}, {expiry_words(token, now)}, {where(token.target)}"
    reference = token_ref(token)
    return section(
        plain_text(text),
        accessory=button("Show", f"{actions.TOKEN_SHOW}.{reference}", f"{screen}:{reference}"),
    )


def no_match_message(*, reference: str, listing: Listing, command: str) -> Message:
    """Say that no token fits a reference, and where was looked."""
    text = f"No token's name or ID fits “{plain(reference, _SPOKEN)}”."
    parts = [f"I looked through {count(len(listing.tokens), 'token')}."]
    if listing.missing:
        places = count(len(listing.coverage), "place")
        parts.append(f"{len(listing.missing):,} of {places} could not be read in full.")
    parts.append(f"See them all: {command} list status:any")
    return message(text, [section(plain_text(text)), context(" ".join(parts))])
