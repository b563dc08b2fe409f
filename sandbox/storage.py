"""What outlives a restart, as one JSON file and the uploaded files beside it."""

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.slack.changes import Change
from sandbox.slack.files import File
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json
from sandbox.slack.views import View
from sandbox.slack.workspace import Message

_FORMAT = 1
_PAUSE_SECONDS = 0.2
_PERSON = ("tz", "deleted")
_CHANNEL = ("members", "bot", "archived", "restricted")


class Storage:
    """A directory. Whoever reads it finds a whole state, the last or the one before."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "sandbox.json"
        self._files = directory / "files"

    def read(self) -> Json | None:
        """Return the state, or None at the first start; a file that is not one is set aside."""
        try:
            state = json.loads(self._path.read_text())
        except FileNotFoundError:
            return None
        except ValueError:
            state = None
        if isinstance(state, dict) and state.get("format") == _FORMAT:
            return state
        self._path.replace(self._path.with_suffix(".unreadable"))
        return None

    def write(self, platform: Platform, epoch_ms: int) -> None:
        """Replace the state."""
        self._files.mkdir(parents=True, exist_ok=True)
        for file in platform.files.shared():
            path = self._files / file.id
            if not path.exists():
                _replace(path, file.content or b"")
        _replace(self._path, json.dumps(_state(platform, epoch_ms)).encode())

    @contextlib.contextmanager
    def following(self, platform: Platform, epoch_ms: int) -> Iterator[None]:
        """Write the state soon after each change inside this context, and at its end."""
        soon: asyncio.TimerHandle | None = None

        def write() -> None:
            nonlocal soon
            soon = None
            self.write(platform, epoch_ms)

        def changed(_change: Change) -> None:
            nonlocal soon
            if soon is None:
                soon = asyncio.get_running_loop().call_later(_PAUSE_SECONDS, write)

        with platform.changes.listening(changed):
            yield
        if soon is not None:
            soon.cancel()
        write()

    def restore(self, platform: Platform, state: Json) -> None:
        """Put a state back into a fresh workspace."""
        platform.clock.offset_ms = state["offset_ms"]
        platform.app.revoked = state["revoked"]
        platform.app.refuse_tables = state["refuse_tables"]
        for body in state["files"]:
            with contextlib.suppress(OSError):
                content = (self._files / body["id"]).read_bytes()
                platform.files.restore(File(**body, content=content, shared=True))
        for person_id, kept in state["people"].items():
            for name, value in kept.items():
                setattr(platform.workspace.people[person_id], name, value)
        for channel_id, kept in state["channels"].items():
            conversation = platform.workspace.conversations[channel_id]
            for name in _CHANNEL:
                setattr(conversation, name, kept[name])
            for body in kept["messages"]:
                message = Message(**body)
                # Their URLs name the port of another run.
                message.files = platform.files.known(message.files)
                conversation.messages[message.ts] = message
                platform.workspace.timestamps.seen(message.ts)
        for user, home in state["homes"].items():
            view = View(id=home["id"], user=user, type="home", root_view_id=home["id"])
            view.define(home["definition"])
            platform.views.homes[user] = view


def _state(platform: Platform, epoch_ms: int) -> Json:
    workspace = platform.workspace
    return {
        "format": _FORMAT,
        "epoch_ms": epoch_ms,
        "offset_ms": platform.clock.offset_ms,
        "revoked": platform.app.revoked,
        "refuse_tables": platform.app.refuse_tables,
        "people": {
            person.id: {name: getattr(person, name) for name in _PERSON}
            for person in workspace.people.values()
        },
        "channels": {
            channel.id: {
                **{name: getattr(channel, name) for name in _CHANNEL},
                "messages": [vars(message) for message in channel.lasting()],
            }
            for channel in workspace.conversations.values()
        },
        "homes": {
            user: {"id": home.id, "definition": home.definition}
            for user, home in platform.views.homes.items()
        },
        "files": [
            {name: getattr(file, name) for name in ("id", "name", "length", "key", "title")}
            for file in platform.files.shared()
        ],
    }


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
