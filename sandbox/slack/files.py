"""Uploaded files: docs.slack.dev/messaging/working-with-files."""

import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath

from sandbox.company.people import TEAM_ID
from sandbox.slack.ids import new_id, secret
from sandbox.slack.installation import Installation
from sandbox.slack.types import Json


@dataclass(kw_only=True)
class File:
    """A file between the request for its upload URL and its sharing, and after."""

    id: str
    name: str
    length: int
    key: str
    title: str = ""
    content: bytes | None = None
    shared: bool = False


class Files:
    """All of them."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._by_id: dict[str, File] = {}

    def expect(self, name: str, length: int) -> tuple[File, str]:
        """Prepare an upload; return the file and where its bytes go."""
        file = File(id=new_id("F"), name=name, length=length, key=secret())
        self._by_id[file.id] = file
        return file, f"{self._base}/upload/v1/{file.id}/{file.key}"

    def find(self, file_id: object, key: str | None = None) -> File | None:
        """Return a file, by its id alone or as its URL names it."""
        file = self._by_id.get(str(file_id))
        return file if file is not None and key in (None, file.key) else None

    def restore(self, file: File) -> None:
        """Take back a file that was kept over a restart."""
        self._by_id[file.id] = file

    def known(self, described: list[Json]) -> list[Json]:
        """Return file objects afresh, leaving out files that are gone."""
        found = (self.find(body["id"]) for body in described)
        return [self.as_json(file) for file in found if file is not None]

    def shared(self) -> list[File]:
        """Return those that were posted somewhere."""
        return [file for file in self._by_id.values() if file.shared]

    def as_json(self, file: File) -> Json:
        """Return Slack's file object."""
        suffix = PurePosixPath(file.name).suffix.removeprefix(".")
        url = f"{self._base}/files-pri/{file.id}/{file.key}/{file.name}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title or file.name,
            "mimetype": media_type(file),
            "filetype": suffix or "text",
            "pretty_type": suffix.upper() or "Plain Text",
            "size": file.length,
            "user": Installation.bot_user_id,
            "user_team": TEAM_ID,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
        }


def media_type(file: File) -> str:
    """Guess a file's media type from its name."""
    return mimetypes.guess_type(file.name)[0] or "text/plain"
