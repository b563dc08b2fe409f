"""What Slack's words mean to who delivers."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import NotAllowedError, SlackError
from bot.services.refusals import Refusal, refusal, timed


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("ratelimited", "throttled"),
        ("unreachable", "uncertain"),
        ("http_500", "uncertain"),
        ("http_503", "uncertain"),
        ("internal_error", "uncertain"),
        ("fatal_error", "uncertain"),
        ("broken_answer", "uncertain"),
        ("http_403", "app"),
        ("account_inactive", "app"),
        ("token_revoked", "app"),
        ("missing_scope", "app"),
        ("not_installed", "app"),
        ("invalid_blocks", "message"),
        ("msg_too_long", "message"),
        ("channel_not_found", "recipient"),
        ("user_disabled", "recipient"),
        ("restricted_action", "recipient"),
        ("is_archived", "recipient"),
        ("a_word_of_next_year", "recipient"),
    ],
)
def test_every_refusal_has_a_meaning(code: str, meaning: Refusal) -> None:
    """Whatever may be out is uncertain; what is unheard of concerns the recipient."""
    assert refusal(SlackError("chat.postMessage", code)) == meaning


async def test_a_call_that_takes_too_long_is_lost() -> None:
    """Nobody knows whether Slack did it."""
    with pytest.raises(SlackError) as raised:
        await timed("chat.postMessage", asyncio.Event().wait(), within=timedelta(milliseconds=1))

    assert refusal(raised.value) == "uncertain"


async def test_without_an_installation_nothing_is_out() -> None:
    """It may come back; until then the app may not."""

    async def call() -> None:
        raise NotAllowedError("not installed")

    with pytest.raises(SlackError) as raised:
        await timed("chat.postMessage", call())

    assert refusal(raised.value) == "app"


async def test_an_answer_in_time_is_the_answer() -> None:
    """And nothing else."""

    async def call() -> str:
        return "here"

    assert await timed("chat.postMessage", call()) == "here"
