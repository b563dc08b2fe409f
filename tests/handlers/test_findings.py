"""Advice on tokens, wherever they are shown: by the operator's limits, and never made up."""

import json

from sandbox.company.timeline import DAY
from tests.fixtures.bot import Office, open_office, text_of
from tests.fixtures.canaries import Watch
from tests.fixtures.http import loopback_client
from tests.fixtures.world import put_token
from tests.handlers.ringing import first_look, read
from tests.handlers.shares import posted, preview, submitted

LIMITS = {"TOKENBELL_UNUSED_DAYS": "30", "TOKENBELL_SHARED_MEMBERS": "2"}


async def everywhere(office: Office) -> list[str]:
    """Return what is said of the tokens in the list, in details, on Home and in a file."""
    world = office.sandbox.company
    put_token(
        world,
        "quiet",
        last_used_at=world.epoch - 40 * DAY,
        created_at=world.epoch - 200 * DAY,
        expires_at=world.epoch + 100 * DAY,
        account_names=("ana", "bo", "cy"),
    )
    await office.connect("mei")
    listed = text_of(await office.types("mei", "list name:quiet"))
    shown = text_of(await office.types("mei", "show quiet"))
    await office.sandbox.open_home("mei")
    home = text_of(await office.home("mei", "Your connections"))
    await office.types("mei", "export json name:quiet")
    (file,) = office.sandbox.dm("mei")[-1]["files"]
    async with loopback_client() as client:
        found = (await client.get(file["url_private"])).json()["tokens"][0]["findings"]
    return [listed, shown, home, json.dumps(found)]


async def test_the_operator_sets_what_is_worth_a_word(redis_url: str, canaries: Watch) -> None:
    """From how many days and members on there is advice is a setting, and holds everywhere."""
    async with open_office(redis_url, canaries, environ=LIMITS) as office:
        listed, shown, home, file = await everywhere(office)
        unused = text_of(await office.types("mei", "unused"))

    assert "quiet" in unused
    assert "unused:30d" in unused
    assert "unused 40 days, shared by 3" in listed
    assert "more than 30 days" in shown
    assert "3 accounts may use it, more than 2." in shown
    assert "1 token unused for 30 days or more: quiet" in home
    assert "1 token shared by more than 2: quiet" in home
    assert "more than 30 days" in file


async def test_below_the_usual_limits_nothing_is_said(office: Office) -> None:
    """The same token is no cause for advice at 90 days and 5 members."""
    for said in await everywhere(office):
        assert "unused" not in said.replace("unused 90d", "")
        assert "shared by" not in said


async def test_a_name_that_occurs_twice_is_told_wherever_the_token_is(
    working_office: Office,
) -> None:
    """List, first reminder, preview, Home and a channel tell it, though the copy rings nowhere."""
    office = working_office
    put_token(office.sandbox.company, "ETL nightly", expires_at=None)
    twice = "one of 2 tokens of this name there (renewed or copied?)"

    told = await first_look(office)
    listed = await office.types("mei", "list name:nightly")
    coming = await office.types("mei", "preview")
    await office.sandbox.open_home("mei")
    home = await office.home("mei", "Your connections")
    view = await preview(office, "mei", "remind here name:nightly", holds="I shall show its row")
    await submitted(office, "mei", view, "from now on")
    rung = await office.wait(lambda: next(iter(posted(office)), None), "a reminder")

    assert twice in read(told)
    assert twice in read(coming)
    for shown in (listed, home, view, rung):
        assert "same name twice" in read(shown)
    assert "2 tokens whose name occurs more than once" in read(home)


async def test_what_reports_no_use_is_not_called_unused(office: Office) -> None:
    """IDaaS says nothing about use: neither list nor details nor Home calls its tokens unused."""
    await office.connect("mei", "idaas")

    listed = text_of(await office.types("mei", "list"))
    shown = text_of(await office.types("mei", "show partners"))
    await office.sandbox.open_home("mei")
    home = text_of(await office.home("mei", "Your connections"))

    assert "not reported" in listed
    assert "Not reported there: " in shown
    for said in (listed, shown, home):
        assert "unused" not in said
        assert "never used" not in said
