"""What people paste into forms: tidied where that is safe, refused with advice where it is not."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clients import Source, create_sources
from bot.clients._form import tidy
from bot.errors import InputError, UnknownTargetError
from bot.models.credential import AccessKey
from tests.clients.conftest import (
    ACCESS_KEY,
    IDAAS_TARGET,
    KYUUBI_TARGET,
    OAUTH_CLIENT,
    CountingIds,
    FakeClock,
    MemoryTokenCache,
    access,
)
from tests.clients.forms import refused
from tests.fixtures.canaries import ACCESS_KEY_ID, CANARY

PAIR = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": CANARY.access_key_secret}


async def test_access_key(kyuubi: Source) -> None:
    """An AccessKey pair is taken as it is."""
    assert kyuubi.credential("access_key", PAIR) == ACCESS_KEY


async def test_sts_triple(kyuubi: Source) -> None:
    """A temporary credential comes with its security token."""
    values = {**PAIR, "access_key_id": "STS.NUexample", "security_token": CANARY.security_token}

    credential = kyuubi.credential("access_key", values)

    assert isinstance(credential, AccessKey)
    assert credential.security_token is not None
    assert credential.security_token.get_secret_value() == CANARY.security_token


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        " {}\n",
        '"{}"',
        "'{}'",
        "`{}`",
        "\u201c{}\u201d",
        ' "{}" ',
        "\ufeff{}\u200b",
        "\u00a0{}\t",
    ],
)
async def test_pasting_leaves_traces(kyuubi: Source, around: str) -> None:
    """Blanks, invisible characters and quotes around a value are taken away."""
    values = {name: around.format(value) for name, value in PAIR.items()}

    assert kyuubi.credential("access_key", values) == ACCESS_KEY


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "access_key_id"),
        ({"access_key_id": ACCESS_KEY_ID}, "access_key_secret"),
        ({**PAIR, "access_key_id": '""'}, "access_key_id"),
        ({**PAIR, "access_key_id": CANARY.access_key_secret}, "access_key_id"),
        ({**PAIR, "access_key_id": "LTAI 5tExample"}, "access_key_id"),
        ({**PAIR, "access_key_id": "LTAI5tExampl\u00e9"}, "access_key_id"),
        ({**PAIR, "access_key_secret": ACCESS_KEY_ID}, "access_key_secret"),
        ({**PAIR, "access_key_secret": "LTAI5tAnotherExample0002"}, "access_key_secret"),
        ({**PAIR, "access_key_secret": "two words, certainly"}, "access_key_secret"),
        ({**PAIR, "access_key_secret": "secret\u200bsecret\u200bsecret"}, "access_key_secret"),
        ({**PAIR, "access_key_id": "STS.NUexample"}, "security_token"),
        ({**PAIR, "security_token": CANARY.security_token}, "security_token"),
        ({**PAIR, "security_token": "with\r\nheader: injected"}, "security_token"),
    ],
)
async def test_wrong_access_key(kyuubi: Source, values: dict[str, str], field: str) -> None:
    """What is in the wrong field, or is no key, is told at its field, without repeating it."""
    assert refused(kyuubi, "access_key", values).field == field


async def test_unknown_kind(kyuubi: Source, idaas: Source) -> None:
    """A source makes only the credentials that it has a form for."""
    for source, kind in ((kyuubi, "oauth_client"), (idaas, "access_key")):
        with pytest.raises(KeyError):
            source.credential(kind, {})


async def test_targets(kyuubi: Source, idaas: Source) -> None:
    """Coordinates are tidied and kept by their names; what is not theirs is left."""
    for source, target in ((kyuubi, KYUUBI_TARGET), (idaas, IDAAS_TARGET)):
        values = {name: f' "{value}"\n' for name, value in target.coordinates.items()}

        assert source.target({**values, "other": "x"}) == target


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", ""),
        ("region", "cn"),
        ("region", "CN-Hangzhou"),
        ("region", "cn-hangzhou.evil.example"),
        ("region", "cn-hangzhou/x"),
        ("region", "cn-hangzhou\nx"),
        ("region", "cn-" + "a" * 60),
        ("workspace_id", "d2d82aa09155dcba"),
        ("workspace_id", "w-d2d82aa09155****"),
        ("workspace_id", "w-../x"),
        ("workspace_id", "kb-c7141f10c3f549fc9f8b8ae562b8abcd"),
        ("kyuubi_service_id", "w-d2d82aa09155abcd"),
        ("kyuubi_service_id", "kb-"),
        ("instance_id", "ue2jvisn35ea5lmthk267elpmaxe"),
        ("instance_id", "idaas_/../x"),
        ("consumer_id", ""),
        ("consumer_id", "two words"),
        ("consumer_id", "x" * 129),
        ("credential_provider_identifier", "atp_01kr2cmj5gexample"),
        ("credential_provider_identifier", "a b"),
    ],
)
async def test_wrong_target(kyuubi: Source, idaas: Source, name: str, value: str) -> None:
    """A coordinate that cannot be right is told at its field, before anything is asked."""
    known = next(t for t in (KYUUBI_TARGET, IDAAS_TARGET) if name in t.coordinates)
    source = kyuubi if known is KYUUBI_TARGET else idaas

    with pytest.raises(InputError) as caught:
        source.target({**known.coordinates, name: value})

    assert caught.value.field == name
    assert not value or len(value) < 5 or value not in str(caught.value)


async def test_advice_for_the_other_id(idaas: Source) -> None:
    """An `atp_` id in place of the identifier gets advice: the service would list nothing."""
    values = {**IDAAS_TARGET.coordinates, "credential_provider_identifier": "atp_01kr2cmj5g"}

    with pytest.raises(InputError, match="atp_ is something else"):
        idaas.target(values)


async def test_forms_explain_themselves(kyuubi: Source, idaas: Source) -> None:
    """Every field says what it is and where to find it, and secrets are marked as such."""
    for source in (kyuubi, idaas):
        forms = [form.fields for form in source.info.credential_forms]
        for field in (*source.info.target_fields, *(f for form in forms for f in form)):
            assert field.label
            assert field.hint
            assert field.choices or field.advice
            assert field.secret is (field.name in {
                "access_key_secret", "security_token", "secret", "access_token",
            })  # fmt: skip


def _endpoints(source: Source, *credentials: Any) -> list[str]:
    target = KYUUBI_TARGET if source.info.name == "kyuubi" else IDAAS_TARGET
    return [source.endpoint(credential, target) for credential in credentials]


async def test_endpoints(
    http: httpx.AsyncClient, clock: FakeClock, ids: CountingIds, cache: MemoryTokenCache
) -> None:
    """The servers that are asked follow from region and domain."""
    sources = create_sources(http=http, clock=clock, ids=ids, tokens=cache)
    pasted = sources["idaas"].credential("bearer_token", {"access_token": CANARY.access_token})

    api = "https://eiam-developerapi.cn-hangzhou.aliyuncs.com"
    assert _endpoints(sources["kyuubi"], ACCESS_KEY) == [
        "https://emr-serverless-spark.cn-hangzhou.aliyuncs.com"
    ]
    assert _endpoints(sources["idaas"], OAUTH_CLIENT, pasted) == [
        f"{api} https://ziwexample.aliyunidaas.com/api/v2/iauths_system/oauth2/token",
        api,
    ]


async def test_region_past_the_forms(
    http: httpx.AsyncClient, clock: FakeClock, ids: CountingIds, cache: MemoryTokenCache
) -> None:
    """A strange region in a stored target goes nowhere."""
    sources = create_sources(http=http, clock=clock, ids=ids, tokens=cache)
    for known, credential in ((KYUUBI_TARGET, ACCESS_KEY), (IDAAS_TARGET, OAUTH_CLIENT)):
        coordinates = {**known.coordinates, "region": "evil.example/"}
        target = known.model_copy(update={"coordinates": coordinates})

        with pytest.raises(UnknownTargetError) as caught:
            await sources[known.source].list_tokens(
                access(credential), target, everything=True, timeout=5
            )
        assert caught.value.detail == "region"


async def test_endpoints_of_the_operator(
    http: httpx.AsyncClient, clock: FakeClock, ids: CountingIds, cache: MemoryTokenCache
) -> None:
    """What the operator sets is asked instead."""
    sources = create_sources(
        http=http,
        clock=clock,
        ids=ids,
        tokens=cache,
        kyuubi_endpoint="https://a.example",
        idaas_endpoint="https://b.example",
        idaas_token_endpoint="https://c.example/token",
    )

    assert list(sources) == ["kyuubi", "idaas"]
    assert _endpoints(sources["kyuubi"], ACCESS_KEY) == ["https://a.example"]
    assert _endpoints(sources["idaas"], OAUTH_CLIENT) == [
        "https://b.example https://c.example/token"
    ]


@settings(deadline=None)
@given(st.text())
def test_tidy(text: str) -> None:
    """Tidying ends, changes nothing twice, and only takes from the ends."""
    tidied = tidy(text)

    assert tidy(tidied) == tidied
    assert tidied in text
