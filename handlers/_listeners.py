"""Listeners for what people click: they acknowledge first, and tell what goes wrong.

Bolt hands arguments out by name, so a listener's parameters are part of its contract with Bolt.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot import metrics
from handlers._desk import Desk, Json
from handlers._modal import Modal, open_modal
from handlers._turn import Turn, admit

Listener = Callable[..., Awaitable[Any]]


def click(work: Callable[[Turn, Json], Awaitable[None]]) -> Listener:
    """Return the listener of a control: `work` gets whose turn it is, and the action."""

    async def listener(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
        await ack()
        metrics.CLICKS.labels(work.__name__).inc()
        async with desk.telling(body, context):
            await work(await admit(desk, body, context), action)

    return listener


def opens(title: str, work: Callable[[Turn, Modal, Json], Awaitable[None]]) -> Listener:
    """Return the listener of a control that opens a modal: `work` fills it."""

    async def listener(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
        async def fill(turn: Turn, modal: Modal) -> None:
            await work(turn, modal, action)

        await ack()
        metrics.CLICKS.labels(work.__name__).inc()
        await open_modal(desk, body, context, title, fill)

    return listener
