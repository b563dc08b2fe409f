"""Connecting where it cannot be, or not like that: late, crafted, switched off, too many."""

from datetime import timedelta

import pytest

from bot.services.connections import MOST_CONNECTIONS
from sandbox.company.access import AccessKey
from sandbox.slack.platform import Limits
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, open_office, owner, text_of
from tests.fixtures.canaries import CANARY, Watch
from tests.fixtures.world import (
    ACCOUNT,
    ETL,
    KEY,
    REGION,
    REPORTS,
)
from tests.handlers.forms import filled, form_of, stored


async def test_the_button_opens_the_same_form(office: Office) -> None:
    """The card of a newcomer leads to the choice of a source."""
    card = await office.types("priya")

    await office.presses("priya", "connect.start", card)

    choice = await office.modal("priya", "Connect", "What do you want to connect?")
    assert "IDaaS authentication tokens: Access token" in text_of(choice)


async def test_a_command_that_took_too_long_offers_the_button(
    redis_url: str, canaries: Watch
) -> None:
    """When Slack's trigger is over before the form could open, the card has a fresh one."""
    async with open_office(redis_url, canaries, limits=Limits(trigger=0.0)) as office:
        assert buttons_of(await office.types("priya", "connect")) == ["Connect", "Help"]


async def test_a_form_of_another_version_says_so(office: Office) -> None:
    """What a form carries is checked: one that this version does not have is refused in time."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    for crafted in ("", "connect:livy:access_key:", "drop:kyuubi:access_key:", "connect:kyuubi:x"):
        form = await office.modal("priya", "Connect")
        view = office.sandbox.platform.views.find(form["id"], owner("priya").user)
        view.definition["private_metadata"] = crafted

        submission = await office.sandbox.submit("priya", form, filled(KEY, ETL))

        assert submission.ack is not None
        assert submission.ack.error is None
        assert "is no longer there" in text_of(office.sandbox.views("priya"))
        office.sandbox.platform.views.clear(owner("priya").user)
        await form_of(office, "priya", "kyuubi", "access_key")
    assert await stored(office, "priya") == 0


@pytest.mark.parametrize(
    "offer",
    [
        {},
        {"form": "connect:kyuubi:access_key:", "given": {}, "targets": [], "credential": None},
        {
            "form": "connect:kyuubi:access_key:",
            "given": dict.fromkeys(("credential", "target", "label", "target_label"), ""),
            "targets": [],
            "credential": {"kind": "of another version", "secret": CANARY.access_key_secret},
        },
    ],
)
async def test_an_offer_of_another_version_says_so(office: Office, offer: Json) -> None:
    """What was kept is checked too, and an error never quotes the credential in it."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})
    shown = await office.modal("priya", "Choose places")
    kept = await office.bot.desk.screens.put(owner("priya"), "offer", offer, timedelta(minutes=1))
    view = office.sandbox.platform.views.find(shown["id"], owner("priya").user)
    view.definition["private_metadata"] = kept

    await office.sandbox.submit("priya", shown, {})

    await office.modal("priya", "Connect", "is no longer there")
    assert await stored(office, "priya") == 0


async def test_a_crafted_form_does_not_touch_what_belongs_to_others(office: Office) -> None:
    """A form that names somebody else's connection changes nothing."""
    theirs = await office.connect("mei")
    for purpose in ("replace", "add_target"):
        form = await form_of(office, "priya", "kyuubi", "access_key")
        view = office.sandbox.platform.views.find(form["id"], owner("priya").user)
        view.definition["private_metadata"] = f"{purpose}:kyuubi:access_key:{theirs.id}"

        await office.sandbox.submit("priya", form, filled(KEY, REPORTS))

        await office.modal("priya", "Connect", "is no longer there")
        office.sandbox.platform.views.clear(owner("priya").user)
    assert (await office.bot.desk.connections.all(owner("mei"))).readable == (theirs,)


async def test_somebody_elses_offer_is_refused(office: Office) -> None:
    """An offer is its owner's, who can still use it afterwards."""
    form = await form_of(office, "mei", "kyuubi", "access_key")
    await office.sandbox.submit("mei", form, {**filled(KEY), "target.region": REGION})
    mine = await office.modal("mei", "Choose places")
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})
    crafted = await office.modal("priya", "Choose places")
    view = office.sandbox.platform.views.find(crafted["id"], owner("priya").user)
    view.definition["private_metadata"] = mine["view"]["private_metadata"]

    await office.sandbox.submit("priya", crafted, {})

    await office.modal("priya", "Connect", "This belongs to somebody else.")
    await office.sandbox.submit("mei", mine, {})
    await office.modal("mei", "Connected")
    assert await stored(office, "priya") == 0


async def test_connecting_can_be_switched_off(redis_url: str, canaries: Watch) -> None:
    """With TOKENBELL_CONNECT=off no form opens and none is taken, and it is said whom to ask."""
    async with open_office(redis_url, canaries, environ={"TOKENBELL_CONNECT": "off"}) as office:
        assert "switched off" in text_of(await office.types("priya", "connect"))
        card = await office.types("priya")
        await office.presses("priya", "connect.start", card)
        await office.modal("priya", "Connect", "switched off")

        await office.connect("mei")
        message = await office.types("mei", "connect")
        for action in ("connect.replace", "connect.add_target"):
            await office.presses("mei", action, message)
            await office.modal("mei", "Connect", "switched off")
            office.sandbox.platform.views.clear(owner("mei").user)


async def test_there_is_a_most(office: Office) -> None:
    """Nobody can have more connections than fit a screen; the form says so and stays."""
    for number in range(MOST_CONNECTIONS):
        key_id = f"LTAI5tNumber{number:08}"
        office.sandbox.company.access.put_key(
            AccessKey(
                access_key_id=key_id,
                secret=CANARY.access_key_secret,
                account_id=ACCOUNT,
                user_name="x",
                allowed=frozenset({"*"}),
            )
        )
        await office.connect("mei", values=KEY | {"access_key_id": key_id})
    message = await office.types("mei", "connect")
    await office.presses("mei", "connect.start", message)
    choice = await office.modal("mei", "Connect", "What do you want to connect?")
    await office.sandbox.submit("mei", choice, {"source": "kyuubi:access_key"})
    form = await office.modal("mei", "Connect", "The one permission")

    await office.sandbox.submit("mei", form, filled(KEY, ETL))

    await office.modal("mei", "Connect", f"You have {MOST_CONNECTIONS} connections")
    assert await stored(office, "mei") == MOST_CONNECTIONS


async def test_a_choice_that_is_none_shows_the_choice_again(office: Office) -> None:
    """A choice of another version leads back to what there is to choose."""
    await office.sandbox.command("priya", "general", "/tokens", "connect")
    choice = await office.modal("priya", "Connect", "What do you want to connect?")
    view = office.sandbox.platform.views.find(choice["id"], owner("priya").user)
    view.values["source"]["source"]["selected_option"]["value"] = "livy:key"
    # The options are those of the view: Slack sends what it was given.
    submission = await office.sandbox.submit("priya", choice)

    assert submission.ack is not None
    assert submission.ack.error is None
    await office.modal("priya", "Connect", "What do you want to connect?")
