"""Access tokens for IDaaS: issued by the client credentials grant, cached, or pasted.

https://www.alibabacloud.com/help/en/idaas/eiam/user-guide/m2m-client-token-invocation-example
"""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol, TypeVar

import httpx
from pydantic import SecretStr

from bot.clients._answer import Answer, Operation
from bot.clients._assertion import client_assertion
from bot.clients._transport import Transport
from bot.clock import Clock, Ids
from bot.errors import (
    BrokenAnswerError,
    CredentialRefusedError,
    InputError,
    PermissionMissingError,
)
from bot.models.credential import Access, BearerToken, IssuedToken, OAuthClient

SCOPE = "urn:cloud:idaas:pam|authentication_token:read"
"""All that we ask for, and what the application must have been granted."""

DOMAIN = r"[a-z0-9][a-z0-9-]{0,62}\.aliyunidaas\.com"
_TOKEN_PATH = "/api/v2/iauths_system/oauth2/token"  # noqa: S105 - a path
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HEADER_SAFE = re.compile(r"[!-~]{1,16384}")

# The documented default of an application's AccessTokenEffectiveTime.
_USUAL_LIFETIME = 1200
_LONGEST_LIFETIME = 30 * 86_400

# A token carries the scopes of the moment it was issued. One that is older than this may lack what
# an administrator has granted since.
_SCOPES_SETTLED = timedelta(minutes=1)

_Result = TypeVar("_Result")


class TokenCache(Protocol):
    """Keeps issued access tokens, sealed, and asks for one at a time."""

    async def get(
        self,
        access: Access,
        issue: Callable[[], Awaitable[IssuedToken]],
        *,
        refused: SecretStr | None = None,
    ) -> IssuedToken:
        """Return a token that is still good, issued now if need be.

        `refused` is one that the service did not accept: it is dropped, and not returned again.
        """
        ...


class ClientCredentials:
    """Asks the token endpoint of a client's own instance, or the operator's."""

    def __init__(
        self, transport: Transport, *, clock: Clock, ids: Ids, source: str, endpoint: str | None
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._ids = ids
        self.source = source
        self._endpoint = endpoint
        self._operation = Operation(
            source=source, name="token", permission=SCOPE, payload="access_token", lists=False
        )

    def endpoint(self, client: OAuthClient) -> str:
        """Return the token endpoint of a client."""
        return self._endpoint or f"https://{client.domain}{_TOKEN_PATH}"

    async def issue(self, client: OAuthClient, *, until: float) -> IssuedToken:
        """Return a new access token for `SCOPE`. Raises `UpstreamError`."""
        # Taken before the request: the token is never older than we think.
        started = self._clock.wall()
        answer = await self._transport.call(
            self._operation, lambda: self._request(client), until=until
        )
        return IssuedToken(
            value=SecretStr(self._access_token(answer)),
            issued_at=started,
            expires_at=started + timedelta(seconds=self._lifetime(answer)),
        )

    def _request(self, client: OAuthClient) -> httpx.Request:
        if self._endpoint is None and not re.fullmatch(DOMAIN, client.domain):
            # Stored while the operator had another token endpoint: it goes nowhere now.
            raise CredentialRefusedError(self.source, detail="domain")
        url = self.endpoint(client)
        secret = client.secret.get_secret_value()
        form = {
            "grant_type": "client_credentials",
            "scope": SCOPE,
            "client_id": client.client_id,
        }
        headers = {"accept": "application/json"}
        if client.authentication == "client_secret_basic":
            # Not form-encoded first, unlike RFC 6749 2.3.1: as the vendor's SDK does.
            pair = b64encode(f"{client.client_id}:{secret}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        elif client.authentication == "client_secret_post":
            form["client_secret"] = secret
        else:
            form["client_assertion_type"] = _ASSERTION_TYPE
            form["client_assertion"] = self._assertion(client, url)
        return self._transport.http.build_request("POST", url, data=form, headers=headers)

    def _assertion(self, client: OAuthClient, url: str) -> str:
        try:
            return client_assertion(
                client.secret.get_secret_value(),
                client_id=client.client_id,
                token_endpoint=url,
                now=self._clock.wall(),
                jti=self._ids.new(),
            )
        except InputError:
            raise CredentialRefusedError(self.source, detail="private key") from None

    def _access_token(self, answer: Answer) -> str:
        value = answer.body["access_token"]
        kind = answer.body.get("token_type", "bearer")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise self._broken(answer, "token_type")
        # It goes into a header: h11 would quote a value that cannot in its error.
        if not isinstance(value, str) or not _HEADER_SAFE.fullmatch(value):
            raise self._broken(answer, "access_token")
        return value

    def _lifetime(self, answer: Answer) -> int:
        """Return `expires_in`, in seconds. `expires_at` is left alone: it is not always there."""
        value = answer.body.get("expires_in")
        if value is None:
            return _USUAL_LIFETIME
        written = str(value) if isinstance(value, str | int | float) else ""
        if not re.fullmatch(r"[0-9]{1,12}(\.0*)?", written):
            raise self._broken(answer, "expires_in")
        return min(int(float(written)), _LONGEST_LIFETIME)

    def _broken(self, answer: Answer, detail: str) -> BrokenAnswerError:
        return BrokenAnswerError(
            self.source, status=answer.status, request_id=answer.request_id, detail=detail
        )


class Bearer:
    """The access token of one reading: pasted, or issued and then replaced at most once."""

    def __init__(
        self,
        access: Access,
        cache: TokenCache,
        grant: ClientCredentials,
        *,
        clock: Clock,
        until: float,
    ) -> None:
        self._access = access
        self._cache = cache
        self._grant = grant
        self._clock = clock
        self._until = until
        self._issued: IssuedToken | None = None
        self._replaced = False

    async def ask(self, question: Callable[[SecretStr], Awaitable[_Result]]) -> _Result:
        """Ask with the token, and once more with a fresh one should it be refused."""
        token = await self._token()
        try:
            return await question(token)
        except (CredentialRefusedError, PermissionMissingError) as refusal:
            if not self._may_replace(refusal):
                raise
        return await question(await self._token(refused=token))

    async def _token(self, *, refused: SecretStr | None = None) -> SecretStr:
        credential = self._access.credential
        if isinstance(credential, BearerToken):
            return credential.access_token
        if not isinstance(credential, OAuthClient):
            raise CredentialRefusedError(self._grant.source, detail="not an OAuth client")
        if self._issued is None or refused is not None:
            self._issued = await self._cache.get(
                self._access,
                lambda: self._grant.issue(credential, until=self._until),
                refused=refused,
            )
            self._replaced = refused is not None
        return self._issued.value

    def _may_replace(self, refusal: CredentialRefusedError | PermissionMissingError) -> bool:
        if self._issued is None or self._replaced:
            return False
        age = self._clock.wall() - self._issued.issued_at
        return isinstance(refusal, CredentialRefusedError) or age > _SCOPES_SETTLED
