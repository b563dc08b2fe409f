"""`/tokens show`."""

from tests.fixtures.bot import Office, buttons_of, controls_of, owner, text_of
from tests.fixtures.world import BILLING, put_authentication_token, put_token
from tests.handlers.ringing import action_of, break_watch, first_look, read, until


async def test_a_token_is_found_by_name_and_by_id(office: Office) -> None:
    """The whole name, the start of an id and the end of one all show the one token."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    (token,) = [t for t in office.sandbox.company.kyuubi.tokens.values() if t.name == "dashboards"]

    for reference in ("dashboards", '"dashboards"', token.token_id[:10], token.token_id[-8:]):
        answer = text_of(await office.types("mei", f"show {reference}"))
        assert token.token_id in answer, reference
    assert BILLING["consumer_id"] in text_of(await office.types("mei", "show …illing"))


async def test_a_source_answers_for_its_own_fields_only(office: Office) -> None:
    """What is not reported is named where it could have been, not where it makes no sense."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")

    kyuubi = text_of(await office.types("mei", "show dashboards"))
    idaas = text_of(await office.types("mei", "show …illing"))

    assert kyuubi.partition("Not reported there: ")[2] == (
        "type, revocation, updated, spark roles."
    )
    assert idaas.partition("Not reported there: ")[2] == "name, last used."


async def test_several_fits_are_a_pick_list(office: Office) -> None:
    """When a name fits several, each has a button that shows it in the question's place."""
    put_token(office.sandbox.company, "etl hourly")
    await office.connect("mei")

    question = await office.types("mei", "show etl")
    assert "2 tokens fit" in text_of(question)
    first = controls_of(question)[0]
    shown = await office.clicks("mei", first["action_id"], question)

    assert "Expires" in text_of(shown)


async def test_what_is_not_usually_read_is_found(office: Office) -> None:
    """A revoked token, which the list leaves out at the source, is found all the same."""
    put_authentication_token(office.sandbox.company, "atntkn_revoked0000", revoked_at=1)
    await office.connect("mei", "idaas")

    assert "revoked" in text_of(await office.types("mei", "show atntkn_revoked0000"))


async def test_nothing_fits(office: Office) -> None:
    """When nothing fits, it says where was looked."""
    await office.connect("mei")

    answer = text_of(await office.types("mei", "show nothing like it"))

    assert "No token's name or ID fits “nothing like it”" in answer
    assert "I looked through 2 tokens. See them all" in answer


async def test_show_needs_a_name(office: Office) -> None:
    """Without a name there is an example of one."""
    answer = text_of(await office.types("mei", "show"))

    assert "Show which token?" in answer
    assert "/tokens show " in answer


async def test_a_newcomer_is_shown_how_to_connect(office: Office) -> None:
    """With nothing connected there is nothing to show."""
    assert buttons_of(await office.types("priya", "show x")) == ["Connect", "Help"]


async def test_dates_are_told_in_the_zone_of_the_person(office: Office) -> None:
    """Each reads times in their own zone; a change of zone counts at once."""
    await office.connect("mei")
    await office.connect("jonas")
    assert " CST" in str(await office.types("mei", "show dashboards"))
    assert " CST" not in str(await office.types("jonas", "show dashboards"))

    await office.happens("set_zone", user="mei", zone="America/New_York")

    later = str(await office.types("mei", "show dashboards"))
    assert " CST" not in later
    assert " EST" in later or " EDT" in later


async def test_the_next_reminder_is_told(working_office: Office) -> None:
    """A token says when it rings next and by which rule, or why it does not."""
    office = working_office
    put_token(office.sandbox.company, "lasting", expires_at=0)
    message = await first_look(office)

    told = read(await office.types("mei", "show dashboards"))
    assert "Next reminder: " in told
    assert "7 days before it expires." in told
    told = read(await office.types("mei", "show lasting"))
    assert "No reminder is in sight: it never expires." in told

    await office.presses("mei", action_of(message, "Let it lapse"), message)
    await until(office, message, "Letting it lapse")
    told = read(await office.types("mei", 'show "etl nightly"'))
    assert "No reminder is in sight: you let it lapse." in told


async def test_a_filter_that_leaves_a_token_out(office: Office) -> None:
    """A token that the settings leave out says so; a filter of another version leaves none out."""
    await office.connect("mei")
    reminders = office.bot.desk.reminders
    watch = await reminders.watch(owner("mei"))
    assert watch is not None

    await reminders.save(watch.model_copy(update={"mode": "all", "query": "name:etl"}))
    told = read(await office.types("mei", "show dashboards"))
    assert "No reminder is in sight: your settings leave it out." in told

    await reminders.save(watch.model_copy(update={"mode": "off", "query": "from:the-future"}))
    told = read(await office.types("mei", "show dashboards"))
    assert "No reminder is in sight: reminders are off." in told


async def test_settings_that_cannot_be_opened(office: Office) -> None:
    """A token is shown all the same when the settings were sealed with a lost key."""
    await office.connect("mei")
    await break_watch(office)

    told = read(await office.types("mei", "show dashboards"))

    assert "No reminder is in sight: I cannot open your settings." in told
    assert "Expires" in told
