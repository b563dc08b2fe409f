from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.store._address import Address, parse
from tests.fixtures.canaries import CANARY

_SECRET = CANARY.client_secret


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://localhost", Address("server", hosts=(("localhost", 6379),))),
        ("  redis://localhost\n", Address("server", hosts=(("localhost", 6379),))),
        ("redis://10.0.0.1:7000/3", Address("server", hosts=(("10.0.0.1", 7000),), db=3)),
        ("redis://h?db=4", Address("server", hosts=(("h", 6379),), db=4)),
        ("redis://[::1]:7000/", Address("server", hosts=(("::1", 7000),))),
        ("redis://:p%40ss@h", Address("server", hosts=(("h", 6379),), password="p@ss")),
        (
            "redis://user:p@ss@h",
            Address("server", hosts=(("h", 6379),), username="user", password="p@ss"),
        ),
        ("rediss://h:6380", Address("server", tls=True, hosts=(("h", 6380),))),
        (
            "rediss://h?ssl_ca_certs=%2Fca.pem&ssl_cert_reqs=required",
            Address(
                "server",
                tls=True,
                hosts=(("h", 6379),),
                options={"ssl_ca_certs": "/ca.pem", "ssl_cert_reqs": "required"},
            ),
        ),
        ("unix:///run/redis.sock", Address("socket", path="/run/redis.sock")),
        ("unix:///run/a%20b.sock?db=2", Address("socket", path="/run/a b.sock", db=2)),
        ("unix://user:pw@/run/r", Address("socket", path="/run/r", username="user", password="pw")),
        (
            "redis+sentinel://h1,h2:7000,[::1]/mymaster/2",
            Address(
                "sentinel",
                hosts=(("h1", 26379), ("h2", 7000), ("::1", 26379)),
                master="mymaster",
                db=2,
            ),
        ),
        (
            "rediss+sentinel://:pw@h1/mymaster?sentinel_password=spw",
            Address(
                "sentinel",
                tls=True,
                hosts=(("h1", 26379),),
                master="mymaster",
                password="pw",
                options={"sentinel_password": "spw"},
            ),
        ),
        (
            "redis+cluster://u:pw@h1:7000,h2",
            Address("cluster", hosts=(("h1", 7000), ("h2", 6379)), username="u", password="pw"),
        ),
        ("rediss+cluster://h1/0", Address("cluster", tls=True, hosts=(("h1", 6379),))),
        ("fakeredis://", Address("memory")),
        ("fakeredis://name", Address("memory", path="name")),
    ],
)
def test_every_form_of_url_is_understood(url: str, expected: Address) -> None:
    """Server, socket, Sentinel and Cluster, with TLS, credentials and databases."""
    assert parse(url) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must begin with one of redis://"),
        ("localhost:6379", "must begin with one of redis://"),
        ("http://:{secret}@h", "must begin with one of redis://"),
        ("redis://[{secret}", "is not a URL"),
        ("redis://:{secret}@", "lacks a host"),
        ("redis://:{secret}@h:port", "has a wrong port"),
        ("redis://:{secret}@h:99999", "has a wrong port"),
        ("redis://:{secret}@h/zero", "the number of a database"),
        ("redis://:{secret}@h/99999999", "the number of a database"),
        ("redis://:{secret}@h/1/2", "too many parts"),
        ("redis://:{secret}@h1,h2", "has several hosts"),
        ("redis://:{secret}@h?timeout=1", "unknown option after '?'; known here: db"),
        ("redis+cluster://:{secret}@h?x=1", "known here: nothing"),
        ("redis://h?ssl_ca_certs={secret}", "unknown option"),
        ("rediss://:{secret}@h?ssl_cert_reqs=yes", "required, optional, none"),
        ("rediss://h?ssl_cert_reqs={secret}", "required, optional, none"),
        ("redis://:{secret}#1@h", "%23"),
        ("redis+cluster://:{secret}@h/1", "a Cluster has only number 0"),
        ("redis+sentinel://:{secret}@h", "must name the master"),
        ("redis+sentinel://:{secret}@h1,,h2/m", "lacks a host"),
        ("unix://:{secret}@", "whole path"),
        ("unix://run/redis.sock", "whole path"),
    ],
)
def test_a_wrong_url_is_explained_without_quoting_it(url: str, problem: str) -> None:
    """The error names REDIS_URL and the remedy, never the password in it."""
    with pytest.raises(SettingsError) as caught:
        parse(url.format(secret=_SECRET))

    assert caught.value.name == "REDIS_URL"
    assert problem in str(caught.value)
    assert _SECRET not in str(caught.value)


def test_an_address_does_not_show_its_password() -> None:
    """Neither the password of Redis nor that of Sentinel is in what is printed."""
    address = parse(f"redis+sentinel://:{_SECRET}@h/m?sentinel_password={_SECRET}")

    assert _SECRET not in repr(address)


@given(
    scheme=st.sampled_from(["", "redis://", "rediss+cluster://", "redis+sentinel://", "unix://"]),
    rest=st.text(),
)
def test_any_text_is_an_address_or_a_settings_error(scheme: str, rest: str) -> None:
    """No text at all makes the reader fail in another way."""
    with suppress(SettingsError):
        address = parse(scheme + rest)
        assert address.hosts or address.path or address.kind == "memory"
