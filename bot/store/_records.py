"""Records in and out of the vault."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import SealError
from bot.store.vault import Vault

_Record = TypeVar("_Record", bound=BaseModel)


def seal(vault: Vault, kind: str, bound: Sequence[str], record: BaseModel) -> str:
    """Seal a record with its secrets."""
    return vault.seal(kind, bound, record.model_dump_json(context={"reveal": True}).encode())


def unseal(
    vault: Vault, kind: str, bound: Sequence[str], sealed: str, model: type[_Record]
) -> _Record:
    """Return a sealed record; raise SealError when it does not open or has another form."""
    data = vault.open(kind, bound, sealed)
    try:
        return model.model_validate_json(data)
    except ValidationError:
        raise SealError(f"a record of kind {kind} has an unknown form") from None
