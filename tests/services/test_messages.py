"""The messages of notices, where the worker's tests do not reach."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import SlackError
from bot.models.notice import Blind
from bot.models.watch import Watch
from bot.store.command_names import CommandNames
from bot.store.redis import Redis
from bot.store.watches import Change, Parcel, Ref, Sender
from tests.fixtures import canaries as canary
from tests.fixtures.bot import owner
from tests.jobs.site import DAY, Site, open_site
from tests.rules.make import KYUUBI

MEI = owner("mei")
SCOPE = MEI.scope
PARCEL = Parcel("n1")


@pytest.fixture
async def still(redis_url: str, canaries: canary.Watch) -> AsyncIterator[Site]:
    """Have everything but a worker."""
    async with open_site(redis_url, canaries, work=False) as site:
        yield site


async def test_what_may_not_be_looked_up_is_not_found(still: Site) -> None:
    """Without `im:history` nobody can say whether a notice is there already."""
    channel = await still.bot.services.messages.open_dm(MEI)

    assert await still.bot.services.messages.find(SCOPE, channel, PARCEL) is None


async def test_a_look_up_that_fails_is_not_a_no(still: Site) -> None:
    """Otherwise a notice would come twice because Slack was down."""
    channel = await still.bot.services.messages.open_dm(MEI)
    still.fault("500", "conversations.history")

    with pytest.raises(SlackError, match="http_500"):
        await still.bot.services.messages.find(SCOPE, channel, PARCEL)


async def test_a_copy_is_told_from_its_notice(redis_url: str, canaries: canary.Watch) -> None:
    """Who is looked up is found, and not whom it was copied to."""
    async with open_site(redis_url, canaries, work=False, history=True) as site:
        messages = site.bot.services.messages
        channel = await messages.open_dm(MEI)
        record_of = await _filed(site)
        filed = await site.bot.services.watches.notice(SCOPE, "begun")
        assert filed is not None
        copy = Parcel("begun", MEI.user)
        drawn = await messages.draw(Parcel("begun"), filed, record_of)
        posted = await messages.post(SCOPE, channel, drawn, copy)

        assert await messages.find(SCOPE, channel, copy) == posted
        assert await messages.find(SCOPE, channel, Parcel("begun")) is None


async def _filed(site: Site) -> Watch:
    await site.connect("mei")
    return (await site.begun("mei")).watch


async def test_what_is_being_sent_is_not_edited(still: Site) -> None:
    """It is posted as it was begun; the edit follows once it is known where it is."""
    await still.connect("mei")
    begun = await still.begun("mei")
    services = still.bot.services
    filed = await services.watches.notice(SCOPE, "begun")
    assert filed is not None
    assert begun.ledger is not None
    change = Change(begun.ledger, [filed.notice])
    assert await services.watches.save(begun, change)
    record = begun.after(change)
    assert record.behind

    assert await services.messages.refresh(record) is None

    assert (await still.record("mei")).behind == record.behind
    sender = Sender("1", DAY)
    assert await services.watches.sent(Ref(*MEI), Parcel("begun"), sender, channel="D0", ts="1.2")
    await services.messages.refresh(await still.record("mei"))
    assert (await still.record("mei")).behind == {}


async def test_a_reminder_names_the_command_as_people_type_it(still: Site, redis: Redis) -> None:
    """Though it is sent by a process that nobody has ever typed anything to."""
    other = CommandNames(redis, still.clock, "/tokens")
    other.heard(SCOPE, "/keys")
    await other.keep(SCOPE)
    await still.connect("mei")
    watch = (await still.begun("mei")).watch
    filed = await still.bot.services.watches.notice(SCOPE, "begun")
    assert filed is not None
    blind = Blind(KYUUBI, still.clock.now() - 2 * DAY, "unopened")
    filed = replace(filed, notice=filed.notice.model_copy(update={"blind": (blind,)}))

    drawn = await still.bot.services.messages.draw(Parcel("begun"), filed, watch)

    assert "/keys" in str(drawn.blocks)
    assert "/tokens" not in str(drawn.blocks)
