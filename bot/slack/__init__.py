"""The only room that posts, edits, opens DMs and views.

Every refusal of Slack becomes a `SlackError` with Slack's own word for it; no answer at all
becomes the code `unreachable`, one without what it promises `broken_answer`. Nothing here retries after a 429: the caller decides whether to
wait (a person is looking) or to come back later (a worker holds a lease).
"""

import contextlib
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError, SlackError
from bot.models.installation import Installation
from bot.slack._answer import list_in, next_cursor, object_in, optional_text_in, text_in, value_in
from bot.slack._errors import BROKEN_ANSWER, RATE_LIMITED, UNREACHABLE, seconds, translated
from bot.slack._payload import Payload
from bot.slack._responder import Responder

__all__ = [
    "COMPLETE_UPLOAD",
    "POST",
    "RATE_LIMITED",
    "UNREACHABLE",
    "BotTokens",
    "Payload",
    "Posted",
    "Responder",
    "SignatureCheck",
    "Slack",
    "identify",
    "open_socket_url",
    "translated",
]

COMPLETE_UPLOAD = "files.completeUploadExternal"
POST = "chat.postMessage"

# Together the latest hours of a DM with a bot, whatever else it answered there.
_HISTORY_PAGE = 100
_HISTORY_PAGES = 5

_NOT_ABOUT_THE_TOKEN = frozenset({UNREACHABLE, BROKEN_ANSWER, RATE_LIMITED})
_UPLOAD_SECONDS = 60
_MEMBERS_PAGE = 1000
_MEMBER_PAGES = 10

Block = dict[str, Any]
View = dict[str, Any]


class BotTokens(Protocol):
    """Who knows the bot token of an installation."""

    async def bot_token(self, scope: str) -> str:
        """Return it; raise `NotAllowedError` when the app is not installed there."""
        ...


class Posted(NamedTuple):
    """Where a message is."""

    channel: str
    ts: str


class Slack:
    """The Web API, by scope."""

    def __init__(self, client: AsyncWebClient, tokens: BotTokens) -> None:
        self._client = client
        self._tokens = tokens

    async def open_view(self, scope: str, trigger_id: str, view: View) -> str:
        """Open a modal and return its id. The trigger lives 3 seconds and works once."""
        async with self._call(scope, "views.open") as token:
            answer = await self._client.views_open(token=token, trigger_id=trigger_id, view=view)
        return text_in(answer, "view", "id")

    async def push_view(self, scope: str, trigger_id: str, view: View) -> str:
        """Put a modal on top of the one that is open, three at most, and return its id."""
        async with self._call(scope, "views.push") as token:
            answer = await self._client.views_push(token=token, trigger_id=trigger_id, view=view)
        return text_in(answer, "view", "id")

    async def update_view(self, scope: str, view_id: str, view: View) -> None:
        """Replace what a modal shows; `not_found` when the person closed it."""
        async with self._call(scope, "views.update") as token:
            await self._client.views_update(token=token, view_id=view_id, view=view)

    async def publish_home(self, scope: str, user: str, view: View) -> None:
        """Replace what a person's App Home shows."""
        async with self._call(scope, "views.publish") as token:
            await self._client.views_publish(token=token, user_id=user, view=view)

    async def post(
        self, scope: str, channel: str, message: Payload, *, metadata: Block | None = None
    ) -> Posted:
        """Post a new message in a channel or DM."""
        async with self._call(scope, POST) as token:
            answer = await self._client.chat_postMessage(
                token=token,
                channel=channel,
                text=message.text,
                blocks=list(message.blocks),
                unfurl_links=False,
                unfurl_media=False,
                metadata=metadata,
            )
        return Posted(text_in(answer, "channel"), text_in(answer, "ts"))

    async def edit(self, scope: str, where: Posted, message: Payload) -> None:
        """Replace a message of the bot's own."""
        async with self._call(scope, "chat.update") as token:
            await self._client.chat_update(
                token=token,
                channel=where.channel,
                ts=where.ts,
                text=message.text,
                blocks=list(message.blocks),
            )

    async def delete(self, scope: str, where: Posted) -> None:
        """Delete a message of the bot's own."""
        async with self._call(scope, "chat.delete") as token:
            await self._client.chat_delete(token=token, channel=where.channel, ts=where.ts)

    async def permalink(self, scope: str, where: Posted) -> str:
        """Return the address of a message."""
        async with self._call(scope, "chat.getPermalink") as token:
            answer = await self._client.chat_getPermalink(
                token=token, channel=where.channel, message_ts=where.ts
            )
        return text_in(answer, "permalink")

    async def dm(self, scope: str, user: str, message: Payload) -> Posted:
        """Post in the DM with a person, opening it if need be."""
        return await self.post(scope, await self.open_dm(scope, user), message)

    async def open_dm(self, scope: str, user: str) -> str:
        """Return the channel of the DM with a person; `user_disabled` for who has left."""
        async with self._call(scope, "conversations.open") as token:
            answer = await self._client.conversations_open(token=token, users=user)
        return text_in(answer, "channel", "id")

    async def find(self, scope: str, channel: str, metadata: Block) -> Posted | None:
        """Return where a message with that metadata is, among the latest of a channel.

        Needs `im:history` in a DM; without it Slack says `missing_scope`.
        https://docs.slack.dev/reference/methods/conversations.history
        """
        cursor: str | None = None
        for _ in range(_HISTORY_PAGES):
            async with self._call(scope, "conversations.history") as token:
                answer = await self._client.conversations_history(
                    token=token,
                    channel=channel,
                    cursor=cursor,
                    limit=_HISTORY_PAGE,
                    include_all_metadata=True,
                )
            for message in list_in(answer, "messages"):
                ts = _carries(message, metadata)
                if ts:
                    return Posted(channel, ts)
            cursor = next_cursor(answer)
            if not cursor:
                break
        return None

    async def send_file(
        self, scope: str, channel: str, name: str, content: bytes, *, comment: str
    ) -> None:
        """Post a file, with a comment in mrkdwn; it shows once all three steps are done, or never.

        https://docs.slack.dev/messaging/working-with-files
        """
        async with self._call(scope, "files.getUploadURLExternal") as token:
            ticket = await self._client.files_getUploadURLExternal(
                token=token, filename=name, length=len(content)
            )
        await self._upload(optional_text_in(ticket, "upload_url"), content)
        async with self._call(scope, COMPLETE_UPLOAD) as token:
            await self._client.files_completeUploadExternal(
                token=token,
                files=[{"id": text_in(ticket, "file_id"), "title": name}],
                channel_id=channel,
                initial_comment=comment,
            )

    async def _upload(self, url: str, content: bytes) -> None:
        if not _is_uploads(url, self._client.base_url):
            raise SlackError("upload", BROKEN_ANSWER)
        with translated("upload"):
            async with aiohttp.request(
                "POST",
                url,
                data=io.BytesIO(content),
                proxy=self._client.proxy,
                ssl=self._client.ssl or True,
                timeout=aiohttp.ClientTimeout(total=_UPLOAD_SECONDS),
                allow_redirects=False,
            ) as answer:
                status, retry_after = answer.status, answer.headers.get("Retry-After")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackError("upload", RATE_LIMITED, retry_after=seconds(retry_after))
        if status != HTTPStatus.OK:
            raise SlackError("upload", f"http_{status}")

    async def channel(self, scope: str, channel: str) -> dict[str, Any]:
        """Return what `conversations.info` says about a channel, with the number of its members."""
        async with self._call(scope, "conversations.info") as token:
            answer = await self._client.conversations_info(
                token=token, channel=channel, include_num_members=True
            )
        return object_in(answer, "channel")

    async def is_member(self, scope: str, channel: str, user: str) -> bool:
        """Tell whether somebody is in a channel, by its first 10,000 members."""
        cursor: str | None = None
        for _ in range(_MEMBER_PAGES):
            async with self._call(scope, "conversations.members") as token:
                answer = await self._client.conversations_members(
                    token=token, channel=channel, cursor=cursor, limit=_MEMBERS_PAGE
                )
            if user in list_in(answer, "members"):
                return True
            cursor = next_cursor(answer)
            if not cursor:
                break
        return False

    async def user(self, scope: str, user: str) -> dict[str, Any]:
        """Return what `users.info` says about a person."""
        async with self._call(scope, "users.info") as token:
            answer = await self._client.users_info(token=token, user=user)
        return object_in(answer, "user")

    @contextlib.asynccontextmanager
    async def _call(self, scope: str, method: str) -> AsyncIterator[str]:
        token = await self._tokens.bot_token(scope)
        with translated(method):
            yield token


def _carries(message: object, metadata: Block) -> str:
    """Return the `ts` of a message that has this metadata, nothing of any other."""
    if not isinstance(message, dict):
        return ""
    found = message.get("metadata")
    same = isinstance(found, dict) and all(found.get(k) == v for k, v in metadata.items())
    return str(message.get("ts") or "") if same else ""


def _is_uploads(url: str, base_url: str) -> bool:
    """Tell whether what is to be kept to a person may be sent there."""
    try:
        asked, known = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    secure = asked.scheme == "https" and bool(asked.hostname)
    return secure or (asked.scheme, asked.netloc) == (known.scheme, known.netloc)


class SignatureCheck:
    """Tells what Slack signed within the last five minutes from everything else.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """

    def __init__(self, signing_secret: SecretStr) -> None:
        self._verifier = SignatureVerifier(signing_secret.get_secret_value())

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether the signature is right, lately made, and one at all."""
        try:
            return self._verifier.is_valid_request(body, dict(headers))
        except (ValueError, TypeError):
            # What no client of Slack's sends: a time that is none, text that is not UTF-8.
            return False


async def open_socket_url(client: AsyncWebClient, app_token: SecretStr) -> None:
    """Ask Slack for a Socket Mode connection, to see whether it would give one."""
    with translated("apps.connections.open"):
        await client.apps_connections_open(app_token=app_token.get_secret_value())


async def identify(client: AsyncWebClient, token: SecretStr, at: datetime) -> Installation:
    """Ask Slack whom a bot token belongs to.

    Raises `SettingsError` when Slack refuses the token, `SlackError` when it does not answer that.
    """
    try:
        with translated("auth.test"):
            answer = await client.auth_test(token=token.get_secret_value())
    except SlackError as error:
        if error.code in _NOT_ABOUT_THE_TOKEN or error.code.startswith("http_"):
            raise
        raise SettingsError(
            "SLACK_BOT_TOKEN", f"is refused by Slack ({error.code}): install the app again"
        ) from None
    whole_organisation = bool(value_in(answer, "is_enterprise_install"))
    place = text_in(answer, "enterprise_id" if whole_organisation else "team_id")
    return Installation(
        enterprise_id=optional_text_in(answer, "enterprise_id") or None,
        team_id=None if whole_organisation else place,
        team_name=optional_text_in(answer, "team"),
        bot_token=token,
        bot_id=optional_text_in(answer, "bot_id"),
        bot_user_id=optional_text_in(answer, "user_id"),
        scopes=tuple(filter(None, answer.headers.get("x-oauth-scopes", "").split(","))),
        installed_at=at,
    )
