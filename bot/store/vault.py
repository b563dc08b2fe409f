"""The vault: seals records for Redis and opens them, bound to what they are and whose they are.

AES-256-GCM with a subkey per scope. A sealed record is `v1.<key id>.<base64 of nonce, ciphertext
and tag>`. The associated data names version, key id, kind and what the record is bound to, so
that one moved to another place, or edited, does not open.
https://csrc.nist.gov/pubs/sp/800/38/d/final
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SealError
from bot.store.keyring import KEY_BYTES, Entropy, Keyring

_VERSION = "v1"
_ENVELOPE = re.compile(r"v1\.([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]+)")
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FINGERPRINT_BYTES = 18
_SUBKEYS = 1024


def _join(parts: Sequence[str]) -> bytes:
    """Join parts, each after its length: no two lists of parts give the same bytes."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _derive(key: bytes, purpose: str, *parts: str) -> bytes:
    # https://datatracker.ietf.org/doc/html/rfc5869
    info = _join(("tokenbell", _VERSION, purpose, *parts))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


class Vault:
    """Seals and opens with a keyring. `entropy` gives nonces: 96 random bits for each record."""

    def __init__(self, keyring: Keyring, entropy: Entropy = os.urandom) -> None:
        self._keyring = keyring
        self._entropy = entropy
        self._cipher = lru_cache(maxsize=_SUBKEYS)(self._derive_cipher)
        self._fingerprint_keys = tuple(
            _derive(key, "fingerprint") for key in self._ordered(keyring)
        )

    @staticmethod
    def _ordered(keyring: Keyring) -> list[bytes]:
        others = [key for kid, key in keyring.keys.items() if kid != keyring.current]
        return [keyring.keys[keyring.current], *others]

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._keyring.current

    def seal(self, kind: str, bound: Sequence[str], data: bytes) -> str:
        """Seal data of a kind, bound to a scope and what follows it: it opens nowhere else."""
        kid = self.current
        nonce = self._entropy(_NONCE_BYTES)
        sealed = self._cipher(kid, bound[0]).encrypt(nonce, data, self._aad(kid, kind, bound))
        text = base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()
        return f"{_VERSION}.{kid}.{text}"

    def open(self, kind: str, bound: Sequence[str], sealed: str) -> bytes:
        """Return what was sealed; raise SealError when it was for another place or is damaged."""
        kid, raw = _unpack(sealed)
        if kid not in self._keyring.keys:
            raise SealError(
                f"a record of kind {kind} is sealed with a key that is not known: {kid}"
            )
        nonce, ciphertext = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        try:
            return self._cipher(kid, bound[0]).decrypt(
                nonce, ciphertext, self._aad(kid, kind, bound)
            )
        except InvalidTag:
            raise SealError(f"a record of kind {kind} was moved or damaged") from None

    @staticmethod
    def sealed_by(sealed: str) -> str:
        """Return the id of the key that sealed a record; raise SealError when it is not one."""
        return _unpack(sealed)[0]

    def fingerprint(self, *parts: str) -> str:
        """Return an HMAC of parts, safe in a Redis key: equal only for equal parts."""
        return self.fingerprints(*parts)[0]

    def fingerprints(self, *parts: str) -> tuple[str, ...]:
        """Return the fingerprint under each key of the ring, the current one's first.

        What was filed before a change of keys is found under an older one.
        """
        message = _join(parts)
        return tuple(
            base64.urlsafe_b64encode(
                hmac.digest(key, message, hashlib.sha256)[:_FINGERPRINT_BYTES]
            ).decode()
            for key in self._fingerprint_keys
        )

    def _derive_cipher(self, kid: str, scope: str) -> AESGCM:
        return AESGCM(_derive(self._keyring.keys[kid], "seal", scope))

    @staticmethod
    def _aad(kid: str, kind: str, bound: Sequence[str]) -> bytes:
        return _join((_VERSION, kid, kind, *bound))


def _unpack(sealed: str) -> tuple[str, bytes]:
    match = _ENVELOPE.fullmatch(sealed)
    if match is None:
        raise SealError("a record is not sealed by this vault")
    kid, text = match.groups()
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise SealError("a record is not sealed by this vault") from None
    # The last character of base64 has spare bits: only one way of writing a record is accepted.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise SealError("a record is not sealed by this vault")
    if len(raw) < _NONCE_BYTES + _TAG_BYTES:
        raise SealError("a record is too short to be sealed by this vault")
    return kid, raw
