"""The house keeps its own rules."""

import re
import subprocess
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
USUAL = 200


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git tracks or would, those of a release without git included."""
    listed = subprocess.run(  # noqa: S603 - git, as installed
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\n") if name and (path := ROOT / name).is_file()]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_long() -> None:
    """No source file has more than 400 lines, and the median is well below 200."""
    files = tracked("*.py", "*.js", "*.css")
    lengths = {path.relative_to(ROOT): lines(path) for path in files}

    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}
    assert median(lengths.values()) < USUAL


def test_locks_are_pinned_by_hash_and_name_no_address() -> None:
    """Each locked package has hashes; no line says where it is downloaded from."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text
        for entry in re.split(r"\n(?=\S)", text):
            if "==" in entry and not entry.startswith("#"):
                assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_dependency_says_why() -> None:
    """Each dependency of the bot itself has a reason on its line."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("\ndependencies = [\n")[2].partition("\n]")[0]
    for line in block.splitlines():
        assert re.search(r'", +# \S', line), line


def test_nothing_is_left_open() -> None:
    """No note to oneself, no skipped test without a reason, no bare excuse to a checker."""
    loose = re.compile(
        r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|type: ignore$|# no" + r"qa$|pytest\.mark\.skip$"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("*.py", "*.js", "*.md", "Makefile", ".ci/run")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if loose.search(line)
    ]
    assert found == []
