"""EMR Serverless Spark: workspaces, their Kyuubi gateways and the gateways' tokens.

All times are epoch milliseconds.
"""

from dataclasses import dataclass, replace
from typing import Literal

from sandbox.company.timeline import Renewal, in_force, latest_use


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace of one Alibaba Cloud account in one region."""

    workspace_id: str
    name: str
    region: str
    account_id: str
    created_at: int
    state: str = "RUNNING"


@dataclass(frozen=True, kw_only=True)
class KyuubiService:
    """A Kyuubi gateway of a workspace."""

    kyuubi_service_id: str
    workspace_id: str
    name: str
    created_at: int
    state: str = "RUNNING"


Nothing = Literal["null", "absent", "zero"]
"""How a time that does not exist is answered: no document says, so all three occur."""


@dataclass(frozen=True, kw_only=True)
class KyuubiToken:
    """One token of a gateway, over all its life.

    `text` is what the service lists, masked or not. `last_used_at` is the only use, or with
    `used_every` the first of many. `members` are user ids. From `removed_at` on it is not listed.
    """

    token_id: str
    kyuubi_service_id: str
    name: str
    text: str
    created_at: int
    expires_at: int | None = None
    created_by: str = "admin"
    members: tuple[str, ...] = ()
    account_names: tuple[str, ...] = ()
    spark_roles: tuple[str, ...] | None = None
    last_used_at: int | None = None
    used_every: int | None = None
    renewals: tuple[Renewal, ...] = ()
    removed_at: int | None = None
    nothing: Nothing = "null"

    def exists(self, now: int) -> bool:
        """Tell whether it is listed at a moment."""
        return self.created_at <= now and (self.removed_at is None or now < self.removed_at)

    def expiry(self, now: int) -> int | None:
        """Return the expiry that holds at a moment; None means never."""
        renewal = in_force(self.renewals, now)
        return self.expires_at if renewal is None else renewal.expires_at

    def last_use(self, now: int) -> int | None:
        """Return when it was last used; None means never."""
        return latest_use(self.last_used_at, self.used_every, now)


class Kyuubi:
    """All workspaces, gateways and tokens, by id. `put_…` adds or replaces."""

    def __init__(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.services: dict[str, KyuubiService] = {}
        self.tokens: dict[str, KyuubiToken] = {}

    def put_workspace(self, workspace: Workspace) -> Workspace:
        """Keep a workspace."""
        self.workspaces[workspace.workspace_id] = workspace
        return workspace

    def put_service(self, service: KyuubiService) -> KyuubiService:
        """Keep a gateway."""
        self.services[service.kyuubi_service_id] = service
        return service

    def remove_service(self, kyuubi_service_id: str) -> None:
        """Delete a gateway and its tokens."""
        del self.services[kyuubi_service_id]
        self.tokens = {
            token_id: token
            for token_id, token in self.tokens.items()
            if token.kyuubi_service_id != kyuubi_service_id
        }

    def put_token(self, token: KyuubiToken) -> KyuubiToken:
        """Keep a token."""
        self.tokens[token.token_id] = token
        return token

    def remove_token(self, token_id: str) -> None:
        """Delete a token."""
        del self.tokens[token_id]

    def renew(self, token_id: str, expires_at: int | None, *, at: int | None = None) -> None:
        """Give a token another expiry: at once, dropping what was planned, or from `at` on."""
        token = self.tokens[token_id]
        if at is None:
            token = replace(token, expires_at=expires_at, renewals=())
        else:
            renewal = Renewal(at=at, expires_at=expires_at)
            token = replace(token, renewals=(*token.renewals, renewal))
        self.tokens[token_id] = token

    def workspaces_of(self, account_id: str, region: str) -> list[Workspace]:
        """Return an account's workspaces in a region, oldest first."""
        return sorted(
            (
                w
                for w in self.workspaces.values()
                if (w.account_id, w.region) == (account_id, region)
            ),
            key=lambda w: (w.created_at, w.workspace_id),
        )

    def services_of(self, workspace_id: str) -> list[KyuubiService]:
        """Return a workspace's gateways, oldest first."""
        return sorted(
            (s for s in self.services.values() if s.workspace_id == workspace_id),
            key=lambda s: (s.created_at, s.kyuubi_service_id),
        )

    def tokens_of(self, kyuubi_service_id: str, now: int) -> list[KyuubiToken]:
        """Return the tokens that a gateway lists at a moment, newest first."""
        return sorted(
            (
                t
                for t in self.tokens.values()
                if t.kyuubi_service_id == kyuubi_service_id and t.exists(now)
            ),
            key=lambda t: (-t.created_at, t.token_id),
        )
