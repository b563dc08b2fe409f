"""Halyard Freight: believable, the same each time, and alive for a year."""

import json
from itertools import pairwise
from typing import NamedTuple

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.company import Company, World, demo_credentials, ids, people
from sandbox.company.timeline import (
    DAY,
    HOUR,
    MINUTE,
    YEAR,
    Renewal,
    in_force,
    kept_renewed,
    latest_use,
)

EPOCH = 1_795_300_000_000


@pytest.fixture(name="company", scope="module")
def _company() -> Company:
    return Company(EPOCH)


class Row(NamedTuple):
    """What matters here of a listed token."""

    name: str
    expiry: int | None


def listed(company: World, label: str, now: int = EPOCH) -> list[Row]:
    """Return what a target of the demo lists."""
    (target,) = {
        target["label"]: target
        for credential in demo_credentials(company)
        for target in credential["targets"]
        if target["label"] == label
    }.values()
    return rows_of(company, target, now)


def rows_of(company: World, target: dict[str, str], now: int) -> list[Row]:
    if "kyuubi_service_id" in target:
        tokens = company.kyuubi.tokens_of(target["kyuubi_service_id"], now)
        return [Row(t.name, t.expiry(now)) for t in tokens]
    provider = company.idaas.provider(
        target["instance_id"], target["credential_provider_identifier"]
    )
    assert provider is not None
    provider_id = provider.credential_provider_id
    found = company.idaas.tokens_of(provider_id, target["consumer_id"], now)
    return [Row(t.authentication_token_id, t.expiry(now)) for t in found]


def test_the_same_moment_gives_the_same_company() -> None:
    """Two sandboxes that count from one moment agree in everything."""
    first, second = Company(EPOCH), Company(EPOCH)

    assert first.kyuubi.__dict__ == second.kyuubi.__dict__
    assert first.idaas.__dict__ == second.idaas.__dict__
    assert first.access.__dict__ == second.access.__dict__
    assert demo_credentials(first) == demo_credentials(second)


def test_credentials_do_not_depend_on_the_moment() -> None:
    """A bot that is connected stays connected when the data is started anew."""
    assert demo_credentials(Company(EPOCH)) == demo_credentials(Company(EPOCH + YEAR))


def test_everyone_has_their_share(company: Company) -> None:
    """Mei has both systems, Jonas one, Aiko hundreds, Priya something to try."""
    shares = {
        (people.MEI.id, "kyuubi"): (3, True),
        (people.MEI.id, "idaas"): (4, True),
        (people.JONAS.id, "kyuubi"): (2, True),
        (people.AIKO.id, "kyuubi"): (4, True),
        (people.AIKO.id, "idaas"): (3, True),
        (people.PRIYA.id, "kyuubi"): (1, False),
        (people.PRIYA.id, "idaas"): (1, False),
    }
    found = {
        (c["user"], c["source"]): (len(c["targets"]), c["connect"])
        for c in demo_credentials(company)
    }

    assert found == shares
    assert json.loads(json.dumps(demo_credentials(company)))


def test_credentials_have_the_forms_fields(company: Company) -> None:
    """Values and targets are named as the connect form names them."""
    fields = {
        "access_key": {"access_key_id", "access_key_secret"},
        "oauth_client": {"domain", "client_id", "authentication", "secret"},
    }
    coordinates = {
        "kyuubi": {"region", "workspace_id", "kyuubi_service_id", "label"},
        "idaas": {
            "region",
            "instance_id",
            "consumer_id",
            "credential_provider_identifier",
            "label",
        },
    }
    for credential in demo_credentials(company):
        assert set(credential["values"]) == fields[credential["kind"]]
        for target in credential["targets"]:
            assert set(target) == coordinates[credential["source"]]


def test_two_people_read_one_gateway_with_different_keys(company: Company) -> None:
    """Mei and Jonas share a target, so that its rows must show once."""
    by_user = {c["user"]: c for c in demo_credentials(company) if c["source"] == "kyuubi"}
    mei, jonas = by_user[people.MEI.id], by_user[people.JONAS.id]

    shared = [target for target in mei["targets"] if target in jonas["targets"]]
    assert [target["label"] for target in shared] == ["ETL gateway, staging"]
    assert mei["values"]["access_key_id"] != jonas["values"]["access_key_id"]


def test_meis_tokens_have_every_awkward_kind(company: Company) -> None:
    """What a list gets wrong most easily is all there on the first day."""
    rows = [
        row
        for label in ("BI gateway, production", "ETL gateway, staging")
        for row in listed(company, label)
    ]
    long_lived = len(rows) + sum(
        len(listed(company, label)) for label in ("Payments service", "Partner API")
    )
    names = [row.name for row in rows]
    left = {round((row.expiry - EPOCH) / HOUR) for row in rows if row.expiry is not None}

    assert 22 <= long_lived <= 30
    assert {5, 2 * 24, 6 * 24, 12 * 24, 28 * 24, -2 * 24, -40 * 24} <= left
    assert any(row.expiry is None for row in rows)
    assert "<!channel> *bold* | pipe" in names
    assert any(len(name) == 300 for name in names)
    assert any("\u202e" in name for name in names)
    assert names.count("dbt_ci") == 2
    tokens = company.kyuubi.tokens.values()
    assert any(len(token.members) == 14 for token in tokens)
    assert [t.name for t in tokens if "*" not in t.text] == ["migration_copy"]
    assert any(t.last_use(EPOCH) is None for t in tokens)
    assert any((t.last_use(EPOCH) or EPOCH) <= EPOCH - YEAR for t in tokens)
    assert {t.nothing for t in tokens} == {"null", "absent", "zero"}
    assert any(t.spark_roles for t in tokens)


def test_a_runner_has_hundreds_of_short_lived_tokens(company: Company) -> None:
    """At any moment about three hundred fifteen-minute tokens are active."""
    for later in (0, 7 * DAY + 1, 90 * DAY + 77):
        rows = listed(company, "CI runner", EPOCH + later)
        expiries = [row.expiry for row in rows if row.expiry is not None]
        active = [expiry for expiry in expiries if expiry > EPOCH + later]
        assert (len(rows), len(expiries), len(active)) == (600, 600, 300)
        assert max(active) <= EPOCH + later + 15 * MINUTE


def test_aiko_has_hundreds(company: Company) -> None:
    """500 tokens of gateways, 300 of consumers."""
    aiko = [c for c in demo_credentials(company) if c["user"] == people.AIKO.id]
    counts = {
        c["source"]: sum(len(rows_of(company, target, EPOCH)) for target in c["targets"])
        for c in aiko
    }

    assert counts == {"kyuubi": 500, "idaas": 300}


def test_a_quarter_goes_by(company: Company) -> None:
    """Within 90 days tokens come due, are renewed, revoked, removed and made."""
    end = EPOCH + 90 * DAY
    kyuubi, idaas = company.kyuubi.tokens.values(), company.idaas.tokens.values()

    assert any(t.exists(EPOCH) and not t.exists(end) for t in kyuubi)
    assert any(t.expiry(end) not in {None, t.expiry(EPOCH)} for t in kyuubi)
    assert any(EPOCH < (t.expiry(end) or 0) <= end for t in kyuubi)
    assert any(t.revoked(end) and not t.revoked(EPOCH) for t in idaas)
    assert any(t.exists(end) and not t.exists(EPOCH) for t in idaas)


def test_no_history_is_impossible(company: Company) -> None:
    """Nothing is used before it is made or after now, nothing expires before it is made."""
    for now in range(EPOCH, EPOCH + 400 * DAY, 7 * DAY):
        for token in company.kyuubi.tokens.values():
            use = token.last_use(now)
            assert use is None or token.created_at <= use <= now
            assert token.expires_at is None or token.created_at < token.expires_at
        for row in company.idaas.tokens.values():
            assert row.created_at < row.expires_at
            assert row.updated_at(now) >= row.created_at


def test_ids_look_like_the_vendors(company: Company) -> None:
    """Ids have the prefixes, lengths and letters of the documents' examples."""
    for workspace in company.kyuubi.workspaces:
        assert len(workspace) == len("w-d2d82aa09155abcd")
        int(workspace.removeprefix("w-"), 16)
    for service in company.kyuubi.services:
        assert len(service) == len("kb-c7141f10c3f549fc9f8b8ae562b8abcd")
        int(service.removeprefix("kb-"), 16)
    assert all(t.startswith("tk-") for t in company.kyuubi.tokens)
    assert all(i.startswith("idaas_") for i in company.idaas.instances)
    assert all(p.startswith("atp_01k") for p in company.idaas.providers)
    assert all(len(t) == len("atntkn_01kqflm0sxxx8nmdc1cb5dskxxxxx") for t in company.idaas.tokens)


def test_masks_hide_all_but_six_characters() -> None:
    """The service's own mask, as in the document."""
    assert ids.masked("dxj0123456789abcdefghijklmnopwfg") == "dxj**********wfg"


def test_a_private_key_fits_its_public_key(company: Company) -> None:
    """What the demo gives to a client with a key opens its application."""
    (credential,) = [
        c
        for c in demo_credentials(company)
        if c["values"].get("authentication") == "private_key_jwt"
    ]
    client = company.access.clients[credential["values"]["client_id"]]
    assert client.public_key is not None
    token = jwt.encode({"a": "b"}, credential["values"]["secret"], algorithm="ES256")

    assert jwt.decode(token, client.public_key, algorithms=["ES256"]) == {"a": "b"}


def test_secrets_do_not_show_in_a_repr(company: Company) -> None:
    """Whoever prints a key, an application or the demo sees no secret."""
    shown = repr((company.access.keys, company.access.clients, company.demo))
    for credential in demo_credentials(company):
        values = credential["values"]
        assert values.get("access_key_secret", "\0") not in shown
        assert values.get("secret", "\0") not in shown


@settings(deadline=None)
@given(
    life=st.integers(DAY, YEAR),
    part=st.integers(2, 10),
    until=st.integers(0, 2 * YEAR),
    expires_at=st.integers(0, YEAR),
)
def test_a_well_kept_token_never_expires(life: int, part: int, until: int, expires_at: int) -> None:
    """Each renewal comes before the expiry that it replaces, up to the end of the plan."""
    plan = kept_renewed(expires_at, life=life, lead=life // part, until=until)
    expiries = [expires_at, *(r.expires_at or 0 for r in plan)]

    assert all(renewal.at < expiry for renewal, expiry in zip(plan, expiries, strict=False))
    assert all(earlier < later for earlier, later in pairwise(expiries))
    assert expiries[-1] >= until


@settings(deadline=None)
@given(first=st.integers(0, 100), every=st.integers(1, 50), now=st.integers(0, 200))
def test_a_steady_use_is_recent(first: int, every: int, now: int) -> None:
    """The last use is at most one interval ago, and on the beat; before the first there is none."""
    use = latest_use(first, every, now)

    assert (use is None) == (now < first)
    if use is not None:
        assert first <= use <= now < use + every
        assert (use - first) % every == 0
    assert latest_use(None, every, now) is None
    assert latest_use(first, None, max(now, first)) == first


def test_a_renewal_holds_from_its_moment_on() -> None:
    """Of several renewals the latest that has happened holds, whatever their order."""
    late, early = Renewal(at=20, expires_at=200), Renewal(at=10, expires_at=100)

    assert in_force((late, early), 9) is None
    assert in_force((late, early), 10) == early
    assert in_force((late, early), 19) == early
    assert in_force((late, early), 20) == late


def test_an_empty_world_has_nothing() -> None:
    """Tests may start from nothing."""
    world = World(EPOCH)

    assert demo_credentials(world) == []
    assert world.kyuubi.tokens == {}
