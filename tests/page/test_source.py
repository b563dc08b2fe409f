"""The page's files, read as text."""

import re
from pathlib import Path

import pytest

from sandbox.page_files import PAGE

FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())
NAMES = [str(path.relative_to(PAGE)) for path in FILES]
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
    r"|setAttribute\(\"on|srcdoc"
)
ELSEWHERE = re.compile(r"(?:src|href|url\(|from|import)[\s=(\"']+(?:https?:)?//")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_file_makes_markup_of_text(path: Path) -> None:
    """Nothing in the page can turn foreign text into elements or code."""
    assert FORBIDDEN.findall(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_are_small_and_load_nothing_from_elsewhere(path: Path) -> None:
    """No file is long, and none names another server's."""
    text = path.read_text()

    assert len(text.splitlines()) < 400
    assert ELSEWHERE.findall(text) == []


def test_the_document_has_no_code_of_its_own() -> None:
    """Scripts and styles are files, as the content security policy wants."""
    html = (PAGE / "index.html").read_text()

    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", html) == []
    for name in re.findall(r'(?:src|href)="/([^"]+)"', html):
        assert (PAGE / name).is_file()
