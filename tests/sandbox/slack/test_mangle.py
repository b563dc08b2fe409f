import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import SandboxClock
from sandbox.slack.changes import Changes
from sandbox.slack.mangle import mangle, typeset
from sandbox.slack.workspace import Workspace

WORKSPACE = Workspace(SandboxClock(), Changes())


@pytest.mark.parametrize(
    ("typed", "received"),
    [
        ("list kyuubi", "list kyuubi"),
        ("shared:>5 & <b>", "shared:&gt;5 &amp; &lt;b&gt;"),
        ("see https://a.example/x?a=1&b=2", "see <https://a.example/x?a=1&amp;b=2>"),
        ("mei@halyard.example", "<mailto:mei@halyard.example|mei@halyard.example>"),
        ("@jonas knows", "<@U07JONASW02|jonas> knows"),
        ("share #general", "share <#C07GENERAL1|general>"),
        ("@nobody #nowhere", "@nobody #nowhere"),
        ("bi.dashboards.com/a", "<http://bi.dashboards.com/a|bi.dashboards.com/a>"),
        ("  list  ", "list"),
        ("name:etl.v2", "name:etl.v2"),
        ("", ""),
    ],
)
def test_the_desktop_client_escapes_and_links(typed: str, received: str) -> None:
    """Three characters are escaped; links, addresses, people and channels are marked up."""
    assert mangle(typed, "desktop", WORKSPACE) == received


@pytest.mark.parametrize(
    ("typed", "received"),
    [
        ('show "bi prod"', "Show \u201cbi prod\u201d "),
        ("show 'bi prod'", "Show \u2018bi prod\u2019 "),
        ("it's --all...", "It\u2019s \u2014all\u2026 "),
        ("a  b", "A \u00a0b "),
        ("", ""),
    ],
)
def test_a_phone_adds_typography(typed: str, received: str) -> None:
    """Curly quotes, long dashes, a capital, a space at the end."""
    assert mangle(typed, "phone", WORKSPACE) == received


def test_raw_text_is_left_alone() -> None:
    """For what no client would send."""
    assert mangle('<!channel> "x" ', "raw", WORKSPACE) == '<!channel> "x" '


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_nothing_typed_becomes_markup_of_its_own(typed: str) -> None:
    """No `<…>` in the text comes from the person: only the marks of people, channels and links."""
    received = mangle(typed, "desktop", WORKSPACE)

    marks = re.findall(r"<(.*?)>", received, re.DOTALL)
    assert all(m.startswith(("@U", "#C", "http://", "https://", "mailto:")) for m in marks)
    rest = re.sub(r"<.*?>", "", received, flags=re.DOTALL)
    assert "<" not in rest
    assert ">" not in rest


@settings(deadline=None)
@given(st.text(alphabet="abc <>&12", max_size=40))
def test_escaping_loses_nothing(typed: str) -> None:
    """Unescaped again, the text is what was typed."""
    assert html.unescape(mangle(typed, "desktop", WORKSPACE)) == typed.strip(" ")


@settings(deadline=None)
@given(st.text(max_size=40))
def test_typography_ends_in_a_space(typed: str) -> None:
    """A phone's keyboard always leaves one, except of nothing."""
    assert typeset(typed).endswith(" ") is bool(typed)
