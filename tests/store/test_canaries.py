"""The watch over secrets must itself be seen to bite."""

import base64
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.fixtures.canaries import CANARY, Watch, leaks

_LEAKY = """
import logging
from tests.fixtures.canaries import CANARY

def test_clean(canaries):
    logging.getLogger("some.library").debug("sent %s", "nothing")
    canaries.watch(lambda: ["payload"])
    print("nothing")

def test_logs():
    logging.getLogger("some.library").debug("sent %s", {"secret": CANARY.client_secret})

def test_logs_with_a_silenced_logger():
    logger = logging.getLogger("quiet")
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.info(CANARY.slack_bot_token)

def test_logs_as_extra():
    logging.getLogger("some").info("sent", extra={"body": CANARY.token_text})

def test_logs_a_traceback():
    try:
        raise ValueError(CANARY.access_token)
    except ValueError:
        logging.getLogger("some").info("failed", exc_info=True)

def test_prints():
    print(CANARY.access_key_secret)

def test_shows_it_in_a_watched_place(canaries):
    canaries.watch(lambda: ["payload " + CANARY.private_key])

def test_counts():
    # The last one: a metric stays, and would be found after every test to come.
    from prometheus_client import Counter
    Counter("canary", "leaks", ["label"]).labels(CANARY.token_text).inc()
"""


def test_a_test_that_leaks_fails(tmp_path: Path) -> None:
    """Wherever a secret turns up, the test that put it there does not pass."""
    leaky = tmp_path / "test_leaky.py"
    leaky.write_text(_LEAKY)
    plugins = ["-p", "tests.fixtures.canaries", "-p", "no:randomly", "-p", "no:cacheprovider"]

    # A process of its own: here its leaks would be found too.
    done = subprocess.run(  # noqa: S603 - written above
        [sys.executable, "-m", "pytest", "-c", os.devnull, *plugins, "-rE", str(leaky)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "COLUMNS": "500"},
    )

    failed = re.findall(r"^ERROR \S+::(\w+) - ", done.stdout, re.MULTILINE)
    assert failed == [name for name in re.findall(r"def (\w+)", _LEAKY) if name != "test_clean"]


@pytest.mark.parametrize("name", sorted(CANARY.secrets()))
def test_an_encoded_secret_is_recognised(name: str) -> None:
    """Percent signs, base64 of either alphabet and Basic authentication hide nothing."""
    secret = CANARY.secrets()[name]

    assert leaks(f"a={quote(secret, safe='')}") == {name}
    for before in ("", "i", "id", "app_example0001:"):
        raw = f"{before}{secret}@".encode()
        assert leaks(base64.b64encode(raw).decode()) == {name}
        assert leaks(base64.urlsafe_b64encode(raw).decode()) == {name}
    assert leaks("nothing to see") == set()


def test_a_silenced_logger_stays_silent(caplog: pytest.LogCaptureFixture) -> None:
    """The watch hears what a logger's level hides, without showing it to others."""
    logger = logging.getLogger("tests.quiet")
    logger.setLevel(logging.ERROR)

    logger.warning("unheard")
    logger.error("heard")

    assert [record.message for record in caplog.records] == ["heard"]


def test_the_watch_names_secret_and_place() -> None:
    """A failure says which secret was found and where, not what it is."""
    watch = Watch()
    watch.watch(lambda: [f"x {CANARY.client_secret}", CANARY.client_secret], "a file")

    assert watch.found() == ["client_secret in a file"]
