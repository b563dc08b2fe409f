"""Whatever the data, Slack takes what leaves this room, and nothing in it is parsed."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.blocks.connect import (
    chosen_source,
    chosen_targets,
    connect_card,
    form_view,
    loading_view,
    proving_view,
    source_view,
    targets_view,
)
from bot.blocks.connections import (
    connections_message,
    disconnect_message,
    forgotten_message,
    removed_message,
)
from bot.blocks.filter import filter_view
from bot.blocks.forms import Filled, Purpose
from bot.blocks.help import did_you_mean_message, help_message, secret_message
from bot.blocks.home import failed_home, home_view, loading_home, newcomer_home
from bot.blocks.listing import (
    expired_message,
    list_message,
    not_yours_message,
    reading_message,
)
from bot.blocks.problems import problem_message
from bot.blocks.proofs import result_message, result_view
from bot.blocks.token import no_match_message, pick_message, token_message
from bot.errors import InputError, NotAllowedError, SettingsError, SlackError, TokenbellError
from bot.models.connection import Connection
from bot.models.listing import Listing, Problem
from bot.models.proof import Proof
from bot.models.query import Query
from bot.models.source import SourceInfo
from bot.models.target import Target
from bot.models.token import Token
from bot.rules.command import VERBS, parse_command
from bot.rules.select import select
from tests.blocks.checker import check_message, check_view, seen
from tests.blocks.make import (
    COMMAND,
    CONNECTIONS,
    HOSTILE,
    INFO,
    INFOS,
    LISTINGS,
    NOW,
    PROBLEMS,
    PROOFS,
    QUERIES,
    SECRET,
    TARGETS,
    TITLES,
    TOKENS,
)
from tests.rules.make import BROKEN, kyuubi

# Hypothesis writes down what it tried, and hostile tokens are long.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

# Building a listing of hostile tokens takes hypothesis longer than it likes.
slowly = settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)


@slowly
@given(
    LISTINGS,
    QUERIES | st.just(Query()),
    st.integers(-3, 9),
    st.booleans(),
    st.booleans(),
)
def test_a_list_fits(
    listing: Listing,
    query: Query,
    page: int,
    tables: bool,  # noqa: FBT001  # a drawn value
    can_share: bool,  # noqa: FBT001  # drawn values
) -> None:
    """A list of hostile tokens, unread places and odd queries is a message that Slack takes."""
    check_message(
        list_message(
            listing=listing,
            selection=select(query, listing.tokens, listing.now),
            query=query,
            page=page,
            screen="s" * 22,
            zone="Asia/Shanghai",
            command=COMMAND,
            titles=TITLES,
            can_share=can_share,
            tables=tables,
        )
    )


@slowly
@given(TOKENS, st.booleans())
def test_a_full_page_of_the_worst_rows_fits(token: Token, tables: bool) -> None:  # noqa: FBT001  # a drawn value
    """Twenty rows of the longest names, places and notes are within the limits of a table."""
    tokens = tuple(token.model_copy(update={"key": str(number)}) for number in range(60))
    listing = Listing(tokens=tokens, coverage=(), now=NOW)
    query = Query(statuses=frozenset({"active", "expired", "revoked"}), life="long")
    check_message(
        list_message(
            listing=listing,
            selection=select(query, tokens, NOW),
            query=query,
            page=1,
            screen="s",
            zone="UTC",
            command=COMMAND,
            titles=TITLES,
            tables=tables,
        )
    )


@slowly
@given(TOKENS, LISTINGS, st.none() | INFOS, st.sampled_from(["", "screen"]))
def test_a_token_fits(token: Token, listing: Listing, info: SourceInfo | None, screen: str) -> None:
    """Everything about a hostile token is a message that Slack takes."""
    via = listing.model_copy(update={"via": {**listing.via, token.key: "<!here>"}})
    for each in (listing, via):
        check_message(
            token_message(token=token, listing=each, info=info, zone="UTC", screen=screen)
        )


@slowly
@given(BROKEN, st.lists(TOKENS, max_size=5), LISTINGS)
def test_a_pick_list_fits(reference: str, tokens: list[Token], listing: Listing) -> None:
    """Several matches, however many and whatever their names, and no match, fit."""
    check_message(pick_message(reference=reference, tokens=tokens * 9, now=NOW, screen="s"))
    check_message(no_match_message(reference=reference, listing=listing, command=COMMAND))


@slowly
@given(QUERIES, st.dictionaries(HOSTILE.filter(bool), HOSTILE, max_size=14))
def test_the_filter_form_fits(query: Query, titles: dict[str, str]) -> None:
    """The filter form fits whatever was filtered by, and however many sources there are."""
    check_view(filter_view(query, titles=titles, screen="s"))


@slowly
@given(
    INFOS,
    st.sampled_from(["access_key", "oauth_client"]),
    st.sampled_from(["connect", "add_target", "replace"]),
    st.none() | PROBLEMS,
    BROKEN,
)
def test_the_connect_form_fits(
    info: SourceInfo, kind: str, purpose: Purpose, problem: Problem | None, typed: str
) -> None:
    """Every form of a source fits, filled with anything, and no secret comes back."""
    given_before = Filled(
        {"access_key_id": typed, "access_key_secret": SECRET, "secret": SECRET, "pem": typed},
        {"region": typed, "other": typed},
        typed,
        typed,
    )
    view = form_view(
        info,
        kind,
        command=COMMAND,
        metadata="m",
        purpose=purpose,
        given=given_before,
        problem=problem,
    )
    check_view(view)
    assert SECRET not in str(view)


@slowly
@given(st.lists(INFOS, min_size=1, max_size=8), st.lists(TARGETS, max_size=5), st.integers(1, 40))
def test_the_choices_fit(infos: list[SourceInfo], targets: list[Target], times: int) -> None:
    """The choice of a source and of places fits, from none to hundreds."""
    named = [
        info.model_copy(update={"name": f"source{number}"}) for number, info in enumerate(infos)
    ]
    check_view(source_view(named, metadata="m"))
    check_view(targets_view(targets * times, metadata="m"))


@slowly
@given(st.lists(PROOFS, max_size=5).map(lambda proofs: proofs * 6))
def test_a_result_fits(proofs: list[Proof]) -> None:
    """What a credential can read fits the modal and the message."""
    check_view(result_view(proofs, command=COMMAND, titles=TITLES))
    check_message(result_message(proofs, command=COMMAND, titles=TITLES))


@slowly
@given(st.lists(CONNECTIONS, max_size=2), st.integers(1, 25), LISTINGS)
def test_connections_fit(connections: list[Connection], times: int, listing: Listing) -> None:
    """Any number of connections fits a message and App Home, and shows no secret."""
    many = [
        each.model_copy(update={"id": f"{each.id}{number}{index}"})
        for number in range(times)
        for index, each in enumerate(connections)
    ]
    lost = [f"lost{number}" for number in range(times)]
    for message in (
        connections_message(
            many, unreadable=lost, coverage=listing.coverage, command=COMMAND, titles=TITLES
        ),
        disconnect_message(many, unreadable=lost, command=COMMAND, titles=TITLES),
    ):
        check_message(message)
        assert SECRET not in str(message)
    home = home_view(
        many, listing, unreadable=lost, zone="Asia/Tokyo", command=COMMAND, titles=TITLES
    )
    check_view(home)
    assert SECRET not in str(home)


@slowly
@given(PROBLEMS | st.none(), BROKEN)
def test_problems_fit(problem: Problem | None, text: str) -> None:
    """Any problem fits, whatever codes and ids a service makes up."""
    check_message(problem_message(problem, command=COMMAND, titles=TITLES, reference=text))
    errors: list[TokenbellError] = [
        InputError(text, suggestion=text),
        NotAllowedError(text),
        SettingsError(text, text),
        SlackError("chat.postMessage", text, needed=text),
        SlackError("chat.postMessage", "missing_scope", needed=text),
        SlackError("chat.postMessage", "ratelimited", retry_after=float("inf")),
    ]
    for error in errors:
        check_message(problem_message(error, command=COMMAND, titles=TITLES, reference=text))
        check_view(failed_home(error, command=COMMAND, titles=TITLES, reference=text))


@settings(deadline=None)
@given(BROKEN)
def test_small_messages_fit(text: str) -> None:
    """What quotes what a person typed or named fits too."""
    verbs = [verb.name for verb in VERBS]
    check_message(did_you_mean_message(COMMAND, parse_command(f"lsit {text}"), screen="s"))
    check_message(did_you_mean_message(COMMAND, parse_command(text), screen="s"))
    check_message(help_message(COMMAND, verbs=verbs, titles={"x": text}))
    check_message(secret_message("an AccessKey", COMMAND))
    check_message(removed_message(text, COMMAND))


def test_fixed_messages_and_views_fit() -> None:
    """What never varies fits as well."""
    for message in (
        connect_card(COMMAND),
        expired_message(COMMAND),
        not_yours_message(COMMAND),
        forgotten_message(COMMAND),
        reading_message([kyuubi().target] * 5),
        disconnect_message([], command=COMMAND, titles=TITLES),
    ):
        check_message(message)
    for view in (
        loading_view(),
        proving_view(),
        newcomer_home(COMMAND),
        loading_home(),
        form_view(INFO, "access_key", command=COMMAND, metadata="m"),
    ):
        check_view(view)


def test_a_token_named_like_a_mention_pings_nobody() -> None:
    """A token named `<!channel>` is shown as those letters, everywhere."""
    token = kyuubi("<!channel>", expires_at=NOW)
    listing = Listing(tokens=(token,), coverage=(), now=NOW)
    shown = list_message(
        listing=listing,
        selection=select(Query(), listing.tokens, NOW),
        query=Query(text=("<!channel>",)),
        page=0,
        screen="s",
        zone="UTC",
        command=COMMAND,
        titles=TITLES,
    )

    check_message(shown)
    assert "<!channel>" in seen(shown)
    assert "&lt;!channel&gt;" in shown.text
    assert "&lt;!channel&gt;" in shown.blocks[0]["text"]["text"]


@settings(deadline=None)
@given(BROKEN, BROKEN)
def test_any_state_can_be_read(one: str, other: str) -> None:
    """Whatever shape a view's state has, reading it gives texts and known targets only."""
    for state in ({}, {"values": None}, {"values": {"source": {one: other}}}):
        assert chosen_source(state) == ("", "")
        assert chosen_targets(state, ()) == ()
