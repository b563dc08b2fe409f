"""Slack's side of the sandbox, put together."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.slack.changes import Changes
from sandbox.slack.delivery.envelope import Transport
from sandbox.slack.delivery.socket import SocketTransport
from sandbox.slack.files import Files
from sandbox.slack.installation import Installation
from sandbox.slack.rates import Rates
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Slack's deadlines in seconds, shorter where a test cannot wait.

    `retries` are the pauses before an event is sent again. `response_url_errors` chooses how a
    `response_url` refuses: `status` (4xx and a word, as users report it today) or `ok_false`
    (200 and JSON).
    """

    ack: float = 3.0
    trigger: float = 3.0
    response_url: float = 1800.0
    refresh: float = 10.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    rates: float | None = 1.0
    response_url_errors: Literal["status", "ok_false"] = "status"


@dataclass(kw_only=True)
class Platform:
    """Everything that the Web API, the people and the deliveries share."""

    base: str
    clock: SandboxClock
    faults: Faults
    journal: Journal
    app: Installation
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Build what hangs together."""
        self.changes = Changes()
        self.workspace = Workspace(self.clock, self.changes)
        self.views = Views(self.changes)
        self.triggers = Triggers(self.limits.trigger)
        self.response_urls = ResponseUrls(self.base, self.limits.response_url)
        self.files = Files(self.base)
        self.rates = Rates(self.limits.rates)
        self.socket = SocketTransport(
            self.changes, ack_seconds=self.limits.ack, refresh_seconds=self.limits.refresh
        )
        self.transport: Transport = self.socket
        self.codes: dict[str, str] = {}

    def note(
        self, method: str, path: str, *, status: int, error: str = "", body: object = None
    ) -> None:
        """Write down a call that is not one of the Web API's methods."""
        self.journal.write(
            at=self.clock.wall(),
            service="slack",
            method=method,
            path=path,
            status=status,
            error=error,
            body=body,
        )
