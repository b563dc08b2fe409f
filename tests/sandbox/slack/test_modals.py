import asyncio
from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.slack.errors import RefusedError, UnknownError, WrongRequestError
from sandbox.slack.interactions import Submission
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_interactions import BUTTON, OPTIONS, actions
from tests.sandbox.slack.test_views import FORM, NAME, modal, plain

MEI = "U07MEITAN01"


async def opened(sandbox: Sandbox, bot: Bot, view: Json) -> Json:
    """Open a modal for Mei and return it as the sandbox shows it."""
    await bot.client.views_open(trigger_id=sandbox.platform.triggers.new(MEI), view=view)
    return sandbox.views("mei")[-1]


def answer_with(bot: Bot, **response: Any) -> None:
    @bot.app.view("")
    async def submitted(ack: Any) -> None:
        await ack(**response)


def input_of(element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": element["action_id"],
        "label": plain("Label"),
        "element": element,
        **more,
    }


async def test_a_submission_has_the_view_and_what_was_filled_in(sandbox: Sandbox, bot: Bot) -> None:
    """Bolt receives the whole view with its state; an empty ack closes it."""
    answer_with(bot)
    view = await opened(sandbox, bot, FORM | {"private_metadata": "opaque"})

    submission = await sandbox.submit("mei", view, {"text": "Mei's"})

    assert submission == Submission(submission.ack, {})
    body = bot.received[0]
    assert body["type"] == "view_submission"
    assert body["response_urls"] == []
    assert body["view"]["id"] == view["id"]
    assert body["view"]["private_metadata"] == "opaque"
    assert body["view"]["state"]["values"] == {
        "name": {"text": {"type": "plain_text_input", "value": "Mei's"}}
    }
    assert sandbox.views("mei") == []


async def test_errors_in_the_ack_keep_the_form_open(sandbox: Sandbox, bot: Bot) -> None:
    """`response_action: errors` shows messages under inputs, and keeps what was typed."""
    answer_with(bot, response_action="errors", errors={"name": "Taken."})
    view = await opened(sandbox, bot, FORM)

    submission = await sandbox.submit("mei", view, {"name": "x"})

    assert submission.errors == {"name": "Taken."}
    values = sandbox.views("mei")[0]["view"]["state"]["values"]
    assert values["name"]["text"]["value"] == "x"


async def test_an_update_in_the_ack_replaces_the_view(sandbox: Sandbox, bot: Bot) -> None:
    """`response_action: update` shows another content in the same view."""
    answer_with(bot, response_action="update", view=modal("Testing"))
    view = await opened(sandbox, bot, FORM)

    await sandbox.submit("mei", view, {"name": "x"})

    (shown,) = sandbox.views("mei")
    assert shown["id"] == view["id"]
    assert shown["view"]["title"]["text"] == "Testing"
    assert shown["view"]["hash"] != view["view"]["hash"]


async def test_a_push_in_the_ack_stacks_a_view_and_an_empty_ack_goes_back(
    sandbox: Sandbox, bot: Bot
) -> None:
    """`push` puts a view on top; closing it shows the one below."""
    answer_with(
        bot, response_action="push", view=modal("Second", submit=plain("Done"), callback_id="b")
    )
    first = await opened(sandbox, bot, FORM)
    await sandbox.submit("mei", first, {"name": "x"})
    assert [v["view"]["title"]["text"] for v in sandbox.views("mei")] == ["Title", "Second"]

    @bot.app.view("b")
    async def second(ack: Any) -> None:
        await ack()

    await sandbox.submit("mei", sandbox.views("mei")[-1])

    assert [v["id"] for v in sandbox.views("mei")] == [first["id"]]


async def test_a_fourth_view_cannot_be_pushed_by_an_ack(sandbox: Sandbox, bot: Bot) -> None:
    """The stack's limit holds here too: the form shows trouble."""
    answer_with(bot, response_action="push", view=FORM)
    await opened(sandbox, bot, FORM)
    for _ in range(2):
        await sandbox.submit("mei", sandbox.views("mei")[-1], {"name": "x"})

    submission = await sandbox.submit("mei", sandbox.views("mei")[-1], {"name": "x"})

    assert submission.ack is not None
    assert submission.ack.error == "push_limit_reached"
    assert len(sandbox.views("mei")) == 3


async def test_an_ack_for_a_view_that_is_gone_changes_nothing(sandbox: Sandbox, bot: Bot) -> None:
    """The person closed the form before the app answered."""

    @bot.app.view("")
    async def submitted(ack: Any) -> None:
        await sandbox.close("mei", view)
        await ack(response_action="push", view=FORM)

    view = await opened(sandbox, bot, FORM)

    submission = await sandbox.submit("mei", view, {"name": "x"})

    assert submission.errors == {}
    assert sandbox.views("mei") == []


async def test_a_form_can_be_submitted_twice_at_once(sandbox: Sandbox, bot: Bot) -> None:
    """A double click sends two submissions; the second finds the view closed."""
    answer_with(bot)
    view = await opened(sandbox, bot, FORM)

    both = await asyncio.gather(*(sandbox.submit("mei", view, {"name": "x"}) for _ in range(2)))

    assert [submission.errors for submission in both] == [{}, {}]
    assert len(bot.received) == 2


async def test_what_was_seen_of_a_view_does_not_change_afterwards(
    sandbox: Sandbox, bot: Bot
) -> None:
    """A view that a test holds is as it was."""
    answer_with(bot, response_action="errors", errors={"name": "Taken."})
    view = await opened(sandbox, bot, FORM)

    await sandbox.submit("mei", view, {"name": "x"})

    assert view["view"]["state"]["values"]["name"]["text"]["value"] is None


async def test_clear_in_the_ack_closes_everything(sandbox: Sandbox, bot: Bot) -> None:
    """`response_action: clear` closes the whole stack."""
    answer_with(bot, response_action="clear")
    view = await opened(sandbox, bot, FORM)

    await sandbox.submit("mei", view, {"name": "x"})

    assert sandbox.views("mei") == []


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"elsewhere": "x"}},
        {"response_action": "errors", "errors": {"name": ""}},
        {"response_action": "errors"},
        {"response_action": "shout"},
        {"response_action": "update"},
        {"response_action": "update", "view": modal("x" * 25)},
        "text",
    ],
)
async def test_an_ack_that_makes_no_sense_is_trouble(
    sandbox: Sandbox, bot: Bot, body: object
) -> None:
    """Slack shows trouble in the form when it cannot do what the app answers; nothing changes."""

    @bot.app.view("")
    async def submitted(ack: Any) -> None:
        await ack(body)

    view = await opened(sandbox, bot, FORM)

    submission = await sandbox.submit("mei", view, {"name": "x"})

    assert submission.ack is not None
    assert submission.ack.error in ("invalid_response_action", "invalid_arguments")
    assert "trouble" in submission.errors[""]
    assert [v["view"]["hash"] for v in sandbox.views("mei")] == [view["view"]["hash"]]


async def test_a_late_ack_leaves_the_form_open_with_trouble() -> None:
    """After three seconds the form says so, and stays."""
    async with Sandbox(limits=Limits(ack=0.05)) as sandbox:
        bot = Bot(sandbox)
        await bot.connect()
        view = await opened(sandbox, bot, FORM)
        await bot.close()
        await sandbox.wait_for(lambda: not sandbox.platform.transport.connected)

        submission = await sandbox.submit("mei", view, {"name": "x"})

        assert submission.ack is not None
        assert submission.ack.error == "dispatch_failed"
        assert "trouble" in submission.errors[""]
        assert len(sandbox.views("mei")) == 1


async def test_a_modal_can_be_opened_from_a_click_and_pushed_from_a_modal(
    sandbox: Sandbox, bot: Bot
) -> None:
    """Triggers of clicks open, triggers of clicks inside a modal push."""

    @bot.app.action("go")
    async def go(ack: Any, body: Json, client: Any) -> None:
        await ack()
        if body["container"]["type"] == "message":
            await client.views_open(
                trigger_id=body["trigger_id"], view=modal("One", blocks=[actions(BUTTON)])
            )
        else:
            await client.views_push(trigger_id=body["trigger_id"], view=modal("Two"))

    await bot.client.chat_postMessage(channel="C07GENERAL1", text="x", blocks=[actions(BUTTON)])
    await sandbox.interact("mei", "go", on=sandbox.messages("general")[0])
    await sandbox.wait_for(lambda: sandbox.views("mei"))
    await sandbox.interact("mei", "go", on=sandbox.views("mei")[0])
    await sandbox.wait_for(lambda: len(sandbox.views("mei")) == 2)

    inside = bot.received[-1]
    assert inside["container"] == {"type": "view", "view_id": sandbox.views("mei")[0]["id"]}
    assert inside["view"]["title"]["text"] == "One"
    assert not {"channel", "message", "response_url"} & inside.keys()


async def test_what_is_chosen_in_a_modal_is_part_of_its_state(sandbox: Sandbox, bot: Bot) -> None:
    """A dispatched choice stays chosen until the submission."""
    answer_with(bot)

    @bot.app.action("pick")
    async def pick(ack: Any) -> None:
        await ack()

    select = {"type": "static_select", "action_id": "pick", "options": OPTIONS}
    view = await opened(
        sandbox,
        bot,
        modal(
            submit=plain("Save"), blocks=[input_of(select, dispatch_action=True), actions(BUTTON)]
        ),
    )

    await sandbox.interact("mei", {"action_id": "pick", "selected": "b"}, on=view)
    await sandbox.submit("mei", view)

    first, second = (
        b["view"]["state"]["values"]["pick"]["pick"]["selected_option"] for b in bot.received
    )
    assert first["value"] == second["value"] == "b"


async def test_a_button_in_a_modal_sees_what_is_typed_beside_it(sandbox: Sandbox, bot: Bot) -> None:
    """A click carries what the other fields hold by then, submitted or not."""

    @bot.app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    typed = {"type": "plain_text_input", "action_id": "name"}
    view = await opened(
        sandbox, bot, modal(submit=plain("Save"), blocks=[input_of(typed), actions(BUTTON)])
    )

    await sandbox.interact("mei", "go", on=view, values={"name": "half a wor"})

    state = bot.received[-1]["view"]["state"]["values"]
    assert state["name"]["name"]["value"] == "half a wor"


async def test_a_chosen_option_that_is_no_longer_offered_is_forgotten(
    sandbox: Sandbox, bot: Bot
) -> None:
    """An update with other options starts from the new initial value."""
    select = {"type": "static_select", "action_id": "pick", "options": OPTIONS}
    many = {"type": "multi_static_select", "action_id": "many", "options": OPTIONS}
    view = await opened(
        sandbox, bot, modal(submit=plain("Save"), blocks=[input_of(select), input_of(many)])
    )
    platform_view = sandbox.platform.views.find(view["id"])
    platform_view.values["pick"]["pick"]["selected_option"] = OPTIONS[0]
    platform_view.values["many"]["many"]["selected_options"] = OPTIONS[:2]

    changed = [{**element, "options": OPTIONS[1:]} for element in (select, many)]
    await bot.client.views_update(
        view_id=view["id"],
        view=modal(submit=plain("Save"), blocks=[input_of(element) for element in changed]),
    )

    assert platform_view.values["pick"]["pick"]["selected_option"] is None
    assert platform_view.values["many"]["many"]["selected_options"] == []


async def test_a_chosen_conversation_may_come_with_a_response_url(
    sandbox: Sandbox, bot: Bot
) -> None:
    """response_url_enabled gives the app a way to answer where the person chose."""

    @bot.app.view("")
    async def submitted(ack: Any, body: Json) -> None:
        await ack()
        (entry,) = body["response_urls"]
        await bot.app.client.api_call("auth.test")
        import aiohttp  # noqa: PLC0415 - only to post to one URL

        async with aiohttp.ClientSession() as session:
            await session.post(entry["response_url"], json={"text": "shared"})

    elements: list[Json] = [
        {"type": "conversations_select", "action_id": "where", "response_url_enabled": True},
        {"type": "channels_select", "action_id": "else", "response_url_enabled": True},
    ]
    view = await opened(
        sandbox,
        bot,
        modal(submit=plain("Save"), blocks=[input_of(e, optional=True) for e in elements]),
    )

    await sandbox.submit("mei", view, {"where": "random"})
    await sandbox.wait_for(lambda: sandbox.messages("random", "mei"))

    assert bot.received[0]["response_urls"][0]["channel_id"] == "C07RANDOM04"
    assert sandbox.messages("random", "mei")[0]["text"] == "shared"


async def test_closing_is_told_if_the_view_asks_for_it(sandbox: Sandbox, bot: Bot) -> None:
    """notify_on_close sends view_closed; without it nothing is sent."""

    @bot.app.view_closed("")
    async def closed(ack: Any) -> None:
        await ack()

    silent = await opened(sandbox, bot, FORM)
    assert await sandbox.close("mei", silent) is None

    loud = await opened(sandbox, bot, FORM | {"notify_on_close": True})
    ack = await sandbox.close("mei", loud, clear=True)

    assert ack is not None
    assert ack.status == 200
    (body,) = bot.received
    assert (body["type"], body["is_cleared"]) == ("view_closed", True)
    assert sandbox.views("mei") == []


async def test_clear_on_close_takes_the_stack_along(sandbox: Sandbox, bot: Bot) -> None:
    """Closing a view with clear_on_close closes those below it."""
    answer_with(bot, response_action="push", view=modal("Top", clear_on_close=True))
    await sandbox.submit("mei", await opened(sandbox, bot, FORM), {"name": "x"})

    await sandbox.close("mei", sandbox.views("mei")[-1])

    assert sandbox.views("mei") == []


async def test_forms_refuse_what_a_person_could_not_do(sandbox: Sandbox, bot: Bot) -> None:
    """No submit button, no such input, somebody else's view, closing a Home."""
    without = await opened(sandbox, bot, modal())
    with pytest.raises(RefusedError, match="submit"):
        await sandbox.submit("mei", without)
    view = await opened(sandbox, bot, FORM)
    with pytest.raises(WrongRequestError, match="no input"):
        await sandbox.submit("mei", view, {"surname": "x"})
    with pytest.raises(UnknownError, match="view"):
        await sandbox.submit("jonas", view, {"name": "x"})
    await bot.client.views_publish(user_id=MEI, view={"type": "home", "blocks": [NAME]})
    home = sandbox.home("mei")
    assert home is not None
    with pytest.raises(WrongRequestError, match="Home"):
        await sandbox.close("mei", home)


async def test_a_home_has_controls_too(sandbox: Sandbox, bot: Bot) -> None:
    """A click in the Home tab is an interaction in a view."""

    @bot.app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    await bot.client.views_publish(user_id=MEI, view={"type": "home", "blocks": [actions(BUTTON)]})
    home = sandbox.home("mei")
    assert home is not None

    assert (await sandbox.interact("mei", "go", on=home)).error is None
    assert bot.received[0]["view"]["type"] == "home"
