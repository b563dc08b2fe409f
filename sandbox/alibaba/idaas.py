"""IDaaS EIAM Developer API, version 2022-02-25: ListAuthenticationTokens.

https://www.alibabacloud.com/help/en/idaas/eiam/developer-reference/api-eiam-developerapi-2022-02-25-listauthenticationtokens
Its error codes are nowhere documented: the statuses are the vendor's, the codes RFC 6750's.
"""

from sandbox.alibaba.answers import Answer, gateway, oauth, success
from sandbox.alibaba.call import Call
from sandbox.alibaba.paging import NextTokenError, Pages, max_results
from sandbox.clock import SandboxClock
from sandbox.company.access import ALL, PAM, READ_SCOPE, AccessToken
from sandbox.company.idaas import AuthenticationToken, CredentialProvider
from sandbox.company.world import World

VERSION = "2022-02-25"
_OPERATION = "ListAuthenticationTokens"
_ENOUGH = frozenset({READ_SCOPE, f"{PAM}|{ALL}"})
_BOOLEANS = {"true": True, "false": False}


class IdaasApi:
    """Answers calls with an access token from a world."""

    def __init__(self, world: World, clock: SandboxClock) -> None:
        self._world = world
        self._clock = clock
        self._pages = Pages()

    def list_authentication_tokens(self, call: Call, instance_id: str) -> Answer:
        """Answer ListAuthenticationTokens: one consumer at one provider, newest first, paged."""
        _check_version(call)
        access_token = self._access_token(call)
        provider, consumer_id = self._place(call, access_token, instance_id)
        revoked, expired = _boolean(call, "revoked"), _boolean(call, "expired")
        size = max_results(call.parameters.get("maxResults"))
        if size is None:
            raise oauth(400, "invalid_request", "maxResults is not valid.")
        now = self._clock.now()
        rows = [
            t
            for t in self._world.idaas.tokens_of(provider.credential_provider_id, consumer_id, now)
            if revoked in {None, t.revoked(now)} and expired in {None, t.expired(now)}
        ]
        try:
            page, next_token = self._pages.cut(
                rows,
                lambda t: (-t.created_at, t.authentication_token_id),
                query=(instance_id, provider.identifier, consumer_id, str(revoked), str(expired)),
                size=size,
                next_token=call.parameters.get("nextToken"),
            )
        except NextTokenError:
            raise oauth(400, "invalid_request", "nextToken is not valid.") from None
        return success(
            {
                "entities": [_entity(t, now) for t in page],
                "totalCount": len(rows),
                "nextToken": next_token,
                "maxResults": size,
            }
        )

    def _access_token(self, call: Call) -> AccessToken:
        scheme, _, value = (call.header("authorization") or "").partition(" ")
        token = self._world.access.tokens.get(value.strip())
        if scheme.lower() != "bearer" or token is None:
            raise _unauthorised("The access token is not valid.")
        call.user = token.client_id
        if token.expires_at <= self._clock.wall():
            raise _unauthorised("The access token is expired.")
        return token

    def _place(
        self, call: Call, access_token: AccessToken, instance_id: str
    ) -> tuple[CredentialProvider, str]:
        if instance_id not in self._world.idaas.instances:
            raise oauth(404, "instance_not_found", "The instance does not exist.")
        if not access_token.scopes & _ENOUGH:
            raise oauth(403, "insufficient_scope", f"The scope {READ_SCOPE} is required.")
        if access_token.instance_id != instance_id:
            raise oauth(403, "access_denied", "The access token is for another instance.")
        consumer_id = _required(call, "consumerId")
        identifier = _required(call, "credentialProviderIdentifier")
        provider = self._world.idaas.provider(instance_id, identifier)
        if provider is None:
            raise oauth(
                404, "credential_provider_not_found", "The credential provider does not exist."
            )
        return provider, consumer_id


def _check_version(call: Call) -> None:
    """Refuse another version or operation, where one is named; neither has to be."""
    action = call.header("x-acs-action") or _OPERATION
    version = call.header("x-acs-version") or VERSION
    if (action, version) != (_OPERATION, VERSION):
        raise gateway("InvalidApi.NotFound")


def _unauthorised(message: str) -> Exception:
    return oauth(
        401, "invalid_token", message, headers={"www-authenticate": 'Bearer error="invalid_token"'}
    )


def _required(call: Call, name: str) -> str:
    value = call.parameters.get(name)
    if not value:
        raise oauth(400, "invalid_request", f"{name} is required.")
    return value


def _boolean(call: Call, name: str) -> bool | None:
    """Return a filter; None when it is left out. The vendor's Python SDK sends `True`."""
    text = call.parameters.get(name)
    if text is None:
        return None
    if text.lower() not in _BOOLEANS:
        raise oauth(400, "invalid_request", f"{name} is not a boolean.")
    return _BOOLEANS[text.lower()]


def _entity(token: AuthenticationToken, now: int) -> dict[str, object]:
    times = {"createTime": token.created_at, "updateTime": token.updated_at(now)}
    return {
        "instanceId": token.instance_id,
        "authenticationTokenId": token.authentication_token_id,
        "credentialProviderId": token.credential_provider_id,
        **(times if token.times_reported else {}),
        "authenticationTokenType": token.kind,
        "revoked": token.revoked(now),
        "creatorType": token.creator_type,
        "creatorId": token.creator_id,
        "consumerType": token.consumer_type,
        "consumerId": token.consumer_id,
        "expirationTime": token.expiry(now),
    }
