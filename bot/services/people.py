"""Who someone is: an insider or not, an admin or not, and in which time zone."""

from typing import Any, Protocol

from bot.errors import NotAllowedError
from bot.models.connection import Owner
from bot.models.person import Person
from bot.slack import Slack

_OUTSIDER = (
    "Tokenbell is for full members of this workspace; guests and people of other organisations "
    "cannot use it."
)


def names_of(user: dict[str, Any]) -> tuple[str, ...]:
    """Return what `users.info` says that someone is called, as far as it does.

    An address is only told to an app that may read addresses; of it the part before the `@` counts.
    """
    profile = user.get("profile") or {}
    address = str(profile.get("email") or "").partition("@")[0]
    told = (user.get("name"), profile.get("display_name"), profile.get("real_name"), address)
    return tuple(str(name) for name in told if name)


class PeopleStore(Protocol):
    """Where people are kept for a day."""

    async def get(self, owner: Owner) -> Person | None:
        """Return a person who was kept, if any."""
        ...

    async def put(self, person: Person) -> None:
        """Keep a person."""
        ...


def person_of(scope: str, user: dict[str, Any]) -> Person:
    """Read what `users.info` and `user_change` say about someone; an absent field is not a right.

    A member of another workspace has another team id, whatever the flags say.
    """
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    home = scope in {user.get("team_id"), enterprise}
    deleted = bool(user.get("deleted"))
    guest = any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted"))
    outsider = guest or any(user.get(flag) for flag in ("is_stranger", "is_bot"))
    admin = any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner"))
    insider = home and not deleted and not outsider
    return Person(
        user=str(user.get("id", "")),
        scope=scope,
        zone=str(user.get("tz") or "UTC"),
        insider=insider,
        guest=guest,
        admin=insider and admin,
        deleted=deleted,
    )


class PeopleService:
    """Asks Slack once a day about each person, and at once where a right hangs on it."""

    def __init__(self, slack: Slack, store: PeopleStore) -> None:
        self._slack = slack
        self._store = store

    async def person(self, owner: Owner, *, fresh: bool = False) -> Person:
        """Return who someone is; `fresh` asks Slack whatever is kept."""
        kept = None if fresh else await self._store.get(owner)
        if kept is not None:
            return kept
        person = person_of(owner.scope, await self._slack.user(owner.scope, owner.user))
        await self._store.put(person)
        return person

    async def insider(self, owner: Owner) -> Person:
        """Return someone who may use the bot; raise `NotAllowedError` for anyone else."""
        person = await self.person(owner)
        if not person.insider:
            raise NotAllowedError(_OUTSIDER)
        return person

    async def names(self, owner: Owner) -> tuple[str, ...]:
        """Return what someone is called, which is asked for each time and never kept."""
        return names_of(await self._slack.user(owner.scope, owner.user))

    async def changed(self, scope: str, user: dict[str, Any]) -> Person:
        """Take over what a `user_change` event says."""
        person = person_of(scope, user)
        await self._store.put(person)
        return person
