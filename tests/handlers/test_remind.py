"""`/tokens remind`: the settings of reminders."""

from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.slack.platform import Limits
from sandbox.slack.types import Json
from tests.fixtures import canaries
from tests.fixtures.bot import IDS, Office, buttons_of, open_office, owner, text_of
from tests.handlers.ringing import action_of, choice_of, first_look, read, until, watch_of


@pytest.fixture(name="office")
async def _office(working_office: Office) -> Office:
    return working_office


async def form_of(office: Office, name: str = "mei", text: str = "remind") -> Json:
    """Let somebody ask for the settings; return the form."""
    ack = await office.sandbox.command(name, "general", "/tokens", text)
    assert ack.error is None
    return await office.modal(name, "Reminders", "Which tokens shall ring?")


async def submits(office: Office, form: Json, **values: Any) -> dict[str, str]:
    """Let Mei change some fields and save; return what is told below them."""
    return dict((await office.sandbox.submit("mei", form, values)).errors)


def shown(form: Json) -> dict[str, Any]:
    """Return what each field of a form holds, in words."""
    values = form["view"]["state"]["values"]
    return {name: _held(next(iter(fields.values()))) for name, fields in values.items()}


def _held(value: Json) -> Any:
    if value.get("selected_options") is not None:
        return [each["text"]["text"] for each in value["selected_options"]]
    if value.get("selected_option"):
        return value["selected_option"]["text"]["text"]
    return value.get("value") or value.get("selected_user")


async def test_one_form_holds_every_setting(office: Office) -> None:
    """The form opens with what holds now, and offers names and connections as they are listed."""
    await office.connect("mei", label="Spark")
    await office.connect("mei", "idaas", label="Partners")

    form = await form_of(office)

    assert shown(form) == {
        "mode": "All of them",
        "mine": [],
        "connections": [],
        "query": None,
        "thresholds": [
            *("30 days before", "14 days before", "7 days before", "3 days before"),
            *("1 day before", "Once it has expired"),
        ],
        "other_thresholds": None,
        "hour": "09:00",
        "workdays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "zone": None,
        "fallback": None,
    }
    words = text_of(form)
    assert "Spark" in words
    assert "Partners" in words
    assert "Asia/Shanghai" in words
    assert office.sandbox.messages("general", "mei") == []


async def test_what_is_saved_holds_from_now_on(office: Office) -> None:
    """Every field reaches the watch; the modal then says in words what rings, and Home too."""
    await office.connect("mei", label="Spark")
    await office.connect("mei", "idaas", label="Partners")
    await office.sandbox.open_home("mei")
    form = await form_of(office)

    errors = await submits(
        office,
        form,
        mode="all",
        connections=["Spark"],
        query="name:etl",
        thresholds=["7", "0"],
        other_thresholds="60, 45d",
        hour="14:00",
        workdays=["Monday", "Saturday"],
        zone="kathmandu",
        fallback="aiko",
    )

    assert errors == {}
    saved = await office.modal("mei", "Reminders", "All tokens that match name:etl ring.")
    assert "60, 45 and 7 days before, and once expired, at 14:00, Mon, Sat" in text_of(saved)
    watch = await watch_of(office)
    connections = (await office.bot.desk.connections.all(owner("mei"))).readable
    assert watch.connections == tuple(each.id for each in connections if each.label == "Spark")
    assert watch.query == "name:etl"
    assert watch.thresholds == (60, 45, 7, 0)
    assert (watch.hour, watch.workdays) == (14, frozenset({1, 6}))
    assert (watch.zone, watch.own_zone) == ("Asia/Kathmandu", True)
    assert watch.fallback == IDS["aiko"]
    await office.home("mei", "All tokens that match name:etl ring.")

    again = shown(await form_of(office))
    assert again["zone"] == "Asia/Kathmandu"
    assert again["other_thresholds"] == "60, 45"
    assert again["fallback"] == IDS["aiko"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("query", "statsu:expired", "“statsu:” is not a filter. Did you mean"),
        ("mode", "Only mine", "Choose your names"),
        ("thresholds", [], "Choose at least one."),
        ("other_thresholds", "soon", "“soon” is no number of days from 1 to 365."),
        ("zone", "shangai", "I know no time zone “shangai”. Did you mean Asia/Shanghai?"),
        ("fallback", "mei", "You hear of it anyway: choose somebody else."),
    ],
)
async def test_a_mistake_is_told_below_its_field(
    office: Office, field: str, value: object, said: str
) -> None:
    """What cannot be used stays in the form, with the reason at the field; nothing is saved."""
    await office.connect("mei")
    before = await watch_of(office)
    form = await form_of(office)

    errors = await submits(office, form, **{field: value})

    assert list(errors) == ["mine" if field == "mode" else field]
    assert said in next(iter(errors.values()))
    assert await watch_of(office) == before


async def test_no_day_at_all_is_refused_by_slack(office: Office) -> None:
    """Days and hour are required: Slack does not send the form without them."""
    await office.connect("mei")
    form = await form_of(office)

    assert "workdays" in await submits(office, form, workdays=[])


async def test_a_filter_is_refused_in_the_same_words_as_in_a_list(office: Office) -> None:
    """A mistake in a filter reads alike, wherever it is typed."""
    await office.connect("mei")
    form = await form_of(office)

    error = (await submits(office, form, query="expiring:soon"))["query"]

    assert error in text_of(await office.types("mei", "list expiring:soon"))


async def test_only_an_insider_may_hear_of_it(office: Office) -> None:
    """A guest as fallback is refused; the form comes back as it was filled in."""
    await office.connect("mei")
    form = await form_of(office)

    assert await submits(office, form, query="kyuubi", hour="17:00", fallback="sam") == {}

    form = await office.modal("mei", "Reminders", "Choose a full member of this workspace")
    assert shown(form)["hour"] == "17:00"
    assert shown(form)["query"] == "kyuubi"
    assert (await watch_of(office)).fallback is None
    assert await submits(office, form, fallback="aiko") == {}
    await office.modal("mei", "Reminders", "All tokens that match kyuubi ring.")
    assert (await watch_of(office)).fallback == IDS["aiko"]


async def test_mine_takes_names_from_the_message_that_asked(office: Office) -> None:
    """Only mine opens the form with names to choose; the message then tells the choice."""
    message = await first_look(office)
    (token,) = [t for t in office.sandbox.company.kyuubi.tokens.values() if t.name == "etl nightly"]

    await office.presses("mei", action_of(message, "Only mine…"), message)
    form = await office.modal("mei", "Reminders", "Which tokens shall ring?")
    assert shown(form)["mode"] == "Only mine"
    assert token.created_by
    assert await submits(office, form, mine=[token.created_by]) == {}

    await office.modal("mei", "Reminders", f"The tokens of {token.created_by} ring.")
    after = await until(office, message, "You chose: only yours ring.")
    assert "Only mine…" not in buttons_of(after)
    assert (await watch_of(office)).mine == (token.created_by,)


async def test_what_is_silent_can_ring_again(office: Office) -> None:
    """Snoozed and lapsing tokens stand in the form, and Undo takes them out of it."""
    message = await first_look(office)
    await office.presses("mei", choice_of(message, "Snooze…", "1 week"), message)
    await until(office, message, "Snoozed until")

    form = await form_of(office)
    assert "etl nightly: snoozed until" in text_of(form)
    await office.presses("mei", action_of(form, "Undo"), form)

    await until(office, message, "Something depends on it")
    after = await office.wait(
        lambda: next((v for v in office.sandbox.views("mei") if "Silent" not in text_of(v)), None),
        "the form to forget it",
    )
    assert await submits(office, after, hour="10:00") == {}
    await office.modal("mei", "Reminders", "at 10:00")
    assert (await office.bot.desk.reminders.status(owner("mei"))).snoozed == {}  # type: ignore[union-attr]  # there is one


async def test_the_form_says_what_comes_next(office: Office) -> None:
    """The next reminder stands on top of the form, with what it is about."""
    await first_look(office)

    form = await form_of(office)

    assert "Next reminder: " in read(form)
    assert "about etl nightly" in text_of(form)


async def test_off_is_silent_and_says_so(office: Office) -> None:
    """Switched off, nothing rings, and everything that tells of reminders says it."""
    message = await first_look(office)
    form = await form_of(office)

    assert await submits(office, form, mode="None") == {}

    await office.modal("mei", "Reminders", "Reminders are off: nothing rings.")
    await until(office, message, "No longer watched")
    assert "Reminders are off" in text_of(await office.types("mei", "preview"))
    assert "reminders are off" in text_of(await office.types("mei", "show dashboards"))


async def test_a_form_that_slack_does_not_open(office: Office) -> None:
    """When Slack fails for another reason than time, the command says so."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="views.open"))

    assert "Slack refused to do that (http_500)" in text_of(await office.types("mei", "remind"))


async def test_nothing_connected_is_nothing_to_watch(office: Office) -> None:
    """Somebody without connections is told in the modal how to begin."""
    await office.sandbox.command("priya", "general", "/tokens", "remind")

    await office.modal("priya", "Reminders", "There is nothing to watch yet: /tokens connect")


async def test_a_watch_that_was_lost_is_made_anew(office: Office) -> None:
    """Connections without a watch, as after a loss of memory, get one by asking for settings."""
    await first_look(office)
    async for key in office.bot.redis.scan_iter("tb:*:watch:*"):
        await office.bot.redis.unlink(key)

    form = await form_of(office)

    assert shown(form)["mode"] == "All of them"
    assert (await watch_of(office)).zone == "Asia/Shanghai"


async def test_more_words_are_refused_with_what_works(office: Office) -> None:
    """Remind takes nothing more, or `here`; the answer names what works."""
    answer = text_of(await office.types("mei", "remind me tomorrow"))

    assert "Say here to remind a channel, or nothing." in answer
    assert "/tokens remind" in answer


async def test_a_form_that_is_too_old_says_so(office: Office) -> None:
    """When the form's own record is forgotten, saving says so and changes nothing."""
    await office.connect("mei")
    form = await form_of(office)
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    assert await submits(office, form, hour="17:00") == {}

    await office.modal("mei", "Reminders", "This form is too old: open it anew.")
    assert (await watch_of(office)).hour == 9


async def test_a_closed_form_tells_by_message(office: Office) -> None:
    """Whoever closes the modal while it is saved still hears what went wrong."""
    await first_look(office)
    form = await form_of(office)
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    office.bot.desk.ack_seconds = 0.5
    assert await submits(office, form, hour="17:00") == {}
    await office.sandbox.close("mei", office.sandbox.views("mei")[-1])

    await office.wait(
        lambda: any("This form is too old" in read(each) for each in office.sandbox.dm("mei")),
        "a DM that says what became of it",
    )


async def test_somebody_elses_form_is_refused(office: Office) -> None:
    """The record of a form answers to its owner alone."""
    await office.connect("mei")
    form = await form_of(office)
    await office.connect("jonas")
    theirs = await form_of(office, "jonas")
    stored = next(
        view
        for view in office.sandbox.platform.views.all_open(IDS["jonas"])
        if view.id == theirs["id"]
    )
    stored.definition["private_metadata"] = form["view"]["private_metadata"]

    await office.sandbox.submit("jonas", theirs, {"hour": "17:00"})

    await office.modal("jonas", "Reminders", "This belongs to somebody else.")
    assert (await watch_of(office, "jonas")).hour == 9


async def test_a_command_that_took_too_long_offers_the_form(
    redis_url: str, canaries: canaries.Watch
) -> None:
    """When Slack's trigger is over before the form could open, a button has a fresh one."""
    async with open_office(redis_url, canaries, limits=Limits(trigger=0.0)) as office:
        await office.connect("mei")
        answer = await office.types("mei", "remind")

        assert "Choose when I ring, and for what." in text_of(answer)
        office.sandbox.platform.triggers._seconds = 3.0
        await office.presses("mei", action_of(answer, "Settings"), answer)
        form = await office.modal("mei", "Reminders", "Which tokens shall ring?")
        assert shown(form)["hour"] == "09:00"


async def test_a_change_of_zone_moves_the_slots(office: Office) -> None:
    """Whoever moves is reminded at the same hour there, unless a zone was chosen."""
    await office.connect("mei")

    await office.happens("set_zone", user="mei", zone="America/New_York")
    assert (await watch_of(office)).zone == "America/New_York"

    form = await form_of(office)
    assert await submits(office, form, zone="Europe/Berlin") == {}
    await office.modal("mei", "Reminders", "Europe/Berlin")
    await office.happens("set_zone", user="mei", zone="Asia/Tokyo")
    assert (await watch_of(office)).zone == "Europe/Berlin"
