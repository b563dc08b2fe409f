"""That every control has its listener, and every listener what it asks for."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.kwargs_injection.async_utils import build_async_required_kwargs
from slack_bolt.listener.async_listener import AsyncCustomListener
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

import handlers
from bot.blocks import actions
from handlers import errors, tokens
from sandbox.slack.types import Json

OURS = {"desk", "asked"}
"""What our middleware adds to what Bolt hands out."""

VIEWS = {name for name in vars(actions) if name.endswith("_VIEW")}
UNANSWERED = {"CONNECT_RESULT_VIEW", "WAITING_VIEW", "NOTICE_ITEM_VIEW", "NOTICE_TOKEN_VIEW"}
"""Views that have nothing to submit."""


@pytest.fixture(name="listeners")
def _listeners() -> list[AsyncCustomListener]:
    """Return the listeners in the order in which they are asked."""
    app = AsyncApp(signing_secret="none", token="xoxb-none")
    handlers.register(app)
    return [each for each in app._async_listeners if isinstance(each, AsyncCustomListener)]


async def first_for(listeners: list[AsyncCustomListener], payload: Json) -> AsyncCustomListener:
    """Return the listener that answers a payload."""
    request = AsyncBoltRequest(body=payload, mode="socket_mode")
    response = BoltResponse(status=200)
    for listener in listeners:
        if await listener.async_matches(req=request, resp=response):
            return listener
    raise AssertionError(f"nobody answers {payload}")


def click_on(action_id: str) -> Json:
    """Return a click."""
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": "v"}
    return {"type": "block_actions", "actions": [action], "trigger_id": "t", "user": {"id": "U1"}}


def submission_of(callback_id: str) -> Json:
    """Return a submitted form."""
    view = {"type": "modal", "callback_id": callback_id}
    return {"type": "view_submission", "view": view, "user": {"id": "U1"}}


def names_given(function: Callable[..., Any]) -> set[str]:
    """Return the names that Bolt knows for any request."""
    request = AsyncBoltRequest(body=click_on("a"), mode="socket_mode")
    every = build_async_required_kwargs(
        logger=None,  # type: ignore[arg-type]  # only used for what is not known
        required_arg_names=["args"],
        request=request,
        response=BoltResponse(status=200),
        this_func=function,
    )
    return set(vars(every["args"])) - {"next", "next_"} | {"error"}


def test_every_parameter_is_one_that_is_handed_out(listeners: list[AsyncCustomListener]) -> None:
    """Bolt gives None, with a warning, for a name that it does not know: there is none."""
    asked = [*listeners]
    assert len(asked) > 20
    for listener in asked:
        function = listener.ack_function
        known = names_given(function) | OURS
        assert set(listener.arg_names) <= known, function
        assert set(inspect.signature(function).parameters) == set(listener.arg_names)
    assert set(inspect.signature(errors.failed).parameters) <= names_given(errors.failed) | OURS


def names_of(kind: Callable[[str], bool]) -> list[str]:
    """Return the names in `bot.blocks.actions` of one kind."""
    constants = [n for n, value in vars(actions).items() if n.isupper() and isinstance(value, str)]
    return sorted(name for name in constants if kind(name) and name not in UNANSWERED)


@pytest.mark.parametrize("name", names_of(lambda name: name not in VIEWS))
async def test_every_control_has_its_listener(
    listeners: list[AsyncCustomListener], name: str
) -> None:
    """What can be pressed is answered by a listener of its own, with or without a suffix."""
    action_id = getattr(actions, name)
    suffixed = f"{action_id}.next" if name == "LIST_PAGE" else action_id

    listener = await first_for(listeners, click_on(suffixed))

    assert listener is not await first_for(listeners, click_on("of.another.version"))


@pytest.mark.parametrize("name", names_of(lambda name: name in VIEWS))
async def test_every_form_has_its_listener(listeners: list[AsyncCustomListener], name: str) -> None:
    """What can be submitted is answered by a listener of its own."""
    listener = await first_for(listeners, submission_of(getattr(actions, name)))

    assert listener.ack_function is not errors.unknown_form


async def test_every_listener_answers_something(listeners: list[AsyncCustomListener]) -> None:
    """No listener waits for what nobody sends."""
    known = [value for name, value in vars(actions).items() if name.isupper()]
    sent = [
        *(click_on(action_id) for action_id in [*known, "of.another.version"]),
        *(submission_of(callback_id) for callback_id in [*known, "of.another.version"]),
        {"type": "view_closed", "view": {"type": "modal", "callback_id": actions.WAITING_VIEW}},
        {"command": "/tokens", "text": ""},
        *(
            {"type": "event_callback", "event": {"type": event}}
            for event in ("app_home_opened", "app_uninstalled", "tokens_revoked", "user_change")
        ),
    ]

    answering = [await first_for(listeners, payload) for payload in sent]

    assert {id(each) for each in answering} == {id(each) for each in listeners}


async def test_the_command_is_known_by_any_name(listeners: list[AsyncCustomListener]) -> None:
    """A workspace may call the command as it likes."""
    listener = await first_for(listeners, {"command": "/whatever", "text": ""})

    assert listener.ack_function is tokens.command


def test_names_are_what_slack_takes() -> None:
    """Names are short, and say of which thing they are."""
    for name in names_of(lambda _: True):
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", getattr(actions, name))
