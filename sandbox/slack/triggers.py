"""`trigger_id`: lets the app open a modal, once, within three seconds of what a person did.

docs.slack.dev/interactivity/handling-user-interaction
"""

import secrets
import time
from dataclasses import dataclass

from sandbox.slack.errors import SlackError


@dataclass(kw_only=True)
class Trigger:
    """Who did something, and in which view or channel."""

    user: str
    view_id: str | None
    channel: str | None
    expires: float
    exchanged: bool = False


class Triggers:
    """All that were handed out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: dict[str, Trigger] = {}

    def new(self, user: str, *, view_id: str | None = None, channel: str | None = None) -> str:
        """Hand one out."""
        trigger_id = (
            f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        )
        self._known[trigger_id] = Trigger(
            user=user, view_id=view_id, channel=channel, expires=time.monotonic() + self._seconds
        )
        return trigger_id

    def exchange(self, trigger_id: object) -> Trigger:
        """Use one up, or refuse as Slack does."""
        trigger = self._known.get(str(trigger_id))
        if trigger is None:
            raise SlackError("invalid_arguments", messages=["invalid `trigger_id`"])
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.exchanged = True
        return trigger
