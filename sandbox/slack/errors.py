"""How Slack says no."""

from collections.abc import Sequence

from sandbox.slack.types import Json


class SlackError(Exception):
    """A refusal by the Web API: `error` is Slack's code, `extra` goes beside it in the answer.

    `messages` are what Slack adds in `response_metadata.messages`, without their `[ERROR]`.
    """

    def __init__(self, error: str, *, messages: Sequence[str] = (), **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.extra = extra

    def as_json(self) -> Json:
        """Return the body that Slack answers with."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {text}" for text in self.messages]}
        return body


class RefusedError(Exception):
    """Slack's client would not let this person do that."""


class UnknownError(Exception):
    """There is no such person, channel, message, view or control."""


class WrongRequestError(Exception):
    """What was asked makes no sense."""
