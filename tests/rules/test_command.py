import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.command import VERBS, Command, normalise, parse_command, take_channel
from bot.rules.query import parse_query
from tests.rules.make import BROKEN

FIRST = {"list", "show", "expiring", "unused", "connect", "disconnect", "help"}


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("shared:&gt;5", "shared:>5"),
        ("a &amp;gt; b", "a &gt; b"),
        ("a &lt; b", "a < b"),
        ("creator:<mailto:mei@halyard.example|mei@halyard.example>", "creator:mei@halyard.example"),
        ("<mailto:mei@halyard.example>", "mei@halyard.example"),
        ("name:<http://etl.prod|etl.prod>", "name:etl.prod"),
        ("<https://etl.prod/a?b=1&amp;c>", "https://etl.prod/a?b=1&c"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        ("share <#C024BE7LR|general>", "share <#C024BE7LR|general>"),
        ("<@U024BE7LH|mei>", "<@U024BE7LH|mei>"),
        ("<!here>", "@here"),
        ("<!subteam^S012|@data>", "@data"),
        ("show “etl nightly”", 'show "etl nightly"'),
        ("expiring\u00a014d ", "expiring 14d"),
        ("li\u200bst\ufeff", "list"),
        ("  list \t kyuubi\n", "list kyuubi"),
        ("—help", "-help"),
        ("", ""),
    ],
)
def test_mangled_text_is_undone(sent: str, typed: str) -> None:
    """Whatever Slack made of a command's text, the bot reads what the person typed."""
    assert normalise(sent) == typed


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command("list")),
        ("list", Command("list")),
        ("List kyuubi", Command("list", "kyuubi")),
        ('show "etl nightly"', Command("show", '"etl nightly"')),
        ("help?", Command("help")),
        ("?", Command("help")),
        ("—help", Command("help")),
        ("Expiring. 30d", Command("expiring", "30d")),
        ("kyuubi status:any", Command("list", "kyuubi status:any")),
        ('"list" of things', Command("list", '"list" of things')),
        ("life:long", Command("list", "life:long")),
        ("etl", Command("list", "etl")),
    ],
)
def test_the_first_word_is_the_verb_or_all_is_filters(text: str, command: Command) -> None:
    """A verb is taken off; without one the whole text is the filters of a list."""
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("text", "meant"),
    [("lsit kyuubi", "list"), ("shwo etl", "show"), ("conect", "connect"), ("hlep", "help")],
)
def test_one_typo_away_from_a_verb_it_asks(text: str, meant: str) -> None:
    """A mistyped verb is neither obeyed nor searched for: the command says what was perhaps meant."""
    command = parse_command(text)

    assert command == Command("list", text, meant)
    assert command.corrected == Command(meant, text.partition(" ")[2])


def test_a_command_without_a_typo_has_nothing_to_correct() -> None:
    """Correcting a command that was understood gives the same command."""
    assert Command("show", "etl").corrected == Command("show", "etl")


@pytest.mark.parametrize("text", ["us", "hel", "remind", "remnd here", "shar"])
def test_verbs_that_are_not_offered_are_not_suggested(text: str) -> None:
    """Only the verbs that this installation offers are understood or asked about."""
    command = parse_command(text, FIRST)

    assert command.verb == "list"
    assert command.did_you_mean in {None, "help"}


def test_an_unoffered_verb_is_searched_for() -> None:
    """A verb that this installation lacks is a word like any other."""
    assert parse_command("remind here", FIRST) == Command("list", "remind here")


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("expiring", "expiring:14d"),
        ("expiring 30d", "expiring:30d"),
        ("expiring 2 weeks kyuubi", "expiring:2w kyuubi"),
        ("expiring 30 status:any", "expiring:30 status:any"),
        ("expiring 2024-etl", "expiring:14d 2024-etl"),
        ("expiring kyuubi", "expiring:14d kyuubi"),
        ("expiring expiring:3d", "expiring:3d"),
        ("expiring 14x", "expiring:14x"),
        ("unused", "unused:90d"),
        ("unused 6w idaas", "unused:6w idaas"),
        ("list creator:<@U024BE7LH|mei>", "creator:mei"),
        ("list <@U024BE7LH>", "U024BE7LH"),
        ("list status:any", "status:any"),
    ],
)
def test_short_forms_stand_for_filters(text: str, filters: str) -> None:
    """`expiring` and `unused` are short for a filter, with a usual span; mentions become names."""
    assert parse_command(text).filters() == filters


def test_what_counts_as_unused_may_be_set() -> None:
    """`unused` alone stands for as many days as whoever asks says; one that was typed counts."""
    assert parse_command("unused idaas").filters(30) == "unused:30d idaas"
    assert parse_command("unused 6w").filters(30) == "unused:6w"


def test_every_example_is_understood() -> None:
    """Each verb's example in the help text is a command with that verb, and its filters parse."""
    for verb in VERBS:
        command = parse_command(verb.example)
        assert command.verb == verb.name
        assert command.did_you_mean is None
        if verb.name in {"list", "expiring", "unused"}:
            parse_query(command.filters(), {"kyuubi", "idaas"})


def test_a_channel_is_taken_out_of_the_text() -> None:
    """`share` finds the channel by its id, wherever it stands, and keeps the filters."""
    assert take_channel("kyuubi <#C024BE7LR|general> status:any") == (
        "C024BE7LR",
        "kyuubi status:any",
    )
    assert take_channel("<#C024BE7LR>") == ("C024BE7LR", "")
    assert take_channel("kyuubi") == (None, "kyuubi")


@settings(deadline=None)
@given(st.one_of(BROKEN, st.text("<>|&;#@!^:\"' lt", max_size=40)))
def test_any_text_is_a_command(text: str) -> None:
    """Whatever is typed, a known verb comes out and nothing is raised."""
    command = parse_command(text)

    assert command.verb in {verb.name for verb in VERBS}
    assert "\n" not in command.filters()
