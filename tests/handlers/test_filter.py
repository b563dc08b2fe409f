"""The form behind Filter."""

import pytest

from bot import lately
from tests.fixtures.bot import Office, text_of


async def test_the_form_answers_in_the_message_that_was_clicked(office: Office) -> None:
    """Filter opens with the list's filters; what it asks for takes the list's place."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    listed = await office.types("mei", "kyuubi")

    await office.presses("mei", "list.filter", listed)
    form = await office.modal("mei", "Filter tokens")
    (chosen,) = form["view"]["state"]["values"]["source"]["source"]["selected_options"]
    assert chosen["value"] == "kyuubi"
    submission = await office.sandbox.submit("mei", form, {"source": ["idaas"], "name": "partners"})

    assert submission.errors == {}
    filtered = await office.wait(
        lambda: "1 token" in text_of(office.now("mei", listed)) and office.now("mei", listed),
        "the list to be filtered",
    )
    assert "idaas name:partners" in text_of(filtered)
    assert office.sandbox.views("mei") == []
    assert len(office.sandbox.messages("general", "mei")) == 1


async def test_a_mistake_is_told_below_its_field(office: Office) -> None:
    """What cannot be used stays in the form, with the reason below the field."""
    await office.connect("mei")
    listed = await office.types("mei")
    await office.presses("mei", "list.filter", listed)
    form = await office.modal("mei", "Filter tokens")

    submission = await office.sandbox.submit("mei", form, {"shared": "many"})

    assert "“shared:” cannot be “many”" in submission.errors["shared"]
    assert office.sandbox.views("mei") != []


async def test_the_form_of_an_old_list_says_so(office: Office) -> None:
    """When its list is forgotten, the form says that there is nothing to filter."""
    await office.connect("mei")
    listed = await office.types("mei")
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    await office.presses("mei", "list.filter", listed)

    assert "is no longer there" in text_of(await office.modal("mei", "Filter tokens", "Start anew"))


async def test_a_form_that_was_open_too_long_offers_a_new_list(office: Office) -> None:
    """When the form's own record is forgotten, the answer comes as a DM with a way on."""
    await office.connect("mei")
    listed = await office.types("mei")
    await office.presses("mei", "list.filter", listed)
    form = await office.modal("mei", "Filter tokens")
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    await office.sandbox.submit("mei", form, {})

    answer = await office.next_dm("mei")
    assert "This list is old" in text_of(answer)
    new = await office.clicks("mei", "list.again", answer)
    assert "2 tokens" in text_of(new)


async def test_the_form_is_open_before_anything_else_is_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack's trigger lives for three seconds: the modal opens first, and is filled then."""
    monkeypatch.setattr(lately, "SECONDS", 0.0)
    await office.connect("mei")
    listed = await office.types("mei")
    async for key in office.bot.redis.scan_iter("tb:*:person:*"):
        await office.bot.redis.unlink(key)
    before = len(office.sandbox.journal.as_json())

    await office.presses("mei", "list.filter", listed)
    await office.modal("mei", "Filter tokens")

    calls = [call["method"] for call in office.sandbox.journal.as_json()[before:]]
    assert calls == ["views.open", "users.info", "views.update"]
