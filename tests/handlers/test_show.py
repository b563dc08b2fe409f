"""`/tokens show`."""

from tests.fixtures.bot import Office, buttons_of, controls_of, text_of
from tests.fixtures.world import BILLING, put_authentication_token, put_token


async def test_a_token_is_found_by_name_and_by_id(office: Office) -> None:
    """The whole name, the start of an id and the end of one all show the one token."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    (token,) = [t for t in office.sandbox.company.kyuubi.tokens.values() if t.name == "dashboards"]

    for reference in ("dashboards", '"dashboards"', token.token_id[:10], token.token_id[-8:]):
        answer = text_of(await office.types("mei", f"show {reference}"))
        assert token.token_id in answer, reference
    assert BILLING["consumer_id"] in text_of(await office.types("mei", "show …illing"))


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
    assert "I looked through 2 tokens in 1 place." in answer


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
