"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from bot.cli.manifest import SCOPES
from bot.config import SETTINGS
from bot.rules.command import VERBS
from handlers.tokens import OFFERED

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table whose heading row begins so."""
    table = text.partition(heading)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line]


def test_the_settings_table_is_complete() -> None:
    """Every variable that is read is in the README, with its purpose, and no other."""
    told = {row[0].strip("`"): row[2] for row in rows(README, "| variable | default")}

    assert told == {setting.name: setting.purpose for setting in SETTINGS}


def test_the_scopes_table_is_complete() -> None:
    """Every scope of the manifest is in the README, with the same reason."""
    told = {row[0].strip("`"): row[1] for row in rows(README, "| scope | why")}

    assert told == {scope.name: scope.reason for scope in SCOPES}


def test_the_commands_table_is_complete() -> None:
    """Every verb that the bot offers is in the README, and no other."""
    cells = [row[0] for row in rows(README, "| command | does")]
    told = {word for cell in cells for word in re.findall(r"/tokens (\w+)", cell)}

    assert told == OFFERED
    assert {verb.name for verb in VERBS} >= OFFERED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a page exists, and so does the heading it names."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} does not exist"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, f"{target} names no heading"
