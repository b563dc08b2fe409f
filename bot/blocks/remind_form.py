"""What was filled into the settings of reminders, read without asking anybody."""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, cast

from bot.blocks._state import State, choices_of, fields_of, person_of, text_of
from bot.blocks._text import cut
from bot.errors import InputError
from bot.models.watch import DEFAULT_THRESHOLDS, LOOSEST, MOST_THRESHOLDS, Mode, Watch
from bot.rules.mine import name_ref
from bot.rules.query import format_query, parse_query
from bot.rules.text import tidy
from bot.rules.zones import find_zone

MODE = "mode"
MINE = "mine"
CONNECTIONS = "connections"
QUERY = "query"
THRESHOLDS = "thresholds"
OTHER_THRESHOLDS = "other_thresholds"
HOUR = "hour"
WORKDAYS = "workdays"
ZONE = "zone"
FALLBACK = "fallback"

_ERROR = 200
_OFFERED = frozenset(map(str, DEFAULT_THRESHOLDS))
_HOURS = frozenset(map(str, range(24)))
_WEEK = frozenset(map(str, range(1, 8)))
_SHOWN = 30
_DAYS = re.compile(r"([0-9]{1,4})(?:d|days?)?", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;\s]+")
_BEFORE_UNIT = re.compile(r"(?<=[0-9])\s+(?=d)", re.IGNORECASE)


class Offer(NamedTuple):
    """What the form offers: names, (id, label) of connections, and the zone that Slack knows.

    `own` are those of the names that the person goes by in Slack, which are chosen to begin with.
    """

    names: tuple[str, ...]
    connections: tuple[tuple[str, str], ...]
    zone: str
    own: tuple[str, ...] = ()


def names_on_offer(watch: Watch, offer: Offer) -> list[str]:
    """Return the names to choose from: the chosen ones first, listed or not."""
    return list(dict.fromkeys([*names_to_begin_with(watch, offer), *offer.names]))


def names_to_begin_with(watch: Watch, offer: Offer) -> tuple[str, ...]:
    """Return the names that are chosen as the form opens: those of before, else the person's own."""
    return watch.mine or offer.own


class Settings(NamedTuple):
    """What was filled in. Names are references to what was offered; None is what was not asked.

    `zone` is empty for the one that Slack knows.
    """

    mode: Mode
    mine: frozenset[str] | None
    connections: frozenset[str] | None
    query: str
    thresholds: tuple[int, ...]
    hour: int
    workdays: frozenset[int]
    zone: str
    fallback: str | None

    def applied(self, watch: Watch, offer: Offer) -> Watch:
        """Return a watch with these settings."""
        settings = {
            **self._asdict(),
            "mine": self._mine(watch, offer),
            "connections": self._connections(watch, offer),
            "zone": self.zone or offer.zone,
            "own_zone": bool(self.zone),
        }
        return Watch(**{**dict(watch), **settings})

    def _mine(self, watch: Watch, offer: Offer) -> tuple[str, ...]:
        if self.mine is None:
            return watch.mine
        return tuple(each for each in names_on_offer(watch, offer) if name_ref(each) in self.mine)

    def _connections(self, watch: Watch, offer: Offer) -> tuple[str, ...] | None:
        """Return the chosen connections; None, which means all to come too, for all or none."""
        if self.connections is None:
            return watch.connections
        offered = [each for each, _ in offer.connections]
        chosen = tuple(each for each in offered if each in self.connections)
        return chosen if 0 < len(chosen) < len(offered) else None


def read_settings(view: Mapping[str, Any], *, sources: Collection[str], user: str) -> Settings:
    """Read the form that a user submitted. Raises InputError with the field that is wrong."""
    state: State = view.get("state") or {}
    mode = _mode(text_of(state, MODE))
    mine = _several(view, MINE)
    if mode == "mine" and not mine:
        raise _whose(mine)
    zone = tidy(text_of(state, ZONE))
    return Settings(
        mode=mode,
        mine=mine,
        connections=_several(view, CONNECTIONS),
        query=_query(text_of(state, QUERY), sources),
        thresholds=_thresholds(state),
        hour=_hour(text_of(state, HOUR)),
        workdays=_workdays(state),
        zone=find_zone(zone, field=ZONE) if zone else "",
        fallback=_fallback(state, user),
    )


class Times(NamedTuple):
    """When a channel is to be reminded; `zone` is empty for the one that Slack knows."""

    thresholds: tuple[int, ...]
    hour: int
    workdays: frozenset[int]
    zone: str


def read_times(view: Mapping[str, Any]) -> Times:
    """Read the part of the form that says when. Raises InputError with the field that is wrong."""
    state: State = view.get("state") or {}
    zone = tidy(text_of(state, ZONE))
    return Times(
        thresholds=_thresholds(state),
        hour=_hour(text_of(state, HOUR)),
        workdays=_workdays(state),
        zone=find_zone(zone, field=ZONE) if zone else "",
    )


def settings_errors(error: InputError) -> dict[str, str]:
    """Return an error as Slack shows it below a field of the form."""
    return {error.field or QUERY: cut(error.message, _ERROR)}


def _mode(value: str) -> Mode:
    if value not in {"all", "mine", "off"}:
        raise InputError("Choose which tokens shall ring.", field=MODE)
    return cast("Mode", value)


def _several(view: Mapping[str, Any], name: str) -> frozenset[str] | None:
    asked = name in fields_of(view)
    return frozenset(choices_of(view.get("state") or {}, name)) if asked else None


def _whose(mine: frozenset[str] | None) -> InputError:
    if mine is None:
        return InputError("There is no name to choose: no token that I read expires.", field=MODE)
    return InputError("Choose your names, so that I know which are yours.", field=MINE)


def _query(text: str, sources: Collection[str]) -> str:
    try:
        return format_query(parse_query(tidy(text), sources))
    except InputError as error:
        raise InputError(error.message, suggestion=error.suggestion, field=QUERY) from None


def _thresholds(state: State) -> tuple[int, ...]:
    typed = _SEPARATOR.split(_BEFORE_UNIT.sub("", tidy(text_of(state, OTHER_THRESHOLDS))))
    days = {int(value) for value in choices_of(state, THRESHOLDS) if value in _OFFERED}
    days |= {_days(word) for word in typed if word}
    if not days:
        raise InputError("Choose at least one.", field=THRESHOLDS)
    if len(days) > MOST_THRESHOLDS:
        raise InputError(f"That is more than {MOST_THRESHOLDS} in all.", field=OTHER_THRESHOLDS)
    return tuple(days)


def _days(word: str) -> int:
    match = _DAYS.fullmatch(word)
    if match is None or not 1 <= int(match[1]) <= LOOSEST:
        raise InputError(
            f"“{word[:_SHOWN]}” is no number of days from 1 to {LOOSEST}.", field=OTHER_THRESHOLDS
        )
    return int(match[1])


def _hour(value: str) -> int:
    if value not in _HOURS:
        raise InputError("Choose an hour.", field=HOUR)
    return int(value)


def _workdays(state: State) -> frozenset[int]:
    chosen = frozenset(int(day) for day in choices_of(state, WORKDAYS) if day in _WEEK)
    if not chosen:
        raise InputError("Choose at least one day.", field=WORKDAYS)
    return chosen


def _fallback(state: State, user: str) -> str | None:
    chosen = person_of(state, FALLBACK) or None
    if chosen == user:
        raise InputError("You hear of it anyway: choose somebody else.", field=FALLBACK)
    return chosen
