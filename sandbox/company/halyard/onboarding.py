"""A place for newcomers: a gateway and an application that anyone may connect to try."""

from functools import partial

from sandbox.company.halyard import places
from sandbox.company.halyard.tokens import days, put, put_authentication_token
from sandbox.company.timeline import HOUR
from sandbox.company.world import World

_CONSUMER = "hello_service"


def furnish(world: World) -> dict[str, str]:
    """Put a small gateway; return it as a target."""
    place = places.workspace(world, "onboarding", places.HANGZHOU, age=days(90))
    service = places.service(world, place, "hello-spark")
    lend = partial(put, world, service, accounts=("newcomers",), created_by="Aiko Mori")
    lend("hello_world", age=29, due=1, used=28, every=7 * HOUR)
    lend("tutorial_notebook", age=10, due=20, used=3)
    lend("sample_dashboard", age=2, due=88)
    lend("last_years_course", age=89, due=None, used=85)
    return places.kyuubi_target(place, service.kyuubi_service_id, "Onboarding")


def furnish_application(world: World) -> dict[str, str]:
    """Put a consumer with a few tokens; return it as a target."""
    provider = places.provider(world, places.INSTANCE, "hello_jwt")
    for serial, (age, due) in enumerate(((26, 4), (5, 25), (33, -3))):
        put_authentication_token(world, provider, _CONSUMER, serial, age=age, due=due)
    return places.idaas_target(places.INSTANCE, _CONSUMER, provider.identifier, "Hello service")
