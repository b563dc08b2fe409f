import re
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.slack.errors import RefusedError, UnknownError, WrongRequestError
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_chat import GENERAL
from tests.sandbox.slack.test_views import plain

OPTIONS = [{"text": plain(name.upper()), "value": name} for name in ("a", "b", "c")]
BUTTON: Json = {
    "type": "button",
    "action_id": "go",
    "text": plain("Go"),
    "value": "1",
    "style": "primary",
}


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def accept_all(bot: Bot) -> None:
    @bot.app.action(re.compile(""))
    async def acknowledge(ack: Any) -> None:
        await ack()


async def posted(sandbox: Sandbox, bot: Bot, *blocks: Json, **where: str) -> Json:
    """Post blocks and return the message as the sandbox shows it."""
    channel = where.get("channel", GENERAL)
    if "user" in where:
        await bot.client.chat_postEphemeral(
            channel=channel, user=where["user"], text="x", blocks=list(blocks)
        )
    else:
        await bot.client.chat_postMessage(channel=channel, text="x", blocks=list(blocks))
    return sandbox.messages(channel)[-1]


async def test_a_click_reaches_bolt_as_block_actions(sandbox: Sandbox, bot: Bot) -> None:
    """The payload has person, place, message, state and the one action."""
    accept_all(bot)
    message = await posted(sandbox, bot, actions(BUTTON))

    ack = await sandbox.interact("mei", "go", on=message)

    assert (ack.status, ack.error, ack.body) == (200, None, None)
    body = bot.received[0]
    assert body["type"] == "block_actions"
    assert body["user"] == {
        "id": "U07MEITAN01",
        "username": "mei",
        "name": "mei",
        "team_id": "T07HALYARD1",
    }
    assert body["team"] == {"id": "T07HALYARD1", "domain": "halyard"}
    assert body["channel"] == {"id": GENERAL, "name": "general"}
    assert body["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": GENERAL,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == message["ts"]
    assert body["state"] == {"values": {}}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    (action,) = body["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "action_id": "go",
        "block_id": "row",
        "text": {"type": "plain_text", "text": "Go", "emoji": True},
        "value": "1",
        "style": "primary",
    }


async def test_a_click_on_an_ephemeral_message_has_no_message(sandbox: Sandbox, bot: Bot) -> None:
    """Slack keeps no copy of an ephemeral message that it could send along."""
    accept_all(bot)
    message = await posted(sandbox, bot, actions(BUTTON), user="U07MEITAN01")

    await sandbox.interact("mei", "go", on=message)

    assert bot.received[0]["container"]["is_ephemeral"] is True
    assert "message" not in bot.received[0]


async def test_a_strangers_click_names_both_teams(sandbox: Sandbox, bot: Bot) -> None:
    """In a shared channel a stranger's own team is in `user`, the workspace's in `team`."""
    accept_all(bot)
    message = await posted(sandbox, bot, actions(BUTTON), channel="C07ACMEEXT5")

    await sandbox.interact("dana", "go", on=message)

    assert bot.received[0]["user"]["team_id"] == "T07ACMEPORT"
    assert bot.received[0]["team"]["id"] == "T07HALYARD1"


@pytest.mark.parametrize(
    ("element", "selected", "chosen"),
    [
        (
            {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]},
            "b",
            {"selected_option": "b"},
        ),
        (
            {
                "type": "static_select",
                "option_groups": [{"label": plain("All"), "options": OPTIONS}],
            },
            {"value": "c"},
            {"selected_option": "c"},
        ),
        ({"type": "overflow", "options": OPTIONS}, "A", {"selected_option": "a"}),
        ({"type": "radio_buttons", "options": OPTIONS}, "c", {"selected_option": "c"}),
        ({"type": "checkboxes", "options": OPTIONS}, ["a", "c"], {"selected_options": ["a", "c"]}),
        ({"type": "checkboxes", "options": OPTIONS[:1]}, True, {"selected_options": ["a"]}),
        ({"type": "checkboxes", "options": OPTIONS}, False, {"selected_options": []}),
        ({"type": "users_select"}, "jonas", {"selected_user": "U07JONASW02"}),
        (
            {"type": "multi_users_select"},
            ["@aiko", "U07PRIYAN03"],
            {"selected_users": ["U07AIKOMO04", "U07PRIYAN03"]},
        ),
        ({"type": "channels_select"}, "#general", {"selected_channel": GENERAL}),
        ({"type": "conversations_select"}, "@tokenbell", {"selected_conversation": "D07MEITAN01"}),
        ({"type": "datepicker"}, "2026-12-01", {"selected_date": "2026-12-01"}),
        ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        ({"type": "datetimepicker"}, 1795300000, {"selected_date_time": 1795300000}),
    ],
)
async def test_choosing_is_sent_in_slacks_shape(
    sandbox: Sandbox, bot: Bot, element: Json, selected: object, chosen: Json
) -> None:
    """Each control has its own fields in the action, and in the state unless it keeps none."""
    accept_all(bot)
    message = await posted(sandbox, bot, actions({**element, "action_id": "pick"}))

    await sandbox.interact("mei", {"action_id": "pick", "selected": selected}, on=message)

    (name, expected) = next(iter(chosen.items()))
    action = bot.received[0]["actions"][0]
    assert values(action[name]) == expected
    if element["type"] != "overflow":
        state = bot.received[0]["state"]["values"]["row"]["pick"]
        assert (state["type"], values(state[name])) == (element["type"], expected)


def values(chosen: Any) -> Any:
    """Return options by their value."""
    if isinstance(chosen, list):
        return [values(one) for one in chosen]
    return chosen["value"] if isinstance(chosen, dict) else chosen


async def test_the_state_has_every_other_control_with_its_initial_value(
    sandbox: Sandbox, bot: Bot
) -> None:
    """Untouched controls are null-shaped or initial."""
    accept_all(bot)
    message = await posted(
        sandbox,
        bot,
        actions(
            BUTTON,
            {"type": "static_select", "action_id": "s", "options": OPTIONS},
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-12-01"},
        ),
    )

    await sandbox.interact("mei", "go", on=message)

    assert bot.received[0]["state"]["values"] == {
        "row": {
            "s": {"type": "static_select", "selected_option": None},
            "d": {"type": "datepicker", "selected_date": "2026-12-01"},
        }
    }


async def test_what_a_person_chose_stays_chosen_for_that_person(sandbox: Sandbox, bot: Bot) -> None:
    """A later click of the same person carries the earlier choice; another person's does not."""
    accept_all(bot)
    select = {"type": "static_select", "action_id": "s", "options": OPTIONS}
    message = await posted(sandbox, bot, actions(BUTTON, select))
    await sandbox.interact("mei", {"action_id": "s", "selected": "b"}, on=message)

    await sandbox.interact("mei", "go", on=message)
    await sandbox.interact("jonas", "go", on=message)

    mine, theirs = (b["state"]["values"]["row"]["s"]["selected_option"] for b in bot.received[1:])
    assert (mine["value"], theirs) == ("b", None)


async def test_among_equal_buttons_the_value_decides(sandbox: Sandbox, bot: Bot) -> None:
    """One action_id in several blocks needs a block_id or a value."""
    accept_all(bot)
    message = await posted(
        sandbox,
        bot,
        actions(BUTTON, block_id="one"),
        {
            "type": "section",
            "block_id": "two",
            "text": plain("x"),
            "accessory": {**BUTTON, "value": "2"},
        },
    )

    with pytest.raises(WrongRequestError, match="several"):
        await sandbox.interact("mei", "go", on=message)
    await sandbox.interact("mei", {"action_id": "go", "value": "2"}, on=message)
    await sandbox.interact("mei", {"action_id": "go", "block_id": "one"}, on=message)

    assert [b["actions"][0]["block_id"] for b in bot.received] == ["two", "one"]


async def test_feedback_buttons_can_be_pressed(sandbox: Sandbox, bot: Bot) -> None:
    """The newer kinds of buttons are buttons."""
    accept_all(bot)
    choice = {"text": plain("x"), "value": "1"}
    message = await posted(
        sandbox,
        bot,
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "go",
                    "positive_button": choice,
                    "negative_button": choice,
                }
            ],
        },
    )

    assert (await sandbox.interact("mei", "go", on=message)).error is None
    assert bot.received[0]["actions"][0]["type"] == "feedback_buttons"


async def test_controls_in_attachments_and_containers_work(sandbox: Sandbox, bot: Bot) -> None:
    """Wherever a control is drawn it can be used."""
    accept_all(bot)
    container = {"type": "container", "title": plain("More"), "child_blocks": [actions(BUTTON)]}
    message = await posted(sandbox, bot, container)
    await sandbox.interact("mei", "go", on=message)
    await bot.client.chat_postMessage(
        channel=GENERAL, text="x", attachments=[{"blocks": [actions(BUTTON)]}]
    )
    await sandbox.interact("mei", "go", on=sandbox.messages("general")[-1])

    card = {"type": "card", "body": plain("x"), "actions": [BUTTON]}
    message = await posted(sandbox, bot, {"type": "carousel", "elements": [card]})
    await sandbox.interact("mei", "go", on=message)

    assert [b["actions"][0]["action_id"] for b in bot.received] == ["go", "go", "go"]


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("nothing", UnknownError),
        ({}, UnknownError),
        ({"action_id": "s"}, WrongRequestError),
        ({"action_id": "s", "selected": "z"}, WrongRequestError),
        ({"action_id": "u", "selected": "nobody"}, UnknownError),
        ({"action_id": "t", "selected": "soon"}, WrongRequestError),
    ],
)
async def test_a_person_can_only_do_what_is_offered(
    sandbox: Sandbox, bot: Bot, action: object, error: type[Exception]
) -> None:
    """A missing control, a missing choice, an option that is not there."""
    message = await posted(
        sandbox,
        bot,
        actions(
            {"type": "static_select", "action_id": "s", "options": OPTIONS},
            {"type": "users_select", "action_id": "u"},
            {"type": "datetimepicker", "action_id": "t"},
        ),
    )

    with pytest.raises(error):
        await sandbox.interact("mei", action, on=message)


async def test_what_a_person_does_not_see_cannot_be_clicked(sandbox: Sandbox, bot: Bot) -> None:
    """Somebody else's ephemeral message, a channel that one is not in."""
    mine = await posted(sandbox, bot, actions(BUTTON), user="U07MEITAN01")
    private = await posted(sandbox, bot, actions(BUTTON), channel="C07ONCALL03")

    with pytest.raises(UnknownError, match="message"):
        await sandbox.interact("jonas", "go", on=mine)
    with pytest.raises(RefusedError, match="not in"):
        await sandbox.interact("jonas", "go", on=private)


async def test_a_click_that_is_not_acknowledged_is_shown() -> None:
    """The person is told that it did not work."""
    async with Sandbox(limits=Limits(ack=0.05)) as sandbox:
        bot = Bot(sandbox)
        await bot.connect()

        @bot.app.action("go")
        async def slow(ack: Any) -> None:
            await sandbox.wait_for(lambda: len(sandbox.messages("general", "mei")) > 1)
            await ack()

        message = await posted(sandbox, bot, actions(BUTTON))

        ack = await sandbox.interact("mei", "go", on=message)

        assert ack.error == "operation_timeout"
        assert "operation_timeout" in sandbox.messages("general", "mei")[-1]["text"]
        await bot.close()


async def test_a_click_that_reaches_nobody_is_shown(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """Without an app there is nobody to press the button for."""
    await client.chat_postMessage(channel=GENERAL, text="x", blocks=[actions(BUTTON)])

    ack = await sandbox.interact("mei", "go", on=sandbox.messages("general")[0])

    assert ack.error == "dispatch_failed"
    assert "dispatch_failed" in sandbox.messages("general", "mei")[-1]["text"]


async def test_people_talk(sandbox: Sandbox) -> None:
    """A message of a person is seen by the members of the channel."""
    said = sandbox.say("mei", "#general", "hello")

    assert sandbox.messages("general", "jonas") == [said]
    assert (
        sandbox.say("mei", "general", "@jonas: a < b")["text"] == "<@U07JONASW02|jonas>: a &lt; b"
    )
    with pytest.raises(WrongRequestError, match="empty"):
        sandbox.say("mei", "general", " ")
    with pytest.raises(RefusedError, match="not in"):
        sandbox.say("sam", "random", "hello")


async def test_a_deactivated_person_can_do_nothing(sandbox: Sandbox) -> None:
    """Whoever is deactivated is signed out."""
    await sandbox.happen("deactivate", user="jonas")

    with pytest.raises(RefusedError, match="deactivated"):
        sandbox.say("jonas", "general", "hello")
