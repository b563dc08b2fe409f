"""The whole way of connecting, as somebody clicks and types it."""

from typing import Literal

import pytest

from bot.services.connections import MOST_CONNECTIONS
from sandbox.company.access import AccessKey
from sandbox.faults import Fault
from sandbox.slack.platform import Limits
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, open_office, owner, text_of
from tests.fixtures.canaries import CANARY, Watch
from tests.fixtures.world import (
    ACCOUNT,
    BEARER,
    BILLING,
    CLIENT,
    ETL,
    KEY,
    KEY_CLIENT,
    REGION,
    REPORTS,
    STS_KEY,
    Place,
)

Source = Literal["kyuubi", "idaas"]


def filled(values: dict[str, str], place: Place | None = None) -> Json:
    """Return what somebody fills into the form of a source."""
    own = {f"credential.{name}": value or None for name, value in values.items()}
    return own | {f"target.{name}": value for name, value in (place or {}).items()}


async def form_of(office: Office, name: str, source: str, kind: str) -> Json:
    """Let somebody with nothing connected go to the form of a source."""
    ack = await office.sandbox.command(name, "general", "/tokens", "connect")
    assert ack.error is None
    choice = await office.modal(name, "Connect", "What do you want to connect?")
    submission = await office.sandbox.submit(name, choice, {"source": f"{source}:{kind}"})
    assert submission.errors == {}
    return await office.modal(name, "Connect", "The one permission it needs")


async def stored(office: Office, name: str) -> int:
    """Return how many connections somebody has."""
    return len((await office.bot.desk.connections.all(owner(name))).readable)


@pytest.mark.parametrize(
    ("source", "kind", "values", "place", "tokens"),
    [
        ("kyuubi", "access_key", KEY, ETL, 2),
        ("kyuubi", "access_key", STS_KEY, ETL, 2),
        ("idaas", "oauth_client", CLIENT, BILLING, 1),
        ("idaas", "oauth_client", CLIENT | {"authentication": "client_secret_post"}, BILLING, 1),
        ("idaas", "oauth_client", KEY_CLIENT, BILLING, 1),
        ("idaas", "bearer_token", BEARER, BILLING, 1),
    ],
    ids=["key", "sts", "basic", "post", "private key", "access token"],
)
async def test_every_credential_can_be_connected(
    office: Office, source: Source, kind: str, values: dict[str, str], place: Place, tokens: int
) -> None:
    """Each kind of credential is tried at once, stored, and lists from then on."""
    form = await form_of(office, "priya", source, kind)

    submission = await office.sandbox.submit("priya", form, filled(values, place))

    assert submission.errors == {}
    number = f"{tokens} token{'s' if tokens > 1 else ''}"
    result = await office.modal("priya", "Connected", number)
    assert f"Connected: {number} in 1 place." in text_of(result)
    assert number in text_of(await office.types("priya"))
    await office.home("priya", "Your connections")


async def test_the_modal_says_that_it_is_testing(office: Office) -> None:
    """While a credential is tried, the form gives way to a note that it is."""
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.5))
    form = await form_of(office, "priya", "kyuubi", "access_key")

    await office.sandbox.submit("priya", form, filled(KEY, ETL))

    assert "Testing…" in text_of(office.sandbox.views("priya"))
    await office.modal("priya", "Connected")


async def test_a_refused_credential_is_not_stored(office: Office) -> None:
    """The reason is shown above the form, which keeps all but the secrets; nothing is stored."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    wrong = KEY | {"access_key_secret": f"{CANARY.access_key_secret[:-1]}0"}

    await office.sandbox.submit(
        "priya", form, {**filled(wrong, ETL), "label": "mine", "target_label": "prod"}
    )

    shown = await office.modal("priya", "Connect", "refused the credential")
    assert "The secret does not belong to the ID" in text_of(shown)
    assert "SignatureDoesNotMatch" in text_of(shown)
    given = {each["action_id"]: each.get("initial_value", "") for each in controls_of(shown)}
    assert given["credential.access_key_id"] == KEY["access_key_id"]
    assert given["credential.access_key_secret"] == ""
    assert given["target.workspace_id"] == ETL["workspace_id"]
    assert (given["label"], given["target_label"]) == ("mine", "prod")
    assert await stored(office, "priya") == 0
    assert await office.bot.redis.exists("tb:scopes") == 0

    corrected = {"credential.access_key_secret": CANARY.access_key_secret}
    await office.sandbox.submit("priya", shown, corrected)
    await office.modal("priya", "Connected", "2 tokens")


@pytest.mark.parametrize(
    ("kind", "values", "place", "field"),
    [
        ("access_key", KEY | {"access_key_id": "no id"}, ETL, "credential.access_key_id"),
        ("access_key", KEY, ETL | {"workspace_id": "prod"}, "target.workspace_id"),
        ("access_key", KEY, ETL | {"region": "example.com/"}, "target.region"),
        ("oauth_client", CLIENT | {"domain": "evil.example"}, BILLING, None),
        (
            "oauth_client",
            CLIENT,
            BILLING | {"credential_provider_identifier": "atp_01kr2cmj5gabc"},
            "target.credential_provider_identifier",
        ),
        ("bearer_token", BEARER | {"expires_at": "soon"}, BILLING, "credential.expires_at"),
    ],
)
async def test_a_mistake_is_told_below_its_field(
    office: Office, kind: str, values: dict[str, str], place: Place, field: str | None
) -> None:
    """What cannot be right is said before anything is tried."""
    source = "kyuubi" if kind == "access_key" else "idaas"
    form = await form_of(office, "priya", source, kind)

    submission = await office.sandbox.submit("priya", form, filled(values, place))

    if field is not None:
        assert list(submission.errors) == [field]
        assert office.calls() == 0
    await office.idle()
    assert await stored(office, "priya") == (field is None)


async def test_places_can_be_picked_from_what_the_key_lists(office: Office) -> None:
    """With the ids left empty the bot offers what the key can list, and connects what is chosen."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit(
        "priya", form, {**filled(KEY), "target.region": REGION, "label": "Spark"}
    )
    offer = await office.modal("priya", "Choose places", "2 places")
    (menu,) = controls_of(offer)
    assert len(menu["initial_options"]) == 2
    (etl,) = [each for each in menu["options"] if ETL["kyuubi_service_id"] in str(each)]

    await office.sandbox.submit("priya", offer, {"targets": [etl["value"]]})

    await office.modal("priya", "Connected", "2 tokens in 1 place")
    (connection,) = (await office.bot.desk.connections.all(owner("priya"))).readable
    assert connection.label == "Spark"
    assert "Spark" in text_of(await office.types("priya", "connect"))


async def test_an_offer_is_good_for_one_try(office: Office) -> None:
    """The credential behind an offer is forgotten once it was used, and in any case soon."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})
    offer = await office.modal("priya", "Choose places")
    (key,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    assert 0 < await office.bot.redis.pttl(key) <= 600_000

    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    await office.sandbox.submit("priya", offer, {})

    shown = await office.modal("priya", "Connect", "refused the credential")
    given = {each["action_id"]: each.get("initial_value", "") for each in controls_of(shown)}
    assert given["credential.access_key_id"] == KEY["access_key_id"]
    assert given["target.region"] == REGION
    assert await office.bot.redis.exists(key) == 0
    assert await stored(office, "priya") == 0


async def test_an_expired_offer_says_so(office: Office) -> None:
    """Whoever chooses too late is told to start anew, and nothing is stored."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})
    offer = await office.modal("priya", "Choose places")
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    await office.sandbox.submit("priya", offer, {})

    await office.modal("priya", "Connect", "is no longer there")
    assert await stored(office, "priya") == 0


async def test_a_region_with_nothing_in_it_says_so(office: Office) -> None:
    """A key that lists no place there gets a hint, and its secret is not kept."""
    form = await form_of(office, "priya", "kyuubi", "access_key")

    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": "cn-beijing"})

    await office.modal("priya", "Choose places", "This key can list no place in that region")
    assert [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")] == []


async def test_a_key_that_may_not_list_places_says_what_it_lacks(office: Office) -> None:
    """The permission to pick from lists is named; with the ids typed it is not needed."""
    office.sandbox.company.access.set_permissions(
        KEY["access_key_id"], {"emr-serverless-spark:ListKyuubiToken"}
    )
    form = await form_of(office, "priya", "kyuubi", "access_key")

    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})

    shown = await office.modal("priya", "Connect", "lacks the permission")
    assert "emr-serverless-spark:ListWorkspaces" in text_of(shown)
    await office.sandbox.submit("priya", shown, filled(KEY, ETL))
    await office.modal("priya", "Connected", "2 tokens")


async def test_some_places_may_fail(office: Office) -> None:
    """When one of several places can be read, all are connected, and the others' reasons told."""
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, {**filled(KEY), "target.region": REGION})
    offer = await office.modal("priya", "Choose places")
    office.sandbox.company.kyuubi.remove_service(REPORTS["kyuubi_service_id"])

    await office.sandbox.submit("priya", offer, {})

    result = text_of(await office.modal("priya", "Connected"))
    assert "2 tokens in 1 place" in result
    assert "knows no such place" in result
    assert await stored(office, "priya") == 1


async def test_a_closed_modal_gets_its_result_by_message(office: Office) -> None:
    """Whoever closes the modal while it is testing is told the result in the DM."""
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3))
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, filled(KEY, ETL))

    (testing,) = office.sandbox.views("priya")
    await office.sandbox.close("priya", testing)

    assert "Connected: 2 tokens in 1 place." in text_of(await office.next_dm("priya"))
    assert await stored(office, "priya") == 1


async def test_a_closed_modal_gets_its_failure_by_message(office: Office) -> None:
    """That nothing came of it is told by DM too."""
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3))
    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, filled(KEY, ETL))
    await office.sandbox.close("priya", office.sandbox.views("priya")[0])

    assert "The AccessKey is disabled." in text_of(await office.next_dm("priya"))
    assert await stored(office, "priya") == 0


async def test_an_unforeseen_failure_reaches_somebody_who_closed_the_modal(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even what nobody foresaw is told, with a reference, and not what was typed."""

    async def fail(*_: object, **__: object) -> None:
        await office.wait(lambda: not office.sandbox.views("priya"), "the modal to be closed")
        raise RuntimeError

    monkeypatch.setattr(office.bot.desk.connections, "connect", fail)
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, filled(KEY, ETL))
    await office.sandbox.close("priya", office.sandbox.views("priya")[0])

    answer = text_of(await office.next_dm("priya"))
    assert "Something went wrong on my side." in answer
    assert "Reference: " in answer


async def test_the_button_opens_the_same_form(office: Office) -> None:
    """The card of a newcomer leads to the choice of a source."""
    card = await office.types("priya")

    await office.presses("priya", "connect.start", card)

    choice = await office.modal("priya", "Connect", "What do you want to connect?")
    assert "with: AccessKey" in text_of(choice)


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
