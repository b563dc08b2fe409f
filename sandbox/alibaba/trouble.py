"""What a fault makes of an answer."""

import asyncio
import math
from collections.abc import Callable, Mapping

from starlette.types import Receive

from sandbox.alibaba.answers import Answer, Refusal, failure, gateway, oauth
from sandbox.alibaba.call import Call
from sandbox.faults import Fault
from sandbox.serve import gone

_PROXY_PAGE = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"


async def under(
    fault: Fault, service: str, call: Call, work: Callable[[], Answer], receive: Receive
) -> Answer:
    """Return what the caller gets under a fault; status 0 stands for no answer at all."""
    done = work() if fault.accepted else None
    match fault.kind:
        case "hang" | "reset":
            return Answer(status=0, content=b"", code=fault.kind)
        case "slow":
            if not await _outlasts(receive, fault.seconds):
                return Answer(status=0, content=b"", code="gone")
            return done or work()
        case "429":
            refusal = _refusal(service, "Throttling.User", _retry_after(fault.seconds))
            return failure(refusal, call)
        case "500":
            return failure(_refusal(service, "InternalError"), call)
        case _:
            return _broken(done)


async def _outlasts(receive: Receive, seconds: float) -> bool:
    """Tell whether a caller is still there after so many seconds."""
    leaving = asyncio.ensure_future(gone(receive))
    done, _ = await asyncio.wait({leaving}, timeout=seconds)
    leaving.cancel()
    return not done


def _broken(done: Answer | None) -> Answer:
    """Return half of the answer, or a proxy's page where the work was not done."""
    if done is None:
        return Answer(status=200, content=_PROXY_PAGE, media_type="text/html", code="broken")
    return Answer(status=200, content=done.content[: len(done.content) // 2], code="broken")


def _retry_after(seconds: float) -> dict[str, str]:
    """Return both headers that say when to come back: the standard one and the vendor's, in ms."""
    return {
        "retry-after": str(math.ceil(seconds)),
        "x-acs-retry-after": str(round(seconds * 1_000)),
    }


def _refusal(service: str, code: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """Return an error in the shape of a service; in front of the Developer API is the gateway."""
    refusal = gateway(code, headers=headers)
    if service != "idaas_token":
        return refusal
    return oauth(refusal.status, code, refusal.message, headers)
