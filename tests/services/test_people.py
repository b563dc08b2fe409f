"""Who someone is."""

from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import NotAllowedError, SlackError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.services.people import PeopleService, names_of, person_of
from bot.store.people import PeopleStore
from bot.store.redis import Redis
from bot.store.vault import Vault

MEMBER = {"id": "U1", "team_id": "T1", "tz": "Europe/Berlin"}
OWNER = Owner("T1", "U1")


@pytest.mark.parametrize(
    ("scope", "more", "insider", "guest"),
    [
        ("T1", {}, True, False),
        ("T1", {"is_restricted": True}, False, True),
        ("T1", {"is_ultra_restricted": True}, False, True),
        ("T1", {"is_stranger": True}, False, False),
        ("T1", {"is_bot": True}, False, False),
        ("T1", {"deleted": True}, False, False),
        ("T1", {"team_id": "T2"}, False, False),
        ("T1", {"team_id": None}, False, False),
        ("E1", {"team_id": "T1", "enterprise_user": {"enterprise_id": "E1"}}, True, False),
        ("E1", {"team_id": "T1", "enterprise_user": {"enterprise_id": "E2"}}, False, False),
        ("E1", {"team_id": "T1"}, False, False),
        ("T1", {"is_restricted": None, "deleted": None}, True, False),
    ],
)
def test_insiders_are_full_members_of_the_scope(
    scope: str, more: dict[str, Any], *, insider: bool, guest: bool
) -> None:
    """What Slack does not say is no right, and whoever belongs elsewhere is no insider."""
    person = person_of(scope, MEMBER | more)

    assert (person.insider, person.guest) == (insider, guest)


@pytest.mark.parametrize("flag", ["is_admin", "is_owner", "is_primary_owner"])
def test_admins_are_insiders_with_a_flag(flag: str) -> None:
    """Any of the three flags makes an admin, but not of a guest."""
    assert person_of("T1", MEMBER | {flag: True}).admin
    assert not person_of("T1", MEMBER).admin
    assert not person_of("T1", MEMBER | {flag: True, "is_restricted": True}).admin


def test_a_zone_that_is_not_told_is_utc() -> None:
    """Slack may leave the zone out."""
    assert person_of("T1", {"id": "U1", "tz": None}).zone == "UTC"


@pytest.mark.parametrize(
    ("user", "names"),
    [
        ({}, ()),
        ({"name": None, "profile": None}, ()),
        (
            {
                "name": "mei",
                "profile": {"display_name": "", "real_name": "Mei Tan", "email": "mtan@x.example"},
            },
            ("mei", "Mei Tan", "mtan"),
        ),
        ({"profile": {"display_name": "MT", "email": "@x"}}, ("MT",)),
    ],
)
def test_names_are_what_slack_tells(user: dict[str, Any], names: tuple[str, ...]) -> None:
    """Name, display name, real name, and of an address what stands before the @."""
    assert names_of(user) == names


class Answers:
    """Slack, as far as people are concerned."""

    def __init__(self) -> None:
        self.user_says: dict[str, Any] = dict(MEMBER)
        self.asked = 0

    async def user(self, scope: str, user: str) -> dict[str, Any]:
        self.asked += 1
        if not self.user_says:
            raise SlackError("users.info", "user_not_found")
        return self.user_says


@pytest.fixture(name="slack")
def _slack() -> Answers:
    return Answers()


@pytest.fixture(name="people")
def _people(slack: Answers, redis: Redis, vault: Vault) -> PeopleService:
    store = PeopleStore(redis, vault, SystemClock())
    return PeopleService(slack, store)  # type: ignore[arg-type]  # all it asks


async def test_slack_is_asked_once_a_day(people: PeopleService, slack: Answers) -> None:
    """What Slack said is remembered, unless a right hangs on it."""
    first = await people.insider(OWNER)
    assert await people.person(OWNER) == first == person_of("T1", MEMBER)
    assert slack.asked == 1

    slack.user_says["is_admin"] = True
    assert not (await people.person(OWNER)).admin
    assert (await people.person(OWNER, fresh=True)).admin
    assert (await people.person(OWNER)).admin
    assert slack.asked == 2


async def test_outsiders_are_refused(people: PeopleService, slack: Answers) -> None:
    """Whoever is no insider is told why."""
    slack.user_says["is_restricted"] = True

    with pytest.raises(NotAllowedError, match="full members of this workspace"):
        await people.insider(OWNER)


async def test_a_change_counts_at_once(people: PeopleService, slack: Answers) -> None:
    """What an event says takes the place of what was remembered."""
    await people.insider(OWNER)

    changed = await people.changed("T1", MEMBER | {"tz": "Asia/Tokyo"})

    assert changed == await people.person(OWNER)
    assert (await people.person(OWNER)).zone == "Asia/Tokyo"
    assert isinstance(changed, Person)
    assert slack.asked == 1


async def test_nobody_is_let_in_unseen(people: PeopleService, slack: Answers) -> None:
    """When Slack does not say who it is, the error says so."""
    slack.user_says = {}

    with pytest.raises(SlackError, match="user_not_found"):
        await people.insider(OWNER)
