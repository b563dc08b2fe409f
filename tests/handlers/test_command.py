"""What can be typed after the command."""

import pytest

from bot.rules.command import VERBS as DESCRIBED
from handlers.tokens import OFFERED, VERBS
from tests.fixtures.bot import Office, buttons_of, text_of
from tests.fixtures.canaries import CANARY
from tests.fixtures.world import put_token


def test_every_verb_that_is_offered_is_described() -> None:
    """Help, the parser and the listeners speak of the same verbs."""
    assert {verb.name for verb in DESCRIBED} >= OFFERED == set(VERBS)


async def test_help_is_in_the_ack(office: Office) -> None:
    """Help needs nobody else: it comes with the acknowledgement, and names what can be typed."""
    ack = await office.sandbox.command("mei", "general", "/tokens", "help")

    assert ack.error is None
    assert isinstance(ack.body, dict)
    for verb in OFFERED:
        assert f"/tokens {verb}" in text_of(ack.body)
    assert office.sandbox.calls("response_url") == []


async def test_help_uses_the_name_that_it_was_called_by(office: Office) -> None:
    """A workspace that calls the command otherwise reads its own name for it, everywhere."""
    office.sandbox.platform.app.commands.append({"command": "/keys"})

    await office.sandbox.command("mei", "general", "/keys", "disconnect")
    answer = await office.next("mei", after=0)
    assert "/keys connect" in text_of(answer)

    card = await office.types("mei")
    assert "/tokens disconnect" in text_of(card)


async def test_the_help_button_shows_help(office: Office) -> None:
    """Help can be had by a button too."""
    card = await office.types("priya")

    answer = await office.asks("priya", "help", card)

    assert "What you can type" in text_of(answer)


async def test_every_verb_answers(office: Office) -> None:
    """Each verb has an answer of its own."""
    await office.connect("mei")
    expected = {
        "list": "2 tokens",
        "list kyuubi": "2 tokens",
        "expiring": "1 token",
        "unused 90d": "No token matches",
        "show etl nightly": "Expires",
        "connect": "Your connections",
        "disconnect": "Which connection shall I remove?",
        "unshare": "You share no list",
        "preview": "3 reminders come within 30 days",
        "export": "As which file shall I send it?",
    }
    assert {text.partition(" ")[0] for text in expected} == OFFERED - {"help", "remind", "share"}

    for text, answer in expected.items():
        assert answer in text_of(await office.types("mei", text)), text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('list name:"etl nightly"', "1 token"),
        ("list shared:>5", "No token matches"),
        ("list <etl> -- dashboards", "No token matches"),
        ("show etl nightly", "Expires"),
        ("expiring 14d", "1 token"),
    ],
)
async def test_a_phone_types_otherwise(office: Office, typed: str, shown: str) -> None:
    """Curly quotes, long dashes, capitals and marked-up signs mean what was typed."""
    await office.connect("mei")

    answer = await office.types("mei", typed, client="phone")

    assert shown in text_of(answer)


async def test_links_and_addresses_are_searched_as_typed(office: Office) -> None:
    """What Slack marks up as a link or an address is searched for as it was typed."""
    put_token(office.sandbox.company, "mail ops@example.com https://example.com/x")
    await office.connect("mei")

    for word in ("ops@example.com", "example.com", '"https://example.com/x"'):
        assert "1 token" in text_of(await office.types("mei", word))


async def test_a_mistake_names_the_right_word(office: Office) -> None:
    """A wrong filter is answered with the nearest right one and an example."""
    await office.connect("mei")

    answer = text_of(await office.types("mei", "crator:admin"))

    assert "Did you mean “creator:”?" in answer
    assert "For example: /tokens creator:admin" in answer


async def test_a_mistake_is_still_acknowledged(office: Office) -> None:
    """However fast a command fails, its ack is out."""
    await office.types("mei", "status:odd")

    for _ in range(20):
        ack = await office.sandbox.command("mei", "general", "/tokens", "status:odd")
        assert ack.error is None
    await office.next("mei", after=20)


async def test_a_mistyped_verb_is_asked_about(office: Office) -> None:
    """One typo away from a verb the bot asks, and the answer takes the question's place."""
    put_token(office.sandbox.company, "lst of jobs")
    await office.connect("mei")

    question = await office.types("mei", "lst jobs")
    assert "Did you mean /tokens list?" in text_of(question)
    searched = await office.clicks("mei", "verb.search", question)
    assert "lst of jobs" in text_of(searched)

    question = await office.types("mei", "expirin 14d")
    corrected = await office.clicks("mei", "verb.corrected", question)
    assert "expiring:14d" in text_of(corrected)
    assert "etl nightly" in text_of(corrected)


async def test_a_mistyped_help_is_corrected(office: Office) -> None:
    """Help can be what was meant."""
    question = await office.types("mei", "hepl")

    corrected = await office.clicks("mei", "verb.corrected", question)

    assert "What you can type" in text_of(corrected)


async def test_a_question_does_not_last_for_ever(office: Office) -> None:
    """When what was typed is forgotten, the question says so."""
    question = await office.types("mei", "lst")
    async for key in office.bot.redis.scan_iter("tb:*:screen:*"):
        await office.bot.redis.unlink(key)

    assert "is old" in text_of(await office.clicks("mei", "verb.corrected", question))


@pytest.mark.parametrize("before", ["", "connect ", "help ", "show "])
async def test_a_secret_is_refused(office: Office, before: str) -> None:
    """A secret after the command is not used, not stored and not repeated; its owner is told."""
    # What looks like one, and is no canary: that Slack's own command carries it is the point.
    secret = "Zq3Xv9Tz4Lw8Rb1Nd6Mf2Gh7Jk5Pc0"

    ack = await office.sandbox.command("mei", "general", "/tokens", f"{before}{secret}")

    assert ack.error is None
    assert "I did not use it" in text_of(ack.body)
    assert "replace it at Alibaba Cloud" in text_of(ack.body)
    assert buttons_of(ack.body) == ["Connect"]
    assert secret not in str(office.sandbox.messages("general", "mei"))
    assert secret not in str(office.sandbox.journal.as_json())
    assert [key async for key in office.bot.redis.scan_iter()] == []


async def test_the_warning_about_a_secret_needs_no_storage(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever else is broken, somebody who typed a secret is told; our log does not have it."""
    secret = f"LTAI5t{'x' * 18}"
    caplog.set_level("DEBUG", "bot")
    caplog.set_level("DEBUG", "handlers")

    ack = await office.sandbox.command("mei", "general", "/tokens", f"list creator:{secret}")

    assert "an AccessKey" in text_of(ack.body)
    ours = [each.getMessage() for each in caplog.records if each.name.startswith(("bot", "handl"))]
    assert secret not in "".join(ours)
    assert CANARY.access_key_secret not in "".join(ours)


async def test_what_was_typed_wrong_is_not_logged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake is counted in the log without the words of the person who made it."""
    caplog.set_level("DEBUG", "handlers")

    await office.types("mei", "sort:private")

    (line,) = [each.getMessage() for each in caplog.records if "InputError" in each.getMessage()]
    assert "private" not in line
