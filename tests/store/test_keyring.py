import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.store.keyring import KEY_BYTES, Keyring, generate_key, load_or_create

_KEY = bytes(range(KEY_BYTES))
_KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
_KIDS = st.from_regex(r"[A-Za-z0-9_-]{1,16}", fullmatch=True)


@given(keys=st.dictionaries(_KIDS, _KEYS, min_size=1), padded=st.booleans(), urlsafe=st.booleans())
def test_a_keyring_is_read_in_order(*, keys: dict[str, bytes], padded: bool, urlsafe: bool) -> None:
    """The first key is the current one, whatever dialect of base64 the keys are written in."""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    texts = {kid: encode(key).decode() for kid, key in keys.items()}
    text = ", ".join(f"{kid}:{t if padded else t.rstrip('=')}" for kid, t in texts.items())

    keyring = Keyring.parse(text)

    assert keyring.keys == keys
    assert keyring.current == next(iter(keys))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "entry 1 is not `id:key`"),
        ("{key}", "entry 1 is not `id:key`"),
        (":{key}", "entry 1 is not `id:key`"),
        ("much-too-long-a-name:{key}", "entry 1 is not `id:key`"),
        ("k 1:{key}", "entry 1 is not `id:key`"),
        ("k2:{key},", "entry 2 is not `id:key`"),
        ("k1:{key},k1:{key}", "entry 2 has the id of an earlier entry"),
        ("k1:{key}!", "entry 1 is not base64"),
        ("k1:ké", "entry 1 is not base64"),
        ("k1:", "entry 1 has a key of 0 bytes instead of 32"),
        ("k2:{key},k1:c2hvcnQ", "entry 2 has a key of 5 bytes instead of 32"),
    ],
)
def test_a_wrong_keyring_is_explained_without_the_key(text: str, problem: str) -> None:
    """The error names the setting and the entry; it quotes neither key nor entry."""
    key = base64.b64encode(_KEY).decode().rstrip("=")

    with pytest.raises(SettingsError) as caught:
        Keyring.parse(text.format(key=key))

    assert caught.value.name == "TOKENBELL_KEYS"
    assert problem in str(caught.value)
    assert key[:8] not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_a_keyring_does_not_show_its_keys() -> None:
    """Printing a keyring tells which key is current and no more."""
    keyring = Keyring.parse(f"k1:{base64.b64encode(_KEY).decode()}")

    assert repr(keyring) == "Keyring(current='k1')"


def test_a_generated_key_is_a_keyring() -> None:
    """What is generated can be set as it is, and is new each time."""
    entry = generate_key("k7")

    assert Keyring.parse(entry).current == "k7"
    assert generate_key("k7") != entry
    with pytest.raises(SettingsError):
        generate_key("not a name")


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    """The first start makes a key that only its owner can read; later ones find it."""
    path = tmp_path / "data" / "keys"

    keyring = load_or_create(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_create(path) == keyring
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    """However many processes make the file at once, all end with the same key."""
    path = tmp_path / "keys"
    program = (
        "import sys; from pathlib import Path; from bot.store.keyring import load_or_create;"
        "sys.stdin.read(); print(load_or_create(Path(sys.argv[1])).keys)"
    )
    processes = [
        subprocess.Popen(  # noqa: S603 - written above
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

    answers = {process.communicate()[0] for process in processes}

    assert len(answers) == 1
    assert next(iter(answers)).startswith("{'k1': b")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A key that others may have read is not used; the remedy is said."""
    path = tmp_path / "keys"
    load_or_create(path)
    path.chmod(0o640)

    with pytest.raises(SettingsError, match="chmod 600"):
        load_or_create(path)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    """A file that holds no keyring is reported by its path, and is not replaced."""
    path = tmp_path / "keys"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)

    with pytest.raises(SettingsError, match="entry 1") as caught:
        load_or_create(path)

    assert caught.value.name == str(path)
    assert path.read_bytes() == b"\xff\xfe"


def test_a_directory_that_cannot_hold_the_key_is_reported(tmp_path: Path) -> None:
    """Where no file can be made, the data directory's setting is named."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(SettingsError) as caught:
        load_or_create(blocked / "keys")

    assert caught.value.name == "TOKENBELL_DATA_DIR"
    assert os.strerror(20) in str(caught.value)
