"""Checks that say what Slack's own schema validator says.

Wording: the constraints of github.com/slackhq/hack-json-schema, which Slack's API answers with.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from sandbox.slack.types import Json

Check = Callable[[object, str], Iterator[str]]


def problem(message: str, at: str) -> str:
    """Return a message with the JSON pointer of the place that it is about."""
    return f"{message} [json-pointer:{at}]"


def text(most: int | None = None, *, least: int = 1, pattern: str | None = None) -> Check:
    """Check a string: its length in characters, its form."""
    form = None if pattern is None else re.compile(pattern)

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must provide a string", at)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", at)
        elif most is not None and len(value) > most:
            yield problem(f"must be less than {most + 1} characters", at)
        elif form is not None and not form.fullmatch(value):
            yield problem(f"input must match regex pattern: {form.pattern}", at)

    return check


def integer(least: int | None = None, most: int | None = None) -> Check:
    """Check a whole number and its range."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem("must provide an integer", at)
        elif least is not None and value < least:
            yield problem(f"must be greater than {least}", at)
        elif most is not None and value > most:
            yield problem(f"must be less than or equal to {most}", at)

    return check


def number(value: object, at: str) -> Iterator[str]:
    """Check a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield problem("must provide a number", at)


def boolean(value: object, at: str) -> Iterator[str]:
    """Check a truth value."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", at)


def choice(*values: object) -> Check:
    """Check that it is one of a few values."""

    def check(value: object, at: str) -> Iterator[str]:
        if not any(value == v and type(value) is type(v) for v in values):
            yield problem("must be a valid enum value", at)

    return check


def array(of: Check, *, least: int = 0, most: int | None = None) -> Check:
    """Check a list: how long it is, and each item."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must provide an array", at)
            return
        if len(value) < least:
            yield problem(f"must provide at least {least} items", at)
        elif most is not None and len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        else:
            for index, item in enumerate(value):
                yield from of(item, f"{at}/{index}")

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Check an object: what it needs, what it may have, and nothing else but `type`."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", at)
        for name, item in value.items():
            if name in known:
                yield from known[name](item, f"{at}/{name}")
            elif name != "type":
                yield problem(f"invalid additional property: {name}", at)

    return check


def union(kinds: Mapping[str, Check]) -> Check:
    """Check an object by its `type`."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
        elif "type" not in value:
            yield problem("missing required field: type", at)
        elif not isinstance(value["type"], str):
            yield problem("must provide a string", f"{at}/type")
        elif value["type"] not in kinds:
            yield problem(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from kinds[value["type"]](value, at)

    return check


def rule(check_object: Callable[[Json, str], Iterator[str]]) -> Check:
    """Make a check of what a schema cannot say; it comes after `fields`, so on an object."""

    def check(value: object, at: str) -> Iterator[str]:
        yield from check_object(cast("Json", value), at)

    return check


def every(*checks: Check) -> Check:
    """Check with one after the other, the later ones only if the earlier found nothing."""

    def check(value: object, at: str) -> Iterator[str]:
        for one in checks:
            found = list(one(value, at))
            yield from found
            if found:
                return

    return check
