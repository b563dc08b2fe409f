"""People and workspaces come, change and go."""

import redis.asyncio

from sandbox.faults import Fault
from sandbox.slack.shapes import person_json
from tests.fixtures.bot import IDS, Office, text_of
from tests.fixtures.canaries import Watch
from tests.fixtures.redis import dump
from tests.handlers.test_ack import many_workspaces


async def stored(redis_url: str) -> dict[str, str]:
    """Return all that is in Redis but what workers say of themselves."""
    async with redis.asyncio.Redis.from_url(redis_url, decode_responses=True) as client:
        content = await dump(client)
    return {key: text for key, text in content.items() if key not in ("tb:workers", "tb:sweep")}


async def busy(office: Office) -> None:
    """Let two people do all that leaves something behind."""
    for name in ("mei", "jonas"):
        await office.connect(name, "kyuubi")
        await office.connect(name, "idaas")
        listed = await office.types(name)
        await office.presses(name, "list.filter", listed)
        await office.modal(name, "Filter tokens")
        await office.sandbox.open_home(name)
    await office.sandbox.happen("refuse_tables")
    await office.types("mei")
    await office.idle()


async def test_an_uninstalled_app_forgets_everything(office: Office, redis_url: str) -> None:
    """When the app is removed, nothing of the workspace is left but a mark without meaning."""
    await busy(office)
    assert len(await stored(redis_url)) > 10

    await office.happens("app_uninstalled")

    assert [key for key in await stored(redis_url) if not key.endswith(":purges")] == []


async def test_a_revoked_token_forgets_everything(office: Office, redis_url: str) -> None:
    """When the bot's token is revoked, nothing is left either."""
    await busy(office)

    await office.happens("tokens_revoked")

    assert [key for key in await stored(redis_url) if not key.endswith(":purges")] == []


async def test_somebody_elses_revoked_token_changes_nothing(office: Office) -> None:
    """That a person's own token was revoked does not concern the bot."""
    await office.connect("mei")

    tokens = {"oauth": [IDS["mei"]], "bot": []}
    office.sandbox._events.emit({"type": "tokens_revoked", "tokens": tokens})
    await office.wait(lambda: not office.sandbox._events._tasks, "the event")
    await office.idle()

    assert "2 tokens" in text_of(await office.types("mei"))


async def test_an_installation_is_forgotten_too(redis_url: str, canaries: Watch) -> None:
    """Where there are many workspaces, the one that left has no token any more."""
    async with many_workspaces(redis_url, canaries) as office:
        await busy(office)

        await office.happens("app_uninstalled")

        assert [key for key in await stored(redis_url) if not key.endswith(":purges")] == []
        office.sandbox.platform.app.revoked = None
        assert "not installed in your workspace" in text_of(await office.types("mei"))


async def test_a_deactivated_person_is_forgotten(office: Office, redis_url: str) -> None:
    """Nothing of somebody who left is kept; others are as they were."""
    await busy(office)

    await office.happens("deactivate", user="mei")

    kept = await stored(redis_url)
    assert [key for key in kept if IDS["mei"] in key or IDS["mei"] in kept[key]] == []
    assert [key for key in kept if IDS["jonas"] in key] != []
    assert "3 tokens" in text_of(await office.types("jonas"))


async def test_who_becomes_a_guest_is_forgotten(office: Office, redis_url: str) -> None:
    """Whoever loses full membership loses what was stored, and is refused from then on."""
    await busy(office)

    await change(office, "mei", guest=True)

    kept = await stored(redis_url)
    assert [key for key in kept if IDS["mei"] in key] == []
    assert "full members" in text_of(await office.types("mei"))


async def change(office: Office, name: str, *, guest: bool) -> None:
    """Change a person's membership, of which Slack tells the bot."""
    person = office.sandbox.workspace.person(name)
    person.guest = guest
    user = person_json(person, office.sandbox.clock.now())
    office.sandbox._events.emit({"type": "user_change", "user": user})
    await office.wait(lambda: not office.sandbox._events._tasks, "the event")
    await office.idle()


async def test_a_guest_who_becomes_a_member_is_let_in_at_once(office: Office) -> None:
    """Rights count from the moment that Slack tells of them, not from the next day."""
    assert "full members" in text_of(await office.types("sam"))

    await change(office, "sam", guest=False)

    assert "Know which tokens expire" in text_of(await office.types("sam"))


async def test_odd_events_change_nothing(office: Office) -> None:
    """An event that does not say who changed is left alone."""
    await office.connect("mei")
    for user in (None, "U1", {}, {"deleted": True}):
        office.sandbox._events.emit({"type": "user_change", "user": user})
    await office.wait(lambda: not office.sandbox._events._tasks, "the events")
    await office.idle()

    assert "2 tokens" in text_of(await office.types("mei"))


async def test_what_is_read_meanwhile_is_not_kept(office: Office, redis_url: str) -> None:
    """A list that was on its way when its owner left leaves nothing behind."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.5))
    await office.sandbox.command("mei", "general", "/tokens", "list")

    await office.sandbox.happen("deactivate", user="mei")
    await office.wait(lambda: not office.sandbox._events._tasks, "the event")
    await office.idle()

    kept = await stored(redis_url)
    assert [key for key in kept if ":reading:" in key or IDS["mei"] in key] == []
