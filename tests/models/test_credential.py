"""Credentials: what proves a person, and never shows."""

import pytest
from pydantic import ValidationError

from bot.models.credential import CREDENTIAL
from tests.fixtures.canaries import CANARY, leaks


@pytest.mark.parametrize(
    "record",
    [
        CANARY.access_key_secret,
        [CANARY.access_key_secret],
        {"access_key_secret": CANARY.access_key_secret},
        {"kind": "of another version", "access_key_secret": CANARY.access_key_secret},
        {"kind": "access_key", "access_key_secret": CANARY.access_key_secret},
        {"kind": "oauth_client", "secret": {"a": CANARY.client_secret}},
        {"kind": "bearer_token", "access_token": CANARY.access_token, "expires_at": "soon"},
    ],
)
def test_an_error_quotes_nothing(record: object) -> None:
    """Whatever is wrong with a credential, the error says where and not what."""
    with pytest.raises(ValidationError) as refused:
        CREDENTIAL.validate_python(record)

    assert leaks(str(refused.value) + repr(refused.value)) == set()
