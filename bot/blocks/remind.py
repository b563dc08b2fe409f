"""The settings of reminders, as one form."""

from collections.abc import Iterator, Mapping, Sequence

from bot.blocks import actions
from bot.blocks._elements import (
    OPTIONS,
    button,
    checkboxes,
    multi_select,
    option,
    person_select,
    radio_buttons,
    select,
    text_input,
)
from bot.blocks._kit import Block, View, context, divider, field, modal, plain_text, section
from bot.blocks._rich import emoji, foreign, line, rich, words
from bot.blocks._text import plain
from bot.blocks._upcoming import next_line
from bot.blocks.remind_form import (
    CONNECTIONS,
    FALLBACK,
    HOUR,
    MINE,
    MODE,
    OTHER_THRESHOLDS,
    QUERY,
    THRESHOLDS,
    WORKDAYS,
    ZONE,
    Offer,
    names_on_offer,
    names_to_begin_with,
)
from bot.errors import InputError
from bot.models.ledger import Entry
from bot.models.watch import DEFAULT_THRESHOLDS, EXPIRED, Mode, Watch
from bot.rules.mine import name_ref
from bot.rules.preview import Planned
from bot.rules.resolve import token_ref
from bot.rules.times import count, stamp

TITLE = "Reminders"

HELD = 20
"""How many snoozed and lapsing tokens are shown."""

_NAME = 60
_SENTENCE = 600

_MODES: Mapping[Mode, tuple[str, str]] = {
    "all": ("All of them", "Every token that your connections list and that expires"),
    "mine": ("Only mine", "Created by, or authorised for, one of the names below"),
    "off": ("None", "I stay silent"),
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def settings_view(
    watch: Watch,
    offer: Offer,
    *,
    mode: Mode,
    held: Sequence[Entry],
    upcoming: Planned | None,
    screen: str,
    looked: bool = True,
    problem: InputError | None = None,
) -> View:
    """Return the form, filled with a watch.

    `mode` is the one preselected, `held` what is snoozed or let lapse. `screen` comes back as its
    `private_metadata`. `looked` tells whether anybody has looked yet. After a refusal `problem`
    says what was wrong.
    """
    ahead = next_line(upcoming, watch.zone, looked=looked)
    return modal(
        TITLE,
        [
            _problem(problem) if problem else None,
            rich(ahead) if watch.mode != "off" else None,
            *_which(watch, offer, mode),
            *when_fields(watch, offer.zone),
            field(
                "If I get no answer, tell",
                person_select(FALLBACK, "Nobody else", initial=watch.fallback),
                name=FALLBACK,
                hint="Told a day before and once expired, unless you have answered; or when I"
                " cannot reach you.",
                optional=True,
            ),
            *_held(held, watch.zone),
        ],
        callback_id=actions.REMIND_VIEW,
        submit="Save",
        close="Cancel",
        metadata=screen,
    )


def _problem(problem: InputError) -> Block:
    return rich(line(emoji("warning"), words(" "), foreign(problem.message, _SENTENCE, bold=True)))


def _which(watch: Watch, offer: Offer, mode: Mode) -> Iterator[Block]:
    """Yield what tells which tokens ring."""
    modes = [option(label, value, described) for value, (label, described) in _MODES.items()]
    yield field("Which tokens shall ring?", radio_buttons(MODE, modes, initial=mode), name=MODE)
    if names := names_on_offer(watch, offer):
        options = [option(name, name_ref(name)) for name in names]
        more = len(names) - OPTIONS
        yield field(
            "My names",
            multi_select(
                MINE, "Choose", options, initial=map(name_ref, names_to_begin_with(watch, offer))
            ),
            name=MINE,
            hint="Creators and accounts of the tokens that I read."
            + (f" The {more:,} with the fewest tokens are left out." if more > 0 else ""),
            optional=True,
        )
    if len(offer.connections) > 1:
        yield field(
            "Of which connections?",
            multi_select(
                CONNECTIONS,
                "All of them",
                (option(label, each) for each, label in offer.connections),
                initial=watch.connections or (),
            ),
            name=CONNECTIONS,
            hint="None chosen: all of them.",
            optional=True,
        )
    yield field(
        "Only tokens that match",
        text_input(QUERY, placeholder="kyuubi creator:mei", initial=watch.query),
        name=QUERY,
        hint="Any filter that a list takes. Empty: all.",
        optional=True,
    )


def when_fields(watch: Watch, zone: str) -> Iterator[Block]:
    """Yield what tells when they ring; `zone` is the one that Slack knows."""
    own = [days for days in watch.thresholds if days not in DEFAULT_THRESHOLDS]
    yield field(
        "How long before a token expires?",
        checkboxes(
            THRESHOLDS,
            (option(_threshold(days), str(days)) for days in DEFAULT_THRESHOLDS),
            initial=map(str, watch.thresholds),
        ),
        name=THRESHOLDS,
        hint="One counts only if it fits twice into the life of a token.",
        optional=True,
    )
    yield field(
        "Other days before",
        text_input(OTHER_THRESHOLDS, placeholder="60, 45", initial=", ".join(map(str, own))),
        name=OTHER_THRESHOLDS,
        hint="Several? Put commas between them.",
        optional=True,
    )
    hours = (option(f"{hour:02}:00", str(hour)) for hour in range(24))
    yield field("At what time?", select(HOUR, "09:00", hours, initial=str(watch.hour)), name=HOUR)
    days = (option(name, str(number)) for number, name in enumerate(_WEEKDAYS, start=1))
    yield field(
        "On which days?",
        checkboxes(WORKDAYS, days, initial=map(str, watch.workdays)),
        name=WORKDAYS,
        hint="What falls on another day comes on the last of these before it.",
    )
    yield field(
        "Time zone",
        text_input(ZONE, placeholder=zone, initial=watch.zone if watch.own_zone else ""),
        name=ZONE,
        hint=f"Empty: that of your Slack profile, {plain(zone, _NAME)}. A city will do.",
        optional=True,
    )


def _threshold(days: int) -> str:
    return "Once it has expired" if days == EXPIRED else f"{count(days, 'day')} before"


def _held(held: Sequence[Entry], zone: str) -> Iterator[Block]:
    """Yield the tokens that are silent because somebody said so, each with a way back."""
    if not held:
        return
    yield divider()
    yield rich(line(words("Silent because you said so", bold=True)))
    for entry in held[:HELD]:
        undo = button("Undo", f"{actions.REMIND_UNDO}", token_ref(entry.token))
        yield section(plain_text(_silence(entry, zone)), accessory=undo)
    if len(held) > HELD:
        yield context(f"And {len(held) - HELD:,} more.")


def _silence(entry: Entry, zone: str) -> str:
    name = plain(entry.token.display_name, _NAME)
    if entry.snoozed is not None:
        return f"{name}: snoozed until {stamp(entry.snoozed.until, zone)}"
    ends = f", expires {stamp(entry.expiry, zone)}" if entry.expiry else ""
    return f"{name}: you let it lapse{ends}"


def saving_view() -> View:
    """Return what the form shows while it is saved."""
    return modal(TITLE, [section(plain_text("Saving…"))], callback_id=actions.WAITING_VIEW)
