"""Two thousand tokens in sixty places, some of which fail: all that people do with a list works.

The sandbox refuses what is longer or more than Slack takes, and what is acknowledged too late.
"""

from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, text_of
from tests.fixtures.world import Place, put_many
from tests.handlers.ringing import choice_of
from tests.handlers.shares import SHARE, posted, preview, rows_of, submitted
from tests.handlers.test_export import received, table

TOKENS = 34
"""How many each place has."""

PLACES, REMOVED, BROKEN = 60, 5, 3
LISTED = TOKENS * (PLACES - REMOVED - BROKEN)
UNREAD = f"{REMOVED + BROKEN} of {PLACES} places could not be read in full."


async def crowded(office: Office, name: str = "mei") -> list[Place]:
    """Connect somebody to sixty places, of which some were removed and some are down."""
    world = office.sandbox.company
    places = put_many(world, PLACES, TOKENS)
    for place in places[-REMOVED:]:
        world.kyuubi.remove_service(place["kyuubi_service_id"])
    for place in places[:BROKEN]:
        match = place["kyuubi_service_id"]
        office.sandbox.faults.add(Fault(service="kyuubi", kind="500", match=match))
    await office.connect(name, "kyuubi", *places, label="prod")
    return places


def refused(office: Office) -> list[Json]:
    """Return the calls that Slack refused."""
    calls = [each for each in office.sandbox.journal.as_json() if each["service"] == "slack"]
    return [each for each in calls if each["error"]]


async def test_all_of_it_is_a_click_away_from_the_list(office: Office) -> None:
    """The list counts it, names what failed and why in a line for each reason, and has pages."""
    await crowded(office)

    listed = await office.types("mei")

    words = text_of(listed)
    assert f"{LISTED:,} tokens" in words
    assert "kb-00000…0002 with “prod”. The service answered with HTTP 500." in words
    assert "and 2 more with “prod”. It was deleted, an ID is mistyped" in words
    assert f"1 to 20 of {LISTED:,}, soonest expiry first." in words
    assert buttons_of(listed) == ["Next", "Filter…", "Refresh", "Share…"]

    second = await office.clicks("mei", "list.page.next", listed)
    assert f"21 to 40 of {LISTED:,}" in text_of(second)
    name = rows_of(second)[0][0].strip()
    one = choice_of(second, "Details of…", name)
    details = await office.clicks("mei", one, second)
    back = await office.clicks("mei", "token.back", details)
    assert f"21 to 40 of {LISTED:,}" in text_of(back)

    answer = await office.asks("mei", choice_of(back, "", "Export as CSV"), back)
    _, content = await received(office)
    assert f"with {LISTED:,} tokens" in text_of(answer)
    records = [each["record"] for each in table(content)]
    assert records.count("token") == LISTED
    assert len(records) - LISTED == REMOVED + BROKEN
    assert refused(office) == []


async def test_it_is_shared_updated_and_taken_down(office: Office) -> None:
    """Preview and message have the first rows, say how many there are, and stay one message."""
    places = await crowded(office)
    listed = await office.types("mei")
    await office.presses("mei", "list.share", listed)
    view = await office.modal("mei", SHARE, "As of")
    assert f"The first 50 of {LISTED:,}. {UNREAD}" in text_of(view)

    every = [option["value"] for option in controls_of(view)[1]["options"]]
    await office.presses("mei", {"action_id": "share.columns", "selected": every}, view)
    view = await office.modal("mei", SHARE, "Masked text: ")
    await submitted(office, "mei", view, "Shared in")
    (message,) = posted(office)
    first = len(rows_of(message))
    assert f"The first {first} of {LISTED:,}. {UNREAD}" in text_of(message)

    office.sandbox.faults.clear()
    office.pass_time(61)
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this")
    await submitted(office, "mei", view, "Updated in")
    total = TOKENS * (len(places) - REMOVED)
    now = office.now("jonas", message)
    assert f"The first {first} of {total:,}. {REMOVED} of {PLACES} places" in text_of(now)
    assert len(rows_of(now)) == first

    await office.presses("mei", "share.remove", now)
    await office.wait(lambda: not posted(office), "the list to be taken down")
    assert refused(office) == []


async def test_home_has_it_with_what_is_shared(office: Office) -> None:
    """The tab holds the counts, a menu of the next hundred, the shared list and what failed."""
    await crowded(office)
    await submitted(office, "mei", await preview(office, "mei"), "Shared in")

    await office.sandbox.open_home("mei")
    home = await office.home("mei", "What you share", lacks="Reading anew")

    words = text_of(home)
    assert "1,560 tokens expire within 30 days" in words
    assert f"{LISTED:,} tokens" in words
    assert "The service answered with HTTP 500." in words
    assert "It was deleted, an ID is mistyped" in words
    (menu,) = [each for each in controls_of(home) if each["action_id"] == "home.details"]
    assert len(menu["options"]) == 100
    assert "List all in Messages" in buttons_of(home)
    assert refused(office) == []


async def test_a_channel_is_reminded_of_it(working_office: Office) -> None:
    """All that expires soon is one message: some in full, a line for more, the rest counted."""
    office = working_office
    await crowded(office)
    view = await preview(office, "mei", "remind here", holds="I shall show its row")
    assert f"The first 50 of {LISTED:,}. {UNREAD}" in text_of(view)

    await submitted(office, "mei", view, "from now on")

    message = await office.wait(lambda: next(iter(posted(office)), None), "a reminder")
    assert f"This channel is reminded before {LISTED:,} tokens expire" in text_of(message)
    assert " more." in text_of(message)
    assert {"Mine", "All renewed", "Settings", "Stop…"} <= set(buttons_of(message))
    assert refused(office) == []
