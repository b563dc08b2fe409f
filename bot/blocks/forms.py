"""Forms made of what a source declares: their inputs, what was filled in, and its mistakes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from bot.blocks._elements import option, select, text_input
from bot.blocks._kit import Block, field
from bot.blocks._state import State, text_of
from bot.blocks._text import Json, cut
from bot.errors import InputError
from bot.models.source import FormField, SourceInfo
from bot.rules.text import tidy

LABEL = "label"
TARGET_LABEL = "target_label"
_CREDENTIAL = "credential"
_TARGET = "target"
_ERROR = 200


Purpose = Literal["connect", "add_target", "replace"]
"""What a form is for: everything anew, another target, or another credential."""


class Filled(NamedTuple):
    """What a person filled in, by field name. `repr` shows no values: some are secrets."""

    credential: Mapping[str, str]
    target: Mapping[str, str]
    label: str
    target_label: str

    def __repr__(self) -> str:
        return f"Filled({sorted(self.credential)}, {sorted(self.target)})"

    @property
    def names_a_target(self) -> bool:
        """Tell whether more than a region was given, so that nothing need be discovered."""
        return any(value for name, value in self.target.items() if name != "region")


def credential_inputs(info: SourceInfo, kind: str, given: Filled | None) -> Iterator[Block]:
    """Yield the inputs of a credential; secrets are always empty."""
    for each in info.credential_form(kind).fields:
        typed = given.credential.get(each.name, "") if given and not each.secret else ""
        yield _input(each, f"{_CREDENTIAL}.{each.name}", typed, optional=each.optional)


def target_inputs(info: SourceInfo, given: Filled | None) -> Iterator[Block]:
    """Yield the inputs of a target; where places can be discovered only the region is needed."""
    for each in info.target_fields:
        typed = given.target.get(each.name, "") if given else ""
        spare = info.discovers and each.name != "region"
        yield _input(each, f"{_TARGET}.{each.name}", typed, optional=each.optional or spare)


def label_input(name: str, label: str, hint: str, typed: str) -> Block:
    """Return an input for a name that a person gives."""
    return field(label, text_input(name, initial=tidy(typed)), name=name, hint=hint, optional=True)


def _input(each: FormField, name: str, typed: str, *, optional: bool) -> Block:
    return field(
        each.label,
        _element(each, name, typed or each.initial),
        name=name,
        hint=each.hint,
        optional=optional,
    )


def _element(each: FormField, name: str, typed: str) -> Json:
    if each.choices:
        options = (option(label, value) for value, label in each.choices)
        return select(name, each.placeholder or "Choose", options, initial=typed)
    return text_input(name, placeholder=each.placeholder, initial=typed, multiline=each.multiline)


def read_form(state: State, info: SourceInfo, kind: str) -> Filled:
    """Return what was filled into a form of a source; fields that it did not have are empty."""
    return Filled(
        credential=_read(state, _CREDENTIAL, info.credential_form(kind).fields),
        target=_read(state, _TARGET, info.target_fields),
        label=tidy(text_of(state, LABEL)),
        target_label=tidy(text_of(state, TARGET_LABEL)),
    )


def _read(state: State, part: str, fields: Iterable[FormField]) -> dict[str, str]:
    return {each.name: text_of(state, f"{part}.{each.name}") for each in fields}


def form_errors(
    error: InputError, info: SourceInfo, kind: str, purpose: Purpose = "connect"
) -> dict[str, str]:
    """Return an error as Slack shows it below the input that it belongs to.

    An error that belongs to no input of the form goes below the first one.
    """
    inputs = []
    if purpose != "add_target":
        inputs += [(each.name, _CREDENTIAL) for each in info.credential_form(kind).fields]
    if purpose != "replace":
        inputs += [(each.name, _TARGET) for each in info.target_fields]
    name, part = next((each for each in inputs if each[0] == error.field), inputs[0])
    return {f"{part}.{name}": cut(error.message, _ERROR)}
