"""Reminders, as their readers answer them."""

import pytest

from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, owner
from tests.fixtures.world import put_token
from tests.handlers.ringing import (
    SLOWLY,
    action_of,
    choice_of,
    first_look,
    next_slot,
    read,
    renew,
    until,
)


@pytest.fixture(name="office")
async def _office(working_office: Office) -> Office:
    return working_office


async def presses(office: Office, label: str, on: Json) -> None:
    """Let Mei press the first button that says so."""
    await office.presses("mei", action_of(on, label), on)


async def clicks(office: Office, label: str, on: Json, words: str) -> Json:
    """Let Mei press a button; return the same message once it says so."""
    await presses(office, label, on)
    return await until(office, on, words)


async def test_whoever_connects_is_told_once_what_rings(office: Office) -> None:
    """One DM after connecting: what is watched, what expires soon, and the choice of what rings."""
    message = await first_look(office)

    words = read(message)
    assert "I watch 2 tokens for you, and 1 of them expires soon." in words
    assert "Until you choose, I ring all tokens" in words
    assert "etl nightly" in words
    assert buttons_of(message) == [
        *("All of them", "Only mine…", "None"),
        *("Renewed", "Let it lapse", "Details", "Why this?"),
        "Settings",
    ]
    assert not message["ephemeral"]


@pytest.mark.parametrize(
    ("label", "said", "mode"),
    [
        ("All of them", "You chose: all of them ring.", "all"),
        ("None", "You chose: none of them rings.", "off"),
    ],
)
async def test_one_button_chooses_what_rings(
    office: Office, label: str, said: str, mode: str
) -> None:
    """The message that asked tells the choice in its place, and it holds at once."""
    message = await first_look(office)

    after = await clicks(office, label, message, said)

    assert "All of them" not in buttons_of(after)
    assert "Settings" in buttons_of(after)
    watch = await office.bot.desk.reminders.watch(owner("mei"))
    assert watch is not None
    assert watch.mode == mode
    assert len(office.sandbox.dm("mei")) == 1


async def test_renewed_says_what_it_found(office: Office) -> None:
    """The button looks now: not yet, then renewed until when, in the same message."""
    message = await first_look(office)

    message = await clicks(office, "Renewed", message, "Not renewed yet, as of ")
    renew(office)
    office.pass_time(SLOWLY)
    after = await clicks(office, "Renewed", message, "Renewed: now expires")

    assert "etl nightly" in read(after)
    assert "Let it lapse" not in buttons_of(after)
    assert len(office.sandbox.dm("mei")) == 1


async def test_renewed_that_cannot_look_says_so(office: Office) -> None:
    """When the service is down nothing is claimed, and the buttons stay."""
    message = await first_look(office)
    office.sandbox.faults.add(Fault(service="kyuubi", kind="500"))
    office.pass_time(SLOWLY)

    after = await clicks(office, "Renewed", message, "I could not read its place just now")

    assert "Renewed" in buttons_of(after)


async def test_a_renewal_shows_by_itself(office: Office) -> None:
    """Whoever renews needs to press nothing: the message turns by the next look."""
    message = await first_look(office)
    renew(office)

    office.pass_time(3600 * 1.2)
    office.bot.worker.nudge()

    after = await until(office, message, "Renewed: now expires")
    assert len(office.sandbox.dm("mei")) == 1
    assert "Undo" not in buttons_of(after)


@pytest.mark.parametrize("length", ["1 day", "3 days", "1 week"])
async def test_snooze_and_undo(office: Office, length: str) -> None:
    """A snoozed token says until when in the same message, and Undo brings it back."""
    message = await first_look(office)

    await office.presses("mei", choice_of(message, "Snooze…", length), message)
    snoozed = await until(office, message, "Snoozed until")
    assert "Let it lapse" not in buttons_of(snoozed)
    again = await clicks(office, "Undo", snoozed, "Something depends on it")

    assert "Snoozed" not in read(again)
    assert "Let it lapse" in buttons_of(again)


async def test_letting_lapse_silences_this_expiry(office: Office) -> None:
    """A token that may lapse is crossed out, never rings again, and can be taken back."""
    message = await first_look(office)

    lapsing = await clicks(office, "Let it lapse", message, "I say nothing more about this expiry")

    planned = await office.bot.desk.reminders.next_notice(owner("mei"), await key_of(office))
    assert planned is None
    await clicks(office, "Undo", lapsing, "Something depends on it")
    assert await office.bot.desk.reminders.next_notice(owner("mei"), await key_of(office))


async def key_of(office: Office, name: str = "etl nightly") -> str:
    """Return the key of one of Mei's tokens."""
    listing = await office.bot.desk.tokens.listing(owner("mei"))
    return next(token.key for token in listing.tokens if token.name == name)


async def test_a_later_reminder_takes_over(office: Office) -> None:
    """At its slot the next reminder comes; the older message says so and has no answers."""
    message = await first_look(office)

    await next_slot(office)
    later = await office.next_dm("mei", after=1)

    assert "etl nightly" in read(later)
    assert "Renewed" in buttons_of(later)
    before = await until(office, message, "A later reminder tells of it.")
    assert "Renewed" not in buttons_of(before)


async def test_all_can_be_answered_at_once(office: Office) -> None:
    """Several tokens have common buttons, which act on those that still wait."""
    put_token(office.sandbox.company, "hourly", expires_at=office.sandbox.clock.now() + 86_400_000)
    message = await first_look(office)
    assert buttons_of(message)[-2:] == ["All renewed", "Settings"]

    await presses(office, "All renewed", message)
    looked = await until(office, message, "Not renewed yet")
    assert read(looked).count("Not renewed yet") == 2
    await office.presses("mei", choice_of(looked, "Snooze all…", "1 day"), looked)

    after = await until(office, message, "Snoozed until")
    assert read(after).count("Snoozed until") == 2
    assert "All renewed" not in buttons_of(after)


async def test_details_show_the_token_as_it_is_listed_now(office: Office) -> None:
    """Details opens everything that is reported, with the next reminder."""
    message = await first_look(office)

    await presses(office, "Details", message)

    view = await office.modal("mei", "Token", "etl nightly")
    assert "Next reminder: " in read(view)
    assert "Token, masked" in read(view)


async def test_details_of_what_is_gone_say_so(office: Office) -> None:
    """A token that was deleted since has no details, and the modal says why."""
    message = await first_look(office)
    (token,) = [t for t in office.sandbox.company.kyuubi.tokens.values() if t.name == "etl nightly"]
    del office.sandbox.company.kyuubi.tokens[token.token_id]
    office.pass_time(3600)

    await presses(office, "Details", message)

    await office.modal("mei", "Token", "This token is not listed any more")


async def test_why_this_answers_and_takes_answers(office: Office) -> None:
    """The modal names rule, life and watch; an answer given there shows in both places."""
    message = await first_look(office)

    await presses(office, "Why this?", message)
    view = await office.modal("mei", "Why this?", "Why this rang")
    assert "The watch looked for the first time" in read(view)
    assert "The watch rings all tokens" in read(view)

    await presses(office, "Renewed", view)
    view = await office.modal("mei", "Why this?", "Not renewed yet")
    await presses(office, "Let it lapse", view)
    view = await office.modal("mei", "Why this?", "Letting it lapse")
    await until(office, message, "Letting it lapse")
    await presses(office, "Undo", view)

    view = await office.modal("mei", "Why this?", "Something depends on it")
    await until(office, message, "Something depends on it")
    await office.presses("mei", choice_of(view, "Snooze…", "1 day"), view)
    await office.modal("mei", "Why this?", "A last notice would still ring")


async def test_the_dots_hold_what_is_no_answer(office: Office) -> None:
    """Among several tokens each has Details and Why this? behind its dots."""
    put_token(office.sandbox.company, "hourly", expires_at=office.sandbox.clock.now() + 86_400_000)
    message = await first_look(office)

    await office.presses("mei", choice_of(message, "", "Details"), message)
    details = await office.modal("mei", "Token", "hourly")
    await office.sandbox.close("mei", details)
    await office.presses("mei", choice_of(message, "", "Why this?"), message)

    await office.modal("mei", "Why this?", "hourly")


async def test_two_hundred_tokens_are_one_message(office: Office) -> None:
    """Ten have buttons, the others a line or a number, and a menu leads to those with a line."""
    now = office.sandbox.clock.now()
    for number in range(200):
        put_token(office.sandbox.company, f"t{number:03}", expires_at=now + 86_400_000 + number)
    message = await first_look(office)

    words = read(message)
    assert "I watch 202 tokens for you, and 201 of them expire soon." in words
    assert "more: /tokens list" in words
    assert len(office.sandbox.dm("mei")) == 1
    choice = choice_of(message, "Answer another…", "t050")
    await office.presses("mei", choice, message)
    view = await office.modal("mei", "Reminder", "t050")
    await presses(office, "Let it lapse", view)

    await office.modal("mei", "Reminder", "Letting it lapse")
    await office.idle()
    assert len(office.sandbox.dm("mei")) == 1


async def test_a_hostile_name_is_a_name(office: Office) -> None:
    """Whatever a token is called, it pings nobody, links nowhere and breaks no message."""
    hostile = "<!channel> <https://evil.example|renew> *b* \u202eevil\u0000 `x`"
    soon = office.sandbox.clock.now() + 86_400_000
    put_token(office.sandbox.company, hostile, token_id="tk-hostile", expires_at=soon)

    message = await first_look(office)

    assert "<!channel>" not in message["text"]
    assert "\u202e" not in str(message)
    parsed = [e for e in elements_of(message["blocks"]) if e["type"] in {"broadcast", "link"}]
    assert parsed == []


def elements_of(shown: object) -> list[Json]:
    """Return everything in blocks that has a type."""
    if isinstance(shown, dict):
        inner = [found for value in shown.values() for found in elements_of(value)]
        return [shown, *inner] if isinstance(shown.get("type"), str) else inner
    if isinstance(shown, list):
        return [found for value in shown for found in elements_of(value)]
    return []
