"""A short hand for tokens, in days from the moment that the data counts from."""

from typing import Any, Literal

from sandbox.company import ids
from sandbox.company.idaas import AuthenticationToken, CredentialProvider
from sandbox.company.kyuubi import KyuubiService, KyuubiToken
from sandbox.company.timeline import DAY, Renewal
from sandbox.company.world import World

_QUARTER = 90


def days(count: float) -> int:
    """Return days as milliseconds."""
    return round(count * DAY)


def put(
    world: World,
    service: KyuubiService,
    name: str,
    *,
    age: float,
    due: float | None,
    used: float | None = None,
    every: int | None = None,
    renewed: float | None = None,
    removed: float | None = None,
    accounts: tuple[str, ...] = (),
    serial: int = 0,
    **more: Any,
) -> KyuubiToken:
    """Put a Kyuubi token that was made `age` days ago and is due in `due` days (None: never).

    It was used `used` days ago, and since then `every` so many milliseconds; it is `renewed` in so
    many days, for another quarter, or `removed`. `accounts` are the RAM users who may use it;
    `serial` tells namesakes apart. `more` are fields of `KyuubiToken`.
    """
    seed = (service.kyuubi_service_id, name, serial)
    fields: dict[str, Any] = {
        "text": ids.masked(ids.kyuubi_token_text(*seed)),
        "members": tuple(ids.user_id(account) for account in accounts),
        "account_names": accounts,
    }
    if renewed is not None:
        at = world.epoch + days(renewed)
        fields["renewals"] = (Renewal(at=at, expires_at=at + days(_QUARTER)),)
    return world.kyuubi.put_token(
        KyuubiToken(
            token_id=ids.kyuubi_token_id(*seed),
            kyuubi_service_id=service.kyuubi_service_id,
            name=name,
            created_at=world.epoch - days(age),
            expires_at=None if due is None else world.epoch + days(due),
            last_used_at=None if used is None else world.epoch - days(used),
            used_every=every,
            removed_at=None if removed is None else world.epoch + days(removed),
            **fields | more,
        )
    )


def put_authentication_token(
    world: World,
    provider: CredentialProvider,
    consumer_id: str,
    serial: int,
    *,
    age: float,
    due: float,
    kind: Literal["jwt", "oauth_access_token"] = "jwt",
    revoked: float | None = None,
    **more: Any,
) -> AuthenticationToken:
    """Put a token of a consumer that was made `age` days ago and is due in `due` days.

    It is `revoked` in so many days. `more` are fields of `AuthenticationToken`.
    """
    created_at = world.epoch - days(age)
    return world.idaas.put_token(
        AuthenticationToken(
            authentication_token_id=ids.authentication_token_id(created_at, consumer_id, serial),
            instance_id=provider.instance_id,
            credential_provider_id=provider.credential_provider_id,
            kind=kind,
            consumer_type="application" if consumer_id.startswith("app_") else "custom",
            consumer_id=consumer_id,
            creator_id=ids.application_id("vault", consumer_id),
            created_at=created_at,
            expires_at=world.epoch + days(due),
            revoked_at=None if revoked is None else world.epoch + days(revoked),
            **more,
        )
    )
