"""What proves a person to a source. Secrets are `SecretStr`: never printed by accident."""

from typing import Annotated, Literal

from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    SerializationInfo,
    TypeAdapter,
    field_serializer,
)

from bot.models._base import Instant, Model


class _Credential(Model):
    @property
    def public_id(self) -> str:
        """The part that may be shown to its owner, such as an AccessKey id."""
        raise NotImplementedError

    @field_serializer("*", when_used="json")
    def _reveal(self, value: object, info: SerializationInfo) -> object:
        """Write secrets only for the vault, which asks with `context={"reveal": True}`."""
        if isinstance(value, SecretStr):
            reveal = isinstance(info.context, dict) and info.context.get("reveal") is True
            return value.get_secret_value() if reveal else "**********"
        return value


class AccessKey(_Credential):
    """A RAM AccessKey pair, or with `security_token` the triple that STS gives."""

    kind: Literal["access_key"] = "access_key"
    access_key_id: str
    access_key_secret: SecretStr
    security_token: SecretStr | None = None

    @property
    def public_id(self) -> str:
        """The part that may be shown to its owner."""
        return self.access_key_id


ClientAuthentication = Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]


class OAuthClient(_Credential):
    """An IDaaS machine-to-machine application.

    `secret` is the client secret, or for `private_key_jwt` the private key in PEM. `domain` is the
    instance's own, such as `ziwexample.aliyunidaas.com`.
    """

    kind: Literal["oauth_client"] = "oauth_client"
    domain: str
    client_id: str
    authentication: ClientAuthentication
    secret: SecretStr

    @property
    def public_id(self) -> str:
        """The part that may be shown to its owner."""
        return self.client_id


class BearerToken(_Credential):
    """An access token that a person pasted, with the time it ends, if they know it."""

    kind: Literal["bearer_token"] = "bearer_token"
    access_token: SecretStr
    expires_at: Instant | None = None

    @property
    def public_id(self) -> str:
        """The part that may be shown to its owner."""
        return "access token"


Credential = Annotated[AccessKey | OAuthClient | BearerToken, Field(discriminator="kind")]

# What is of no kind at all is none of the models', which hide what they are given.
CREDENTIAL: TypeAdapter[AccessKey | OAuthClient | BearerToken] = TypeAdapter(
    Credential, config=ConfigDict(hide_input_in_errors=True)
)


class Access(Model):
    """A credential as used by one scope.

    `fingerprint` stands for it in Redis: an HMAC of scope, source, endpoint, method, id and
    secret, so that two people share a cached answer only if both could have read it.
    """

    scope: str
    credential: Credential
    fingerprint: str


class IssuedToken(Model):
    """An access token as issued to us, by the wall clock."""

    value: SecretStr
    issued_at: Instant
    expires_at: Instant

    @field_serializer("value", when_used="json")
    def _reveal(self, value: SecretStr, info: SerializationInfo) -> str:
        reveal = isinstance(info.context, dict) and info.context.get("reveal") is True
        return value.get_secret_value() if reveal else "**********"
