from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from sandbox.slack.platform import Limits
from tests.sandbox.slack.conftest import Json
from tests.sandbox.slack.test_chat import GENERAL, TABLE, refused

MEI = "U07MEITAN01"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(title: str = "Title", **more: Any) -> Json:
    return {"type": "modal", "title": plain(title), "blocks": [], **more}


NAME: Json = {
    "type": "input",
    "block_id": "name",
    "label": plain("Name"),
    "element": {"type": "plain_text_input", "action_id": "text"},
}
FORM = modal(submit=plain("Save"), blocks=[NAME])


def trigger(sandbox: Sandbox, **more: Any) -> str:
    return sandbox.platform.triggers.new(MEI, **more)


async def test_a_modal_opens_for_whoever_triggered_it(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """views.open answers with the whole view and shows it to that person alone."""
    answer = await client.views_open(trigger_id=trigger(sandbox), view=FORM)

    view = answer["view"]
    assert view["id"] == view["root_view_id"]
    assert view["previous_view_id"] is None
    assert view["state"] == {"values": []}
    assert (view["app_id"], view["bot_id"]) == ("A07TOKENBEL", "B07TOKENBEL")
    assert (view["clear_on_close"], view["private_metadata"], view["close"]) == (False, "", None)
    (opened,) = sandbox.views("mei")
    assert opened["view"]["state"]["values"] == {
        "name": {"text": {"type": "plain_text_input", "value": None}}
    }
    assert sandbox.views("jonas") == []


async def test_a_trigger_is_good_once(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """A second use of a trigger_id is refused."""
    trigger_id = trigger(sandbox)
    await client.views_open(trigger_id=trigger_id, view=FORM)

    answer = await refused(client, "views.open", trigger_id=trigger_id, view=FORM)

    assert answer["error"] == "exchanged_trigger_id"


async def test_a_trigger_expires_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds after what the person did it is too late."""
    async with Sandbox(limits=Limits(trigger=0.0)) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.slack_api)

        answer = await refused(client, "views.open", trigger_id=trigger(sandbox), view=FORM)

    assert answer["error"] == "expired_trigger_id"


async def test_an_invalid_view_does_not_use_up_the_trigger(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """The view is checked first; nobody made up a trigger."""
    trigger_id = trigger(sandbox)
    answer = await refused(client, "views.open", trigger_id=trigger_id, view=modal("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]

    await client.views_open(trigger_id=trigger_id, view=FORM)
    answer = await refused(client, "views.open", trigger_id="1.2.x", view=FORM)
    assert answer["response_metadata"]["messages"] == ["[ERROR] invalid `trigger_id`"]


async def test_opening_another_takes_the_place_of_the_first(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """A person has one stack of modals."""
    await client.views_open(trigger_id=trigger(sandbox), view=modal("One"))

    second = await client.views_open(trigger_id=trigger(sandbox), view=modal("Two"))

    assert [v["id"] for v in sandbox.views("mei")] == [second["view"]["id"]]


async def test_three_views_can_be_stacked(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """views.push adds on top of the view that the trigger came from; the fourth is refused."""
    root = (await client.views_open(trigger_id=trigger(sandbox), view=modal("1")))["view"]

    def inside() -> str:
        return trigger(sandbox, view_id=root["id"])

    second = (await client.views_push(trigger_id=inside(), view=modal("2")))["view"]
    third = (await client.views_push(trigger_id=inside(), view=modal("3")))["view"]

    assert (second["root_view_id"], second["previous_view_id"]) == (root["id"], root["id"])
    assert (third["root_view_id"], third["previous_view_id"]) == (root["id"], second["id"])
    await client.views_update(view_id=third["id"], view=modal("3b"))
    assert [v["view"]["title"]["text"] for v in sandbox.views("mei")] == ["1", "2", "3b"]
    answer = await refused(client, "views.push", trigger_id=inside(), view=modal("4"))
    assert answer["error"] == "push_limit_reached"


async def test_a_push_needs_a_trigger_from_an_open_view(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """A command's trigger cannot push."""
    answer = await refused(client, "views.push", trigger_id=trigger(sandbox), view=modal())

    assert answer["error"] == "not_found"


async def test_an_update_keeps_what_was_typed_where_the_ids_stay(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """New content, the same input: its text stays. Another action_id starts empty."""
    view = (await client.views_open(trigger_id=trigger(sandbox), view=FORM))["view"]
    sandbox.platform.views.find(view["id"]).values["name"]["text"]["value"] = "typed"

    await client.views_update(view_id=view["id"], view={**FORM, "title": plain("Again")})
    kept = sandbox.views("mei")[0]["view"]
    assert (kept["title"]["text"], kept["state"]["values"]["name"]["text"]["value"]) == (
        "Again",
        "typed",
    )

    renamed = {**NAME, "element": {"type": "plain_text_input", "action_id": "other"}}
    await client.views_update(view_id=view["id"], view={**FORM, "blocks": [renamed]})
    assert sandbox.views("mei")[0]["view"]["state"]["values"] == {
        "name": {"other": {"type": "plain_text_input", "value": None}}
    }


async def test_an_update_with_an_old_hash_is_refused(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """The hash changes with each update, and protects against a race."""
    view = (await client.views_open(trigger_id=trigger(sandbox), view=FORM))["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=FORM)

    answer = await refused(client, "views.update", view_id=view["id"], hash=view["hash"], view=FORM)

    assert answer["error"] == "hash_conflict"


async def test_views_are_found_by_the_apps_own_id(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """An external_id finds a view, and no two views share one."""
    await client.views_publish(user_id="U07JONASW02", view={"type": "home", "blocks": []})
    await client.views_open(trigger_id=trigger(sandbox), view=modal(external_id="mine"))

    await client.views_update(external_id="mine", view=modal("New", external_id="mine"))

    assert sandbox.views("mei")[0]["view"]["title"]["text"] == "New"
    answer = await refused(
        client,
        "views.publish",
        user_id=MEI,
        view={"type": "home", "blocks": [], "external_id": "mine"},
    )
    assert answer["error"] == "duplicate_external_id"
    trigger_id = trigger(sandbox)
    answer = await refused(
        client, "views.open", trigger_id=trigger_id, view=modal(external_id="mine")
    )
    assert answer["error"] == "duplicate_external_id"
    assert len(sandbox.views("mei")) == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"view_id": "V0"}, "not_found"),
        ({"external_id": "x", "view_id": ""}, "not_found"),
        ({}, "invalid_arguments"),
    ],
)
async def test_a_view_that_is_not_open_is_not_found(
    client: AsyncWebClient, arguments: Json, error: str
) -> None:
    """An unknown id, and none at all."""
    assert (await refused(client, "views.update", view=FORM, **arguments))["error"] == error


async def test_a_closed_view_cannot_be_updated(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """Once the person closed it, it is not found."""
    view = (await client.views_open(trigger_id=trigger(sandbox), view=FORM))["view"]
    await sandbox.close("mei", sandbox.views("mei")[0])

    answer = await refused(client, "views.update", view_id=view["id"], view=FORM)

    assert answer["error"] == "not_found"


async def test_a_home_is_published_and_published_anew(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """views.publish keeps one view a person, and checks its hash."""
    home: Json = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=MEI, view=home))["view"]
    second = (await client.views_publish(user_id=MEI, view=home, hash=first["hash"]))["view"]

    assert first["id"] == second["id"]
    assert first["hash"] != second["hash"]
    found = sandbox.home("mei")
    assert found is not None
    assert found["type"] == "home"
    assert sandbox.home("jonas") is None
    answer = await refused(client, "views.publish", user_id=MEI, view=home, hash=first["hash"])
    assert answer["error"] == "hash_conflict"


@pytest.mark.parametrize("user", ["U0", "U07DANAFX06", ""])
async def test_a_home_belongs_to_a_member(client: AsyncWebClient, user: str) -> None:
    """Nobody, and a stranger, have no Home."""
    answer = await refused(
        client, "views.publish", user_id=user, view={"type": "home", "blocks": []}
    )

    assert answer["response_metadata"]["messages"] == ["[ERROR] invalid `user_id`"]


async def test_a_view_keeps_its_type(sandbox: Sandbox, client: AsyncWebClient) -> None:
    """A modal is not opened as a Home, nor turned into one."""
    home: Json = {"type": "home", "blocks": []}
    answer = await refused(client, "views.open", trigger_id=trigger(sandbox), view=home)
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: home [json-pointer:/view/type]"
    ]

    view = (await client.views_open(trigger_id=trigger(sandbox), view=FORM))["view"]
    answer = await refused(client, "views.update", view_id=view["id"], view=home)
    assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("{", None),
        (7, "must provide an object [json-pointer:/view]"),
        (
            {"type": "modal", "blocks": []},
            "missing required field: title [json-pointer:/view]",
        ),
        (
            modal(blocks=[NAME]),
            (
                "must define `submit` to use an `input` block in modals"
                " [json-pointer:/view/blocks/0/input]"
            ),
        ),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(submit=None),
            "must provide an object [json-pointer:/view/submit]",
        ),
        (modal(blocks=[TABLE]), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        (
            modal(blocks=[{"type": "divider"}] * 101),
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (modal(colour="red"), "invalid additional property: colour [json-pointer:/view]"),
    ],
)
async def test_views_are_checked(
    sandbox: Sandbox, client: AsyncWebClient, view: object, message: str | None
) -> None:
    """What Slack would not show is refused with invalid_arguments and the place."""
    answer = await refused(client, "views.open", trigger_id=trigger(sandbox), view=view)

    assert answer["error"] == "invalid_arguments"
    if message is not None:
        assert answer["response_metadata"]["messages"] == [f"[ERROR] {message}"]


async def test_a_view_of_more_than_250_kb_is_too_large(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """A hundred sections of 3000 characters are too much together."""
    section = {"type": "section", "text": plain("x" * 3000)}

    answer = await refused(
        client, "views.open", trigger_id=trigger(sandbox), view=modal(blocks=[section] * 100)
    )

    assert answer["error"] == "view_too_large"


async def test_an_input_may_start_with_the_conversation_that_it_was_opened_from(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    """default_to_current_conversation fills in where the command was typed."""
    elements = [
        {"type": "conversations_select", "default_to_current_conversation": True},
        {"type": "multi_conversations_select", "default_to_current_conversation": True},
    ]
    blocks = [{"type": "input", "label": plain("Where"), "element": e} for e in elements]
    await client.views_open(
        trigger_id=trigger(sandbox, channel=GENERAL),
        view=modal(submit=plain("Go"), blocks=blocks),
    )

    values = sandbox.views("mei")[0]["view"]["state"]["values"].values()
    one, many = (next(iter(block.values())) for block in values)
    assert one["selected_conversation"] == GENERAL
    assert many["selected_conversations"] == [GENERAL]
