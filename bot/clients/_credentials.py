"""The credentials that sources ask for: their forms, and the mistakes that forms invite."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from bot.clients._assertion import load_private_key, stated_expiry, tidy_pem
from bot.clients._form import PRINTABLE, filled_in, tidy
from bot.errors import InputError
from bot.models.credential import AccessKey, BearerToken, OAuthClient
from bot.models.source import CredentialForm, FormField

_SECRET_LENGTH = 30
_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]{2,}\.[\w-]*")
_EPOCH_MILLISECONDS = 10**11

ACCESS_KEY_FORM = CredentialForm(
    kind="access_key",
    title="AccessKey",
    fields=(
        FormField(
            name="access_key_id",
            label="AccessKey ID",
            hint="RAM console: Identities > Users > the user > AccessKey.",
            placeholder="LTAI5tExampleExampleExam",
            pattern=r"[A-Za-z0-9._-]{8,128}",
            advice="An AccessKey ID has only letters and digits, such as LTAI5t…",
        ),
        FormField(
            name="access_key_secret",
            label="AccessKey secret",
            hint="Shown once, when the AccessKey is created. Lost? Create another one.",
            pattern=rf"{PRINTABLE}{{8,256}}",
            advice="An AccessKey secret has 30 letters and digits, with no space or line break.",
            secret=True,
        ),
        FormField(
            name="security_token",
            label="Security token",
            hint="Only for temporary STS credentials, whose ID begins with STS.",
            pattern=rf"{PRINTABLE}{{8,8192}}",
            advice="A security token is one long text with no space or line break.",
            optional=True,
            secret=True,
        ),
    ),
)


def access_key(values: Mapping[str, str]) -> AccessKey:
    """Make an AccessKey pair or STS triple of a filled form. Raises `InputError`."""
    given = filled_in(ACCESS_KEY_FORM.fields, values)
    key_id, secret = given["access_key_id"], given["access_key_secret"]
    token = given["security_token"]
    if _looks_like_secret(key_id):
        raise InputError(
            "This looks like an AccessKey secret. The ID goes here, the secret below.",
            field="access_key_id",
        )
    if secret == key_id or _looks_like_id(secret):
        raise InputError(
            "This looks like an AccessKey ID. The secret goes here.", field="access_key_secret"
        )
    if key_id.startswith("STS.") and not token:
        raise InputError(
            "An ID that begins with STS. needs its security token.", field="security_token"
        )
    if key_id.startswith("LTAI") and token:
        raise InputError(
            "An ID that begins with LTAI is permanent and has no security token: leave this empty.",
            field="security_token",
        )
    return AccessKey(
        access_key_id=key_id,
        access_key_secret=SecretStr(secret),
        security_token=SecretStr(token) if token else None,
    )


def _looks_like_secret(text: str) -> bool:
    return len(text) == _SECRET_LENGTH and text.isalnum() and not _has_id_prefix(text)


def _looks_like_id(text: str) -> bool:
    return len(text) < _SECRET_LENGTH and _has_id_prefix(text)


def _has_id_prefix(text: str) -> bool:
    return text.startswith(("LTAI", "STS."))


def oauth_client_form(domain: str) -> CredentialForm:
    """Return the form of an IDaaS application; `domain` is what its domain must match."""
    return CredentialForm(
        kind="oauth_client",
        title="Application (M2M)",
        fields=(
            FormField(
                name="domain",
                label="Instance domain",
                hint="IDaaS console: EIAM > the instance > the domain of its user portal.",
                placeholder="ziwexample.aliyunidaas.com",
                pattern=domain,
                advice="The domain of an instance looks like ziwexample.aliyunidaas.com. A domain"
                " of your own works only once the operator has set its token endpoint.",
            ),
            FormField(
                name="client_id",
                label="Client ID",
                hint="IDaaS console: Applications > the M2M application > General.",
                placeholder="app_ngtkgrexample",
                pattern=r"[A-Za-z0-9._-]{3,128}",
                advice="A client ID looks like app_ngtkgrexample.",
            ),
            FormField(
                name="authentication",
                label="Client authentication",
                hint="As set for the application in IDaaS.",
                choices=(
                    ("client_secret_basic", "Client secret (basic)"),
                    ("client_secret_post", "Client secret (post)"),
                    ("private_key_jwt", "Private key (JWT)"),
                ),
                initial="client_secret_basic",
            ),
            FormField(
                name="secret",
                label="Client secret or private key",
                hint="The secret of the application; for a private key its whole PEM block.",
                pattern=r"[\s\S]{4,16384}",
                advice="This is too short or too long for a client secret or a private key.",
                secret=True,
                multiline=True,
            ),
        ),
    )


def oauth_client(form: CredentialForm, values: Mapping[str, str]) -> OAuthClient:
    """Make an IDaaS application's credential of a filled form. Raises `InputError`."""
    domain = _host(tidy(values.get("domain") or ""))
    given = filled_in(form.fields, {**values, "domain": domain})
    if given["authentication"] == "private_key_jwt":
        secret = _private_key(given["secret"])
    else:
        secret = _client_secret(given["secret"], given["client_id"])
    return OAuthClient.model_validate({**given, "secret": SecretStr(secret)})


def _host(text: str) -> str:
    """Return the host in what may be a URL, such as the issuer."""
    return re.sub(r"^https?://", "", text, flags=re.IGNORECASE).split("/")[0].lower()


def _private_key(text: str) -> str:
    pem = tidy_pem(text)
    load_private_key(pem)
    return pem


def _client_secret(text: str, client_id: str) -> str:
    problem = None
    if "-----BEGIN" in text:
        problem = "This is a key: choose the private key as client authentication."
    elif _JWT.fullmatch(text):
        problem = "This is an access token, not a client secret: connect with an access token."
    elif text == client_id or text.startswith("app_"):
        problem = "This looks like the client ID. The client secret goes here."
    elif not re.fullmatch(rf"{PRINTABLE}+", text):
        problem = "A client secret has no space and no line break."
    if problem:
        raise InputError(problem, field="secret")
    return text


BEARER_TOKEN_FORM = CredentialForm(
    kind="bearer_token",
    title="Access token",
    fields=(
        FormField(
            name="access_token",
            label="Access token",
            hint="Issued by IDaaS; it works until it expires, often 20 minutes.",
            pattern=rf"([Bb]earer\s+)?{PRINTABLE}{{16,8192}}",
            advice="An access token is one long text with no space or line break.",
            secret=True,
            multiline=True,
        ),
        FormField(
            name="expires_at",
            label="Expires at",
            hint="In UTC, such as 2030-01-31 18:00. Leave empty if you do not know.",
            placeholder="2030-01-31 18:00",
            pattern=r"[0-9][0-9A-Za-z:.+ -]{3,39}",
            advice="Write the time as 2030-01-31 18:00, in UTC.",
            optional=True,
        ),
    ),
)


def bearer_token(values: Mapping[str, str], *, now: datetime) -> BearerToken:
    """Make a pasted access token's credential of a filled form. Raises `InputError`.

    `now` is the wall clock. Of the time that was typed and the one that a JWT states, the earlier
    counts.
    """
    given = filled_in(BEARER_TOKEN_FORM.fields, values)
    token = re.sub(r"^[Bb]earer\s+", "", given["access_token"])
    if _has_id_prefix(token) or token.startswith("-----"):
        raise InputError("This is not an access token of IDaaS.", field="access_token")
    typed = _moment(given["expires_at"]) if given["expires_at"] else None
    if typed is not None and typed <= now:
        raise InputError("This time has passed.", field="expires_at")
    stated = _from_epoch(stated_expiry(token)) if _JWT.fullmatch(token) else None
    if stated is not None and stated <= now:
        raise InputError(
            f"This access token expired at {stated:%Y-%m-%d %H:%M} UTC.", field="access_token"
        )
    known = [moment for moment in (typed, stated) if moment is not None]
    return BearerToken(access_token=SecretStr(token), expires_at=min(known, default=None))


def _moment(text: str) -> datetime:
    try:
        if re.fullmatch(r"[0-9]{10,13}", text):
            number = int(text)
            seconds = number / 1000 if number >= _EPOCH_MILLISECONDS else number
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            "Write the time as 2030-01-31 18:00, in UTC.", field="expires_at"
        ) from None


def _from_epoch(seconds: float | None) -> datetime | None:
    """Return a moment, None for one so far off that it says nothing."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
