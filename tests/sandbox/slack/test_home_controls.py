"""Controls of a Home tab, several of which may have one action id in different blocks."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import Bot, Json
from tests.sandbox.slack.test_views import MEI, plain


def menu(block_id: str, *values: str) -> Json:
    """Return a row with a menu; all of them have the same action id."""
    return {
        "type": "actions",
        "block_id": block_id,
        "elements": [
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": plain(value), "value": value} for value in values],
            },
            {"type": "button", "action_id": "go", "text": plain("Go"), "value": block_id},
        ],
    }


async def test_menus_that_share_a_name_are_told_apart_by_their_blocks(
    sandbox: Sandbox, bot: Bot, client: AsyncWebClient
) -> None:
    """What was chosen in each comes with a click, under the menu's own block."""

    @bot.app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    view = {"type": "home", "blocks": [menu("one", "a", "b"), menu("two", "c")]}
    await client.views_publish(user_id=MEI, view=view)
    home = sandbox.home("mei")
    assert home is not None

    ack = await sandbox.interactions.interact(
        "mei",
        {"action_id": "go", "block_id": "two"},
        view_id=home["id"],
        values={"one": "b", "two": None},
    )

    assert ack.error is None
    state = bot.received[0]["view"]["state"]["values"]
    assert state["one"]["pick"]["selected_option"]["value"] == "b"
    assert state["two"]["pick"]["selected_option"] is None
