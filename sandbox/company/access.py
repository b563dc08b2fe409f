"""What opens the services: RAM AccessKeys, IDaaS applications and the access tokens they get.

Their times are the machine's, in epoch milliseconds: a visitor cannot move them.
"""

import secrets
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

PAM = "urn:cloud:idaas:pam"
"""The built-in resource server that guards authentication tokens."""

ALL = ".all"
"""The scope value that stands for every scope of a resource server."""

PAM_SCOPES = frozenset({"authentication_token:read", "authentication_token:manage", ALL})
READ_SCOPE = f"{PAM}|authentication_token:read"


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An AccessKey of a RAM user, or with `security_token` one that STS gave until `expires_at`.

    `allowed` and `denied` are RAM actions, with `*` for any text.
    """

    access_key_id: str
    secret: str = field(repr=False)
    account_id: str
    user_name: str
    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    enabled: bool = True
    security_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None

    def forbids(self, action: str) -> bool:
        """Tell whether a policy denies an action in so many words."""
        return any(fnmatchcase(action, pattern) for pattern in self.denied)

    def permits(self, action: str) -> bool:
        """Tell whether an action is allowed and not denied."""
        return not self.forbids(action) and any(
            fnmatchcase(action, pattern) for pattern in self.allowed
        )


@dataclass(frozen=True, kw_only=True)
class OAuthClient:
    """A machine-to-machine application of an IDaaS instance.

    It has a secret, or a public key in PEM. `scopes` are those delegated to it, in full
    (`urn:cloud:idaas:pam|authentication_token:read`); `lifetime` is that of its access tokens, in
    seconds.
    """

    client_id: str
    instance_id: str
    secret: str | None = field(default=None, repr=False)
    public_key: str | None = None
    scopes: frozenset[str] = frozenset({READ_SCOPE})
    lifetime: int = 1_200
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class AccessToken:
    """An access token that an application was given."""

    value: str = field(repr=False)
    client_id: str
    instance_id: str
    scopes: frozenset[str]
    expires_at: int


class Access:
    """All keys, applications and access tokens. `put_…` adds or replaces."""

    def __init__(self) -> None:
        self.keys: dict[str, AccessKey] = {}
        self.clients: dict[str, OAuthClient] = {}
        self.tokens: dict[str, AccessToken] = {}

    def put_key(self, key: AccessKey) -> AccessKey:
        """Keep an AccessKey."""
        self.keys[key.access_key_id] = key
        return key

    def disable_key(self, access_key_id: str) -> None:
        """Disable an AccessKey, as its owner would in the RAM console."""
        self.keys[access_key_id] = replace(self.keys[access_key_id], enabled=False)

    def enable_key(self, access_key_id: str) -> None:
        """Enable an AccessKey again."""
        self.keys[access_key_id] = replace(self.keys[access_key_id], enabled=True)

    def set_permissions(
        self, access_key_id: str, allowed: set[str], denied: set[str] | None = None
    ) -> None:
        """Replace what an AccessKey may do."""
        self.keys[access_key_id] = replace(
            self.keys[access_key_id],
            allowed=frozenset(allowed),
            denied=frozenset(denied or ()),
        )

    def put_client(self, client: OAuthClient) -> OAuthClient:
        """Keep an application."""
        self.clients[client.client_id] = client
        return client

    def disable_client(self, client_id: str) -> None:
        """Disable an application; its access tokens end with it."""
        self.clients[client_id] = replace(self.clients[client_id], enabled=False)
        self.revoke_access_tokens(client_id)

    def set_scopes(self, client_id: str, scopes: set[str]) -> None:
        """Replace the scopes delegated to an application."""
        self.clients[client_id] = replace(self.clients[client_id], scopes=frozenset(scopes))

    def issue(self, client: OAuthClient, scopes: frozenset[str], wall: int) -> AccessToken:
        """Give an application an access token, and forget those that have expired."""
        self.tokens = {v: t for v, t in self.tokens.items() if t.expires_at > wall}
        token = AccessToken(
            value=f"AT{secrets.token_urlsafe(48)}",
            client_id=client.client_id,
            instance_id=client.instance_id,
            scopes=scopes,
            expires_at=wall + client.lifetime * 1_000,
        )
        self.tokens[token.value] = token
        return token

    def revoke_access_tokens(self, client_id: str) -> None:
        """End all access tokens of an application."""
        self.tokens = {v: t for v, t in self.tokens.items() if t.client_id != client_id}
