"""App Home."""

import pytest

from bot.errors import SealError
from sandbox.company.timeline import DAY
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, owner, text_of
from tests.fixtures.canaries import CANARY
from tests.fixtures.world import ETL, KEY, REPORTS, put_many, put_token
from tests.handlers.ringing import action_of, break_watch, first_look, read


async def opened(office: Office, name: str) -> Json:
    """Open Home, and wait until it is published."""
    home = await office.sandbox.open_home(name)
    assert home is not None
    await office.idle()
    return await office.home(name)


async def test_home_shows_what_expires_and_what_is_connected(office: Office) -> None:
    """The tab shows what needs somebody next, then each connection with its buttons."""
    await office.connect("mei", "kyuubi", label="Spark")
    await office.connect("mei", "idaas", label="Partners")

    home = await opened(office, "mei")

    words = text_of(home)
    assert words.index("etl nightly") < words.index("Your connections") < words.index("Spark")
    assert buttons_of(home) == [
        *("List all in Messages", "Read anew"),
        "Choose what rings",
        *("Test", "Add a place", "Replace the key", "Remove") * 2,
        *("Connect another", "Delete my data"),
    ]


async def test_a_newcomer_sees_how_to_begin(office: Office) -> None:
    """With nothing connected the tab has the three steps, and the button opens the form."""
    home = await opened(office, "priya")
    assert buttons_of(home) == ["Connect"]

    await office.presses("priya", "connect.start", home)

    await office.modal("priya", "Connect", "What do you want to connect?")


async def test_the_messages_tab_needs_nothing(office: Office) -> None:
    """Opening the conversation with the bot publishes no Home."""
    assert await office.sandbox.lifecycle.open_home("mei", "messages") is None
    await office.idle()
    assert office.sandbox.calls("views.publish") == []


async def test_connections_are_managed_right_there(office: Office) -> None:
    """Test, removing a place and removing a connection act in the tab, and show what became."""
    await office.connect("mei", "kyuubi", ETL, REPORTS, label="Spark")
    home = await opened(office, "mei")

    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    await office.presses("mei", "connect.test", home)
    home = await office.home("mei", "The AccessKey is disabled.")

    office.sandbox.company.access.enable_key(KEY["access_key_id"])
    await office.presses("mei", "connect.test", home)
    home = await office.home("mei", "Spark", lacks="The AccessKey is disabled.")

    (menu,) = [e for e in controls_of(home) if e["action_id"] == "connect.remove_target"]
    choice = {"action_id": "connect.remove_target", "selected": menu["options"][1]["value"]}
    await office.presses("mei", choice, home)
    await office.idle()
    home = await office.home("mei", "Spark")
    assert "connect.remove_target" not in [e["action_id"] for e in controls_of(home)]

    await office.presses("mei", "connect.remove", home)
    await office.home("mei", "Make a key that can only list tokens.")
    assert office.sandbox.dm("mei") == []


async def test_a_place_is_added_from_home(office: Office) -> None:
    """A form that was opened from the tab changes the tab when it is done."""
    await office.connect("mei", "kyuubi", ETL)
    home = await opened(office, "mei")

    await office.presses("mei", "connect.add_target", home)
    form = await office.modal("mei", "Add a place")
    await office.sandbox.submit("mei", form, {f"target.{k}": v for k, v in REPORTS.items()})

    await office.modal("mei", "Connected")
    home = await office.home("mei", "kb-00000…abcd")
    await office.presses("mei", "connect.replace", home)
    form = await office.modal("mei", "Replace the key")
    values = {f"credential.{name}": value for name, value in KEY.items()}
    await office.sandbox.submit("mei", form, values)
    await office.modal("mei", "Connected", "2 tokens in 2 places")


async def test_all_data_is_deleted_from_home(office: Office) -> None:
    """Delete my data empties the tab."""
    await office.connect("mei")
    home = await opened(office, "mei")

    await office.presses("mei", "forget_me", home)

    await office.home("mei", "Make a key that can only list tokens.")
    assert (await office.bot.desk.connections.all(owner("mei"))).readable == ()


async def test_what_fails_in_the_tab_is_told_by_message(office: Office) -> None:
    """A button of the tab has no message to answer below: its failure comes as a DM."""
    connection = await office.connect("mei")
    home = await opened(office, "mei")
    await office.bot.desk.connections.remove(owner("mei"), connection.id)

    await office.presses("mei", "connect.test", home)

    assert "is no longer there" in text_of(await office.next_dm("mei"))


async def test_an_empty_tab_says_that_it_is_loading(office: Office) -> None:
    """The first time the tab says so at once, whatever a source takes."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3))

    first = await office.sandbox.open_home("mei")

    assert "Reading your tokens…" in text_of(first)
    await office.home("mei", "etl nightly")


async def test_what_was_read_before_shows_at_once(office: Office) -> None:
    """With Alibaba hanging the tab has its rows at once, says that it reads, then how that went."""
    await office.connect("mei")
    await opened(office, "mei")
    office.pass_time(61)
    published = len(office.sandbox.calls("views.publish"))
    office.sandbox.faults.add(Fault(service="kyuubi", kind="hang"))

    office.bot.desk.tokens.deadline = 0.2
    await office.sandbox.open_home("mei")

    await office.home("mei", "too slow")
    early, late = office.sandbox.calls("views.publish")[published:]
    assert "etl nightly" in str(early.body)
    assert "Reading anew…" in str(early.body)
    assert "Reading anew…" not in str(late.body)


@pytest.mark.parametrize("before", [True, False])
async def test_what_is_shown_meanwhile_may_fail(office: Office, *, before: bool) -> None:
    """That Slack refuses the earlier list, or to say that it loads, keeps no list from coming."""
    await office.connect("mei")
    if before:
        await opened(office, "mei")
        office.pass_time(61)
        put_token(office.sandbox.company, "brand new", expires_at=office.sandbox.clock.now() + DAY)
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="views.publish", times=1))

    await office.sandbox.open_home("mei")

    await office.home("mei", "brand new" if before else "etl nightly", lacks="Reading")


async def test_what_is_deleted_while_it_is_read_does_not_come_back(office: Office) -> None:
    """Rows that are still on their way when somebody deletes their data never reach the tab."""
    await office.connect("mei")
    await opened(office, "mei")
    office.pass_time(61)
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=1, times=1))
    home = await office.sandbox.open_home("mei")
    assert home is not None
    await office.home("mei", "Reading anew…")

    await office.presses("mei", "forget_me", home)
    await office.home("mei", "Make a key that can only list tokens.")
    published = len(office.sandbox.calls("views.publish"))
    await office.idle()

    later = office.sandbox.calls("views.publish")[published:]
    assert len(later) == 1
    assert "etl nightly" not in str(later)
    assert "Make a key that can only list tokens." in text_of(await office.home("mei"))


async def test_the_tab_brings_itself_up_to_date(office: Office) -> None:
    """What is new since appears without another look; what is fresh is shown once."""
    await office.connect("mei")
    await opened(office, "mei")
    office.pass_time(61)
    put_token(office.sandbox.company, "brand new", expires_at=office.sandbox.clock.now() + DAY)
    published = len(office.sandbox.calls("views.publish"))

    await office.sandbox.open_home("mei")

    await office.home("mei", "brand new", lacks="Reading anew…")
    await office.idle()
    assert len(office.sandbox.calls("views.publish")) == published + 2
    await opened(office, "mei")
    assert len(office.sandbox.calls("views.publish")) == published + 3


async def test_everything_is_read_anew(office: Office) -> None:
    """Read anew asks Alibaba, though what is kept is fresh."""
    await office.connect("mei")
    home = await opened(office, "mei")
    put_token(office.sandbox.company, "brand new", expires_at=office.sandbox.clock.now() + DAY)

    await office.presses("mei", "home.refresh", home)

    await office.home("mei", "brand new", lacks="Reading anew…")


async def test_a_token_opens_from_the_tab(office: Office) -> None:
    """Details shows everything about it in a modal; a token that is gone says so there."""
    await office.connect("mei")
    home = await opened(office, "mei")
    (menu,) = [e for e in controls_of(home) if e["action_id"] == "home.details"]
    choice = {"action_id": "home.details", "selected": menu["options"][0]["value"]}

    await office.presses("mei", choice, home)
    shown = await office.modal("mei", "Token", "etl nightly")
    assert "Last used" in text_of(shown)
    await office.sandbox.close("mei", shown)

    office.sandbox.company.kyuubi.tokens.clear()
    office.pass_time(61)
    await office.presses("mei", choice, home)
    await office.modal("mei", "Token", "That token is no longer listed.")


async def test_the_whole_list_is_a_click_away(office: Office) -> None:
    """From the tab the list comes to Messages."""
    await office.connect("mei")
    home = await opened(office, "mei")

    await office.presses("mei", "list.again", home)

    assert "2 tokens" in text_of(await office.next_dm("mei"))


async def test_the_tab_tells_when_a_connection_was_last_read(office: Office) -> None:
    """Even when it cannot be read any more, and nothing of it is kept."""
    await office.connect("mei")
    await opened(office, "mei")
    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    office.pass_time(61)
    await opened(office, "mei")

    home = await office.home("mei", "The AccessKey is disabled.")

    assert "last read " in str(home)
    assert "Nothing that I could read expires" in text_of(home)


async def test_two_thousand_tokens_in_sixty_places(office: Office) -> None:
    """Slack takes the tab whole: counts, the week ahead, every control, and what failed first."""
    places = put_many(office.sandbox.company)
    connection = await office.connect("mei", "kyuubi", *places)
    office.sandbox.company.kyuubi.remove_service(places[-1]["kyuubi_service_id"])

    home = await opened(office, "mei")

    words = text_of(home)
    assert "1,770 tokens expire within 30 days" in words
    assert "And 407 more: /tokens expiring 7d" in words
    assert "It was deleted, an ID is mistyped" in words
    assert "and 52 more places" in words
    assert buttons_of(home)[-1] == "Delete my data"
    assert connection.id in str(home)


async def test_a_failing_source_is_told_in_the_tab(office: Office) -> None:
    """What could not be read shows at its connection, and nothing is claimed about it."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="kyuubi", kind="broken"))

    home = text_of(await opened(office, "mei"))

    assert "Nothing that I could read expires" in home
    assert "The answer was no list of tokens" in home


async def test_a_tab_that_cannot_be_loaded_says_why(office: Office) -> None:
    """Whatever fails, known or unforeseen, the tab says so and not what it was about."""
    await office.connect("mei")

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("somewhere")

    office.bot.desk.tokens.listing = fail  # type: ignore[method-assign, assignment]  # a bug of ours

    home = text_of(await opened(office, "mei"))

    assert "Something went wrong on my side." in home
    assert "Reference: " in home
    assert "somewhere" not in home
    assert CANARY.access_key_secret not in home


async def test_settings_that_cannot_be_opened_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the key of the settings is gone, the tab says that nothing rings, and shows the rest."""
    await office.connect("mei")

    async def fail(_owner: object) -> None:
        raise SealError

    monkeypatch.setattr(office.bot.desk.reminders, "status", fail)

    words = text_of(await opened(office, "mei"))

    assert "I cannot open your settings, so nothing rings." in words
    assert "etl nightly" in words


async def test_that_home_cannot_be_refreshed_is_no_reason_to_fail(office: Office) -> None:
    """When Slack does not take the tab after a change, the change was still made and told."""
    await office.connect("mei")
    message = await office.types("mei", "disconnect")
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="views.publish"))

    await office.clicks("mei", "connect.remove", message)

    await office.idle()
    assert len(office.sandbox.messages("general", "mei")) == 1


async def test_home_tells_how_reminders_are_doing(working_office: Office) -> None:
    """The tab has what rings and what is next; its button opens the settings."""
    office = working_office
    await first_look(office)

    home = await opened(office, "mei")

    words = read(home)
    assert "7, 3 and 1 days before, and once expired, at 09:00" in words
    assert "Next reminder: " in words
    assert "No worker is running" not in words
    await office.presses("mei", action_of(home, "Choose what rings"), home)
    form = await office.modal("mei", "Reminders", "Which tokens shall ring?")
    assert (await office.sandbox.submit("mei", form, {"hour": "10:00"})).errors == {}
    home = await office.home("mei", "at 10:00")
    assert "Settings" in buttons_of(home)


async def test_home_says_that_nothing_rings_without_a_worker(office: Office) -> None:
    """A bot whose worker has died says so where people look."""
    await office.connect("mei")

    assert "No worker is running, so nothing rings." in text_of(await opened(office, "mei"))


async def test_home_without_settings_says_why(office: Office) -> None:
    """Settings that were sealed with a lost key are told, and the rest of the tab stands."""
    await office.connect("mei")
    await break_watch(office)

    words = text_of(await opened(office, "mei"))

    assert "I cannot open your settings, so nothing rings." in words
    assert "Your connections" in words


async def test_before_there_are_reminders_home_tells_of_none(office: Office) -> None:
    """A connection whose reminders are still to be made shows with everything else."""
    connection = await office.connect("mei")
    await office.bot.desk.reminders.forget_owner(owner("mei"))

    home = await opened(office, "mei")

    assert "etl nightly" in text_of(home)
    assert connection.id in str(home)
    assert "No reminder" not in text_of(home)
