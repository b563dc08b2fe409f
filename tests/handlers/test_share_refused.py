"""What keeps a list from being shared: told to whoever tried, and to nobody else."""

import pytest

from sandbox.faults import Fault
from tests.fixtures.bot import Office, open_office, owner, text_of
from tests.fixtures.canaries import Watch
from tests.handlers.shares import (
    SHARE,
    nothing_posted,
    opened,
    planted,
    posted,
    preview,
    submitted,
)

REFUSED = "Tokenbell is for full members of this workspace"
USED = "can be confirmed once"


async def test_another_kind_of_screen_is_no_preview(office: Office) -> None:
    """What a list is kept under cannot be confirmed."""
    await office.connect("mei")
    await office.types("mei")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    view = await preview(office, "mei")
    opened(office, "mei", view).definition["private_metadata"] = screen.rpartition(":")[2]

    await submitted(office, "mei", view, USED)

    assert nothing_posted(office)


async def test_a_channel_chosen_meanwhile_is_previewed_first(office: Office) -> None:
    """A form whose channel is not the previewed one posts nothing, and shows that preview."""
    await office.connect("mei")
    view = await preview(office, "mei")

    values = {"share.channel": "data-platform"}
    again = await submitted(office, "mei", view, "#data-platform", values)
    assert nothing_posted(office)

    await submitted(office, "mei", again, "Shared in")
    assert [len(posted(office, name)) for name in ("general", "data-platform")] == [0, 1]


async def test_columns_ticked_meanwhile_are_previewed_first(office: Office) -> None:
    """The same for columns."""
    await office.connect("mei")
    view = await preview(office, "mei")

    again = await submitted(office, "mei", view, "Masked", {"share.columns": ["name", "masked"]})

    assert "Masked text: dxj" in text_of(again)
    assert nothing_posted(office)


async def test_a_column_of_somebodys_making_is_not_posted(redis_url: str, canaries: Watch) -> None:
    """A form that names a column beyond the policy shows a preview without it."""
    environ = {"TOKENBELL_SHARE_COLUMNS": "name"}
    async with open_office(redis_url, canaries, environ=environ) as office:
        await office.connect("mei")
        view = await preview(office, "mei")
        value = opened(office, "mei", view).values["columns"]["share.columns"]
        value["selected_options"] = [{"value": "name"}, {"value": "masked"}, {"value": None}]

        again = await submitted(office, "mei", view, "etl nightly")

        assert nothing_posted(office)
        assert "dxj" not in text_of(again)


async def test_sharing_can_be_switched_off(redis_url: str, canaries: Watch) -> None:
    """Without any column nothing can be shared."""
    async with open_office(redis_url, canaries, environ={"TOKENBELL_SHARE_COLUMNS": ","}) as office:
        await office.connect("mei")

        await preview(office, "mei", holds="switched sharing off")


async def test_a_guest_gets_no_preview(office: Office) -> None:
    """A guest is told why, and sees no form."""
    assert REFUSED in text_of(await office.types("sam", "share"))

    assert office.sandbox.views("sam") == []


async def test_a_stranger_submits_nothing(office: Office) -> None:
    """Somebody of another organisation gets a form that says why not."""
    message = await planted(office, "list.share", "x:0", "C07ACMEEXT5")

    await office.presses("dana", "list.share", message)

    await office.modal("dana", SHARE, REFUSED)


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("ext-acme-port", "People of other organisations are in #ext-acme-port"),
        ("migration-2025", "it is archived"),
        ("random", "/invite @Tokenbell"),
        ("on-call", "You are not in that channel"),
    ],
)
async def test_a_channel_that_will_not_do_is_explained(
    office: Office, channel: str, says: str
) -> None:
    """The preview says why it cannot be posted there, with the next step, and cannot be confirmed."""
    who = "jonas" if channel == "on-call" else "mei"
    await office.connect(who)
    ids = {each.name: each.id for each in office.sandbox.workspace.conversations.values()}

    text = f"share <#{ids[channel]}|x>"
    view = await preview(office, who, text, holds=says)

    assert view["view"]["submit"] is None
    if channel == "on-call":
        assert "on-call" not in text_of(view)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"event": "leave", "user": "mei"}, "You are not in #general"),
        ({"event": "kick_bot"}, "I am not in #general"),
        ({"event": "archive"}, "it is archived"),
        ({"event": "restrict"}, "This workspace does not let me post there"),
    ],
)
async def test_what_changes_before_the_confirmation_counts(
    office: Office, event: dict[str, str], says: str
) -> None:
    """Leaving, an app that was removed, an archive: told in the form, nothing is posted."""
    await office.connect("mei")
    view = await preview(office, "mei")
    await office.sandbox.happen(channel="general", **event)

    await submitted(office, "mei", view, says)

    assert nothing_posted(office)
    assert office.sandbox.dm("mei") == []
    await office.idle()
    assert [key async for key in office.bot.redis.scan_iter("tb:*:share:*")] == []


@pytest.mark.parametrize("seconds", [7])
async def test_a_limit_of_slacks_is_told_and_can_be_tried_again(
    office: Office, seconds: int
) -> None:
    """After a 429 the form says when to try again, and the same button does."""
    await office.connect("mei")
    view = await preview(office, "mei")
    fault = Fault(service="slack", kind="429", match="chat.postMessage", times=1, seconds=seconds)
    office.sandbox.faults.add(fault)

    view = await submitted(office, "mei", view, "Slack is limiting how much I post")
    assert "7 seconds" in text_of(view)
    assert nothing_posted(office)

    await submitted(office, "mei", view, "Shared in")
    assert len(posted(office)) == 1


@pytest.mark.parametrize("scope", ["channels:read", "chat:write"])
async def test_a_missing_permission_is_named(office: Office, scope: str) -> None:
    """A scope that the app was not given is named, with who can add it."""
    await office.connect("mei")
    view = await preview(office, "mei")
    app = office.sandbox.platform.app
    app.scopes = tuple(each for each in app.scopes if each != scope)

    view = await submitted(office, "mei", view, "I lack a permission")

    assert scope in text_of(view)
    assert nothing_posted(office)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_post_without_an_answer_is_not_repeated(office: Office, accepted: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Where nobody knows whether it was posted, the form says so and offers no second try."""
    await office.connect("mei")
    view = await preview(office, "mei")
    office.sandbox.faults.add(
        Fault(service="slack", kind="reset", match="chat.postMessage", times=1, accepted=accepted)
    )

    view = await submitted(office, "mei", view, "Slack did not answer")

    assert "Look in #general" in text_of(view)
    assert view["view"]["submit"] is None
    assert len(posted(office)) == int(accepted)


async def test_a_channel_is_read_to_its_last_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody on a later page of a channel's members is a member."""
    monkeypatch.setattr("bot.slack._MEMBERS_PAGE", 1)
    await office.connect("aiko")

    await preview(office, "aiko", holds="Sharing shows this to all")

    assert len(office.sandbox.calls("conversations.members")) > 1


async def test_a_list_that_is_too_old_is_not_shared(office: Office) -> None:
    """Share on a list whose screen is forgotten says so; so does a choice in an old preview."""
    await office.connect("mei")
    listed = await office.types("mei")
    view = await preview(office, "mei")
    await office.bot.desk.screens.forget_owner(owner("mei"))

    await office.presses("mei", {"action_id": "share.channel", "selected": "random"}, view)
    await office.modal("mei", SHARE, USED)
    await office.presses("mei", "list.share", listed)
    await office.modal("mei", SHARE, "is no longer there")

    assert nothing_posted(office)


async def test_a_policy_that_leaves_nothing_ends_previews_and_updates(office: Office) -> None:
    """When no column of a list may be shared any more, it is neither posted nor updated."""
    await office.connect("mei")
    await submitted(office, "mei", await preview(office, "mei"), "Shared in")
    (message,) = posted(office)
    view = await preview(office, "mei")
    office.bot.desk.shares.policy = ("masked",)

    await submitted(office, "mei", view, USED)
    await office.presses("mei", "share.update", message)
    await office.modal("mei", SHARE, "None of its columns may be shared any more")

    assert posted(office) == [message]


async def test_an_update_is_previewed_anew_when_it_cannot_be_done(office: Office) -> None:
    """After a refusal the form is still that of an update, without choices."""
    await office.connect("mei")
    await submitted(office, "mei", await preview(office, "mei"), "Shared in")
    (message,) = posted(office)
    await office.presses("mei", "share.update", message)
    view = await office.modal("mei", SHARE, "Updating shows this")
    office.sandbox.faults.add(Fault(service="slack", kind="429", match="chat.update", times=1))

    again = await submitted(office, "mei", view, "Slack is limiting")

    assert again["view"]["submit"]["text"] == "Update"
    assert "What of each token?" not in text_of(again)


async def test_a_direct_message_is_no_channel_to_share_in(office: Office) -> None:
    """A form that names one shows why it cannot be, also from an app that may look into them."""
    office.sandbox.platform.app.scopes += ("im:read",)
    await office.connect("mei")
    view = await preview(office, "mei")
    dm = await office.bot.desk.slack.open_dm(*owner("mei"))
    state = opened(office, "mei", view).values["channel"]["share.channel"]
    state["selected_conversation"] = dm

    view = await submitted(office, "mei", view, "A list is shared in a channel. Choose one.")

    assert view["view"]["submit"] is None
    assert nothing_posted(office)
