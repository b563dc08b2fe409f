"""The keys that seal: read from `TOKENBELL_KEYS`, or kept in a file for the embedded server.

A keyring is `k2:base64,k1:base64`: the first key seals, all of them open. No error quotes a key.
"""

import base64
import binascii
import os
import re
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SettingsError

KEY_BYTES = 32

_KID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_SETTING = "TOKENBELL_KEYS"
_DIRECTORY_SETTING = "TOKENBELL_DATA_DIR"

Entropy = Callable[[int], bytes]


@dataclass(frozen=True)
class Keyring:
    """Keys by their id; `current` is the id of the one that seals. Its `repr` shows no key."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str, name: str = _SETTING) -> "Keyring":
        """Read `k2:base64,k1:base64`; raise SettingsError that says which entry is wrong."""
        keys: dict[str, bytes] = {}
        entries = [entry.strip() for entry in text.split(",")]
        for number, entry in enumerate(entries, start=1):
            kid, colon, encoded = entry.partition(":")
            if not colon or not _KID.fullmatch(kid):
                raise SettingsError(
                    name,
                    f"entry {number} is not `id:key`, with an id of up to 16 letters, digits, _, -",
                )
            if kid in keys:
                raise SettingsError(name, f"entry {number} has the id of an earlier entry")
            keys[kid] = _decode(encoded, name, number)
        return cls(current=next(iter(keys)), keys=keys)


def _decode(encoded: str, name: str, number: int) -> bytes:
    """Read base64 of either alphabet, padded or not."""
    text = encoded.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(name, f"entry {number} is not base64 after the colon") from None
    if len(key) != KEY_BYTES:
        raise SettingsError(
            name, f"entry {number} has a key of {len(key)} bytes instead of {KEY_BYTES}"
        )
    return key


def generate_key(kid: str, entropy: Entropy = os.urandom) -> str:
    """Return a new keyring entry, `kid:base64`. Raises SettingsError for an unusable id."""
    entry = f"{kid}:{base64.urlsafe_b64encode(entropy(KEY_BYTES)).decode()}"
    Keyring.parse(entry)
    return entry


def load_or_create(path: Path, entropy: Entropy = os.urandom) -> Keyring:
    """Return the keyring in a file, which is made with one new key if it is not there.

    Several processes at once end with the same keyring. The file is readable by its owner alone;
    one that others can read is refused with SettingsError, as is a directory that cannot hold it.
    """
    try:
        with suppress(FileNotFoundError):
            return _load(path)
        _create(path, entropy)
        return _load(path)
    except OSError as error:
        raise SettingsError(
            _DIRECTORY_SETTING, f"cannot keep {path.name} in {path.parent}: {error.strerror}"
        ) from None


def _load(path: Path) -> Keyring:
    with path.open(encoding="utf-8", errors="replace") as file:
        if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise SettingsError(
                _DIRECTORY_SETTING, f"has a {path.name} that others can read: chmod 600 {path}"
            )
        return Keyring.parse(file.read().strip(), name=str(path))


def _create(path: Path, entropy: Entropy) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{entropy(8).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(f"{generate_key('k1', entropy)}\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and only where there is none yet.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
