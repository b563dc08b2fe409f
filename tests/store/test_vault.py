import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SealError
from bot.store.keyring import KEY_BYTES, Keyring
from bot.store.vault import Vault

_KEYS = {kid: bytes([number]) * KEY_BYTES for number, kid in enumerate(("k1", "k2", "k3"))}
_VAULT = Vault(Keyring("k2", _KEYS))
_BOUND = st.lists(st.text(), min_size=1, max_size=4).map(tuple)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(kind=st.text(), bound=_BOUND, data=st.binary())
def test_what_is_sealed_opens_in_its_place(kind: str, bound: tuple[str, ...], data: bytes) -> None:
    """Any data of any kind, bound to anything, comes back as it was."""
    sealed = _VAULT.seal(kind, bound, data)

    assert _VAULT.open(kind, bound, sealed) == data
    assert Vault.sealed_by(sealed) == "k2"
    assert sealed.startswith("v1.k2.")


@given(kinds=st.tuples(st.text(), st.text()), bounds=st.tuples(_BOUND, _BOUND))
def test_what_is_moved_does_not_open(
    kinds: tuple[str, str], bounds: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """A record opens only as the same kind, bound to the same parts, cut at the same places."""
    sealed = _VAULT.seal(kinds[0], bounds[0], b"data")

    if (kinds[0], bounds[0]) == (kinds[1], bounds[1]):
        assert _VAULT.open(kinds[1], bounds[1], sealed) == b"data"
    else:
        with pytest.raises(SealError):
            _VAULT.open(kinds[1], bounds[1], sealed)


@given(data=st.binary(max_size=40), position=st.integers(0), character=st.sampled_from(_ALPHABET))
def test_what_is_edited_does_not_open(data: bytes, position: int, character: str) -> None:
    """Changing any character, also one whose bits base64 ignores, spoils the record."""
    sealed = _VAULT.seal("kind", ("T1",), data)
    position %= len(sealed)
    edited = sealed[:position] + character + sealed[position + 1 :]

    if edited != sealed:
        with pytest.raises(SealError):
            _VAULT.open("kind", ("T1",), edited)


@given(
    data=st.binary(max_size=40), cut=st.integers(0), tail=st.text(_ALPHABET + ".=\n ", max_size=3)
)
def test_what_is_cut_or_extended_does_not_open(data: bytes, cut: int, tail: str) -> None:
    """A record that lost its end, or got another one, does not open."""
    sealed = _VAULT.seal("kind", ("T1",), data)
    edited = sealed[: cut % (len(sealed) + 1)] + tail

    if edited != sealed:
        with pytest.raises(SealError):
            _VAULT.open("kind", ("T1",), edited)


@given(text=st.text())
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    """Whatever somebody writes into Redis, it is a SealError and nothing else."""
    with pytest.raises(SealError):
        _VAULT.open("kind", ("T1",), text)


@pytest.mark.parametrize("kid", sorted(_KEYS))
def test_every_key_of_the_ring_opens(kid: str) -> None:
    """What any key of the ring has sealed opens, whichever is current."""
    sealed = Vault(Keyring(kid, _KEYS)).seal("kind", ("T1", "U1"), b"data")

    assert Vault.sealed_by(sealed) == kid
    assert _VAULT.open("kind", ("T1", "U1"), sealed) == b"data"


def test_an_unknown_key_is_named() -> None:
    """A record of a key that is gone says which key is missing, and nothing of its content."""
    sealed = Vault(Keyring("old", {"old": b"o" * KEY_BYTES})).seal("kind", ("T1",), b"content")

    with pytest.raises(SealError, match="not known: old"):
        _VAULT.open("kind", ("T1",), sealed)


def test_a_key_of_the_same_name_does_not_open() -> None:
    """The id only finds the key; another key under the same id opens nothing."""
    other = Vault(Keyring("k2", {"k2": b"x" * KEY_BYTES}))

    with pytest.raises(SealError, match="moved or damaged"):
        other.open("kind", ("T1",), _VAULT.seal("kind", ("T1",), b"data"))


def test_each_scope_has_its_own_subkey() -> None:
    """With the same nonce and text, two scopes give ciphertexts with nothing in common."""
    vault = Vault(Keyring("k2", _KEYS), entropy=bytes)

    one, same, other = (vault.seal("kind", (scope,), b"data" * 8) for scope in ("T1", "T1", "T2"))

    assert one == same
    assert one[22:60] != other[22:60]


def test_nonces_come_from_the_given_entropy() -> None:
    """Twelve new bytes are asked for each record, so that no nonce is used twice."""
    asked: list[int] = []

    def entropy(size: int) -> bytes:
        asked.append(size)
        return len(asked).to_bytes(size, "big")

    vault = Vault(Keyring("k2", _KEYS), entropy)

    assert vault.seal("kind", ("T1",), b"data") != vault.seal("kind", ("T1",), b"data")
    assert asked == [12, 12]


@given(
    one=st.lists(st.text(), max_size=4),
    other=st.lists(st.text(), max_size=4),
)
def test_fingerprints_differ_unless_all_parts_agree(one: list[str], other: list[str]) -> None:
    """No two lists of parts share a fingerprint, however their texts are cut."""
    assert (_VAULT.fingerprint(*one) == _VAULT.fingerprint(*other)) == (one == other)


def test_a_fingerprint_needs_the_key() -> None:
    """Another keyring gives another fingerprint; a changed one still gives the old one too."""
    before = Vault(Keyring("k1", {"k1": _KEYS["k1"]}))
    after = Vault(Keyring("k2", {"k2": _KEYS["k2"], "k1": _KEYS["k1"]}))

    assert before.fingerprint("a") != after.fingerprint("a")
    assert after.fingerprints("a") == (after.fingerprint("a"), before.fingerprint("a"))
