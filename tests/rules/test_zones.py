from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings

from bot.errors import InputError
from bot.rules.zones import find_zone
from tests.rules.make import BROKEN


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("shanghai", "Asia/Shanghai"),
        (" New  York ", "America/New_York"),
        ("new_york", "America/New_York"),
        ("Knox", "America/Indiana/Knox"),
        ("utc", "UTC"),
        ("Etc/GMT+8", "Etc/GMT+8"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_zone_is_found_by_name_or_city(typed: str, zone: str) -> None:
    """Case, spaces and the part of the world do not matter."""
    assert find_zone(typed) == zone


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("Asia/Shangai", "Did you mean Asia/Shanghai?"),
        ("los angles", "Did you mean America/Los_Angeles?"),
        ("Beijing", "Write it as Europe/Berlin."),
        ("GMT+8", "Write it as Europe/Berlin."),
        ("", "Write it as Europe/Berlin."),
    ],
)
def test_a_zone_that_is_none_gets_a_hint(typed: str, hint: str) -> None:
    """A slip names what was meant; anything else shows how a zone is written."""
    with pytest.raises(InputError) as caught:
        find_zone(typed, field="where")

    assert caught.value.message == f"I know no time zone “{typed}”. {hint}"
    assert caught.value.field == "where"


def test_every_zone_is_found_by_its_own_name() -> None:
    """Nothing that the machine knows is hidden by another's city."""
    names = [name for name in available_timezones() if name[:1].isupper()]

    assert names
    assert [name for name in names if find_zone(name) != name] == []


@settings(deadline=None, max_examples=50)
@given(BROKEN)
def test_any_text_gives_a_zone_or_a_mistake(text: str) -> None:
    """Whatever is typed, the answer is a zone that exists or a short message."""
    try:
        answer = ZoneInfo(find_zone(text)).key
    except InputError as error:
        answer = error.message
    assert 0 < len(answer) < 150
