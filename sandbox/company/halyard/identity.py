"""Tokens in IDaaS: a payments service, a partner's API, a CI runner and a place out of reach."""

from sandbox.company import ids
from sandbox.company.halyard import places
from sandbox.company.halyard.tokens import days, put_authentication_token
from sandbox.company.idaas import CredentialProvider, Instance, Minting
from sandbox.company.timeline import DAY, MINUTE, SECOND, kept_renewed
from sandbox.company.world import World

_PAYMENTS = ids.application_id("payments service")
_PARTNER = "partner_api_rotterdam"
_RUNNER = "ci-runner"
_PORTAL = "northquay_portal"


def furnish(world: World) -> tuple[dict[str, str], ...]:
    """Put two instances and their tokens; return three targets, and one in the other instance.

    Halyard's applications may not read that one: their access tokens are for their own instance.
    """
    home = world.idaas.put_instance(places.INSTANCE)
    acquired = world.idaas.put_instance(
        Instance(
            instance_id=ids.instance_id("acquired"),
            domain="northquay.aliyunidaas.com",
            region=places.SINGAPORE,
        )
    )
    billing = places.provider(world, home, "stripe_billing")
    partners = places.provider(world, home, "partner_jwt")
    runners = places.provider(world, home, "ci_jwt")
    portals = places.provider(world, acquired, "northquay_jwt")
    _put_payments(world, billing)
    _put_partner(world, partners)
    world.idaas.mintings.append(_builds(world, runners))
    put_authentication_token(world, portals, _PORTAL, 0, age=10, due=20)
    return (
        places.idaas_target(home, _PAYMENTS, billing.identifier, "Payments service"),
        places.idaas_target(home, _PARTNER, partners.identifier, "Partner API"),
        places.idaas_target(home, _RUNNER, runners.identifier, "CI runner"),
        places.idaas_target(acquired, _PORTAL, portals.identifier, "Northquay portal"),
    )


def _put_payments(world: World, provider: CredentialProvider) -> None:
    for serial, (age, due) in enumerate(((22, 8), (11, 19), (2, 28))):
        put_authentication_token(
            world,
            provider,
            _PAYMENTS,
            serial,
            kind="oauth_access_token",
            age=age,
            due=due,
            renewals=kept_renewed(
                world.epoch + days(due), life=30 * DAY, lead=2 * DAY, until=world.epoch + 360 * DAY
            ),
        )
    put_authentication_token(
        world, provider, _PAYMENTS, 3, kind="oauth_access_token", age=25, due=5, revoked=-5
    )


def _put_partner(world: World, provider: CredentialProvider) -> None:
    put_authentication_token(world, provider, _PARTNER, 0, age=25, due=3)
    put_authentication_token(world, provider, _PARTNER, 1, age=11, due=17, revoked=10)
    put_authentication_token(world, provider, _PARTNER, 2, age=40, due=-12)
    put_authentication_token(world, provider, _PARTNER, 3, age=8, due=21, times_reported=False)
    # The successor of the first, made three days late.
    put_authentication_token(world, provider, _PARTNER, 4, age=-6, due=34)


def _builds(world: World, provider: CredentialProvider) -> Minting:
    return Minting(
        instance_id=provider.instance_id,
        credential_provider_id=provider.credential_provider_id,
        consumer_id=_RUNNER,
        creator_id=ids.application_id("ci"),
        origin=world.epoch,
        every=3 * SECOND,
        life=15 * MINUTE,
        kept=15 * MINUTE,
    )
