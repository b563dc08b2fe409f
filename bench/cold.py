"""How long a cold list takes: `python -m bench.cold`.

2,000 Kyuubi and 1,000 IDaaS tokens, 20 ms before each answer of the services. A target's own chain
is what reading it alone takes: its pages one after the other. The vendor's SDKs make the same calls
one after the other, as their examples do.
"""

import asyncio
import json
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench import _world
from bench._process import connect, process, settings_for
from bench._table import Row, ratio_row, show
from bot.app import Bot, open_bot
from bot.cli._garbage import spare_the_collector
from bot.models.connection import Owner
from sandbox.company.people import MEI, TEAM_ID

ROUNDS = 5
_KYUUBI = (500, 500, 500, 500)
_IDAAS = (500, 500)
_ANSWER_SECONDS = 0.02
_OWNER = Owner(TEAM_ID, MEI.id)


def measure() -> list[Row]:
    """Return the claims about a cold list."""
    sizes = (",".join(map(str, numbers)) for numbers in (_KYUUBI, _IDAAS))
    with process("remote", *sizes, str(_ANSWER_SECONDS)) as upstream:
        ours, chain, sdks = asyncio.run(_measure(upstream))
    return [
        ratio_row(
            "a cold list of 3,000 tokens in 6 targets, against the slowest target's own chain",
            ours * 1000,
            chain * 1000,
            unit="ms",
            at_most=1.1,
        ),
        ratio_row(
            "the same, speed against the official SDKs one call after the other",
            1 / ours,
            1 / sdks,
            unit="/s",
            at_least=2,
        ),
    ]


async def _measure(upstream: dict[str, Any]) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as data:
        async with _cold(upstream, data) as bot:
            await connect(bot, _OWNER, len(_KYUUBI), len(_IDAAS))
            connections = (await bot.desk.connections.all(_OWNER)).readable
        places = [(each, target) for each in connections for target in each.targets]
        together, slowest, sdks = [], [], []
        for _ in range(ROUNDS):
            async with _cold(upstream, data) as bot:
                started = time.perf_counter()
                listing = await bot.desk.tokens.listing(_OWNER)
                together.append(time.perf_counter() - started)
                assert len(listing.tokens) == sum(_KYUUBI) + sum(_IDAAS), listing.coverage
            alone = []
            for connection, target in places:
                async with _cold(upstream, data) as bot:
                    started = time.perf_counter()
                    await bot.desk.tokens.read(connection, target)
                    alone.append(time.perf_counter() - started)
            slowest.append(max(alone))
            sdks.append(await asyncio.to_thread(_with_sdks, upstream))
    return median(together), median(slowest), median(sdks)


@asynccontextmanager
async def _cold(upstream: dict[str, Any], data: str) -> AsyncIterator[Bot]:
    """Open a bot that has fetched nothing yet: no readings, no access token."""
    async with open_bot(settings_for(upstream, Path(data))) as bot:
        for kind in ("reading", "access_token"):
            async for key in bot.redis.scan_iter(f"*:{kind}:*"):
                await bot.redis.unlink(key)
        spare_the_collector()  # as `python -m bot run` does
        yield bot


def _with_sdks(upstream: dict[str, Any]) -> float:
    """Make the calls with the vendor's SDKs; return the seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the SDKs' own making
        from alibabacloud_eiam_developerapi20220225 import client as eiam  # noqa: PLC0415
        from alibabacloud_eiam_developerapi20220225 import models as eiam_models  # noqa: PLC0415
        from alibabacloud_emr_serverless_spark20230808 import client as spark  # noqa: PLC0415
        from alibabacloud_emr_serverless_spark20230808 import models as spark_models  # noqa: PLC0415
        from alibabacloud_tea_openapi import models as openapi  # noqa: PLC0415

        def config(endpoint: str, **more: str) -> Any:
            return openapi.Config(
                endpoint=endpoint.removeprefix("http://"), protocol="HTTP", **more
            )

        started = time.perf_counter()
        gateway = spark.Client(
            config(
                upstream["kyuubi"],
                access_key_id=_world.KEY_ID,
                access_key_secret=_world.KEY_SECRET,
            )
        )
        listed = 0
        for number in range(len(_KYUUBI)):
            place = _world.kyuubi_target(number)
            answer = gateway.list_kyuubi_token(
                place["workspace_id"],
                place["kyuubi_service_id"],
                spark_models.ListKyuubiTokenRequest(region_id=place["region"]),
            )
            listed += len(answer.body.data.tokens)
        identity = eiam.Client(config(upstream["idaas"]))
        headers = eiam_models.ListAuthenticationTokensHeaders(
            authorization=f"Bearer {_access_token(upstream)}"
        )
        for number in range(len(_IDAAS)):
            listed += _pages(identity, eiam_models, headers, _world.idaas_target(number))
        took = time.perf_counter() - started
    assert listed == sum(_KYUUBI) + sum(_IDAAS), listed
    return took


def _pages(identity: Any, models: Any, headers: Any, place: dict[str, str]) -> int:
    from alibabacloud_tea_util import models as util  # noqa: PLC0415

    listed, next_token = 0, None
    while True:
        request = models.ListAuthenticationTokensRequest(
            consumer_id=place["consumer_id"],
            credential_provider_identifier=place["credential_provider_identifier"],
            max_results=100,
            next_token=next_token,
        )
        body = identity.list_authentication_tokens_with_options(
            place["instance_id"], request, headers, util.RuntimeOptions()
        ).body
        listed += len(body.entities)
        next_token = body.next_token
        if not next_token:
            return listed


def _access_token(upstream: dict[str, Any]) -> str:
    from urllib import parse, request  # noqa: PLC0415

    form = {
        "grant_type": "client_credentials",
        "client_id": _world.CLIENT_ID,
        "client_secret": _world.CLIENT_SECRET,
        "scope": "urn:cloud:idaas:pam|authentication_token:read",
    }
    with request.urlopen(upstream["idaas_token"], parse.urlencode(form).encode()) as answer:  # noqa: S310 - loopback
        return str(json.load(answer)["access_token"])


if __name__ == "__main__":
    show(measure())
