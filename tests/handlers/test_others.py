"""Whatever stands for one person's things, in somebody else's hands."""

from datetime import timedelta

import pytest

from bot.blocks import actions
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, owner
from tests.fixtures.world import REPORTS, put_token
from tests.handlers.forged import CONTROLS, FORMS, clicked, submitted, told

LABEL = "mei's own key"
TOKEN = "hers alone"


async def of_mei(office: Office) -> list[str]:
    """Let Mei use the bot; return what then stands for her things."""
    connection = await office.connect("mei", label=LABEL)
    for text in (f'list "{TOKEN}"', f'share #general "{TOKEN}"'):
        await office.sandbox.command("mei", "general", "/tokens", text)
        await office.idle()
    kept = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    assert len(kept) == 2
    return [connection.id, *(key.rpartition(":")[2] for key in kept)]


def carrying(payload: Json, value: str) -> Json:
    """Return the same payload with a value wherever one may stand."""
    if "view" in payload:
        return {**payload, "view": {**payload["view"], "private_metadata": value}}
    text = {"type": "plain_text", "text": "x"}
    action = {
        **payload["actions"][0],
        "value": f"{value}:0",
        "block_id": value,
        "selected_option": {"text": text, "value": value},
    }
    return {**payload, "actions": [action]}


@pytest.mark.parametrize(
    ("kind", "control"),
    [
        ("list", actions.LIST_REFRESH),
        ("list", actions.LIST_FILTER),
        ("list", actions.LIST_SHARE),
        ("list", f"{actions.LIST_EXPORT}"),
        ("typed", actions.VERB_SEARCH),
        ("preview", actions.PREVIEW_PAGE),
        ("filter", actions.FILTER_VIEW),
        ("offer", actions.CONNECT_TARGETS_VIEW),
    ],
)
async def test_what_another_version_kept_is_gone(shared: Office, kind: str, control: str) -> None:
    """What lacks a field that is needed is told to be old; nothing is guessed in its place."""
    screens = shared.bot.desk.screens
    kept = await screens.put(owner("mei"), kind, {}, timedelta(minutes=1))
    make = clicked if control in CONTROLS else submitted
    payload = carrying(make(shared, "mei", control), kept)
    if "actions" in payload and control in {actions.LIST_FILTER, actions.VERB_SEARCH}:
        payload["actions"][0]["value"] = kept

    said = await told(shared, payload)

    assert "is no longer there" in said or "is old" in said, said
    assert "went wrong" not in said


async def test_what_is_somebody_elses_stays_theirs(shared: Office) -> None:
    """An id of Mei's gives Jonas nothing of hers, and lets him change nothing of hers."""
    put_token(shared.sandbox.company, TOKEN)
    await shared.connect("jonas", "kyuubi", REPORTS)
    hers = await of_mei(shared)
    before = await shared.bot.desk.connections.all(owner("mei"))

    for name in (*CONTROLS, *FORMS):
        make = clicked if name in CONTROLS else submitted
        for value in hers:
            said = await told(shared, carrying(make(shared, "jonas", name), value))
            assert TOKEN not in said, (name, value)
            assert LABEL not in said, (name, value)

    assert await shared.bot.desk.connections.all(owner("mei")) == before
