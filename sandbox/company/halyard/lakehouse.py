"""Hundreds of tokens: the lakehouse's gateways, and everyone who calls the partner platform."""

from sandbox.company import ids
from sandbox.company.halyard import places
from sandbox.company.halyard.tokens import days, put, put_authentication_token
from sandbox.company.kyuubi import KyuubiService
from sandbox.company.timeline import HOUR, YEAR, Renewal, kept_renewed
from sandbox.company.world import World

_GATEWAYS = {"pricing": 180, "routing": 140, "customs": 110, "telemetry": 70}
_CALLERS = {"carrier_api": 120, "port_authority": 100, "warehouse_iot": 80}

_TEAMS = ("pricing", "routing", "customs", "yard", "fleet", "billing", "forecast", "claims")
_USES = (
    "airflow",
    "dbt",
    "superset",
    "tableau",
    "trino_bridge",
    "notebook",
    "backfill",
    "export",
    "quality_checks",
    "ml_features",
    "reverse_etl",
    "alerts",
)
_STAGES = ("prod", "prod", "prod", "staging", "dev")
_OWNERS = ("Aiko Mori", "Mei Tan", "Jonas Weber", "admin", "platform-bot")
_CARE = ("never expires", *["lapses"] * 2, *["is renewed"] * 13)
_USAGE = ("never", *["once"] * 3, *["often"] * 6)
_LIVES = (30, 90, 90, 180, 365)
_CALLER_LIVES = (14, 30, 60)
_HORIZON = 400


def furnish(world: World) -> tuple[dict[str, str], ...]:
    """Put four gateways with 500 tokens in all; return them as targets."""
    place = places.workspace(world, "freight_lakehouse", places.HANGZHOU, age=2 * YEAR)
    targets = []
    for name, count in _GATEWAYS.items():
        service = places.service(world, place, f"{name}-gateway")
        for index in range(count):
            _put_one(world, service, index)
        label = f"Lakehouse, {name}"
        targets.append(places.kyuubi_target(place, service.kyuubi_service_id, label))
    return tuple(targets)


def _put_one(world: World, service: KyuubiService, index: int) -> None:
    seed = (service.name, index)
    name = "_".join(ids.pick(part, *seed, part) for part in (_TEAMS, _USES, _STAGES))
    life = ids.pick(_LIVES, *seed, "life")
    care = ids.pick(_CARE, *seed, "care")
    usage = ids.pick(_USAGE, *seed, "usage")
    phase = ids.number(*seed, "phase") % (24 * life) / 24
    due = phase - min(life, 30) if care == "lapses" else phase
    used = ids.number(*seed, "used") % 60
    put(
        world,
        service,
        f"{name}_{index:03d}",
        age=max(life - due, used) + 1,
        due=None if care == "never expires" else due,
        used=None if usage == "never" else used,
        every=HOUR * (1 + used % 12) if usage == "often" else None,
        accounts=tuple(f"svc-{n}" for n in range(1 + ids.number(*seed, "accounts") % 9)),
        created_by=ids.pick(_OWNERS, *seed, "owner"),
        renewals=_renewals(world, life, due) if care == "is renewed" else (),
    )


def _renewals(world: World, life: int, due: float) -> tuple[Renewal, ...]:
    return kept_renewed(
        world.epoch + days(due),
        life=days(life),
        lead=days(min(5, life / 6)),
        until=world.epoch + days(_HORIZON),
    )


def furnish_partners(world: World) -> tuple[dict[str, str], ...]:
    """Put three consumers with 300 tokens in all; return them as targets."""
    provider = places.provider(world, places.INSTANCE, "partner_platform")
    for consumer_id, count in _CALLERS.items():
        for serial in range(count):
            seed = (consumer_id, serial)
            life = ids.pick(_CALLER_LIVES, *seed, "life")
            due = ids.number(*seed, "due") % (24 * life + 240) / 24 - 10
            revoked = ids.number(*seed, "revoked") % 25 == 0
            put_authentication_token(
                world,
                provider,
                consumer_id,
                serial,
                age=life - due,
                due=due,
                revoked=ids.number(*seed, "when") % 40 - 20 if revoked else None,
                renewals=() if revoked or due < 0 else _renewals(world, life, due),
            )
    return tuple(
        places.idaas_target(
            places.INSTANCE, consumer_id, provider.identifier, consumer_id.replace("_", " ")
        )
        for consumer_id in _CALLERS
    )
