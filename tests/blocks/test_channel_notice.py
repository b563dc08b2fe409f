"""A reminder as a channel sees it: the previewed columns, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks._kit import Message
from bot.blocks.channel_notice import renewal_message, stopped_message
from bot.blocks.channel_settings import channel_saved_view
from bot.blocks.notice import notice_message
from bot.blocks.shares import shares_blocks, shares_message
from bot.models.ledger import ItemState
from bot.models.notice import Blind, Item, Notice, Summary
from bot.models.share import COLUMNS, Column
from bot.models.watch import CHANNEL_COLUMNS, Watch
from bot.rules.share import allowed
from tests.blocks.checker import check_message, check_view, objects, seen
from tests.blocks.make import COMMAND, TITLES
from tests.blocks.notices import NOTICES, edited, item, notice, slowly
from tests.blocks.reader import buttons, lines
from tests.rules.make import DAY, KYUUBI, NOW, kyuubi
from tests.rules.reminders import watch

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

CHOICES = st.sets(st.sampled_from(COLUMNS)).map(
    lambda some: allowed(some | CHANNEL_COLUMNS, COLUMNS)
)
USUAL: tuple[Column, ...] = ("name", "expires", "finding")

TOLD = kyuubi(
    "NAME",
    id="ID",
    expires_at=NOW + 3 * DAY,
    masked="MASKED",
    created_by="CREATOR",
    accounts=("ACCOUNT",),
    members=("MEMBER",),
    roles=("ROLE",),
    consumer="CONSUMER",
    target=KYUUBI.model_copy(update={"label": "PLACE"}),
)
SAID = {
    "masked": "MASKED",
    "created_by": "CREATOR",
    "accounts": "ACCOUNT",
    "members": "MEMBER",
    "where": "PLACE",
}


def channel(columns: tuple[Column, ...] = USUAL, **more: object) -> Watch:
    return watch(channel="C1", columns=columns, mode="all", **more)


def told(*items: Item, columns: tuple[Column, ...] = USUAL, **more: object) -> Notice:
    return notice(*items, watch=channel(columns), **more)


def drawn(one: Notice, **more: object) -> Message:
    options = {"now": NOW, "zone": "UTC", "command": COMMAND, "titles": TITLES, **more}
    message = notice_message(one, **options)  # type: ignore[arg-type]  # by name
    return check_message(message, people=[one.watch.owner.user])


@slowly
@given(NOTICES, CHOICES)
def test_slack_takes_whatever_rings_in_a_channel(one: Notice, columns: tuple[Column, ...]) -> None:
    """Hostile tokens, places and filters make a message that Slack takes, in which nothing is parsed."""
    drawn(one.model_copy(update={"watch": channel(columns, query=one.watch.query)}))


@pytest.mark.parametrize("state", [None, "snoozed", "renewed", "gone", "unwatched", "lapsing"])
@given(columns=CHOICES)
def test_a_channel_sees_no_other_column(
    state: ItemState | None, columns: tuple[Column, ...]
) -> None:
    """Whatever becomes of a token, what the preview did not show is in no part of the message."""
    one = told(item(TOLD), columns=columns, blind=(Blind(TOLD.target, NOW - DAY, "throttled"),))
    if state is not None:
        one = edited(one, state, new_expiry=NOW + 90 * DAY, until=NOW + DAY)

    text = json.dumps(drawn(one, renewals={"kyuubi": "RENEW"})._asdict())

    hidden = {word for column, word in SAID.items() if column not in columns}
    assert {word for word in (*hidden, "ROLE", "CONSUMER", "RENEW") if word in text} == set()
    assert "NAME" in text


@given(columns=CHOICES)
def test_a_channel_sees_no_finding_that_was_not_previewed(columns: tuple[Column, ...]) -> None:
    """That a name occurs twice is told in the column of findings, and nowhere without it."""
    text = json.dumps(drawn(told(item(TOLD, namesakes=2), columns=columns))._asdict())

    assert ("same name twice" in text) == ("finding" in columns)
    assert "of this name" not in text


def test_a_channel_is_told_whose_reminders_these_are() -> None:
    """The first message says how many tokens, by which filter, when it rings and who set it up."""
    one = told(item(TOLD), summary=Summary("all", 12, 3)).model_copy(
        update={"watch": channel(query="kyuubi name:etl")}
    )

    first, second, third = lines(drawn(one))[:3]

    assert first == "This channel is reminded before 12 tokens expire, 1 of them soon."
    assert second == "I remind 30, 14, 7, 3 and 1 days before, and once expired."
    assert third == "Set up by @U1 · kyuubi name:etl"


def test_later_reminders_count_what_needs_somebody() -> None:
    """Each token has its row and its answers; several have answers for all."""
    more = [item(kyuubi(f"t{n}", id=f"tk-{n}", expires_at=NOW + DAY)) for n in range(45)]

    one, many = drawn(told(item(TOLD))), drawn(told(*more))

    assert lines(one)[0] == "1 token needs somebody"
    assert set(buttons(one)) == {"Renewed", "Let it lapse", "Details", "Mine", "Settings", "Stop…"}
    assert lines(many)[0] == "45 tokens need somebody"
    assert "All renewed" in buttons(many)
    assert "And 5 more." in lines(many)
    assert one.text.startswith("NAME expires in 3 days.")
    assert many.text.endswith("And 44 more tokens.")


def test_what_nobody_has_to_do_is_no_alarm() -> None:
    """A notice whose tokens are done says so, and offers no answer."""
    done = edited(told(item(TOLD)), "renewed", new_expiry=NOW + 90 * DAY)

    message = drawn(done)

    assert message.text == "Nothing is left to do here."
    assert set(buttons(message)) == {"Mine", "Settings", "Stop…"}
    assert lines(message)[0].startswith("Set up by")


def test_a_channel_is_told_that_silence_means_nothing() -> None:
    """Where something could not be read for a day the channel learns that, but not what."""
    message = drawn(told(blind=(Blind(TOLD.target, NOW - DAY, "throttled"),)))

    assert "does not mean that nothing is due" in seen(message)
    assert "PLACE" not in seen(message)
    assert message.text.startswith("I could not read everything")


def test_the_first_look_may_find_nothing_soon() -> None:
    """Then it says how many there are, and no more."""
    assert drawn(told(summary=Summary("all", 2, 0))).text == (
        "This channel is reminded before 2 tokens expire."
    )


@pytest.mark.parametrize(
    ("watched", "soon", "said"),
    [
        (1, 1, "before 1 token expires, which is soon."),
        (1, 0, "before 1 token expires."),
        (3, 3, "before 3 tokens expire, all of them soon."),
        (3, 1, "before 3 tokens expire, 1 of them soon."),
    ],
)
def test_how_many_expire_soon_is_said_as_people_do(watched: int, soon: int, said: str) -> None:
    """One token is not "1 of them", and all of them are called so."""
    items = (item(TOLD), *(item(kyuubi(f"t{n}", expires_at=NOW + DAY)) for n in range(2)))
    message = drawn(told(*items[:soon], summary=Summary("all", watched, 0)))

    assert lines(message)[0] == f"This channel is reminded {said}"


def test_what_a_look_found_is_said_of_its_token() -> None:
    """A note stands below the row that it is about."""
    message = drawn(told(item(TOLD)), notes={TOLD.key: "Not renewed yet."})

    assert ":mag: Not renewed yet." in lines(message)


@pytest.mark.parametrize("renewed", [True, False])
def test_others_are_told_one_word(renewed: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Whether it was renewed, and nothing about the token."""
    assert seen(check_message(renewal_message(renewed=renewed))) == (
        "Renewed." if renewed else "Not yet."
    )
    check_message(stopped_message())
    check_view(channel_saved_view(channel()))


def test_ones_channels_are_listed() -> None:
    """With what rings there, why the last one did not arrive, and a way to stop it."""
    watches = [(channel(query="kyuubi"), ""), (channel(), "is_archived")]

    message = shares_message([], watches, zone="UTC", command=COMMAND)
    home = [block for block in shares_blocks([], watches * 9, zone="UTC", command=COMMAND) if block]

    assert "2 channels reminded" in message.text
    assert "kyuubi" in seen(message)
    assert "did not arrive: That channel is archived." in seen(message)
    assert [e["channel_id"] for e in objects(message.blocks) if e.get("type") == "channel"] == [
        "C1",
        "C1",
    ]
    assert "And 13 more" in seen({"blocks": home})
