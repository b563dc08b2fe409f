"""Faults on demand: what a service may do to its caller, switched on and off while it runs."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["slow", "hang", "429", "500", "reset", "broken", "error"]
SERVICES = ("slack", "kyuubi", "idaas", "idaas_token")


@dataclass(kw_only=True)
class Fault:
    """One fault of one service.

    `match` limits it to calls whose method or path contains it. `times` counts down; None means
    until cleared. `seconds` is the delay of `slow` and the Retry-After of `429`. `accepted` makes
    the service do its work first and only then fail, as when an answer is lost on the way. `code`
    is Slack's own word for the `error` that it answers with.
    """

    service: str
    kind: Kind
    seconds: float = 1.0
    match: str = ""
    times: int | None = None
    accepted: bool = False
    code: str = ""


@dataclass
class Faults:
    """The faults that are on."""

    active: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        if fault.service not in SERVICES:
            raise ValueError(f"service must be one of {', '.join(SERVICES)}")
        if (fault.kind == "error") != (fault.service == "slack" and bool(fault.code)):
            raise ValueError("an error needs a code, and only slack has such")
        self.active.append(fault)

    def clear(self, service: str | None = None) -> None:
        """Switch off all faults, or those of one service."""
        self.active = [f for f in self.active if service is not None and f.service != service]

    def take(self, service: str, call: str) -> Fault | None:
        """Return the first fault that meets a call, counting it down."""
        for fault in self.active:
            if fault.service == service and fault.match in call and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    @staticmethod
    async def delay(fault: Fault) -> None:
        """Wait as `slow` and `hang` ask; a hang ends when the caller goes away."""
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "hang":
            await asyncio.Event().wait()

    def as_json(self) -> list[dict[str, Any]]:
        """Return the active faults for the control API."""
        return [asdict(f) for f in self.active if f.times != 0]
