"""What can be done with connections, in a message."""

from bot.store.keyring import generate_key
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, open_office, owner, text_of
from tests.fixtures.canaries import CANARY, Watch
from tests.fixtures.world import BILLING, ETL, KEY, REPORTS


async def places(office: Office, name: str) -> list[int]:
    """Return how many places each of somebody's connections has."""
    stored = (await office.bot.desk.connections.all(owner(name))).readable
    return [len(connection.targets) for connection in stored]


async def fill(office: Office, name: str, title: str, values: Json) -> None:
    """Fill in and submit the form that somebody looks at."""
    form = await office.modal(name, title)
    submission = await office.sandbox.submit(name, form, values)
    assert submission.errors == {}


async def test_test_reads_that_connection_now(office: Office) -> None:
    """Test reads what its connection lists, whatever is cached, and nothing else."""
    await office.connect("mei", "kyuubi", label="Spark")
    await office.connect("mei", "idaas")
    message = await office.types("mei", "connect")
    before = {s: len(office.sandbox.journal.calls(s)) for s in ("kyuubi", "idaas")}
    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    spark = {"action_id": "connect.test", "value": first_value(message, "connect.test")}

    tested = await office.clicks("mei", spark, message)

    assert "The AccessKey is disabled." in text_of(tested)
    assert len(office.sandbox.journal.calls("kyuubi")) == before["kyuubi"] + 1
    assert len(office.sandbox.journal.calls("idaas")) == before["idaas"]


def first_value(message: Json, action: str) -> str:
    """Return the value of the first button of a kind."""
    values = [each["value"] for each in controls_of(message) if each["action_id"] == action]
    return str(values[0])


async def test_the_key_can_be_replaced(office: Office) -> None:
    """A new key takes the old one's place, keeps label and places, and the old one is gone."""
    old = await office.connect("mei", "kyuubi", ETL, REPORTS, label="Spark")
    message = await office.types("mei", "connect")
    new = {"access_key_id": "LTAI5tReplaced00000001", "secret": CANARY.access_key_secret[::-1]}
    from_key = office.sandbox.company.access.keys[KEY["access_key_id"]]
    office.sandbox.company.access.put_key(
        type(from_key)(**{**from_key.__dict__, **new}),
    )

    await office.presses("mei", "connect.replace", message)
    await fill(
        office,
        "mei",
        "Replace the key",
        {
            "credential.access_key_id": new["access_key_id"],
            "credential.access_key_secret": new["secret"],
        },
    )

    await office.modal("mei", "Connected", "2 tokens in 2 places")
    (changed,) = (await office.bot.desk.connections.all(owner("mei"))).readable
    assert (changed.id, changed.label, changed.targets) == (old.id, "Spark", old.targets)
    assert changed.credential.public_id == new["access_key_id"]
    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    office.pass_time(61)
    assert "2 tokens" in text_of(await office.types("mei"))


async def test_a_refused_replacement_leaves_the_old_key(office: Office) -> None:
    """As long as no other key works, the old one stays."""
    old = await office.connect("mei")
    message = await office.types("mei", "connect")

    await office.presses("mei", "connect.replace", message)
    wrong = {
        "credential.access_key_id": "LTAI5tNobodyKnows0001",
        "credential.access_key_secret": CANARY.access_key_secret,
    }
    await fill(office, "mei", "Replace the key", wrong)

    await office.modal("mei", "Replace the key", "There is no such AccessKey")
    assert (await office.bot.desk.connections.all(owner("mei"))).readable == (old,)


async def test_places_can_be_added_and_removed(office: Office) -> None:
    """A place is added by its ids or from the list, and removed again, down to none."""
    await office.connect("mei", "kyuubi", ETL)
    message = await office.types("mei", "connect")
    await office.presses("mei", "connect.add_target", message)
    await fill(office, "mei", "Add a place", {f"target.{k}": v for k, v in REPORTS.items()})
    await office.modal("mei", "Connected")
    assert await places(office, "mei") == [2]

    message = await office.types("mei", "connect")
    (menu,) = [e for e in controls_of(message) if e["action_id"] == "connect.remove_target"]
    first, second = [option["value"] for option in menu["options"]]
    remove = {"action_id": "connect.remove_target", "selected": second}
    message = await office.clicks("mei", remove, message)
    assert await places(office, "mei") == [1]
    assert "connect.remove_target" not in [e["action_id"] for e in controls_of(message)]

    await office.bot.desk.connections.remove_target(owner("mei"), *first.split(":"))
    assert await places(office, "mei") == [0]
    assert "There is nowhere to look yet" in text_of(await office.types("mei"))
    assert "No places yet." in text_of(await office.types("mei", "connect"))


async def test_a_place_is_added_once(office: Office) -> None:
    """A place that is there already is not added again."""
    await office.connect("mei", "idaas")
    message = await office.types("mei", "connect")

    await office.presses("mei", "connect.add_target", message)
    await fill(office, "mei", "Add a place", {f"target.{k}": v for k, v in BILLING.items()})

    await office.modal("mei", "Add a place", "has that place already")
    assert await places(office, "mei") == [1]


async def test_places_can_be_picked_for_a_connection(office: Office) -> None:
    """The key of a connection offers what else it can list, and is not stored a second time."""
    await office.connect("mei", "kyuubi", ETL)
    message = await office.types("mei", "connect")
    await office.presses("mei", "connect.add_target", message)
    await fill(office, "mei", "Add a place", {"target.region": ETL["region"]})

    await fill(office, "mei", "Choose places", {})

    await office.modal("mei", "Connected", "0 tokens in 1 place")
    assert await places(office, "mei") == [2]


async def test_a_connection_can_be_removed(office: Office) -> None:
    """Remove deletes the key at once, and what was read with it; a second time it is gone."""
    await office.connect("mei", label="Spark")
    await office.types("mei")
    message = await office.types("mei", "disconnect")
    again = await office.types("mei", "disconnect")

    removed = await office.clicks("mei", "connect.remove", message)

    assert "Removed Spark and deleted its key." in text_of(removed)
    assert await places(office, "mei") == []
    kept = [key async for key in office.bot.redis.scan_iter()]
    assert [key for key in kept if ":reading:" in key or ":connections:" in key] == []
    assert "is no longer there" in text_of(await office.asks("mei", "connect.remove", again))
    assert "Nothing is connected" in text_of(await office.types("mei", "disconnect"))


async def test_all_of_a_person_can_be_deleted(office: Office) -> None:
    """Delete my data leaves nothing of the person, and others as they were."""
    theirs = await office.connect("jonas")
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    listed = await office.types("mei")
    await office.presses("mei", "list.filter", listed)
    await office.modal("mei", "Filter tokens")
    message = await office.types("mei", "disconnect")

    gone = await office.clicks("mei", "forget_me", message)

    assert "I have deleted all that I kept about you." in text_of(gone)
    await office.idle()
    kept = [key async for key in office.bot.redis.scan_iter()]
    assert [key for key in kept if owner("mei").user in key] == []
    assert [key for key in kept if ":screen:" in key or ":reading:" in key] == []
    assert (await office.bot.desk.connections.all(owner("jonas"))).readable == (theirs,)


async def test_manage_takes_the_place_of_an_empty_list(office: Office) -> None:
    """A list with nowhere to look leads to the connections, in the same message."""
    connection = await office.connect("mei")
    (place,) = connection.targets
    await office.bot.desk.connections.remove_target(owner("mei"), connection.id, place.id)
    listed = await office.types("mei")
    assert "There is nowhere to look yet" in text_of(listed)

    managed = await office.clicks("mei", "connect.manage", listed)

    assert "No places yet." in text_of(managed)


async def test_connecting_the_first_time_opens_the_form_and_then_shows(office: Office) -> None:
    """Somebody with nothing gets the form; with something the list of it."""
    await office.sandbox.command("mei", "general", "/tokens", "connect")
    await office.modal("mei", "Connect", "What do you want to connect?")
    assert office.sandbox.messages("general", "mei") == []

    await office.connect("mei")
    assert buttons_of(await office.types("mei", "connect")) == [
        *("Test", "Add a place", "Replace the key", "Remove"),
        *("Connect another", "Delete my data"),
    ]


async def test_a_slow_source_is_told_here_too(office: Office) -> None:
    """Whoever asks for the connections is told what takes its time."""
    await office.connect("mei")
    office.bot.desk.tokens.slow = 0.01
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3))

    assert "Still reading" in text_of(await office.types("mei", "connect"))
    assert "Your connections" in text_of(await office.next("mei", after=1))


async def test_somebody_elses_connection_is_not_touched(office: Office) -> None:
    """Whatever a button carries, it acts on the connections of who presses it."""
    theirs = await office.connect("mei", "kyuubi", ETL, REPORTS)
    await office.connect("jonas", "kyuubi", ETL, REPORTS)
    message = await office.types("jonas", "connect")
    (shown,) = office.sandbox.workspace.conversation("general").messages.values()
    for element in controls_of(shown.blocks):
        if element.get("value"):
            element["value"] = theirs.id
        for option in element.get("options", ()):
            option["value"] = f"{theirs.id}:{theirs.targets[0].id}"

    for action in ("connect.test", "connect.remove"):
        assert "is no longer there" in text_of(await office.asks("jonas", action, message))
    choice = {
        "action_id": "connect.remove_target",
        "selected": f"{theirs.id}:{theirs.targets[0].id}",
    }
    assert "is no longer there" in text_of(await office.asks("jonas", choice, message))
    for action in ("connect.replace", "connect.add_target"):
        await office.presses("jonas", action, message)
        await office.modal("jonas", "Connect", "is no longer there")
    assert (await office.bot.desk.connections.all(owner("mei"))).readable == (theirs,)


async def test_what_cannot_be_opened_can_be_removed(redis_url: str, canaries: Watch) -> None:
    """Connections whose key was lost are shown as such, and can be removed one by one."""
    async with open_office(redis_url, canaries) as office:
        await office.connect("mei")
        await office.connect("mei", "idaas")
    async with open_office(
        redis_url, canaries, environ={"TOKENBELL_KEYS": generate_key("k9")}
    ) as office:
        listed = await office.types("mei")
        assert "Could not open 2 connections." in text_of(listed)
        message = await office.types("mei", "connect")
        assert text_of(message).count("A connection that I cannot open") == 2
        assert "A connection that I cannot open" in text_of(await office.types("mei", "disconnect"))
        assert "A connection that I cannot open" in text_of(await office.sandbox.open_home("mei"))

        one = {"action_id": "connect.remove", "value": first_value(message, "connect.remove")}
        removed = await office.clicks("mei", one, message)

        assert "Removed it and deleted its key." in text_of(removed)
        assert "Could not open 1 connection." in text_of(await office.types("mei"))
