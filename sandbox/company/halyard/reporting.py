"""The production BI gateway, with one token of each awkward kind, and a gateway that is gone."""

from sandbox.company import ids
from sandbox.company.halyard import places
from sandbox.company.halyard.tokens import put
from sandbox.company.kyuubi import KyuubiService
from sandbox.company.timeline import DAY, HOUR, YEAR
from sandbox.company.world import World

_ANALYSTS = tuple(f"bi-analyst-{n:02d}" for n in range(1, 15))
_LONG_NAME = "-".join(("customs_declarations", *(f"lane{n:03d}" for n in range(40))))[:300]
_RIGHT_TO_LEFT = "تقارير_الشحن_\u202egpj.exe"


def furnish(world: World) -> tuple[dict[str, str], ...]:
    """Put the gateway and its tokens; return it as a target, and one that does not exist."""
    place = places.workspace(world, "halyard_prod", places.HANGZHOU, age=2 * YEAR)
    service = places.service(world, place, "bi-gateway")
    _put_kept(world, service)
    _put_neglected(world, service)
    _put_strange(world, service)
    gone = ids.kyuubi_service_id(place.name, "bi-gateway-2024")
    return (
        places.kyuubi_target(place, service.kyuubi_service_id, "BI gateway, production"),
        places.kyuubi_target(place, gone, "Old BI gateway"),
    )


def _put_kept(world: World, service: KyuubiService) -> None:
    """Put tokens that somebody looks after, some of them late."""
    put(
        world,
        service,
        "bi_dashboards_prod",
        age=78,
        due=12,
        used=77,
        every=HOUR,
        renewed=11,
        accounts=_ANALYSTS[:6],
        created_by="Mei Tan",
        spark_roles=("bi_reader",),
    )
    put(
        world,
        service,
        "tableau_finance",
        age=62,
        due=28,
        used=61,
        every=6 * HOUR,
        renewed=27.8,
        accounts=("tableau-server",),
        created_by="Aiko Mori",
    )
    put(
        world,
        service,
        "airflow-nightly",
        age=89.8,
        due=5 / 24,
        used=89,
        every=DAY,
        renewed=1,
        accounts=("airflow",),
        created_by="Mei Tan",
    )
    put(
        world,
        service,
        "metabase_readonly",
        age=88,
        due=2,
        used=80,
        every=12 * HOUR,
        renewed=1.5,
        accounts=("metabase",),
        created_by="Jonas Weber",
    )
    put(
        world,
        service,
        "finance_shared_ro",
        age=15,
        due=75,
        used=14,
        every=4 * HOUR,
        accounts=_ANALYSTS,
        created_by="Mei Tan",
    )


def _put_neglected(world: World, service: KyuubiService) -> None:
    """Put tokens that nobody looks after."""
    put(world, service, "superset_embedded", age=84, due=6, used=40, removed=9, accounts=("sup",))
    put(
        world,
        service,
        "legacy_reporting",
        age=700,
        due=None,
        used=365,
        accounts=("report-runner",),
        nothing="absent",
    )
    put(
        world,
        service,
        "quarter_close_2025",
        age=92,
        due=-2,
        used=3,
        accounts=_ANALYSTS[:3],
        created_by="Mei Tan",
    )
    put(
        world,
        service,
        "poc_presto_bridge",
        age=70,
        due=-40,
        used=58,
        accounts=("poc",),
        created_by="Jonas Weber",
    )


def _put_strange(world: World, service: KyuubiService) -> None:
    """Put tokens whose names were not made for a chat."""
    put(
        world,
        service,
        "<!channel> *bold* | pipe",
        age=20,
        due=40,
        accounts=("<@U07MEITAN01>",),
        created_by="`admin` & <https://example.com|friends>",
    )
    put(
        world,
        service,
        _LONG_NAME,
        age=45,
        due=45,
        used=2,
        accounts=("customs-export",),
        created_by="Aiko Mori",
    )
    put(
        world,
        service,
        _RIGHT_TO_LEFT,
        age=40,
        due=50,
        used=1,
        accounts=("shipping-reports",),
        created_by="ليلى",
    )
