"""The vendor's official SDKs, pointed at the app on loopback."""

import asyncio
from typing import Any

from alibabacloud_eiam_developerapi20220225 import models as idaas_models
from alibabacloud_eiam_developerapi20220225.client import Client as IdaasClient
from alibabacloud_emr_serverless_spark20230808 import models as spark_models
from alibabacloud_emr_serverless_spark20230808.client import Client as SparkClient
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from tests.sandbox.alibaba import places


def spark(
    host: str,
    *,
    key_id: str = places.KEY_ID,
    secret: str = places.KEY_SECRET,
    security_token: str | None = None,
) -> SparkClient:
    """Return the SDK of EMR Serverless Spark."""
    return SparkClient(
        Config(
            access_key_id=key_id,
            access_key_secret=secret,
            security_token=security_token,
            endpoint=host,
            protocol="HTTP",
            region_id=places.REGION,
        )
    )


def idaas(host: str) -> IdaasClient:
    """Return the SDK of the Developer API."""
    return IdaasClient(Config(endpoint=host, protocol="HTTP", region_id=places.REGION))


async def list_kyuubi_token(
    client: SparkClient,
    workspace_id: str = places.WORKSPACE,
    service_id: str = places.SERVICE,
    region: str | None = places.REGION,
) -> Any:
    """Call ListKyuubiToken in a thread and return the response's body."""
    request = spark_models.ListKyuubiTokenRequest(region_id=region)
    answer = await asyncio.to_thread(client.list_kyuubi_token, workspace_id, service_id, request)
    return answer.body


async def list_authentication_tokens(
    host: str, access_token: str, *, instance_id: str = places.INSTANCE, **query: object
) -> Any:
    """Call ListAuthenticationTokens in a thread and return the response's body."""
    known = {
        "consumer_id": places.CONSUMER,
        "credential_provider_identifier": places.PROVIDER,
    }
    answer = await asyncio.to_thread(
        idaas(host).list_authentication_tokens_with_options,
        instance_id,
        idaas_models.ListAuthenticationTokensRequest(**{**known, **query}),
        idaas_models.ListAuthenticationTokensHeaders(authorization=f"Bearer {access_token}"),
        RuntimeOptions(),
    )
    return answer.body
