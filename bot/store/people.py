"""People: who someone is in Slack, remembered for a day."""

from bot.clock import Clock
from bot.errors import SealError
from bot.lately import Lately
from bot.models.connection import Owner
from bot.models.person import Person
from bot.store import _records, keys
from bot.store.redis import ANSWER_WITHIN, Redis, milliseconds, translate_errors
from bot.store.vault import Vault

_KIND = "person"


class PeopleStore:
    """Keeps what Slack said about people. A record that is lost or unreadable is not there.

    What another process was told since is heard of within a minute.
    """

    def __init__(self, redis: Redis, vault: Vault, clock: Clock) -> None:
        self._redis = redis
        self._vault = vault
        self._known: Lately[Owner, Person] = Lately(clock)

    async def get(
        self,
        owner: Owner,
        timeout: float = ANSWER_WITHIN,  # noqa: ASYNC109 - ends in the store's own error
    ) -> Person | None:
        """Return a person, None when Slack has to be asked; `timeout` is in seconds."""
        known = self._known.get(owner)
        if known is not None:
            return known
        async with translate_errors(timeout):
            sealed = await self._redis.get(keys.person(*owner))
        if sealed is None:
            return None
        try:
            person = _records.unseal(self._vault, _KIND, owner, sealed, Person)
        except SealError:
            return None
        # What was put while Redis was asked is later.
        later = self._known.get(owner)
        if later is None:
            self._known.keep(owner, person)
        return later or person

    async def put(self, person: Person) -> None:
        """Remember a person for a day."""
        owner = Owner(person.scope, person.user)
        sealed = _records.seal(self._vault, _KIND, owner, person)
        self._known.keep(owner, person)
        async with translate_errors():
            await self._redis.set(keys.person(*owner), sealed, px=milliseconds(keys.PERSON_TTL))

    async def forget(self, owner: Owner) -> None:
        """Forget a person, so that Slack is asked again."""
        self._known.drop(owner)
        async with translate_errors():
            await self._redis.unlink(keys.person(*owner))

    async def forget_owner(self, owner: Owner) -> None:
        """Forget what is stored of a person; for a purge."""
        await self.forget(owner)
