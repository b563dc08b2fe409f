import pytest

from sandbox.server import Sandbox
from sandbox.slack.forms import REQUIRED
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_interactions import OPTIONS
from tests.sandbox.slack.test_modals import answer_with, input_of, opened
from tests.sandbox.slack.test_views import modal, plain


async def test_every_input_has_its_null_shape(sandbox: Sandbox, bot: Bot) -> None:
    """An untouched optional form is sent with type and null, never with keys left out."""
    answer_with(bot)
    shapes: dict[str, tuple[str, object]] = {
        "plain_text_input": ("value", None),
        "email_text_input": ("value", None),
        "url_text_input": ("value", None),
        "number_input": ("value", None),
        "rich_text_input": ("rich_text_value", None),
        "static_select": ("selected_option", None),
        "external_select": ("selected_option", None),
        "radio_buttons": ("selected_option", None),
        "checkboxes": ("selected_options", []),
        "multi_static_select": ("selected_options", []),
        "multi_external_select": ("selected_options", []),
        "users_select": ("selected_user", None),
        "multi_users_select": ("selected_users", []),
        "conversations_select": ("selected_conversation", None),
        "multi_conversations_select": ("selected_conversations", []),
        "channels_select": ("selected_channel", None),
        "multi_channels_select": ("selected_channels", []),
        "datepicker": ("selected_date", None),
        "timepicker": ("selected_time", None),
        "datetimepicker": ("selected_date_time", None),
        "file_input": ("files", []),
    }
    with_options = {"static_select", "radio_buttons", "checkboxes", "multi_static_select"}
    blocks = []
    for kind in shapes:
        element: Json = {"type": kind, "action_id": kind}
        if kind in with_options:
            element["options"] = OPTIONS
        if kind == "number_input":
            element["is_decimal_allowed"] = False
        blocks.append(input_of(element, optional=True))
    view = await opened(sandbox, bot, modal(submit=plain("Save"), blocks=blocks))

    await sandbox.submit("mei", view)

    assert bot.received[0]["view"]["state"]["values"] == {
        kind: {kind: {"type": kind, name: empty}} for kind, (name, empty) in shapes.items()
    }


@pytest.mark.parametrize(
    ("element", "given", "complaint"),
    [
        ({"type": "plain_text_input"}, None, REQUIRED),
        ({"type": "plain_text_input"}, "", REQUIRED),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "at least 3"),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "no more than 3"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "a number"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "least 2"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "1"}, "1.5", "than 1"),
        ({"type": "email_text_input"}, "mei", "email"),
        ({"type": "url_text_input"}, "mei", "URL"),
        ({"type": "datepicker"}, "2026-13-01", "date"),
        ({"type": "timepicker"}, "25:00", "time"),
        ({"type": "checkboxes", "options": OPTIONS}, [], REQUIRED),
        (
            {"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 1},
            ["a", "b"],
            "no more than 1",
        ),
    ],
)
async def test_slacks_client_checks_a_form_before_it_sends_it(
    sandbox: Sandbox, bot: Bot, element: Json, given: object, complaint: str
) -> None:
    """A form that is not filled in properly never reaches the app."""
    answer_with(bot)
    block = input_of({**element, "action_id": "it"})
    view = await opened(sandbox, bot, modal(submit=plain("Save"), blocks=[block]))

    submission = await sandbox.submit("mei", view, {"it": given})

    assert submission.ack is None
    assert complaint in submission.errors["it"]
    assert bot.received == []


@pytest.mark.parametrize(
    ("element", "given"),
    [
        ({"type": "plain_text_input", "min_length": 3}, "abc"),
        ({"type": "number_input", "is_decimal_allowed": True}, "-1.5"),
        ({"type": "email_text_input"}, "mei@halyard.example"),
        ({"type": "url_text_input"}, "https://halyard.example"),
        ({"type": "datepicker"}, "2026-12-01"),
        ({"type": "timepicker"}, "23:59"),
        ({"type": "rich_text_input"}, "words"),
        ({"type": "rich_text_input"}, {"type": "rich_text", "elements": []}),
        ({"type": "multi_static_select", "options": OPTIONS}, ["a", "b"]),
        ({"type": "users_select"}, "jonas"),
        ({"type": "file_input"}, [{"id": "F1"}]),
    ],
)
async def test_a_good_form_passes(sandbox: Sandbox, bot: Bot, element: Json, given: object) -> None:
    """What is filled in properly is sent."""
    answer_with(bot)
    block = input_of({**element, "action_id": "it"})
    view = await opened(sandbox, bot, modal(submit=plain("Save"), blocks=[block]))

    submission = await sandbox.submit("mei", view, {"it": given})

    assert submission.errors == {}
    assert len(bot.received) == 1


async def test_initial_values_are_sent_unless_emptied(sandbox: Sandbox, bot: Bot) -> None:
    """A field left out keeps its initial value; null empties it."""
    answer_with(bot)
    blocks = [
        input_of(
            {"type": "plain_text_input", "action_id": name, "initial_value": "before"},
            optional=True,
        )
        for name in ("kept", "emptied")
    ]
    view = await opened(sandbox, bot, modal(submit=plain("Save"), blocks=blocks))

    await sandbox.submit("mei", view, {"emptied": None})

    values = bot.received[0]["view"]["state"]["values"]
    assert values["kept"]["kept"]["value"] == "before"
    assert values["emptied"]["emptied"]["value"] is None
