"""The whole way of connecting, as somebody clicks and types it."""

from typing import Literal

import pytest

from sandbox.faults import Fault
from tests.fixtures.bot import Office, controls_of, owner, text_of
from tests.fixtures.canaries import CANARY
from tests.fixtures.world import (
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
from tests.handlers.forms import filled, form_of, stored

Source = Literal["kyuubi", "idaas"]


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
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=1.0))
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
    assert "Type the IDs instead" in text_of(shown)
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
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=1.0))
    form = await form_of(office, "priya", "kyuubi", "access_key")
    await office.sandbox.submit("priya", form, filled(KEY, ETL))

    (testing,) = office.sandbox.views("priya")
    await office.sandbox.close("priya", testing)

    assert "Connected: 2 tokens in 1 place." in text_of(await office.next_dm("priya"))
    assert await stored(office, "priya") == 1


async def test_a_closed_modal_gets_its_failure_by_message(office: Office) -> None:
    """That nothing came of it is told by DM too."""
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=1.0))
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
