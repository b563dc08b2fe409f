"""A shared list as a channel sees it: what its preview showed, and nothing else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks import actions
from bot.blocks._kit import Message
from bot.blocks._upstream import Words
from bot.blocks.share import outdated_message, share_message, tombstone_message
from bot.blocks.share_preview import Choice, Kind, choice, posted_view, posting_view, preview_view
from bot.blocks.shares import removed_message, shares_blocks, shares_message
from bot.models.connection import Owner
from bot.models.listing import Listing
from bot.models.query import Query
from bot.models.share import COLUMNS, Column, Share, SharedList
from bot.rules.select import select
from bot.rules.share import allowed, freeze
from tests.blocks.checker import Json, check_message, check_view, objects, seen
from tests.blocks.make import COMMAND, FAILED, FRESH, HOSTILE, LISTINGS, NOW, QUERIES
from tests.blocks.reader import buttons, lines, menu, rows
from tests.blocks.test_channel_notice import SAID, TOLD
from tests.rules.make import DAY, kyuubi

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
slowly = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=30)

OWNER = Owner("T1", "U1")
ZONE = "Europe/Berlin"
CHOICES = st.sets(st.sampled_from(COLUMNS), min_size=1).map(lambda some: allowed(some, COLUMNS))


def frozen(
    listing: Listing, query: Query | None = None, columns: tuple[Column, ...] = ("name", "expires")
) -> SharedList:
    query = query or Query()
    selection = select(query, listing.tokens, listing.now)
    return freeze(listing, selection, query, owner=OWNER, columns=columns)


LISTED = Listing(
    tokens=(
        kyuubi("etl nightly", expires_at=NOW + 3 * DAY),
        kyuubi("dashboards", expires_at=NOW + 40 * DAY),
    ),
    coverage=(FRESH,),
    now=NOW,
)
SHOWN = frozen(LISTED)


def message_of(shown: SharedList, *, tables: bool = True) -> Message:
    message = share_message(shown, share="sh", zone=ZONE, command=COMMAND, tables=tables)
    return check_message(message, people=[OWNER.user])


def preview_of(
    shown: SharedList,
    place: tuple[str, int] | None = ("general", 5),
    *,
    channel: str = "C1",
    problem: Words | None = None,
    update: bool = False,
    policy: tuple[Column, ...] = COLUMNS,
    kind: Kind = "share",
) -> Json:
    return preview_view(
        shown,
        policy=policy,
        channel=channel,
        place=place,
        screen="scr",
        zone=ZONE,
        command=COMMAND,
        problem=problem,
        kind="update" if update else kind,
    )


def share(**more: object) -> Share:
    fields = {
        "id": "sh",
        "owner": OWNER,
        "channel": "C1",
        "channel_name": "general",
        "ts": "1.1",
        "permalink": "https://halyard.slack.com/archives/C1/p11",
        "shown": SHOWN.headline,
        "connections": frozenset({"c1"}),
        "posted_at": NOW,
    }
    return Share.model_validate({**fields, **more})


def words(payload: Message | Json) -> set[str]:
    """Return what is written in the rich text of a payload, element by element."""
    return {
        str(each.get("text") or each.get("fallback") or each.get("name"))
        for block in (payload.blocks if isinstance(payload, Message) else payload["blocks"])
        if block["type"] in {"rich_text", "table"}
        for each in objects(block)
        if each.get("type") in {"text", "date", "emoji"}
    }


@slowly
@given(LISTINGS, QUERIES | st.just(Query()), CHOICES, st.booleans(), st.booleans())
def test_nothing_is_posted_that_was_not_previewed(
    listing: Listing,
    query: Query,
    columns: tuple[Column, ...],
    tables: bool,  # noqa: FBT001  # a drawn value
    update: bool,  # noqa: FBT001  # likewise
) -> None:
    """Every word of any message was in its preview, but for the heads of the table's columns."""
    shown = frozen(listing, query, columns)

    preview = preview_of(shown, update=update)
    if not shown.rows:
        assert "submit" not in preview
        return
    message = message_of(shown, tables=tables)

    heads = {text for row in message.blocks[-1].get("rows", ())[:1] for text in seen_of(row)}
    assert words(message) <= words(preview) | heads


@slowly
@given(
    st.sets(st.sampled_from(COLUMNS)),
    st.sets(st.sampled_from(COLUMNS)),
    st.sampled_from(["share", "update", "ring"]),
    st.booleans(),
)
def test_nothing_is_shown_that_the_policy_forbids(
    wanted: set[Column],
    policy: set[Column],
    kind: Kind,
    tables: bool,  # noqa: FBT001  # a drawn value
) -> None:
    """Whatever is wanted, preview and message tell of a token what both that and the policy name."""
    columns = allowed(wanted, policy)
    if not columns:
        return
    shown = frozen(LISTED.model_copy(update={"tokens": (TOLD,)}), columns=columns)

    view = preview_of(shown, policy=tuple(policy), kind=kind)
    for payload in (view, message_of(shown, tables=tables)._asdict()):
        told = {column for column, word in SAID.items() if word in json.dumps(payload)}
        assert told == SAID.keys() & set(columns)
    offered = {value for each in objects(view) for value in options_of(each)}
    assert offered <= policy


def options_of(element: Json) -> list[str]:
    return [option["value"] for option in element.get("options", ())]


def seen_of(row: list[Json]) -> list[str]:
    return [str(cell["text"]) for cell in row]


@slowly
@given(LISTINGS, QUERIES | st.just(Query()), CHOICES, HOSTILE)
def test_slack_takes_whatever_is_shared(
    listing: Listing, query: Query, columns: tuple[Column, ...], name: str
) -> None:
    """Hostile tokens, channels and filters make messages and forms that Slack takes, unparsed."""
    shown = frozen(listing, query, columns)
    known = share(shown=shown.headline, channel_name=name)

    message_of(shown)
    message_of(shown, tables=False)
    check_message(
        outdated_message(shown.headline, share="sh", zone=ZONE, command=COMMAND),
        people=[OWNER.user],
    )
    for view in (
        preview_of(shown, (name, 3)),
        preview_of(shown, None, channel="", problem=Words(name, name, name)),
        posted_view(known, COMMAND),
    ):
        check_modal(view)
    check_message(shares_message([known] * 40, zone=ZONE, command=COMMAND))


def check_modal(view: Json) -> None:
    """Check a view, in which its own reader may be named."""
    named = [each for each in objects(view) if each.get("type") == "user"]
    for each in named:
        assert each.pop("user_id") == OWNER.user
        each.update({"type": "text", "text": "somebody"})
    check_view(view)


def test_a_channel_sees_whose_list_it_is_and_what_came_of_it() -> None:
    """Who shares, how many tokens, by which filter, as of when; then buttons, then rows."""
    query = Query(name=("a", "e"))

    message = message_of(frozen(LISTED, query))

    first, second, third = lines(message)[:3]
    assert first == "@U1 shares 2 tokens, 1 expires within 7 days · name:a name:e"
    assert second.startswith("As of< ")
    assert "taken down after 7 days" in third
    assert buttons(message) == dict.fromkeys(("Mine", "Remind me", "Update", "Unshare"), "sh")
    assert rows(message)[0] == ["Token", "Expires"]
    assert rows(message)[1][0] == ":large_orange_circle: etl nightly"


def test_rows_without_a_table_say_the_same() -> None:
    """A workspace without tables gets a line for each row, with the same words."""
    (_, first, second) = [row[0] for row in rows(message_of(SHOWN))]

    told = lines(message_of(SHOWN, tables=False))

    assert [line.partition(" · ")[0] for line in told[-2:]] == [first, second]
    assert "Expires: <" in told[-1]


def test_what_is_missing_is_counted() -> None:
    """Rows beyond the first, and places that could not be read, are said to be missing."""
    listing = LISTED.model_copy(
        update={
            "tokens": tuple(kyuubi(f"t{n}", id=f"{n:03}") for n in range(60)),
            "coverage": (FRESH, FAILED),
        }
    )

    text = seen(message_of(frozen(listing)))

    assert "The first 50 of 60. 1 of 2 places could not be read in full." in text


def test_dates_are_drawn_for_each_reader() -> None:
    """An expiry is a date that Slack draws in each reader's own zone."""
    (date,) = [
        each
        for each in objects(message_of(SHOWN).blocks[-1]["rows"][1])
        if each.get("type") == "date"
    ]

    assert date["timestamp"] == int((NOW + 3 * DAY).timestamp())


def test_an_outdated_list_has_no_rows() -> None:
    """Its headline and its buttons stay, and how to see one's own."""
    message = outdated_message(SHOWN, share="sh", zone=ZONE, command=COMMAND)

    assert "etl nightly" not in seen(message)
    assert "Run /tokens for your own." in seen(message)
    assert "As of" in seen(message)
    assert "Unshare" in buttons(message)


def test_a_tombstone_names_nobody() -> None:
    """What was taken down leaves neither rows nor a name, nor a button."""
    message = check_message(tombstone_message())

    assert buttons(message) == {}
    assert "It was taken down" in seen(message)


def test_a_preview_says_how_many_will_see_it() -> None:
    """The number of members stands above the rows, and Share is there to be pressed."""
    view = preview_of(SHOWN)

    assert (
        ":eyes: Sharing shows this to all 5 members of #general, guests among them"
        in lines(view)[2]
    )
    assert view["submit"]["text"] == "Share"
    assert view["private_metadata"] == "scr"
    assert [value for _, value in menu(view, actions.SHARE_COLUMNS)] == list(COLUMNS)


@pytest.mark.parametrize(
    ("shown", "place", "says"),
    [
        (SHOWN, None, "etl nightly"),
        (frozen(LISTED.model_copy(update={"tokens": ()})), ("general", 5), "No token to share."),
    ],
)
def test_without_a_place_or_rows_nothing_can_be_posted(
    shown: SharedList, place: tuple[str, int] | None, says: str
) -> None:
    """The form has no button to submit it."""
    view = preview_of(shown, place)

    assert "submit" not in view
    assert says in seen(view)


def test_an_update_offers_no_choice() -> None:
    """Channel and columns are those of the message."""
    view = preview_of(SHOWN, update=True)

    assert view["submit"]["text"] == "Update"
    assert "Updating shows this to all 5 members" in seen(view).replace("\n", "")
    assert [each for each in objects(view) if "action_id" in each] == []


def test_a_problem_stands_above_the_preview() -> None:
    """What went wrong comes first, with the next step."""
    view = preview_of(SHOWN, None, problem=Words("I am not there.", next_step="Invite me."))

    assert lines(view)[0] == ":warning: I am not there. Invite me."
    assert lines(preview_of(SHOWN, None, problem=Words("Short.")))[0] == ":warning: Short."


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        ({}, Choice(None, None)),
        ({"values": {}}, Choice(None, None)),
        ({"values": {"channel": {actions.SHARE_CHANNEL: None}}}, Choice(None, None)),
        (
            {"values": {"channel": {actions.SHARE_CHANNEL: {"selected_conversation": "C2"}}}},
            Choice("C2", None),
        ),
        ({"values": {"columns": {actions.SHARE_COLUMNS: {}}}}, Choice(None, ())),
        (
            {
                "values": {
                    "columns": {
                        actions.SHARE_COLUMNS: {
                            "selected_options": [{"value": "masked"}, {"value": "x"}, {}]
                        }
                    }
                }
            },
            Choice(None, ("masked",)),
        ),
    ],
)
def test_a_choice_is_read_from_any_state(state: Json, meant: Choice) -> None:
    """What is not there was not chosen, and what is no column is none."""
    assert choice(state) == meant


def test_what_somebody_shares_is_listed_with_its_state() -> None:
    """Outdated rows and a post without an answer are said; only what is known can be updated."""
    known = share()
    old = share(id="old", outdated=True, permalink="")
    lost = share(id="lost", ts="", permalink="")

    message = shares_message([known, old, lost], zone=ZONE, command=COMMAND)

    check_message(message)
    told = [line for line in lines(message) if line.startswith("#general")]
    assert [("rows taken down" in line, "did not tell me" in line) for line in told] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    labels = [
        each["text"]["text"] for each in objects(message.blocks) if each.get("type") == "button"
    ]
    assert labels == [
        *("See it", "Update", "Unshare"),
        *("Update", "Unshare"),
        "Unshare",
        "Unshare all",
    ]


def test_many_shares_are_counted() -> None:
    """What does not fit is counted, in the message and at Home; nothing shared is nothing there."""
    many = [share(id=f"s{n}") for n in range(30)]

    assert "And 20 more: /tokens unshare" in seen(shares_message(many, zone=ZONE, command=COMMAND))
    home = [block for block in shares_blocks(many, zone=ZONE, command=COMMAND) if block]
    assert "And 25 more" in seen({"blocks": home})
    assert shares_blocks([], zone=ZONE, command=COMMAND) == []
    assert "You share no list" in seen(shares_message([], zone=ZONE, command=COMMAND))


def test_every_form_is_one_that_slack_takes() -> None:
    """So are the forms while and after Slack is asked."""
    for update in (False, True):
        check_view(posting_view(update=update))
        check_view(posted_view(share(), COMMAND, update=update))
        check_view(posted_view(share(permalink=""), COMMAND, update=update))
    for gone in (False, True):
        check_message(removed_message(gone=gone))
