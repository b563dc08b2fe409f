"""The token endpoint of IDaaS instances: client credentials for machine-to-machine applications.

https://www.alibabacloud.com/help/en/idaas/eiam/developer-reference/api-eiam-developerapi-2022-02-25-generatetokenbyauthorizationserver
"""

from collections.abc import Iterable

from sandbox.alibaba.answers import Answer, oauth, success
from sandbox.alibaba.call import FORM, Call, Pairs, form_pairs
from sandbox.alibaba.clients import Authenticator
from sandbox.clock import SandboxClock
from sandbox.company.access import ALL, PAM, PAM_SCOPES, OAuthClient
from sandbox.company.world import World

_GRANT = "client_credentials"
_OTHER_GRANTS = frozenset(
    {
        "authorization_code",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    }
)
_PATH = "/api/v2/iauths_system/oauth2/token"


class TokenEndpoint:
    """Gives applications their access tokens."""

    def __init__(self, world: World, clock: SandboxClock) -> None:
        self._world = world
        self._clock = clock
        self._authenticator = Authenticator(world.access)

    def at_domain(self, call: Call) -> Answer:
        """Answer at the instance's own domain, where every parameter must be in the body."""
        if call.query:
            raise oauth(400, "invalid_request", "Parameters must be sent in the body.")
        return self._issue(call, _body(call), None)

    def at_developer_api(self, call: Call, instance_id: str) -> Answer:
        """Answer at the Developer API, whose SDK puts the parameters into the query."""
        if instance_id not in self._world.idaas.instances:
            raise oauth(404, "instance_not_found", "The instance does not exist.")
        return self._issue(call, call.query + _body(call), instance_id)

    def _issue(self, call: Call, pairs: Pairs, instance_id: str | None) -> Answer:
        form = _form(pairs)
        wall = self._clock.wall()
        client = self._authenticator.authenticate(
            call, form, audiences=self._audiences(call), wall=wall
        )
        if instance_id is not None and client.instance_id != instance_id:
            raise oauth(401, "invalid_client", "The client belongs to another instance.")
        _check_grant(form.get("grant_type", ""))
        token = self._world.access.issue(client, granted(client, form.get("scope", "")), wall)
        return success(
            {
                "token_type": "Bearer",
                "access_token": token.value,
                "expires_in": client.lifetime,
                "expires_at": token.expires_at // 1_000,
            },
            headers={"cache-control": "no-store", "pragma": "no-cache"},
        )

    def _audiences(self, call: Call) -> set[str]:
        """Return what a client assertion may be addressed to: this endpoint, by any of its names."""
        official = {f"https://{i.domain}{_PATH}" for i in self._world.idaas.instances.values()}
        host = call.header("host")
        return official | {f"{scheme}://{host}{call.raw_path}" for scheme in ("http", "https")}


def _body(call: Call) -> Pairs:
    if not call.body:
        return ()
    if not call.is_form:
        raise oauth(400, "invalid_request", f"The body must be {FORM}.")
    return form_pairs(call.body)


def _form(pairs: Pairs) -> dict[str, str]:
    """Return parameters by name: none may come twice, and an empty one counts as left out."""
    form: dict[str, str] = {}
    for name, value in pairs:
        key = name.decode(errors="replace")
        if key in form:
            raise oauth(400, "invalid_request", "A parameter is repeated.")
        form[key] = value.decode(errors="replace")
    return {name: value for name, value in form.items() if value}


def _check_grant(grant_type: str) -> None:
    if not grant_type:
        raise oauth(400, "invalid_request", "grant_type is required.")
    if grant_type in _OTHER_GRANTS:
        raise oauth(400, "unauthorized_client", "The client may not use this grant type.")
    if grant_type != _GRANT:
        raise oauth(400, "unsupported_grant_type", "The grant type is not supported.")


def granted(client: OAuthClient, text: str) -> frozenset[str]:
    """Return the scopes that a request gets, or raise the `Refusal` that it deserves.

    Each is `audience|scope`, all of one audience. `.all` stands for whatever is delegated.
    """
    items = text.split()
    if not items or not all(_is_scope(item) for item in items):
        raise oauth(400, "invalid_scope", "A scope must have the form audience|scope.")
    audiences = {item.partition("|")[0] for item in items}
    if len(audiences) > 1:
        raise oauth(400, "invalid_scope", "Multiple audiences are not supported.")
    if audiences != {PAM}:
        raise oauth(400, "invalid_scope", "The resource server does not exist.")
    values = {item.partition("|")[2] for item in items}
    if not values <= PAM_SCOPES:
        raise oauth(400, "scope_not_found", "The scope does not exist.")
    delegated = {scope.partition("|")[2] for scope in client.scopes}
    scopes = _expand(values, delegated)
    if not scopes or not scopes <= delegated:
        raise oauth(
            400,
            "invalid_request",
            f"The client {client.client_id} has not been authorized by resource server {PAM}.",
        )
    return frozenset(f"{PAM}|{scope}" for scope in scopes)


def _is_scope(item: str) -> bool:
    audience, _, scope = item.partition("|")
    return bool(audience and scope and "|" not in scope)


def _expand(values: Iterable[str], delegated: set[str]) -> set[str]:
    return {scope for value in values for scope in (delegated if value == ALL else {value})}
