"""Replies by `response_url`."""

import contextlib
import json
from http import HTTPStatus

from pydantic_core import to_json
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.slack._errors import RATE_LIMITED, error_code, seconds, status_code, translated
from bot.slack._payload import Payload

_METHOD = "response_url"
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Responder:
    """Replies to a command or a click by its `response_url`: five times in 30 minutes.

    https://docs.slack.dev/interactivity/handling-user-interaction
    """

    def __init__(self, client: AsyncWebClient) -> None:
        if client.session is None:
            raise ValueError("the client needs a session of its own")
        self._client, self._session = client, client.session

    async def send(self, response_url: str, message: Payload, *, replace: bool = False) -> None:
        """Reply, visible to that person only.

        `replace` puts the reply in the place of the message that was clicked; for a command's
        `response_url` Slack posts anew all the same.
        """
        # Not through slack_sdk: a list has thousands of values, and its encoder takes longer for
        # them than all the rest of the reply.
        body = to_json(
            {
                "response_type": "ephemeral",
                "replace_original": replace,
                "text": message.text,
                "blocks": message.blocks,
                "unfurl_links": False,
                "unfurl_media": False,
            }
        )
        with translated(_METHOD):
            async with self._session.post(
                response_url,
                data=body,
                headers=_JSON,
                proxy=self._client.proxy,
                ssl=self._client.ssl or True,
                allow_redirects=False,
            ) as answer:
                said = (await answer.read()).decode(errors="replace")
        # Slack answers a refusal with a status or with a body.
        refusal = _refusal(answer.status, said)
        if refusal:
            wait = seconds(answer.headers.get("Retry-After"))
            raise SlackError(_METHOD, refusal, retry_after=wait)


def _refusal(status: int, body: str) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RATE_LIMITED
    text = body.strip()
    if text.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            data = json.loads(text)
            if data.get("ok") is False:
                return error_code(data.get("error"))
            text = ""
    if status == HTTPStatus.OK and text in {"", "ok"}:
        return ""
    return error_code(text, otherwise=status_code(status))
