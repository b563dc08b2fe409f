"""What Halyard Freight runs, and who may see it."""

from sandbox.company.halyard import connections, etl, identity, lakehouse, onboarding, reporting
from sandbox.company.world import World


def furnish(world: World) -> None:
    """Fill a world with Halyard Freight."""
    connections.furnish(
        world,
        reporting=reporting.furnish(world),
        etl=etl.furnish(world),
        identity=identity.furnish(world),
        scratch=etl.furnish_scratch(world),
        lakehouse=lakehouse.furnish(world),
        partners=lakehouse.furnish_partners(world),
        onboarding=onboarding.furnish(world),
        first_application=onboarding.furnish_application(world),
    )
