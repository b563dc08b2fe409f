"""IDaaS EIAM: instances, credential providers and the authentication tokens of consumers.

All times are epoch milliseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.company import ids
from sandbox.company.timeline import Renewal, in_force


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An IDaaS instance; `domain` is its own, where its token endpoint is."""

    instance_id: str
    domain: str
    region: str


@dataclass(frozen=True, kw_only=True)
class CredentialProvider:
    """A credential provider. Requests name it by `identifier`, answers by id."""

    credential_provider_id: str
    identifier: str
    instance_id: str


@dataclass(frozen=True, kw_only=True)
class AuthenticationToken:
    """One authentication token, over all its life.

    `times_reported` is False where the service leaves out both createTime and updateTime, which
    it may.
    """

    authentication_token_id: str
    instance_id: str
    credential_provider_id: str
    kind: Literal["jwt", "oauth_access_token"]
    consumer_type: Literal["application", "custom"]
    consumer_id: str
    creator_id: str
    created_at: int
    expires_at: int
    creator_type: str = "application"
    renewals: tuple[Renewal, ...] = ()
    revoked_at: int | None = None
    removed_at: int | None = None
    times_reported: bool = True

    def exists(self, now: int) -> bool:
        """Tell whether it is listed at a moment."""
        return self.created_at <= now and (self.removed_at is None or now < self.removed_at)

    def expiry(self, now: int) -> int | None:
        """Return the expiry that holds at a moment."""
        renewal = in_force(self.renewals, now)
        return self.expires_at if renewal is None else renewal.expires_at

    def revoked(self, now: int) -> bool:
        """Tell whether it is revoked at a moment."""
        return self.revoked_at is not None and self.revoked_at <= now

    def expired(self, now: int) -> bool:
        """Tell whether it is expired at a moment."""
        expiry = self.expiry(now)
        return expiry is not None and expiry <= now

    def updated_at(self, now: int) -> int:
        """Return when it last changed."""
        renewal = in_force(self.renewals, now)
        changes = [self.created_at]
        if renewal is not None:
            changes.append(renewal.at)
        if self.revoked_at is not None and self.revoked(now):
            changes.append(self.revoked_at)
        return max(changes)


@dataclass(frozen=True, kw_only=True)
class Minting:
    """A consumer that gets a new JWT every so often, counted from `origin` in both directions.

    An expired one is listed for another `kept` milliseconds.
    """

    instance_id: str
    credential_provider_id: str
    consumer_id: str
    creator_id: str
    origin: int
    every: int
    life: int
    kept: int

    def tokens(self, now: int) -> Iterator[AuthenticationToken]:
        """Yield what is listed at a moment, oldest first."""
        oldest = (now - self.life - self.kept - self.origin) // self.every + 1
        newest = (now - self.origin) // self.every
        for index in range(oldest, newest + 1):
            at = self.origin + index * self.every
            yield AuthenticationToken(
                authentication_token_id=ids.authentication_token_id(at, self.consumer_id, index),
                instance_id=self.instance_id,
                credential_provider_id=self.credential_provider_id,
                kind="jwt",
                consumer_type="custom",
                consumer_id=self.consumer_id,
                creator_id=self.creator_id,
                created_at=at,
                expires_at=at + self.life,
            )


class Idaas:
    """All instances, providers and tokens, by id. `put_…` adds or replaces."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}
        self.providers: dict[str, CredentialProvider] = {}
        self.tokens: dict[str, AuthenticationToken] = {}
        self.mintings: list[Minting] = []

    def put_instance(self, instance: Instance) -> Instance:
        """Keep an instance."""
        self.instances[instance.instance_id] = instance
        return instance

    def put_provider(self, provider: CredentialProvider) -> CredentialProvider:
        """Keep a credential provider."""
        self.providers[provider.credential_provider_id] = provider
        return provider

    def put_token(self, token: AuthenticationToken) -> AuthenticationToken:
        """Keep a token."""
        self.tokens[token.authentication_token_id] = token
        return token

    def remove_token(self, token_id: str) -> None:
        """Delete a token."""
        del self.tokens[token_id]

    def renew(self, token_id: str, expires_at: int, *, at: int | None = None) -> None:
        """Give a token another expiry: at once, dropping what was planned, or from `at` on."""
        token = self.tokens[token_id]
        if at is None:
            token = replace(token, expires_at=expires_at, renewals=())
        else:
            renewal = Renewal(at=at, expires_at=expires_at)
            token = replace(token, renewals=(*token.renewals, renewal))
        self.tokens[token_id] = token

    def revoke(self, token_id: str, *, at: int = 0) -> None:
        """Revoke a token: at once, or from `at` on."""
        self.tokens[token_id] = replace(self.tokens[token_id], revoked_at=at)

    def reinstate(self, token_id: str) -> None:
        """Undo a revocation."""
        self.tokens[token_id] = replace(self.tokens[token_id], revoked_at=None)

    def provider(self, instance_id: str, identifier: str) -> CredentialProvider | None:
        """Return a provider by what requests call it."""
        for provider in self.providers.values():
            if (provider.instance_id, provider.identifier) == (instance_id, identifier):
                return provider
        return None

    def tokens_of(
        self, credential_provider_id: str, consumer_id: str, now: int
    ) -> list[AuthenticationToken]:
        """Return what is listed for a consumer at a moment, newest first."""
        wanted = (credential_provider_id, consumer_id)
        tokens = [
            t
            for t in self.tokens.values()
            if (t.credential_provider_id, t.consumer_id) == wanted and t.exists(now)
        ]
        for minting in self.mintings:
            if (minting.credential_provider_id, minting.consumer_id) == wanted:
                tokens.extend(minting.tokens(now))
        return sorted(tokens, key=lambda t: (-t.created_at, t.authentication_token_id))
