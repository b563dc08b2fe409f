from bot.blocks.help import did_you_mean_message, help_message, secret_message
from bot.rules.command import VERBS, Command, parse_command
from bot.rules.query import parse_query
from tests.blocks.checker import check_message
from tests.blocks.make import COMMAND, TITLES
from tests.blocks.reader import buttons, lines


def test_help_offers_what_there_is() -> None:
    """Only verbs that this installation offers are listed, by the name that was called."""
    message = check_message(help_message("/keys", verbs={"list", "help"}, titles=TITLES))
    text = lines(message)

    assert text[:5] == [
        "What you can type",
        "/keys list [filters]  your tokens, soonest expiry first",
        "/keys help  this text",
        "Filters, after /keys or /keys list",
        "kyuubi  EMR Serverless Spark",
    ]
    assert text[-3:-1] == ["Examples", "/keys list kyuubi expiring:30d"]
    assert not any(line.startswith("/keys share") for line in text)
    assert message.text == "What you can type: /keys list, /keys help"


def test_every_filter_in_the_help_works() -> None:
    """What the help shows can be typed."""
    text = lines(help_message("/t", verbs=[v.name for v in VERBS], titles=TITLES))
    start = text.index("Filters, after /t or /t list") + 1

    for line in text[start : text.index("Examples")]:
        typed, _, _ = line.partition("  ")
        assert parse_query(typed, TITLES).filters or typed == "sort:used"


def test_a_mistyped_verb_is_asked_about() -> None:
    """Neither reading is forced: the verb that was perhaps meant, or a search for the word."""
    message = check_message(
        did_you_mean_message(COMMAND, parse_command("lsit kyuubi"), screen="scr")
    )

    assert lines(message) == ["Did you mean /tokens list? There is no command “lsit”."]
    assert buttons(message) == {"Yes, list": "scr", "Search for “lsit”": "scr", "Help": ""}
    assert "list" in did_you_mean_message(COMMAND, Command("list", "x"), screen="s").text


def test_a_typed_secret_is_not_repeated() -> None:
    """The answer says what it looks like, that it was not used, and what to do now."""
    message = check_message(secret_message("an AccessKey", "/keys"))

    assert lines(message) == [
        (
            "That looks like an AccessKey. I did not use it, and I keep no copy. Slack keeps what is "
            "typed, and others may read it: replace it at Alibaba Cloud now. Then connect with "
            "/keys connect, which has a form for it."
        )
    ]
    assert list(buttons(message)) == ["Connect"]
