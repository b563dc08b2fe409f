"""`python -m bot keys`."""

import asyncio

import pytest

from bot.cli import main
from bot.store.connections import ConnectionStore
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis
from bot.store.vault import Vault
from tests.store.records import OWNER, connection

OLD, NEW = generate_key("k1"), generate_key("k2")


def test_a_new_key_can_be_used_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """`keys new k7` prints an entry for TOKENBELL_KEYS."""
    assert main(["keys", "new", "k7"]) == 0
    assert Keyring.parse(capsys.readouterr().out.strip()).current == "k7"


def test_a_bad_id_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """An id that could not be told from the key is refused in one line."""
    assert main(["keys", "new", "k:1"]) == 1
    assert "16 letters" in capsys.readouterr().err


async def test_rotating_seals_everything_anew(
    redis: Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After `keys rotate` the old key opens nothing that is needed, and the command says so."""
    await ConnectionStore(redis, Vault(Keyring.parse(OLD))).put(connection())
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("TOKENBELL_KEYS", f"{NEW},{OLD}")

    assert await asyncio.to_thread(main, ["keys", "rotate"]) == 0

    assert "Sealed anew: 1. Now: 1 with k2." in capsys.readouterr().out
    found = await ConnectionStore(redis, Vault(Keyring.parse(NEW))).all(OWNER)
    assert [each.id for each in found.readable] == [connection().id]


async def test_what_no_key_opens_is_counted(
    redis: Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A record sealed with a key that was dropped is reported, and the command fails."""
    await ConnectionStore(redis, Vault(Keyring.parse(OLD))).put(connection())
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("TOKENBELL_KEYS", NEW)

    assert await asyncio.to_thread(main, ["keys", "rotate"]) == 1

    assert "1 cannot be opened" in capsys.readouterr().out
