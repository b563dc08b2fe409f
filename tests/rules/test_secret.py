import pytest

from bot.rules.command import VERBS
from bot.rules.secret import find_secret

SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("connect LTAI5tExampleExampleExam01", "an AccessKey"),
        (f"connect {SECRET}", "a secret"),
        (f"connect key “{SECRET}”", "a secret"),
        (f"connect\u00a0{SECRET[:15]}\u200b{SECRET[15:]}", "a secret"),
        ("STS.NUgYrLnoC37mZZCNnAbez", "an STS token"),
        ("token CAIS" + "aB3/" * 20, "an STS token"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2ln", "an access token"),
        ("Authorization: BEARER abcdef0123456789abcdef", "an access token"),
        ("xoxb-123456789012-abcdef", "a Slack token"),
        ("xoxe.xoxp-1-abcdefgh", "a Slack token"),
        ("xapp-1-A0123-456", "a Slack token"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIE", "a private key"),
        ("client_secret=hunter22", "a secret"),
        ("AccessKeySecret: abcd1234", "a secret"),
        ("password=abcd", "a secret"),
        ("show a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6", "a token's full text"),
    ],
)
def test_a_secret_is_noticed(text: str, what: str) -> None:
    """A secret is noticed however it was typed, and only its kind is told."""
    assert find_secret(text) == what


@pytest.mark.parametrize(
    "text",
    [
        "",
        *(verb.example for verb in VERBS),
        "show tk-zpi0abcdefhdv4y",
        "show atntkn_01kqflm0smxyz8nmdc1cb5dskabcde",
        "kb-c7141f10c3f549fc9f8b8ae562b8abcd",
        "consumer:app_ngtkgrrabcdktg5eao6z4abcde",
        "acs:emr::w-d2d82aa09155abcd:member/195123456789127311",
        "idaas_ue2jvisn35ea5lmthk267abcde",
        "name:Dev-Serverless-Spark-Production-2025-Q1",
        "creator:mei.lin@halyard.example expiring:14d shared:>5",
        "secret",
        "name:secret-store",
        "dxj••••••wfg",
        "a" * 40,
        "1" * 40,
    ],
)
def test_ids_names_and_filters_are_harmless(text: str) -> None:
    """What people type to find a token is not taken for a secret."""
    assert find_secret(text) is None
