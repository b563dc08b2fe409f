from bot.blocks.home import NEXT, failed_home, home_view, loading_home, newcomer_home
from bot.blocks.reminders import reminder_blocks
from bot.errors import StoreUnavailableError
from bot.models.listing import Listing
from bot.models.token import Token
from tests.blocks.checker import Json, check_view
from tests.blocks.make import COMMAND, FAILED, FRESH, TITLES
from tests.blocks.reader import buttons, lines
from tests.blocks.test_connections import connection
from tests.rules.make import DAY, HOUR, KYUUBI, NOW, kyuubi
from tests.rules.reminders import watch


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
        ":red_circle: in use  expired 24 hours ago, <2026-11-30 10:00 CET>",
        ":red_circle: urgent  in 5 hours, <2026-12-01 15:00 CET>",
        ":large_orange_circle: soon  in 3 days, <2026-12-04 10:00 CET>",
        "Read 40 seconds ago from 1 place.",
        "Your connections",
        "team key · EMR Serverless Spark · LTAI5tExample",
        ":white_check_mark: prod",
    ]
    assert list(buttons(tab)) == [
        *("Test", "Add a place", "Replace the key", "Remove"),
        *("Connect another", "Delete my data"),
    ]


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
    """Ten tokens are shown, the others counted with the command that lists them."""
    tab = home(*(kyuubi(f"t{n}", expires_at=NOW + DAY) for n in range(NEXT + 3)))

    assert lines(tab)[0] == "13 tokens expire within 30 days"
    assert "And 3 more: /tokens expiring 30d" in lines(tab)


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
        "This tab is read anew each time you open it.",
        "Reference: 7f3a",
    ]
    assert lines(failed_home(None, command=COMMAND, titles=TITLES))[0].startswith("Something went")
    assert lines(check_view(loading_home())) == ["Reading your tokens…"]
