from collections.abc import Iterator

import pytest

import bot.errors
from bot.blocks._upstream import UPSTREAM
from bot.blocks.problems import explain, problem_line, problem_message, problem_view, tell
from bot.errors import (
    CredentialRefusedError,
    GoneError,
    InputError,
    NotAllowedError,
    PermissionMissingError,
    SettingsError,
    SlackError,
    StoreError,
    ThrottledError,
    TokenbellError,
    UnavailableError,
    UnknownTargetError,
    UpstreamError,
)
from bot.models.listing import Problem
from tests.blocks.checker import check_message, check_view, seen
from tests.blocks.make import COMMAND, REFUSED, TITLES
from tests.blocks.reader import buttons, lines

MADE: dict[type[TokenbellError], TokenbellError] = {
    InputError: InputError("No such filter."),
    NotAllowedError: NotAllowedError("Guests may not use this."),
    SettingsError: SettingsError("REDIS_URL", "is not a URL"),
    SlackError: SlackError("chat.postMessage", "weird_thing"),
    ThrottledError: ThrottledError("kyuubi", retry_after=7),
    PermissionMissingError: PermissionMissingError("kyuubi", permission="ram:List"),
}


def family(cls: type[TokenbellError]) -> Iterator[type[TokenbellError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from family(child)


def example(cls: type[TokenbellError]) -> TokenbellError:
    if cls in MADE:
        return MADE[cls]
    return cls("kyuubi") if issubclass(cls, UpstreamError) else cls()


def test_every_error_has_words_of_its_own() -> None:
    """A class that is added to the tree without words of its own fails here."""
    said: dict[str, type[TokenbellError]] = {}
    for cls in family(TokenbellError):
        if cls.__module__ != bot.errors.__name__:
            continue
        error = example(cls)
        registered = (
            error.kind in UPSTREAM if isinstance(error, UpstreamError) else cls in tell.registry
        )
        assert registered or cls is TokenbellError, f"{cls.__name__} has no words"
        words = explain(error, command=COMMAND, titles=TITLES)
        assert words.what not in said, f"{cls.__name__} speaks like {said[words.what].__name__}"
        said[words.what] = cls


def test_every_kind_of_upstream_error_is_told_apart() -> None:
    """A kind per class, no more and no less: a new one needs its words."""
    kinds = {cls.kind for cls in family(UpstreamError) if issubclass(cls, UpstreamError)}

    assert kinds == set(UPSTREAM)


def test_an_error_says_what_why_what_next_and_a_reference() -> None:
    """A refused key names the service, the reason, the next step and the vendor's request."""
    error = CredentialRefusedError(
        "kyuubi", code="SignatureDoesNotMatch", status=403, request_id="REQ-1"
    )

    message = check_message(problem_message(error, command="/keys", titles=TITLES))
    assert lines(message) == [
        (
            ":warning: EMR Serverless Spark refused the credential.\n"
            "The secret does not belong to the ID. Replace it: /keys connect."
        ),
        "Reference: SignatureDoesNotMatch, request REQ-1",
    ]
    assert buttons(message) == {"Manage connections": ""}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("Forbidden.AccessKeyDisabled", "The AccessKey is disabled."),
        ("InvalidAccessKeyId.Inactive", "The AccessKey is disabled."),
        (
            "InvalidAccessKeyId.NotFound",
            "There is no such AccessKey: it was deleted or mistyped.",
        ),
        (
            "InvalidSecurityToken.Expired",
            "The security token has expired, or belongs to another AccessKey.",
        ),
        ("invalid_client", "The client ID or its secret is wrong."),
        ("Forbidden.RiskControl", "Alibaba Cloud has blocked the account."),
        ("", "The credential is wrong, disabled or expired."),
    ],
)
def test_a_refusal_gives_the_reason_behind_its_code(code: str, why: str) -> None:
    """The vendor's code becomes the reason that its owner can mend."""
    error = CredentialRefusedError("kyuubi", code=code)

    assert explain(error, command=COMMAND, titles=TITLES).why == why


def test_next_steps_fit_where_the_reader_is() -> None:
    """Somebody who is already connecting is not sent to connect."""
    refused = CredentialRefusedError("kyuubi")
    unknown = UnknownTargetError("kyuubi")

    assert explain(refused, command="", titles=TITLES).next_step == "Check it, part by part."
    assert explain(unknown, command="", titles=TITLES).next_step == "Check the IDs."
    assert explain(unknown, command=COMMAND, titles=TITLES).next_step == (
        "Check its IDs: /tokens connect."
    )


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (7.0, "7 seconds"),
        (None, "a minute"),
        (0.2, "1 second"),
        (float("inf"), "24 hours"),
        (float("nan"), "1 second"),
        (-5.0, "1 second"),
    ],
)
def test_a_throttled_service_says_when_to_come_back(wait: float | None, words: str) -> None:
    """The wait that the service asked for is told, however odd a number it sent."""
    error = ThrottledError("kyuubi", retry_after=wait)

    assert explain(error, command=COMMAND, titles=TITLES).next_step == f"Try again in {words}."


def test_a_silent_service_and_a_failing_one_differ() -> None:
    """No answer and a 5xx are told apart."""
    silent = explain(UnavailableError("idaas"), command=COMMAND, titles=TITLES)
    failing = explain(UnavailableError("idaas", status=503), command=COMMAND, titles=TITLES)

    assert silent.why == "The service is down, unreachable or too slow."
    assert failing.why == "The service answered with HTTP 503."


def test_a_missing_permission_is_named() -> None:
    """The permission to ask for is in the words."""
    error = PermissionMissingError("kyuubi", permission="emr-serverless-spark:ListKyuubiToken")
    words = explain(error, command=COMMAND, titles=TITLES)

    assert words.why == (
        "The credential lacks the permission emr-serverless-spark:ListKyuubiToken."
    )
    unnamed = explain(
        PermissionMissingError("kyuubi", permission=""), command=COMMAND, titles=TITLES
    )
    assert unnamed.why == "The credential lacks a permission for it."


@pytest.mark.parametrize(
    ("error", "what", "next_step"),
    [
        (
            SlackError("x", "not_in_channel"),
            "I am not in that channel.",
            "Invite me there first: /invite",
        ),
        (
            SlackError("x", "ratelimited"),
            "Slack is limiting how much I post.",
            "Try again in 1 minute.",
        ),
        (
            SlackError("x", "any", retry_after=30),
            "Slack is limiting how much I post.",
            "Try again in 30 seconds.",
        ),
        (
            SlackError("x", "weird"),
            "Slack refused to do that (weird).",
            "Try again. If it stays so, tell whoever runs the bot.",
        ),
    ],
)
def test_slacks_refusals_are_told(error: SlackError, what: str, next_step: str) -> None:
    """Slack's own words for a refusal become ours."""
    words = explain(error, command=COMMAND, titles=TITLES)

    assert (words.what, words.next_step) == (what, next_step)


def test_a_missing_scope_is_named() -> None:
    """The scope that Slack wants is in the words."""
    error = SlackError("x", "missing_scope", needed="channels:read")

    assert explain(error, command=COMMAND, titles=TITLES).why == "It is called channels:read."


def test_a_mistake_shows_an_example_to_copy() -> None:
    """A wrong filter shows one that works, with the name of the command."""
    error = InputError("“statsu:” is not a filter.", suggestion="status:expired")
    message = problem_message(error, command="/keys", titles=TITLES)

    assert "For example: /keys status:expired" in seen(message)
    assert buttons(message) == {"Help": ""}
    assert explain(InputError("No."), command="/keys", titles=TITLES).next_step == ""


def test_our_own_reference_is_shown_when_the_vendor_gave_none() -> None:
    """The vendor's request id wins; without it there is our reference; without both, none."""
    bare = UnavailableError("kyuubi")

    assert explain(bare, command="", titles={}, reference="7f3a").reference == "7f3a"
    assert explain(REFUSED, command="", titles={}, reference="7f3a").reference == (
        "SignatureDoesNotMatch, request REQ-1"
    )
    assert "Reference" not in seen(problem_message(bare, command=COMMAND, titles=TITLES))


def test_a_modal_shows_a_problem_without_buttons() -> None:
    """In a modal there is nothing to press: its buttons could not answer there."""
    view = check_view(
        problem_view(GoneError(), title="Connect", command=COMMAND, titles=TITLES, reference="7f3a")
    )

    assert lines(view)[1:] == ["Reference: 7f3a"]
    assert lines(view)[0].startswith(":warning: What this button belongs to is no longer there.")
    assert buttons(view) == {}


def test_the_unforeseen_has_words_too() -> None:
    """An error that nobody foresaw is admitted, with a reference and without details."""
    message = check_message(problem_message(None, command=COMMAND, titles=TITLES, reference="7f3a"))

    assert message.text.startswith("Something went wrong on my side.")
    assert "7f3a" in seen(message)
    assert explain(TokenbellError(), command="", titles={}).what == (
        "Something went wrong on my side."
    )


def test_a_name_that_is_no_known_kind_is_still_told() -> None:
    """A recorded problem of a kind from a later version has general words."""
    words = explain(Problem(kind="new", source="livy"), command=COMMAND, titles=TITLES)

    assert words.what == "livy could not be read."


def test_a_problem_fits_one_line() -> None:
    """In a list a problem is one line: why, what next, and the reference."""
    assert problem_line(REFUSED, command=COMMAND, titles=TITLES) == (
        "The secret does not belong to the ID. Replace it: /tokens connect."
        " (SignatureDoesNotMatch, request REQ-1)"
    )
    plain = Problem(kind="clock_skew", source="kyuubi")
    assert problem_line(plain, command=COMMAND, titles=TITLES) == (
        "The clock of the bot's machine is wrong. Ask whoever runs the bot to set it (NTP)."
    )


def test_what_is_gone_and_what_is_broken_say_what_to_do() -> None:
    """An old button offers the list, and a broken store names nobody's data."""
    assert buttons(problem_message(GoneError(), command=COMMAND, titles=TITLES)) == {
        "Show my tokens": ""
    }
    gone = GoneError("This notice is no longer kept.")
    assert explain(gone, command=COMMAND, titles=TITLES).what == "This notice is no longer kept."
    assert explain(StoreError(), command=COMMAND, titles=TITLES).next_step.startswith("Try again")
    assert explain(NotAllowedError(), command="", titles={}).what == "You may not do this."
