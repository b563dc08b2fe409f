"""Problems of the token-listing services in words, by the kind of `UpstreamError`."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from bot.blocks import actions
from bot.blocks._text import plain, title
from bot.models.listing import Problem
from bot.rules.times import span

CODE = 80
_REFERENCE = 120

Button = tuple[str, str]
MANAGE: Button = ("Manage connections", actions.CONNECT_MANAGE)
TELL_OPERATOR = "If it stays so, tell whoever runs the bot."


class Words(NamedTuple):
    """A problem in words. `reference` is what support or the operator asks for."""

    what: str
    why: str = ""
    next_step: str = ""
    reference: str = ""
    button: Button | None = None


class _Facts(NamedTuple):
    problem: Problem
    title: str
    command: str


_SILENT = "The service is down, unreachable or too slow."


def _unavailable(facts: _Facts) -> Words:
    status = facts.problem.status
    why = f"The service answered with HTTP {status}." if status else _SILENT
    return Words(f"{facts.title} did not answer.", why, "Try again in a minute.")


def _throttled(facts: _Facts) -> Words:
    wait = facts.problem.retry_after
    return Words(
        f"{facts.title} is limiting requests.",
        "Too many were made with this Alibaba Cloud account.",
        f"Try again in {in_seconds(wait)}." if wait else "Try again in a minute.",
    )


_REFUSALS = (
    (("Inactive", "Disabled"), "The AccessKey is disabled."),
    (("SecurityToken",), "The security token has expired, or belongs to another AccessKey."),
    (("AccessKeyId",), "There is no such AccessKey: it was deleted or mistyped."),
    (("SignatureDoesNotMatch", "IncompleteSignature"), "The secret does not belong to the ID."),
    (("RiskControl", "UserVerification"), "Alibaba Cloud has blocked the account."),
    (("invalid_client", "unauthorized_client"), "The client ID or its secret is wrong."),
)


def _credential_refused(facts: _Facts) -> Words:
    code = facts.problem.code
    why = next(
        (why for parts, why in _REFUSALS if any(part in code for part in parts)),
        "The credential is wrong, disabled or expired.",
    )
    return Words(
        f"{facts.title} refused the credential.",
        why,
        f"Replace it: {facts.command} connect." if facts.command else "Check it, part by part.",
        button=MANAGE,
    )


def _permission_missing(facts: _Facts) -> Words:
    permission = facts.problem.permission
    lacks = f"the permission {plain(permission, CODE)}" if permission else "a permission for it"
    return Words(
        f"{facts.title} does not let this credential do that.",
        f"The credential lacks {lacks}.",
        "Ask whoever manages the Alibaba Cloud account to grant it.",
        button=MANAGE,
    )


def _unknown_target(facts: _Facts) -> Words:
    return Words(
        f"{facts.title} knows no such place.",
        "It was deleted, an ID is mistyped, or the credential may not see it.",
        f"Check its IDs: {facts.command} connect." if facts.command else "Check the IDs.",
        button=MANAGE,
    )


def _clock_skew(facts: _Facts) -> Words:
    return Words(
        f"{facts.title} refused the time of the request.",
        "The clock of the bot's machine is wrong.",
        "Ask whoever runs the bot to set it (NTP).",
    )


def _broken_answer(facts: _Facts) -> Words:
    return Words(
        f"{facts.title} gave an answer that I cannot use.",
        "The answer was no list of tokens, so nothing can be said about them.",
        f"Try again later. {TELL_OPERATOR}",
    )


def _upstream(facts: _Facts) -> Words:
    return Words(
        f"{facts.title} could not be read.",
        "The service gave no usable answer.",
        "Try again in a minute.",
    )


UPSTREAM: Mapping[str, Callable[[_Facts], Words]] = {
    "unavailable": _unavailable,
    "throttled": _throttled,
    "credential_refused": _credential_refused,
    "permission_missing": _permission_missing,
    "unknown_target": _unknown_target,
    "clock_skew": _clock_skew,
    "broken_answer": _broken_answer,
    "upstream": _upstream,
}


def explain_upstream(problem: Problem, *, command: str, titles: Mapping[str, str]) -> Words:
    """Return the words for a problem, with the vendor's code and request id as the reference."""
    facts = _Facts(problem, title(problem.source, titles), command)
    told = UPSTREAM.get(problem.kind, _upstream)(facts)
    code = plain(problem.code, CODE) if problem.code else ""
    request = f"request {plain(problem.request_id, _REFERENCE)}" if problem.request_id else ""
    return told._replace(reference=", ".join(filter(None, (code, request))))


def in_seconds(wait: float) -> str:
    """Return a wait in words: at least a second, at most a day, whatever was asked for."""
    return span(timedelta(seconds=round(min(86_400.0, max(1.0, wait)))))
