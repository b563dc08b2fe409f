"""`python -m bot keys`."""

import asyncio
from datetime import timedelta

import pytest

from bot.cli import main
from bot.store.connections import ConnectionStore
from bot.store.keyring import Keyring, generate_key
from bot.store.redis import Redis
from bot.store.vault import Vault
from bot.store.watches import Parcel, Ref, Sender, WatchStore
from tests.store.records import OWNER, connection
from tests.store.watches import ledger, notice, watch

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


async def test_reminders_are_sealed_anew(
    redis: Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Watches, ledgers and notices open with the new key alone after `keys rotate`."""
    old, new = (WatchStore(redis, Vault(Keyring.parse(key))) for key in (OLD, NEW))
    one = watch()
    await old.create(one)
    before = await old.load(Ref.of(one))
    assert before is not None
    sender = Sender("1", timedelta(seconds=30))
    change = before.changed(ledger())
    parcels = [Parcel("n1")]
    assert await old.begin(before, change, notice(), parcels, sender, keep=timedelta(days=37))
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("TOKENBELL_KEYS", f"{NEW},{OLD}")

    assert await asyncio.to_thread(main, ["keys", "rotate"]) == 0

    record, filed = await new.load(Ref.of(one)), await new.notice(one.owner.scope, "n1")
    assert record is not None
    assert filed is not None
    assert (record.watch, record.ledger, filed.notice) == (one, ledger(), notice())


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
