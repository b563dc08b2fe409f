"""Time zones as people write them: an IANA name, or just its city."""

import difflib
from functools import cache
from zoneinfo import available_timezones

from bot.errors import InputError
from bot.rules.text import fold, tidy

_SHOWN = 40
_CLOSE_ENOUGH = 0.8
_NO_CITIES = ("Etc/", "SystemV/")


def find_zone(text: str, *, field: str = "zone") -> str:
    """Return the IANA name of the zone that somebody means by a name or a city.

    Raises InputError for the `field`, with the zone that was perhaps meant.
    """
    zones, typed = _zones(), _folded(text)
    if typed in zones:
        return zones[typed]
    places = [name for name, zone in zones.items() if "/" in zone]
    near = difflib.get_close_matches(typed, places, 1, _CLOSE_ENOUGH)
    meant = zones[near[0]] if near else None
    hint = f"Did you mean {meant}?" if meant else "Write it as Europe/Berlin."
    raise InputError(
        f"I know no time zone “{tidy(text)[:_SHOWN]}”. {hint}", suggestion=meant, field=field
    )


@cache
def _zones() -> dict[str, str]:
    """Return the zones by their folded names and, where there is one, by their cities.

    Two zones of one city are one zone under an old name and a new one.
    """
    names = sorted(name for name in available_timezones() if name[:1].isupper())
    cities = {
        _folded(name.rpartition("/")[2]): name
        for name in reversed(names)
        if "/" in name and not name.startswith(_NO_CITIES)
    }
    return {**cities, **{_folded(name): name for name in names}}


def _folded(name: str) -> str:
    return fold(name).replace("_", " ")
