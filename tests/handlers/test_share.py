"""Sharing a list: the preview, and the one message that comes of it."""

import pytest

from sandbox.faults import Fault
from tests.fixtures.bot import Office, buttons_of, controls_of, open_office, text_of
from tests.fixtures.canaries import Watch
from tests.fixtures.world import REPORTS, put_token
from tests.handlers.shares import SHARE, posted, preview, rows_of, shared, submitted


async def test_a_list_is_previewed_and_posted_once(office: Office) -> None:
    """`/tokens share` previews a person's list, and confirming posts exactly one message."""
    await office.connect("mei")

    view = await preview(office, "mei")
    assert "Sharing shows this to all 5 members of #general" in " ".join(text_of(view).split())
    assert "etl nightly" in text_of(view)
    assert posted(office) == []
    done = await submitted(office, "mei", view, "#general")

    (message,) = posted(office)
    assert "2 tokens, 1 expires within 7 days" in text_of(message)
    assert [row[0].split()[-1] for row in rows_of(message)] == ["nightly", "dashboards"]
    assert buttons_of(message) == ["Mine", "Remind me", "Update", "Unshare"]
    assert "Shared in" in text_of(done)
    assert buttons_of(done) == ["See it"]


async def test_the_preview_shows_the_very_words(office: Office) -> None:
    """Every cell of the message was in the preview, in the same words."""
    await office.connect("mei")
    view = await preview(office, "mei")

    await submitted(office, "mei", view, "Shared in")

    (message,) = posted(office)
    for cells in rows_of(message):
        for cell in cells:
            assert cell.strip() in text_of(view)


async def test_a_list_is_shared_from_its_button(office: Office) -> None:
    """Share on a list previews that list, with its filter, for the channel that it stands in."""
    await office.connect("mei")
    listed = await office.types("mei", "expiring 7d", channel="data-platform")

    await office.presses("mei", "list.share", listed)
    view = await office.modal("mei", SHARE)
    await submitted(office, "mei", view, "Shared in")

    (message,) = posted(office, "data-platform")
    assert "expiring:7d" in text_of(message)
    assert len(rows_of(message)) == 1


async def test_the_channel_may_be_typed(office: Office) -> None:
    """`/tokens share #channel filters` goes to that channel, wherever it was typed."""
    await office.connect("mei")

    message = await shared(office, "mei", "share #data-platform name:etl", where="data-platform")

    assert "name:etl" in text_of(message)
    assert posted(office, "general") == []


async def test_a_channel_that_nobody_knows_is_said(office: Office) -> None:
    """A word that looks like a channel and is none is no filter."""
    await office.connect("mei")

    answer = await office.types("mei", "share #nowhere")

    assert "I do not know the channel #nowhere" in text_of(answer)


async def test_in_a_direct_message_a_channel_is_chosen(office: Office) -> None:
    """In a DM nothing is shared: the preview asks for a channel, and can then be confirmed."""
    await office.connect("mei")
    view = await preview(office, "mei", channel="D07MEITAN01")
    assert view["view"]["submit"] is None
    assert "Choose a channel, and you see" in text_of(view)

    choice = {"action_id": "share.channel", "selected": "data-platform"}
    await office.presses("mei", choice, view)
    view = await office.modal("mei", SHARE, "#data-platform")
    assert "4 members" in text_of(view)
    assert "Choose a channel, and you see" not in text_of(view)
    await submitted(office, "mei", view, "Shared in")

    assert len(posted(office, "data-platform")) == 1


async def test_other_columns_make_another_preview(office: Office) -> None:
    """What was ticked is previewed, and that alone is posted."""
    put_token(
        office.sandbox.company, "of alice", at=REPORTS, created_by="alice", members=("bob", "carol")
    )
    await office.connect("mei", "kyuubi", REPORTS)
    view = await preview(office, "mei")
    assert "alice" not in text_of(view).replace("of alice", "")
    assert "bob" not in text_of(view)

    ticked = {"action_id": "share.columns", "selected": ["name", "members"]}
    await office.presses("mei", ticked, view)
    view = await office.modal("mei", SHARE, "member/bob, acs:emr::")
    assert "Status:" not in text_of(view)
    await submitted(office, "mei", view, "Shared in")

    (message,) = posted(office)
    (table,) = [block for block in message["blocks"] if block["type"] == "table"]
    assert [text_of(cell) for cell in table["rows"][0]] == ["Token", "Members"]
    assert all(cell.count("member/") == 2 for _, cell in rows_of(message))


async def test_no_column_cannot_be_shared(office: Office) -> None:
    """Without any column there is nothing to confirm."""
    await office.connect("mei")
    view = await preview(office, "mei")

    await office.presses("mei", {"action_id": "share.columns", "selected": []}, view)

    view = await office.modal("mei", SHARE, "Choose at least one column")
    assert view["view"]["submit"] is None


async def test_after_no_column_one_can_be_chosen(office: Office) -> None:
    """The choice stays where nothing can be confirmed, and the preview comes back with it."""
    await office.connect("mei")
    view = await preview(office, "mei")
    await office.presses("mei", {"action_id": "share.columns", "selected": []}, view)
    view = await office.modal("mei", SHARE, "Choose at least one column")

    await office.presses("mei", {"action_id": "share.columns", "selected": ["name"]}, view)

    view = await office.modal("mei", SHARE, "Sharing shows this")
    assert "Choose at least one column" not in text_of(view)
    await submitted(office, "mei", view, "Shared in")
    assert rows_of(posted(office)[0])[0] == ["etl nightly"]


async def test_an_empty_list_cannot_be_shared(office: Office) -> None:
    """Where no token matches there is nothing to confirm."""
    await office.connect("mei")

    view = await preview(office, "mei", "share name:nothing", holds="No token to share")

    assert view["view"]["submit"] is None


async def test_with_nothing_connected_there_is_no_list(office: Office) -> None:
    """A newcomer is told how to connect."""
    view = await preview(office, "priya", holds="You have connected nothing yet")

    assert "/tokens connect" in text_of(view)


async def test_where_slack_takes_no_table_the_rows_are_lines(office: Office) -> None:
    """A refused table is posted as lines, once; the next one at once."""
    await office.connect("mei")
    await office.sandbox.happen("refuse_tables")

    for _ in range(2):
        await submitted(office, "mei", await preview(office, "mei"), "Shared in")

    for message in posted(office):
        assert "etl nightly" in text_of(message)
        assert "table" not in [block["type"] for block in message["blocks"]]
    assert len(posted(office)) == 2
    assert len(office.sandbox.calls("chat.postMessage")) == 3


async def test_a_long_list_is_shared_in_part(office: Office) -> None:
    """Of many tokens the first are shared, and how many there are is said."""
    for number in range(70):
        put_token(office.sandbox.company, f"job {number:02}", at=REPORTS)
    await office.connect("mei", "kyuubi", REPORTS)

    message = await shared(office, "mei")

    assert "The first 50 of 70." in text_of(message)
    assert len(rows_of(message)) == 50


async def test_what_could_not_be_read_is_said(office: Office) -> None:
    """A list that lacks a place says so in the channel, without saying which."""
    await office.connect("mei")
    await office.connect("mei", "idaas", label="Partners")
    office.sandbox.faults.add(Fault(service="idaas", kind="500"))

    message = await shared(office, "mei")

    assert "1 of 2 places could not be read in full." in text_of(message)
    assert "Partners" not in text_of(message)


@pytest.mark.parametrize(("columns", "offered"), [("name,expires", 2), ("masked", 1)])
async def test_only_what_the_operator_allows_is_offered(
    redis_url: str, canaries: Watch, columns: str, offered: int
) -> None:
    """The policy rules what can be ticked, and what is posted."""
    environ = {"TOKENBELL_SHARE_COLUMNS": columns}
    async with open_office(redis_url, canaries, environ=environ) as office:
        await office.connect("mei")
        view = await preview(office, "mei")
        (boxes,) = [c for c in controls_of(view) if c["action_id"] == "share.columns"]
        assert [each["value"] for each in boxes["options"]] == columns.split(",")

        await submitted(office, "mei", view, "Shared in")

        (message,) = posted(office)
        assert {len(row) for row in rows_of(message)} == {offered}


async def test_a_command_that_took_too_long_shows_the_list(office: Office) -> None:
    """Without a trigger no form can be opened: the list comes, whose button has a new one."""
    await office.connect("mei")
    office.sandbox.platform.triggers._seconds = -1.0

    answer = await office.types("mei", "share name:etl")

    assert "1 token" in text_of(answer)
    assert "Share…" in buttons_of(answer)


async def test_two_thousand_tokens_fit_one_message(office: Office) -> None:
    """However many tokens there are, a share stays within Slack's limits, with the rest counted."""
    for number in range(2_000):
        put_token(office.sandbox.company, f"job {number:04}", at=REPORTS, members=("m" * 90,) * 9)
    await office.connect("mei", "kyuubi", REPORTS)
    view = await preview(office, "mei")
    every = [each["value"] for each in controls_of(view)[1]["options"]]

    await office.presses("mei", {"action_id": "share.columns", "selected": every}, view)
    view = await office.modal("mei", SHARE, "Masked text: ")
    await submitted(office, "mei", view, "Shared in")

    (message,) = posted(office)
    assert "of 2,000." in text_of(message)
    assert len(rows_of(message)) > 10
