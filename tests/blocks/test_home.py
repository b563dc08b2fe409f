import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks import actions
from bot.blocks._kit import header
from bot.blocks.home import NEXT, failed_home, home_view, loading_home, newcomer_home
from bot.blocks.reminders import reminder_blocks
from bot.errors import NotAllowedError, StoreUnavailableError
from bot.models.connection import Connection
from bot.models.health import Health
from bot.models.listing import Listing
from bot.models.token import Token
from bot.rules.resolve import token_ref
from tests.blocks.checker import Json, check_view
from tests.blocks.make import COMMAND, CONNECTIONS, FAILED, FRESH, LISTINGS, TITLES
from tests.blocks.reader import buttons, lines, menu
from tests.blocks.test_connections import connection
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import watch

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def home(*tokens: Token, failed: bool = False, unreadable: int = 0) -> Json:
    listing = Listing(
        tokens=tokens,
        coverage=(FRESH, FAILED) if failed else (FRESH,),
        now=NOW,
        unreadable=unreadable,
    )
    return check_view(
        home_view(
            [connection(KYUUBI)], listing, zone="Europe/Berlin", command=COMMAND, titles=TITLES
        )
    )


def test_home_shows_what_expires_next_and_what_is_connected() -> None:
    """Soonest first, a month ahead, expired ones only if something still uses them."""
    tab = home(
        kyuubi("later", expires_at=NOW + 31 * DAY),
        kyuubi("soon", expires_at=NOW + 3 * DAY),
        kyuubi("urgent", expires_at=NOW + 5 * HOUR),
        kyuubi("in use", expires_at=NOW - DAY),
        kyuubi("over", expires_at=NOW - DAY, last_used_at=NOW - 60 * DAY),
        kyuubi("never", expires_at=None),
    )

    assert [line.partition("\n")[0] for line in lines(tab)] == [
        "2 tokens expire within 30 days, 1 expired in use",
        ":red_circle: in use  expired 24 hours ago<, 2026-11-30 10:00 CET>",
        ":red_circle: urgent  in 5 hours<, 2026-12-01 15:00 CET>",
        ":large_orange_circle: soon  in 3 days<, 2026-12-04 10:00 CET>",
        "The coming quarter",
        (
            "Nov :large_red_square:   Dec :white_large_square::white_large_square:"
            ":white_large_square::large_blue_square:   Jan :white_large_square:"
            ":white_large_square::white_large_square::white_large_square:   Feb "
            ":white_large_square::white_large_square::white_large_square::white_large_square:"
            "   3 tokens expire"
        ),
        ":large_red_square: This week: urgent, soon",
        ":large_blue_square: Dec 28 to Jan 3: later",
        "Worth a look",
        (
            ":rotating_light: 2 tokens in use expire within 7 days: urgent, soon. "
            "Renew them before then."
        ),
        (
            ":rotating_light: 1 token expired while in use: in use. "
            "Whatever used it is probably failing now."
        ),
        (
            ":information_source: 1 token never expires: never. "
            "A leaked copy works for ever: set an expiry."
        ),
        "Read 40 seconds ago from 1 place.",
        "Your connections",
        ("team key · EMR Serverless Spark · LTAI5tExample · <last read 2026-12-01 09:59 CET>"),
        ":white_check_mark: prod",
    ]
    assert list(buttons(tab)) == [
        *("List all in Messages", "Read anew"),
        *("Test", "Add a place", "Replace the key", "Remove"),
        *("Connect another", "Delete my data"),
    ]


def test_any_token_is_a_click_away() -> None:
    """The menu has the hundred that end first, each with when it ends; the list has the others."""
    tab = home(*(kyuubi(f"t{n}", expires_at=NOW + n * HOUR) for n in range(1, 130)))

    options = menu(tab, actions.HOME_DETAILS)

    assert len(options) == 100
    assert options[0] == ("t1", token_ref(kyuubi("t1")))
    assert "List all in Messages" in buttons(tab)


def test_an_earlier_list_says_that_a_new_one_is_coming() -> None:
    """While reading, nothing is claimed about age, and what is not read yet is marked so."""
    unread = FRESH.model_copy(update={"state": "failed", "read_at": None})
    listing = Listing(tokens=(), coverage=(unread,), now=NOW)
    health = {"c1": Health(read_at=NOW - DAY)}
    tab = check_view(
        home_view(
            [connection(KYUUBI)],
            listing,
            health=health,
            reading=True,
            zone="UTC",
            command=COMMAND,
            titles=TITLES,
        )
    )

    assert lines(tab) == [
        "Nothing that I could read expires within 30 days",
        "Reading anew…",
        "Your connections",
        "team key · EMR Serverless Spark · LTAI5tExample · <last read 2026-11-30 09:00 UTC>",
        ":hourglass_flowing_sand: prod",
    ]


def test_shared_lists_have_their_place() -> None:
    """What is shared stands between what rings and what is connected."""
    tab = check_view(
        home_view(
            [connection(KYUUBI)],
            Listing(tokens=(), coverage=(), now=NOW),
            reminders=[header("Reminders")],
            shares=[header("Shared"), None],
            zone="UTC",
            command=COMMAND,
            titles=TITLES,
        )
    )

    assert lines(tab)[1:4] == ["Reminders", "Shared", "Your connections"]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    LISTINGS,
    st.lists(CONNECTIONS, max_size=18, unique_by=lambda each: each.id),
    st.lists(st.sampled_from(["c9"]), max_size=7),
    st.booleans(),
)
def test_whatever_there_is_slack_takes_it(
    listing: Listing,
    connections: list[Connection],
    unreadable: list[str],
    reading: bool,  # noqa: FBT001  # hypothesis passes what it drew by position
) -> None:
    """Hostile names, many connections and many places stay within the limits of a view."""
    check_view(
        home_view(
            connections,
            listing,
            unreadable=unreadable,
            shares=[header("x")] * 12,
            reading=reading,
            zone="Asia/Shanghai",
            command=COMMAND,
            titles=TITLES,
        )
    )


def test_two_thousand_tokens_in_sixty_places_fit() -> None:
    """The tab is whole: its last buttons are there, and it stays far below what Slack takes."""
    targets = [
        KYUUBI.model_copy(update={"coordinates": {"workspace_id": f"w-{n}"}, "label": f"p{n}"})
        for n in range(60)
    ]
    tokens = tuple(
        kyuubi(f"name-{'x' * 40}-{n}", target=targets[n % 60], expires_at=NOW + n * HOUR)
        for n in range(2000)
    )
    failed = FAILED.model_copy(update={"target": targets[59]})
    coverage = (*(FRESH.model_copy(update={"target": t}) for t in targets[:59]), failed)
    tab = check_view(
        home_view(
            [connection(*targets)],
            Listing(tokens=tokens, coverage=coverage, now=NOW),
            zone="UTC",
            command=COMMAND,
            titles=TITLES,
        )
    )

    assert len(tab["blocks"]) < 30
    assert lines(tab)[0] == "720 tokens expire within 30 days, 1 expired in use"
    assert any(line.startswith(":warning: p59: The secret") for line in lines(tab))
    assert "and 52 more places" in lines(tab)
    assert list(buttons(tab))[-1] == "Delete my data"


def test_a_name_is_said_once() -> None:
    """Two tokens of one name are counted as two, and named once."""
    tab = home(kyuubi("twin"), kyuubi("twin", id="tk-2"))

    assert (
        ":information_source: 2 tokens whose name occurs more than once: twin. "
        "Renewed or copied? Delete what was replaced."
    ) in lines(tab)


def test_home_tells_how_reminders_stand() -> None:
    """What rings comes after what expires, before what is connected."""
    listing = Listing(tokens=(), coverage=(FRESH,), now=NOW)
    rings = reminder_blocks(watch(), None, undeliverable="", workers=1)
    tab = check_view(
        home_view(
            [connection(KYUUBI)],
            listing,
            reminders=rings,
            zone="UTC",
            command=COMMAND,
            titles=TITLES,
        )
    )

    headings = ["Nothing expires within 30 days", "Reminders", "Your connections"]
    assert [line for line in lines(tab) if line in headings] == headings


def test_home_counts_what_it_does_not_show() -> None:
    """Six tokens are shown, the others counted with the command that lists them."""
    tab = home(*(kyuubi(f"t{n}", expires_at=NOW + DAY) for n in range(NEXT + 3)))

    assert lines(tab)[0] == "9 tokens expire within 30 days"
    assert "And 3 more: /tokens expiring 7d" in lines(tab)


def test_home_is_calm_only_about_what_it_could_read() -> None:
    """With everything read nothing expires; with a place unread that is not claimed."""
    assert lines(home(kyuubi()))[0] == "Nothing expires within 30 days"
    assert lines(home(kyuubi(), failed=True))[0] == (
        "Nothing that I could read expires within 30 days"
    )
    assert lines(home(unreadable=1))[0] == "Nothing that I could read expires within 30 days"
    assert lines(home(kyuubi(expires_at=NOW + DAY)))[0] == "1 token expires within 30 days"
    assert lines(home(kyuubi(expires_at=NOW - DAY)))[0] == "1 expired in use"


def test_many_connections_are_counted() -> None:
    """What does not fit the tab is counted."""
    listing = Listing(tokens=(), coverage=(), now=NOW)
    many = [connection(KYUUBI, id_=f"c{n}") for n in range(20)]
    tab = check_view(home_view(many, listing, zone="UTC", command=COMMAND, titles=TITLES))

    assert "And 5 more: remove one to see them." in lines(tab)


def test_what_cannot_be_opened_can_be_removed_on_home() -> None:
    """A connection that lost its key is shown, with the one button that helps."""
    listing = Listing(tokens=(), coverage=(), now=NOW, unreadable=1)
    tab = check_view(
        home_view([], listing, unreadable=["c9"], zone="UTC", command=COMMAND, titles=TITLES)
    )

    assert lines(tab)[-1].startswith("A connection that I cannot open")
    assert buttons(tab) == {"Remove": "c9", "Connect another": "", "Delete my data": ""}


def test_a_newcomer_gets_three_steps_and_one_button() -> None:
    """Somebody with nothing connected sees how to begin."""
    tab = check_view(newcomer_home("/keys"))

    assert len(lines(tab)) == 4
    assert list(buttons(tab)) == ["Connect"]


def test_a_tab_that_cannot_be_loaded_says_why() -> None:
    """The tab is never left empty: it waits, or says what failed, with a reference."""
    failed = check_view(
        failed_home(StoreUnavailableError(), command=COMMAND, titles=TITLES, reference="7f3a")
    )

    assert lines(failed)[0].startswith("I cannot reach my storage.")
    assert lines(failed)[1:] == [
        "Open this tab again to retry.",
        "Reference: 7f3a",
    ]
    assert lines(failed_home(None, command=COMMAND, titles=TITLES))[0].startswith("Something went")
    refused = failed_home(NotAllowedError("Not for guests."), command=COMMAND, titles=TITLES)
    assert lines(refused) == ["Not for guests."]
    assert lines(check_view(loading_home())) == ["Reading your tokens…"]
