"""IDaaS EIAM: the authentication tokens of its Privileged Access Management, read with OAuth.

https://www.alibabacloud.com/help/en/idaas/eiam/developer-reference/api-eiam-developerapi-2022-02-25-listauthenticationtokens
"""

# ruff: noqa: ASYNC109 - `timeout` spans several calls and ends in an error of our own tree

import asyncio
from collections.abc import Mapping
from itertools import chain, islice
from urllib.parse import quote

from pydantic import Field

from bot.clients._answer import Answer, Operation
from bot.clients._credentials import (
    BEARER_TOKEN_FORM,
    bearer_token,
    oauth_client,
    oauth_client_form,
)
from bot.clients._form import PRINTABLE, filled_in
from bot.clients._oauth import DOMAIN, SCOPE, Bearer, ClientCredentials, TokenCache
from bot.clients._paging import MOST_ROWS, PAGE_SIZE, read_pages, side_by_side
from bot.clients._region import REGION_FIELD, regional_url
from bot.clients._transport import Transport, deadline
from bot.clients._wire import (
    UNKNOWN,
    Flag,
    Id,
    Page,
    Row,
    Rows,
    Text,
    Time,
    parse,
    read_tokens,
)
from bot.clock import Clock, Ids
from bot.errors import InputError
from bot.models.credential import Access, Credential, OAuthClient
from bot.models.listing import Reading
from bot.models.source import FormField, SourceInfo
from bot.models.target import Target
from bot.models.token import Token, token_key
from bot.slices import Slices

NAME = "idaas"
_HOST = "eiam-developerapi"
_ANY_HOST = r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?"

_LIST_TOKENS = Operation(
    source=NAME,
    name="ListAuthenticationTokens",
    version="2022-02-25",
    permission=SCOPE,
    payload="entities",
)

_INAPPLICABLE = frozenset({"masked", "members", "accounts", "roles"})

_TARGET_FIELDS = (
    REGION_FIELD,
    FormField(
        name="instance_id",
        label="Instance ID",
        hint="IDaaS console: EIAM, in the list of instances.",
        placeholder="idaas_ue2jvisn35ea5lmthk267example",
        pattern=r"idaas_[A-Za-z0-9_-]{1,64}",
        advice="An instance ID looks like idaas_ue2jvisn35ea5lmthk267example.",
    ),
    FormField(
        name="consumer_id",
        label="Consumer ID",
        hint="Whom the tokens are for: an application's ID (app_…), or your own name for it.",
        placeholder="app_ngtkgrexample",
        pattern=rf"{PRINTABLE}{{1,128}}",
        advice="A consumer ID has no spaces. One at a time, please.",
    ),
    FormField(
        name="credential_provider_identifier",
        label="Credential provider identifier",
        hint="IDaaS console: the credential provider's identifier, which was chosen when it was"
        " created. Not its ID (atp_…).",
        placeholder="test_example_identifier",
        # An id where the identifier belongs gives an empty list, not an error: catch it here.
        pattern=rf"(?!atp_){PRINTABLE}{{1,128}}",
        advice="Take the identifier of the credential provider, such as test_example_identifier."
        " An ID that begins with atp_ is something else, and an identifier has no spaces.",
    ),
)


class _TokenRow(Row):
    id: Id = Field(alias="authenticationTokenId")
    instance_id: Text = Field(default=None, alias="instanceId")
    kind: Text = Field(default=None, alias="authenticationTokenType")
    revoked: Flag = UNKNOWN
    created_at: Time = Field(default=None, alias="createTime")
    updated_at: Time = Field(default=None, alias="updateTime")
    expires_at: Time = Field(default=None, alias="expirationTime")
    created_by: Text = Field(default=None, alias="creatorId")
    creator_type: Text = Field(default=None, alias="creatorType")
    consumer: Text = Field(default=None, alias="consumerId")
    consumer_type: Text = Field(default=None, alias="consumerType")
    provider_id: Text = Field(default=None, alias="credentialProviderId")


class _Tokens(Page):
    entities: Rows


class Idaas:
    """The `idaas` source."""

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        ids: Ids,
        tokens: TokenCache,
        slices: Slices,
        endpoint: str | None = None,
        token_endpoint: str | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._tokens = tokens
        self._endpoint = endpoint
        self._slices = slices
        self._grant = ClientCredentials(
            transport, clock=clock, ids=ids, source=NAME, endpoint=token_endpoint
        )
        # Where the operator names the token endpoint, a person's domain decides nothing.
        self._client_form = oauth_client_form(DOMAIN if token_endpoint is None else _ANY_HOST)
        self.info = SourceInfo(
            name=NAME,
            title="IDaaS authentication tokens",
            summary="Tokens that a credential provider issued to one consumer.",
            permission=SCOPE,
            renewal="have its consumer obtain a new one from IDaaS, through the credential provider.",
            credential_forms=(self._client_form, BEARER_TOKEN_FORM),
            target_fields=_TARGET_FIELDS,
            not_reported=_INAPPLICABLE | {"name", "last_used_at"},
            inapplicable=_INAPPLICABLE,
            paged=True,
            column_names={"consumer": "Consumer", "provider": "Credential provider"},
        )

    def credential(self, kind: str, values: Mapping[str, str]) -> Credential:
        """Make a credential of a filled form. Raises `InputError`, KeyError for another kind."""
        form = self.info.credential_form(kind)
        if form is BEARER_TOKEN_FORM:
            return bearer_token(values, now=self._clock.wall())
        return oauth_client(form, values)

    def target(self, values: Mapping[str, str]) -> Target:
        """Make a target of a filled form. Raises `InputError`."""
        return Target(source=NAME, coordinates=filled_in(self.info.target_fields, values))

    def endpoint(self, credential: Credential, target: Target) -> str:
        """Return the API's base URL, and the token endpoint where one will be asked."""
        api = self._endpoint or regional_url(NAME, _HOST, target["region"])
        if isinstance(credential, OAuthClient):
            return f"{api} {self._grant.endpoint(credential)}"
        return api

    async def list_tokens(
        self, access: Access, target: Target, *, everything: bool, timeout: float
    ) -> Reading:
        """Read the tokens of one consumer and one credential provider. Raises `UpstreamError`."""
        read_at = self._clock.now()
        base = self._endpoint or regional_url(NAME, _HOST, target["region"])
        instance = quote(target["instance_id"], safe="")
        url = f"{base.rstrip('/')}/v2/{instance}/authenticationTokens"
        params = {
            "consumerId": target["consumer_id"],
            "credentialProviderIdentifier": target["credential_provider_identifier"],
            "maxResults": str(PAGE_SIZE),
        }
        if not everything:
            params |= {"revoked": "false", "expired": "false"}

        async with deadline(NAME, timeout) as until:
            bearer = Bearer(access, self._tokens, self._grant, clock=self._clock, until=until)

            async def fetch(page_token: str | None) -> tuple[Rows, str | None]:
                query = params | ({"nextToken": page_token} if page_token else {})
                answer = await bearer.ask(
                    lambda token: self._transport.get(
                        _LIST_TOKENS,
                        url,
                        query,
                        until=until,
                        headers={"authorization": f"Bearer {token.get_secret_value()}"},
                    )
                )
                page = parse(_Tokens, answer)
                # Its rows are read while the next page is on its way.
                pages.append(group.create_task(read_page(answer, page.entities[:MOST_ROWS])))
                return page.entities, page.next_token

            async def read_page(answer: Answer, rows: Rows) -> list[Token]:
                return await read_tokens(
                    self._slices,
                    answer,
                    rows,
                    _TokenRow,
                    lambda row: _fields(self.info, row, target),
                    at="entities",
                )

            pages: list[asyncio.Task[list[Token]]] = []
            async with side_by_side() as group:
                rows, truncated = await read_pages(NAME, fetch)
        listed = chain.from_iterable(page.result() for page in pages)
        tokens = {token.key: token for token in islice(listed, len(rows))}
        return Reading(
            target=target,
            tokens=tuple(tokens.values()),
            read_at=read_at,
            everything=everything,
            truncated=truncated,
        )

    async def discover(
        self,
        access: Access,  # noqa: ARG002 - the contract of Source
        region: str,  # noqa: ARG002
        *,
        timeout: float,  # noqa: ARG002
    ) -> tuple[Target, ...]:
        """Raise `InputError`: no operation lists consumers, and none takes our credential."""
        raise InputError("IDaaS has no list to pick from: fill in the fields.", field="region")


def _fields(info: SourceInfo, row: _TokenRow, target: Target) -> dict[str, object]:
    instance = row.instance_id if isinstance(row.instance_id, str) else target["instance_id"]
    return row.fields(
        info,
        target,
        key=token_key(NAME, instance, row.id),
        provider=target["credential_provider_identifier"],
    )
