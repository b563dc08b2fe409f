import inspect
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from bot.errors import StoreError
from bot.store import keys

_FUNCTIONS = {name: cast("Callable[..., str]", getattr(keys, name)) for name in keys.KEYS}
_TEXT = st.text(min_size=1)
_SCOPED = sorted(name for name, key in keys.KEYS.items() if key.pattern.startswith("tb:{<scope>}:"))
_SHARDED = sorted(name for name, key in keys.KEYS.items() if "{due:<shard>}" in key.pattern)


def _arguments(function: Callable[..., str]) -> int:
    return len(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", sorted(keys.KEYS))
def test_every_key_has_its_declared_pattern(name: str) -> None:
    """What a function makes is what the table says, and no other entry claims it."""
    function = _FUNCTIONS[name]
    key = function(*(f"Part{n}" for n in range(_arguments(function))))

    assert keys.of(key) is keys.KEYS[name]
    assert [entry for entry in keys.KEYS.values() if entry.matches(key)] == [keys.KEYS[name]]


def test_every_function_that_makes_a_key_is_in_the_table() -> None:
    """Nobody can add a key without saying what it is."""
    makers = {
        name
        for name, function in inspect.getmembers(keys, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == keys.__name__
    }

    assert makers - {"everything", "fingerprint_in", "of"} == set(keys.KEYS)


@given(
    name=st.sampled_from(_SCOPED),
    scope=_TEXT,
    parts=st.lists(_TEXT, min_size=3, max_size=3),
)
def test_no_text_breaks_out_of_its_key(name: str, scope: str, parts: list[str]) -> None:
    """Whatever comes as scope, user or id, the key keeps its pattern and its scope's slot."""
    function = _FUNCTIONS[name]
    key = function(*[scope, *parts][: _arguments(function)])

    assert keys.of(key) is keys.KEYS[name]
    assert key_slot(key.encode()) == key_slot(keys.installation(scope).encode())
    assert key.startswith(keys.everything(scope).removesuffix("*"))


@given(shard=_TEXT)
def test_a_shard_of_the_due_index_is_in_one_slot(shard: str) -> None:
    """The scripts of the index touch several keys of a shard, and no scope has such keys."""
    made = [_FUNCTIONS[name](shard) for name in _SHARDED]

    assert len({key_slot(key.encode()) for key in made}) == 1
    assert [keys.of(key) for key in made] == [keys.KEYS[name] for name in _SHARDED]


def test_what_belongs_to_no_scope_is_known() -> None:
    """Only registries and the due index are outside the keys that a purge of a scope deletes."""
    assert keys.KEYS.keys() - set(_SCOPED) - set(_SHARDED) == {"scopes", "workers", "sweep"}


@given(one=st.tuples(_TEXT, _TEXT), other=st.tuples(_TEXT, _TEXT))
def test_different_owners_have_different_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Two owners share a key only if they are one."""
    assert (keys.connections(*one) == keys.connections(*other)) == (one == other)


def test_a_long_part_is_shortened_without_clashing() -> None:
    """An id of any length gives a short key, and no other id gives the same one."""
    long, longer = "x" * 500, "x" * 501
    key = keys.screen("T1", long)

    assert len(key) < 200
    assert key != keys.screen("T1", longer)
    assert keys.of(key) is keys.KEYS["screen"]
    assert keys.screen("T1", key.rpartition(":")[2]) != key


def test_a_part_may_not_be_empty() -> None:
    """An empty scope would make an empty hash tag, which Redis ignores."""
    with pytest.raises(StoreError):
        keys.connections("", "U1")


def test_a_scope_is_no_wildcard() -> None:
    """The pattern for all keys of a scope matches that scope alone."""
    assert keys.everything("T*?[a]\\") == "tb:{T%2A%3F%5Ba%5D%5C}:*"
