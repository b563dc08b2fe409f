"""Signed HTTP requests to the app's one request URL.

docs.slack.dev/apis/events-api/using-http-request-urls
"""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from sandbox.clock import SandboxClock
from sandbox.slack.changes import Changes
from sandbox.slack.delivery.envelope import Ack, Envelope
from sandbox.slack.delivery.signing import signature
from sandbox.slack.ids import secret
from sandbox.slack.installation import Installation
from sandbox.slack.parsing import parse

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_OK = 200
_VERIFY_AGAIN_SECONDS = 0.5


class HttpTransport:
    """Posts payloads to `url`, over plain HTTP on this machine.

    The URL has to prove itself first (`url_verification`): it is asked until it answers, since
    the app may start after the sandbox. Events wait for that; what people do is sent regardless.
    """

    name = "http"

    def __init__(
        self,
        url: str,
        *,
        app: Installation,
        clock: SandboxClock,
        changes: Changes,
        ack_seconds: float,
    ) -> None:
        self._url = url
        self._app = app
        self._clock = clock
        self._changes = changes
        self._ack_seconds = ack_seconds
        self._verified = asyncio.Event()
        self._client = httpx.AsyncClient(
            trust_env=False, timeout=ack_seconds, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self._verifying = asyncio.create_task(self._verify_until_proven())

    @property
    def connected(self) -> int:
        """1 once the URL proved itself."""
        return int(self._verified.is_set())

    async def deliver(self, envelope: Envelope) -> Ack:
        """Post one payload."""
        headers = {}
        if envelope.kind == "events_api":
            await self._verified.wait()
            body, kind = json.dumps(envelope.payload).encode(), _JSON
            if envelope.retry_num:
                headers = {
                    "X-Slack-Retry-Num": str(envelope.retry_num),
                    "X-Slack-Retry-Reason": envelope.retry_reason,
                }
        elif envelope.kind == "slash_commands":
            body, kind = urlencode(envelope.payload).encode(), _FORM
        else:
            body, kind = urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM
        ack = await self._post(body, kind, headers)
        return ack if envelope.accepts_response else _without_body(ack)

    async def verify(self) -> bool:
        """Ask the URL to prove itself: it has to send a challenge back."""
        challenge = secret()
        body = {
            "token": self._app.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        ack = await self._post(json.dumps(body).encode(), _JSON, {})
        answer = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        if ack.error is None and answer == challenge:
            self._verified.set()
            self._changes.publish({"type": "state"})
        return self._verified.is_set()

    async def check_ssl(self) -> Ack:
        """Ask as Slack does now and then whether the certificate of a command's URL is good."""
        form = {"ssl_check": "1", "token": self._app.verification_token}
        return await self._post(urlencode(form).encode(), _FORM, {})

    async def close(self) -> None:
        """Stop asking and let go of the connections."""
        self._verifying.cancel()
        await asyncio.gather(self._verifying, return_exceptions=True)
        await self._client.aclose()

    async def _verify_until_proven(self) -> None:
        while not await self.verify():  # noqa: ASYNC110 - it is another process that gets ready
            await asyncio.sleep(_VERIFY_AGAIN_SECONDS)

    async def _post(self, body: bytes, kind: str, headers: Mapping[str, str]) -> Ack:
        timestamp = str(self._clock.wall() // 1000)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._ack_seconds):
                response = await self._client.post(
                    self._url,
                    content=body,
                    headers={
                        **headers,
                        "Content-Type": kind,
                        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                        "X-Slack-Request-Timestamp": timestamp,
                        "X-Slack-Signature": signature(self._app.signing_secret, timestamp, body),
                    },
                )
        except (TimeoutError, httpx.TimeoutException):
            return Ack(error="operation_timeout", elapsed_ms=_since(started))
        except httpx.HTTPError:
            return Ack(error="dispatch_failed", elapsed_ms=_since(started))
        return Ack(
            status=response.status_code,
            elapsed_ms=_since(started),
            error=None if response.status_code == _OK else "dispatch_failed",
            body=_body(response),
            retry=response.headers.get("x-slack-no-retry") != "1",
        )


def _body(response: httpx.Response) -> object:
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith(_JSON):
        with contextlib.suppress(ValueError):
            return parse(response.content)
    return response.text


def _without_body(ack: Ack) -> Ack:
    return Ack(status=ack.status, elapsed_ms=ack.elapsed_ms, error=ack.error, retry=ack.retry)


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
