"""What one person's key reads is seen by nobody else, until they confirm that it may be."""

import json
from collections.abc import Awaitable, Callable

import pytest

from sandbox.company.people import MEMBERS
from sandbox.company.timeline import DAY
from sandbox.slack.types import Json
from tests.fixtures.bot import IDS, Office, controls_of, owner
from tests.fixtures.world import ETL, REPORTS, Place, put_token
from tests.handlers.ringing import choice_of
from tests.handlers.shares import SHARE, posted, preview, submitted
from tests.handlers.test_lifecycle import change
from tests.handlers.test_upstream import marked_up

OTHERS = [member.name for member in MEMBERS if member.name != "mei"]
SECRETS = {
    "name": "HERNAME",
    "created_by": "HERCREATOR",
    "accounts": "HERACCOUNT",
    "members": "HERMEMBER",
    "where": "kb-c714",
}


@pytest.fixture(name="mei")
async def _mei(working_office: Office) -> Office:
    """Let Mei's key read a token whose every word can be told from others, soon to expire."""
    world = working_office.sandbox.company
    put_token(
        world,
        f"{SECRETS['name']} <!channel>",
        created_by=SECRETS["created_by"],
        account_names=(SECRETS["accounts"],),
        members=(SECRETS["members"],),
        expires_at=world.epoch + 2 * DAY,
    )
    await working_office.connect("mei")
    return working_office


def seen(office: Office) -> list[Json]:
    """Return all that anybody but Mei can see, wherever it is."""
    sandbox = office.sandbox
    shown: list[Json] = []
    for name in OTHERS:
        shown += [*sandbox.views(name), sandbox.home(name) or {}]
        for channel in sandbox.workspace.conversations.values():
            if IDS[name] in channel.members:
                shown += sandbox.messages(channel.id, name)
    return shown


def told(office: Office) -> set[str]:
    """Return of which columns anybody but Mei can read something."""
    text = json.dumps(seen(office))
    return {column for column, secret in SECRETS.items() if secret in text}


async def test_nobody_sees_what_is_not_confirmed(mei: Office) -> None:
    """Whatever Mei looks at, previews, exports and is reminded of stays hers."""
    listed = await mei.types("mei")
    await mei.types("mei", "show HERNAME")
    await mei.types("mei", "preview")
    await mei.asks("mei", choice_of(listed, "", "Export as JSON"), listed)
    await mei.next_dm("mei")
    await mei.sandbox.open_home("mei")
    await mei.home("mei", "HERNAME")
    view = await preview(mei, "mei")
    every = [option["value"] for option in controls_of(view)[1]["options"]]
    await mei.presses("mei", {"action_id": "share.columns", "selected": every}, view)
    await mei.modal("mei", SHARE, "HERMEMBER")
    await preview(mei, "mei", "remind here", holds="I shall show its row")

    await mei.idle()

    assert told(mei) == set()
    assert posted(mei) == []


@pytest.mark.parametrize("columns", [{"name"}, {"where", "members"}, {"created_by"}, {*SECRETS}])
async def test_others_see_the_columns_of_a_shared_list(mei: Office, columns: set[str]) -> None:
    """What was ticked and nothing else, also once it is updated, outdated and taken down."""
    view = await preview(mei, "mei")
    ticked = {"action_id": "share.columns", "selected": sorted(columns)}
    await mei.presses("mei", ticked, view)
    await mei.wait(lambda: shown_in(mei) == columns, "the preview with those columns alone")
    view = await mei.modal("mei", SHARE, "Sharing shows this")
    await submitted(mei, "mei", view, "Shared in")
    assert told(mei) == columns
    (message,) = posted(mei)

    await mei.presses("mei", "share.update", message)
    view = await mei.modal("mei", SHARE, "Updating shows this")
    await submitted(mei, "mei", view, "Updated in")
    assert told(mei) == columns
    assert not [text for text in marked_up(seen(mei)) if "<!" in text]

    await mei.presses("mei", "share.remove", message)
    await mei.wait(lambda: not posted(mei), "the list to be taken down")
    assert told(mei) == set()


@pytest.mark.parametrize("columns", [set(), {"where", "members"}, {*SECRETS} - {"name"}])
async def test_others_see_the_columns_of_a_channels_reminder(
    mei: Office, columns: set[str]
) -> None:
    """Besides name and expiry what was ticked and nothing else, for as long as it rings."""
    view = await preview(mei, "mei", "remind here", holds="I shall show its row")
    ticked = {"action_id": "share.columns", "selected": sorted(columns)}
    await mei.presses("mei", ticked, view)
    await mei.wait(lambda: shown_in(mei) == columns | {"name"}, "the preview with those columns")
    view = await mei.modal("mei", SHARE, "I shall show its row")
    await submitted(mei, "mei", view, "from now on")
    await mei.wait(lambda: posted(mei), "a reminder")

    assert told(mei) == columns | {"name"}
    assert not [text for text in marked_up(seen(mei)) if "<!" in text]


def shown_in(office: Office) -> set[str]:
    """Return of which columns the preview on Mei's screen says something, once it is another one."""
    text = json.dumps(office.sandbox.views("mei"))
    if "Status: " in text:
        return {"status"}
    return {column for column, secret in SECRETS.items() if secret in text}


async def disconnect(office: Office) -> None:
    stored = await office.bot.desk.connections.all(owner("mei"))
    await office.bot.desk.connections.remove(owner("mei"), stored.readable[0].id)


async def delete_my_data(office: Office) -> None:
    await office.bot.desk.connections.forget(owner("mei"))


async def deactivate(office: Office) -> None:
    await office.happens("deactivate", user="mei")


async def become_a_guest(office: Office) -> None:
    await change(office, "mei", guest=True)


@pytest.mark.parametrize("go", [disconnect, delete_my_data, deactivate, become_a_guest])
async def test_nothing_is_read_with_what_is_gone(
    mei: Office, go: Callable[[Office], Awaitable[None]]
) -> None:
    """Neither a share nor a reminder, her own or a channel's, uses her key ever again."""
    put_token(mei.sandbox.company, "of jonas", at=REPORTS)
    await mei.connect("jonas", "kyuubi", REPORTS)
    await mei.next_dm("mei")
    for text, done in (("share", "Shared in"), ("remind here", "from now on")):
        await submitted(mei, "mei", await preview(mei, "mei", text), done)
    await mei.wait(lambda: len(posted(mei)) == 2, "the list and the reminder")

    await go(mei)

    await mei.wait(lambda: told(mei) == set(), "tombstones")
    await mei.wait(lambda: mei.bot.worker.idle, "the worker to be idle")
    before = reads(mei, ETL)
    for _ in range(2):
        others = reads(mei, REPORTS)
        mei.pass_time(4 * DAY / 1000)
        mei.bot.worker.nudge()
        await mei.wait(lambda: reads(mei, REPORTS) > others, "a look for Jonas")  # noqa: B023
        await mei.wait(lambda: mei.bot.worker.idle, "the worker to be idle")
    assert reads(mei, ETL) == before


def reads(office: Office, place: Place) -> int:
    """Return how often a place was listed."""
    calls = office.sandbox.journal.calls("kyuubi")
    return sum(place["kyuubi_service_id"] in call.path for call in calls)
