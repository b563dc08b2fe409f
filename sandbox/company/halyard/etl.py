"""The staging ETL gateway, which two people read with different keys, and a scratch workspace."""

from functools import partial

from sandbox.company import ids
from sandbox.company.halyard import places
from sandbox.company.halyard.tokens import days, put
from sandbox.company.kyuubi import KyuubiService
from sandbox.company.timeline import DAY, HOUR
from sandbox.company.world import World

_JONAS = "Jonas Weber"


def furnish(world: World) -> dict[str, str]:
    """Put the gateway and its tokens; return it as a target."""
    place = places.workspace(world, "halyard_staging", places.SHANGHAI)
    service = places.service(world, place, "etl-gateway")
    _put_pipelines(world, service)
    _put_oddities(world, service)
    return places.kyuubi_target(place, service.kyuubi_service_id, "ETL gateway, staging")


def _put_pipelines(world: World, service: KyuubiService) -> None:
    for serial, (age, due) in enumerate(((70, 20), (7, 83))):
        put(
            world,
            service,
            "dbt_ci",
            serial=serial,
            age=age,
            due=due,
            used=age - 1,
            every=2 * HOUR,
            accounts=("dbt-ci",),
            created_by=_JONAS,
        )
    put(
        world,
        service,
        "great_expectations",
        age=81,
        due=9,
        used=80,
        every=DAY,
        renewed=8,
        accounts=("data-quality",),
        created_by=_JONAS,
        spark_roles=("quality_reader", "audit_writer"),
    )
    put(
        world,
        service,
        "etl_backfill",
        age=200,
        due=None,
        used=31,
        accounts=("backfill",),
        nothing="zero",
    )


def _put_oddities(world: World, service: KyuubiService) -> None:
    put(
        world,
        service,
        "spark_ui_debug",
        age=120,
        due=None,
        accounts=("spark-ui",),
        created_by=_JONAS,
    )
    put(
        world,
        service,
        "notebook_shared",
        age=500,
        due=200,
        used=365,
        accounts=("notebook-a", "notebook-b"),
        created_by="Aiko Mori",
    )
    # Answered with its whole text, masked by nobody: a client must not rely on the mask.
    put(
        world,
        service,
        "migration_copy",
        age=27,
        due=33,
        used=4,
        accounts=("migration",),
        created_by=_JONAS,
        text=ids.kyuubi_token_text("migration_copy"),
    )


def furnish_scratch(world: World) -> dict[str, str]:
    """Put a workspace to play in; return its gateway as a target."""
    place = places.workspace(world, "jonas_scratch", places.SINGAPORE, age=days(150))
    service = places.service(world, place, "scratch")
    keep = partial(put, world, service, accounts=("jonas",), created_by=_JONAS)
    keep("jonas-laptop", age=23, due=7, used=22, every=9 * HOUR)
    keep("dbeaver", age=60, due=30, used=58)
    keep("one_off_export", age=32, due=-2, used=32)
    return places.kyuubi_target(place, service.kyuubi_service_id, "My scratch gateway")
