"""Confirming a preview, of whichever kind: once, soon, by who asked for it, as it was shown."""

from collections.abc import Awaitable, Callable

import pytest

from sandbox.slack.types import Json
from tests.fixtures.bot import Office, owner
from tests.handlers.shares import SHARE, opened, posted, preview, submitted

REFUSED = "Tokenbell is for full members of this workspace"
USED = "can be confirmed once"

Kind = str
DONE = {"share": "Shared in", "update": "Updated in", "remind": "from now on"}

pytestmark = pytest.mark.parametrize("kind", DONE)


async def shown(office: Office, kind: Kind, name: str = "mei") -> Json:
    """Connect somebody, and return a preview of theirs that can be confirmed."""
    await office.connect(name)
    if kind == "remind":
        return await preview(office, name, "remind here", holds="I shall show its row")
    view = await preview(office, name)
    if kind == "share":
        return view
    before = len(posted(office))
    await submitted(office, name, view, DONE["share"])
    await office.presses(name, "share.update", posted(office)[before])
    return await office.modal(name, SHARE, "Updating shows this")


async def effects(office: Office, kind: Kind) -> int:
    """Return how often what Mei previewed was done."""
    await office.idle()
    if kind == "remind":
        return len(await office.bot.desk.channel_watches.of(owner("mei")))
    if kind == "update":
        return len(office.sandbox.calls("chat.update"))
    return len(posted(office))


async def test_once(office: Office, kind: Kind) -> None:
    """A client that shows it still and confirms again is told so."""
    view = await shown(office, kind)
    before = dict(opened(office, "mei", view).definition)
    await submitted(office, "mei", view, DONE[kind])
    office.sandbox.platform.views.update(opened(office, "mei", view), before)

    await submitted(office, "mei", view, USED)

    assert await effects(office, kind) == 1


async def test_a_week_later(office: Office, kind: Kind) -> None:
    """A preview that has been forgotten does nothing, and no preview is kept for longer."""
    view = await shown(office, kind)
    screens = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    assert all([0 < await office.bot.redis.pttl(key) <= 600_000 for key in screens])
    await office.bot.redis.unlink(*screens)

    await submitted(office, "mei", view, USED)

    assert await effects(office, kind) == 0


@pytest.mark.parametrize("somebody", ["jonas", "aiko"])
async def test_by_somebody_else(office: Office, kind: Kind, somebody: str) -> None:
    """A form that names another's preview does nothing, an admin's neither."""
    theirs = await shown(office, kind)
    await office.connect(somebody)
    own = await preview(office, somebody)
    screen = theirs["view"]["private_metadata"]
    opened(office, somebody, own).definition["private_metadata"] = screen

    await submitted(office, somebody, own, "This belongs to somebody else")

    assert await effects(office, kind) == 0
    await submitted(office, "mei", theirs, DONE[kind])


@pytest.mark.parametrize("metadata", ["", "x", "../../..", "tb:{T07HALYARD1}:screen:x", "界" * 900])
async def test_a_crafted_private_metadata(office: Office, kind: Kind, metadata: str) -> None:
    """What stands for no preview does nothing."""
    view = await shown(office, kind)
    opened(office, "mei", view).definition["private_metadata"] = metadata

    await submitted(office, "mei", view, USED)

    assert await effects(office, kind) == 0


@pytest.mark.parametrize("value", ["C07DATAPLT2", "C07NOWHERE0", "", "not a channel"])
async def test_an_edited_value(office: Office, kind: Kind, value: str) -> None:
    """A form that claims another channel than was previewed does nothing, there or anywhere."""
    view = await shown(office, kind)
    values = opened(office, "mei", view).values
    values.setdefault("channel", {})["share.channel"] = {
        "type": "conversations_select",
        "selected_conversation": value,
    }

    await office.sandbox.submit("mei", view)
    await office.modal("mei", SHARE, "As of")

    assert await effects(office, kind) == 0
    assert posted(office, "data-platform") == []


async def became_a_guest(office: Office) -> str:
    office.sandbox.workspace.person("mei").guest = True
    return REFUSED


async def became_a_stranger(office: Office) -> str:
    office.sandbox.workspace.person("mei").stranger = True
    return REFUSED


async def belongs_to_another_team(office: Office) -> str:
    office.sandbox.workspace.person("mei").team_id = "T07SOMEBODYELSE"
    return REFUSED


async def left_the_channel(office: Office) -> str:
    await office.sandbox.happen("leave", user="mei", channel="general")
    return "You are not in #general"


async def disconnected(office: Office) -> str:
    stored = await office.bot.desk.connections.all(owner("mei"))
    await office.bot.services.connection_store.remove(owner("mei"), stored.readable[0].id)
    return "A connection that this list was read with"


@pytest.mark.parametrize(
    "meanwhile",
    [
        became_a_guest,
        became_a_stranger,
        belongs_to_another_team,
        left_the_channel,
        disconnected,
    ],
)
async def test_after_something_has_changed(
    office: Office, kind: Kind, meanwhile: Callable[[Office], Awaitable[str]]
) -> None:
    """Who someone is, where they are and what they connected is looked at once more."""
    view = await shown(office, kind)
    says = await meanwhile(office)

    await submitted(office, "mei", view, says)

    assert await effects(office, kind) == 0
