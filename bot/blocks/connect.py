"""Connecting: the card for somebody with nothing, and the steps of the modal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.blocks import actions
from bot.blocks._elements import (
    FEW_OPTIONS,
    OPTIONS,
    button,
    multi_select,
    option,
    radio_buttons,
    select,
)
from bot.blocks._kit import (
    Block,
    Message,
    View,
    context,
    field,
    header,
    message,
    modal,
    plain_text,
    row,
    section,
)
from bot.blocks._rich import bullets, emoji, foreign, line, rich, verbatim, words
from bot.blocks._state import State, choices_of, text_of
from bot.blocks._text import place
from bot.blocks.forms import (
    LABEL,
    TARGET_LABEL,
    Filled,
    Purpose,
    credential_inputs,
    label_input,
    target_inputs,
)
from bot.blocks.problems import explain
from bot.errors import PermissionMissingError, TokenbellError
from bot.models.listing import Problem
from bot.models.source import CredentialForm, SourceInfo
from bot.models.target import Target
from bot.rules.times import count

_SOURCE = "source"
_TARGETS = "targets"
_PRESELECTED = 10
_NAME = 100
_SENTENCE = 600

_TITLES: Mapping[Purpose, str] = {
    "connect": "Connect",
    "add_target": "Add a place",
    "replace": "Replace the key",
}
_SUBMITS: Mapping[Purpose, str] = {
    "connect": "Test and connect",
    "add_target": "Test and add",
    "replace": "Test and replace",
}


def three_steps(command: str) -> Block:
    """Return how to begin, in three steps."""
    steps = (
        ("Make a key that can only list tokens.", " The form names the one permission it needs."),
        ("Connect it.", " I try it at once and tell you what it can read."),
        (f"Type {command}.", " You see your tokens, soonest expiry first. Nobody else does."),
    )
    lines = (line(words(do, bold=True), words(why)) for do, why in steps)
    return rich(bullets(lines, numbered=True))


def connect_card(command: str) -> Message:
    """Return what somebody sees who has connected nothing."""
    text = "Know which tokens expire before something stops working"
    return message(
        f"{text}. Nothing is connected yet: press Connect, or type {command} connect.",
        [
            header(text),
            three_steps(command),
            row(
                button("Connect", actions.CONNECT_START, style="primary"),
                button("Help", actions.HELP),
            ),
            context(
                f"I only read. {command} disconnect deletes your key at once, any time.",
            ),
        ],
    )


def loading_view(title: str = "Connect") -> View:
    """Return what a modal shows until its content is there."""
    return modal(title, [section(plain_text("Loading…"))], callback_id=actions.WAITING_VIEW)


def proving_view(purpose: Purpose = "connect") -> View:
    """Return what a modal shows while a credential is tried."""
    text = "Testing… I am asking for the list of tokens, which takes some seconds."
    return modal(
        _TITLES[purpose],
        [
            section(plain_text(text)),
            context("You can close this: then the result comes as a message."),
        ],
        callback_id=actions.WAITING_VIEW,
        tells_when_closed=True,
    )


def source_view(infos: Sequence[SourceInfo], *, metadata: str) -> View:
    """Return the choice of a source and of a way to prove oneself to it."""
    options = [
        option(_way(info, form), f"{info.name}:{form.kind}", info.summary)
        for info in infos
        for form in info.credential_forms
    ]
    element = (
        radio_buttons(_SOURCE, options, initial=options[0]["value"])
        if len(options) <= FEW_OPTIONS
        else select(_SOURCE, "Choose", options)
    )
    return modal(
        "Connect",
        [field("What do you want to connect?", element, name=_SOURCE)],
        callback_id=actions.CONNECT_SOURCE_VIEW,
        submit="Next",
        close="Cancel",
        metadata=metadata,
    )


def _way(info: SourceInfo, form: CredentialForm) -> str:
    """Return a source, and with what one proves oneself where there are several ways."""
    several = len(info.credential_forms) > 1
    return f"{info.title}: {form.title}" if several else info.title


def chosen_source(state: State) -> tuple[str, str]:
    """Return the chosen source and kind of credential, both empty when nothing was chosen."""
    source, _, kind = text_of(state, _SOURCE).partition(":")
    return source, kind


def form_view(
    info: SourceInfo,
    kind: str,
    *,
    command: str,
    metadata: str,
    purpose: Purpose = "connect",
    given: Filled | None = None,
    problem: TokenbellError | Problem | None = None,
) -> View:
    """Return the form of a source for one kind of credential.

    After a failure `problem` says what went wrong and `given` fills in what was typed; secrets
    are to be typed again.
    """
    asks_credential, asks_target = purpose != "add_target", purpose != "replace"
    return modal(
        _TITLES[purpose],
        [
            _failure(problem, info, asks_credential=asks_credential) if problem else None,
            *(_notice(info, command) if asks_credential else ()),
            *(credential_inputs(info, kind, given) if asks_credential else ()),
            *(_places(info, given) if asks_target else ()),
            label_input(
                LABEL,
                "Name of this connection",
                "Shown when something is wrong with it, so that you know which key is meant.",
                given.label if given else "",
            )
            if purpose == "connect"
            else None,
        ],
        callback_id=actions.CONNECT_FORM_VIEW,
        submit=_SUBMITS[purpose],
        close="Cancel",
        metadata=metadata,
    )


def _failure(
    problem: TokenbellError | Problem, info: SourceInfo, *, asks_credential: bool
) -> Block:
    told = explain(problem, command="", titles={info.name: info.title})
    lacks = problem.permission if isinstance(problem, PermissionMissingError | Problem) else ""
    if lacks not in {"", info.permission}:
        # Only offering places takes more than the one permission.
        told = told._replace(next_step=f"Type the IDs instead, or: {told.next_step}")
    reference = f"({told.reference})" if told.reference else ""
    again = "Secrets have to be typed again." if asks_credential else ""
    rest = " ".join(filter(None, (told.why, told.next_step, reference, again)))
    return rich(
        line(
            emoji("warning"),
            words(" "),
            foreign(told.what, _SENTENCE, bold=True),
            words(" ") if rest else None,
            foreign(rest, 2 * _SENTENCE) if rest else None,
        )
    )


def _notice(info: SourceInfo, command: str) -> Iterator[Block]:
    yield rich(
        line(
            words("The one permission it needs: "),
            verbatim(info.permission),
            words(". Give it no more: I only read."),
        )
    )
    yield context(
        "Slack shows what you type here, and may keep it. I store it encrypted, never show it "
        f"again, and delete it when you type {command} disconnect."
    )


def _places(info: SourceInfo, given: Filled | None) -> Iterator[Block]:
    yield from target_inputs(info, given)
    if info.discovers:
        yield context("Leave the IDs empty, and I offer what the key can list.")
    yield label_input(
        TARGET_LABEL,
        "Name of this place",
        "Shown in your lists, such as prod.",
        given.target_label if given else "",
    )


def targets_view(targets: Sequence[Target], *, metadata: str) -> View:
    """Return the choice among the targets that a credential can list, at most 100 of them."""
    if not targets:
        text = "This key can list no place in that region. Close this, and type the IDs instead."
        return modal(
            "Choose places", [section(plain_text(text))], callback_id=actions.CONNECT_TARGETS_VIEW
        )
    options = [option(place(target), target.id, _coordinates(target)) for target in targets]
    chosen = [target.id for target in targets] if len(targets) <= _PRESELECTED else []
    more = len(targets) - OPTIONS
    return modal(
        "Choose places",
        [
            section(plain_text(f"This key can list {count(len(targets), 'place')}.")),
            field(
                "Show the tokens of",
                multi_select(_TARGETS, "Choose places", options, initial=chosen),
                name=_TARGETS,
            ),
            context(f"And {more:,} more: add those by their IDs later.") if more > 0 else None,
        ],
        callback_id=actions.CONNECT_TARGETS_VIEW,
        submit="Test and connect",
        close="Cancel",
        metadata=metadata,
    )


def _coordinates(target: Target) -> str:
    return " · ".join(target.coordinates.values())


def chosen_targets(state: State, targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return those of the offered targets that were chosen."""
    chosen = set(choices_of(state, _TARGETS))
    return tuple(target for target in targets if target.id in chosen)
