"""Modals and App Homes.

docs.slack.dev/surfaces/modals: a stack holds three views at most; an update keeps what was typed
where block and action ids stay the same.
"""

import copy
from dataclasses import dataclass, field

from sandbox.company.people import TEAM_ID
from sandbox.slack import blocks
from sandbox.slack.changes import Changes
from sandbox.slack.controls import Values, values_of
from sandbox.slack.errors import SlackError, UnknownError
from sandbox.slack.ids import new_id, secret
from sandbox.slack.installation import Installation
from sandbox.slack.types import Json

STACK_LIMIT = 3
_DEFINED = ("title", "submit", "close")


@dataclass(kw_only=True)
class View:
    """A modal or a Home as one person sees it."""

    id: str
    user: str
    type: str
    root_view_id: str
    previous_view_id: str | None = None
    definition: Json = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    hash: str = ""
    here: str | None = None

    def define(self, definition: Json) -> None:
        """Take a new content, keeping what was typed where the ids stay."""
        self.definition = {**definition, "blocks": blocks.kept(definition["blocks"])}
        self.values = values_of(self.definition["blocks"], self.values, self.here)
        self.hash = f"{secret()[:10]}.{secret()[:8]}"

    @property
    def blocks(self) -> list[Json]:
        """The blocks, with all their ids."""
        kept: list[Json] = self.definition["blocks"]
        return kept

    @property
    def callback_id(self) -> str:
        """What the app calls it."""
        return str(self.definition.get("callback_id") or "")

    @property
    def external_id(self) -> str:
        """The app's own unique id for it."""
        return str(self.definition.get("external_id") or "")

    def as_json(self) -> Json:
        """Return it as Slack puts it into answers and payloads."""
        given = self.definition
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "type": self.type,
            "blocks": self.blocks,
            "private_metadata": given.get("private_metadata") or "",
            "callback_id": self.callback_id,
            "state": {"values": copy.deepcopy(self.values)},
            "hash": self.hash,
            **{name: given.get(name) for name in _DEFINED},
            "clear_on_close": bool(given.get("clear_on_close")),
            "notify_on_close": bool(given.get("notify_on_close")),
            "previous_view_id": self.previous_view_id,
            "root_view_id": self.root_view_id,
            "app_id": Installation.app_id,
            "external_id": self.external_id,
            "app_installed_team_id": TEAM_ID,
            "bot_id": Installation.bot_id,
        }


class Views:
    """All open modals, one stack a person, and all published Homes."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def all_open(self, user: str | None = None) -> list[View]:
        """Return the open modals, bottom first; of one person or of all."""
        return [v for owner, s in self._stacks.items() if user in (None, owner) for v in s]

    def find(self, view_id: object, user: str | None = None) -> View:
        """Return an open modal or a Home."""
        for view in (*self.all_open(user), *self.homes.values()):
            if view.id == view_id and user in (None, view.user):
                return view
        raise UnknownError(f"no such view: {view_id}")

    def open(self, user: str, definition: Json, here: str | None = None) -> View:
        """Open a modal; it takes the place of whatever that person had open."""
        self._unique(definition)
        self.clear(user)
        return self._add(user, definition, here)

    def push(self, user: str, definition: Json) -> View:
        """Put a modal on top of the open one."""
        if len(self._stacks[user]) >= STACK_LIMIT:
            raise SlackError("push_limit_reached")
        self._unique(definition)
        return self._add(user, definition, self._stacks[user][0].here)

    def update(self, view: View, definition: Json, expected_hash: object = None) -> View:
        """Replace the content of a view."""
        if expected_hash is not None and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        self._unique(definition, view)
        view.define(definition)
        self.show(view)
        return view

    def publish(self, user: str, definition: Json, expected_hash: object = None) -> View:
        """Show a Home, the first or a new one."""
        home = self.homes.get(user)
        if home is None:
            view_id = new_id("V")
            home = View(id=view_id, user=user, type="home", root_view_id=view_id)
            self._unique(definition)
            home.define(definition)
            self.homes[user] = home
            self.show(home)
            return home
        return self.update(home, definition, expected_hash)

    def close(self, view: View) -> None:
        """Take a view, and whatever is above it, off its stack."""
        stack = self._stacks[view.user]
        del stack[stack.index(view) :]
        self._changes.publish({"type": "view_closed", "view_id": view.id}, frozenset({view.user}))

    def clear(self, user: str) -> None:
        """Close a person's whole stack."""
        stack = self._stacks.pop(user, [])
        if stack:
            self._changes.publish(
                {"type": "view_closed", "view_id": stack[0].id, "clear": True}, frozenset({user})
            )

    def show(self, view: View) -> None:
        """Tell that a view was opened or changed."""
        if view.type == "home":
            event: Json = {"type": "home", "view": view.as_json()}
        else:
            event = {"type": "view", "view": as_state(view)}
        self._changes.publish(event, frozenset({view.user}))

    def _add(self, user: str, definition: Json, here: str | None) -> View:
        stack = self._stacks.setdefault(user, [])
        view_id = new_id("V")
        view = View(
            id=view_id,
            user=user,
            type="modal",
            root_view_id=stack[0].id if stack else view_id,
            previous_view_id=stack[-1].id if stack else None,
            here=here,
        )
        view.define(definition)
        stack.append(view)
        self.show(view)
        return view

    def _unique(self, definition: Json, mine: View | None = None) -> None:
        wanted = definition.get("external_id")
        others = (v for v in (*self.all_open(), *self.homes.values()) if v is not mine)
        if wanted and any(v.external_id == wanted for v in others):
            raise SlackError("duplicate_external_id")


def as_state(view: View) -> Json:
    """Return an open modal as the state of the workspace shows it."""
    return {
        "id": view.id,
        "user": view.user,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "view": view.as_json(),
    }
