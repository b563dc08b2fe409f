"""What people do in Slack's client, and what Slack then sends to the app."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.slack import acks, payloads
from sandbox.slack.controls import BUTTONS, SHAPES, Control, Values, controls, filled, values_of
from sandbox.slack.delivery.envelope import Ack, Envelope
from sandbox.slack.errors import RefusedError, UnknownError, WrongRequestError
from sandbox.slack.forms import complaint
from sandbox.slack.installation import UNINSTALLED
from sandbox.slack.mangle import Client, mangle
from sandbox.slack.platform import Platform
from sandbox.slack.types import Json
from sandbox.slack.views import View
from sandbox.slack.workspace import Conversation, Message, Person

_TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Submission:
    """What came of a form: `ack` is None when Slack's client refused it, `errors` says why."""

    ack: Ack | None
    errors: dict[str, str] = field(default_factory=dict)


class Interactions:
    """The hands of every person in the workspace."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._workspace = platform.workspace
        self._views = platform.views
        self._states: dict[tuple[str, str], Values] = {}

    async def command(
        self, user: str, channel: str, command: str, text: str = "", *, client: Client = "desktop"
    ) -> Ack:
        """Type a slash command; `client` says where, and so how the text is mangled."""
        person, conversation = self._present(user, channel)
        if person.stranger:
            raise RefusedError("people of another organisation cannot use this app's commands")
        if self._platform.app.revoked == UNINSTALLED:
            raise RefusedError("the app is not installed")
        if not self._platform.app.has_command(command):
            raise UnknownError(f"no such command: {command}")
        form = payloads.command(
            self._platform.app,
            person,
            conversation,
            name=command,
            text=mangle(text, client, self._workspace),
            trigger_id=self._platform.triggers.new(person.id, channel=conversation.id),
            response_url=self._platform.response_urls.new(
                "commands", user=person.id, channel=conversation.id
            ),
        )
        ack = await self._platform.transport.deliver(
            Envelope(kind="slash_commands", payload=form, accepts_response=True)
        )
        error = ack.error or acks.answer_command(self._platform, conversation, person.id, ack.body)
        if error is not None:
            self._workspace.notice(
                conversation, person.id, f'{command} failed with the error "{error}"'
            )
        return replace(ack, error=error)

    async def interact(
        self,
        user: str,
        action: object,
        *,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
        values: Json | None = None,
    ) -> Ack:
        """Press a button or choose something, in a message or in a view.

        `values` is what the view's other fields hold by then, as for `submit`.
        """
        wanted: Json = action if isinstance(action, dict) else {"action_id": action}
        if view_id is not None:
            return await self._interact_in_view(user, view_id, wanted, values or {})
        person, conversation = self._present(user, channel)
        message = self._visible(person, conversation, ts)
        control = _find(_all_blocks(message), wanted)
        value = self._chosen(person, control, wanted)
        state = self._state(person, message)
        _remember(state, control, value)
        payload = payloads.message_action(
            self._platform.app,
            person,
            conversation,
            message,
            action=payloads.action_of(control, value, self._workspace.timestamps.new()),
            values=state,
            trigger_id=self._platform.triggers.new(person.id, channel=conversation.id),
            response_url=self._platform.response_urls.new(
                "actions", user=person.id, channel=conversation.id, ts=message.ts
            ),
        )
        ack = await self._send(payload)
        if ack.error is not None:
            self._workspace.notice(
                conversation, person.id, f'Something went wrong: "{ack.error}". Try again?'
            )
        return ack

    async def _interact_in_view(self, user: str, view_id: str, wanted: Json, values: Json) -> Ack:
        person = self._active(user)
        view = self._views.find(view_id, person.id)
        self._fill_in(person, view, values)
        control = _find(view.blocks, wanted)
        value = self._chosen(person, control, wanted)
        _remember(view.values, control, value)
        payload = payloads.view_action(
            self._platform.app,
            person,
            view,
            action=payloads.action_of(control, value, self._workspace.timestamps.new()),
            trigger_id=self._platform.triggers.new(person.id, view_id=view.id),
        )
        return await self._send(payload)

    async def submit(self, user: str, view_id: str, values: Json | None = None) -> Submission:
        """Fill in a modal and press its submit button."""
        person = self._active(user)
        view = self._views.find(view_id, person.id)
        if not view.definition.get("submit"):
            raise RefusedError("this view has no submit button")
        self._fill_in(person, view, values or {})
        refused = _complaints(view)
        if refused:
            return Submission(None, refused)
        payload = payloads.view_submission(
            self._platform.app,
            person,
            view,
            trigger_id=self._platform.triggers.new(person.id, view_id=view.id),
            response_urls=self._response_urls(person, view),
        )
        ack = await self._send(payload, accepts_response=True)
        if ack.error is not None:
            return Submission(ack, {"": _TROUBLE})
        outcome = acks.answer_submission(self._platform, view, ack.body)
        if isinstance(outcome, str):
            return Submission(replace(ack, error=outcome), {"": _TROUBLE})
        return Submission(ack, outcome or {})

    async def close(self, user: str, view_id: str, *, clear: bool = False) -> Ack | None:
        """Close a modal, or with `clear` all of them; return None if the app does not want to know."""
        person = self._active(user)
        view = self._views.find(view_id, person.id)
        if view.type == "home":
            raise WrongRequestError("a Home cannot be closed")
        if clear or view.definition.get("clear_on_close"):
            self._views.clear(person.id)
        else:
            self._views.close(view)
        if not view.definition.get("notify_on_close"):
            return None
        return await self._send(
            payloads.view_closed(self._platform.app, person, view, cleared=clear)
        )

    def say(self, user: str, channel: str, text: str) -> Message:
        """Write a message."""
        person, conversation = self._present(user, channel)
        if not text.strip():
            raise WrongRequestError("text must not be empty")
        return self._workspace.post(
            Message(
                ts=self._workspace.timestamps.new(),
                channel=conversation.id,
                user=person.id,
                text=mangle(text, "desktop", self._workspace),
            )
        )

    def _active(self, user: str) -> Person:
        person = self._workspace.person(user)
        if person.deleted:
            raise RefusedError(f"{person.name} is deactivated")
        return person

    def _present(self, user: str, channel: str | None) -> tuple[Person, Conversation]:
        person = self._active(user)
        if channel is None:
            raise WrongRequestError("channel is missing")
        conversation = self._workspace.conversation(channel, person.id)
        if person.id not in conversation.members:
            raise RefusedError(f"{person.name} is not in {conversation.name}")
        if conversation.archived:
            raise RefusedError(f"{conversation.name} is archived")
        return person, conversation

    def _visible(self, person: Person, conversation: Conversation, ts: str | None) -> Message:
        message = conversation.messages.get(str(ts))
        if message is None or message not in conversation.seen_by(person.id):
            raise UnknownError(f"no such message: {ts}")
        return message

    def _state(self, person: Person, message: Message) -> Values:
        """Return what this person has chosen in a message so far: each sees his own choice."""
        key = (person.id, message.ts)
        values = values_of(_all_blocks(message), self._states.get(key))
        self._states[key] = values
        return values

    def _chosen(self, person: Person, control: Control, wanted: Json) -> Json | None:
        if control.element["type"] in BUTTONS:
            return None
        if "selected" not in wanted and "value" not in wanted:
            raise WrongRequestError(f"{control.element['action_id']} needs `selected`")
        given = wanted.get("selected", wanted.get("value"))
        return filled(control.element, given, lambda kind, ref: self._ref(person, kind, ref))

    def _ref(self, person: Person, kind: str, ref: str) -> str:
        if kind == "user":
            return self._workspace.person(ref).id
        return self._workspace.conversation(ref, person.id).id

    def _fill_in(self, person: Person, view: View, values: Json) -> None:
        by_name = _by_name(controls(view.blocks))
        for name, given in values.items():
            if name not in by_name:
                raise WrongRequestError(f"this view has no input {name!r}")
            control = by_name[name]
            value = filled(control.element, given, lambda kind, ref: self._ref(person, kind, ref))
            _remember(view.values, control, value)

    def _response_urls(self, person: Person, view: View) -> list[Json]:
        urls = []
        for control in controls(view.blocks):
            block_id, action_id = control.path
            if not control.element.get("response_url_enabled"):
                continue
            value = view.values[block_id][action_id]
            channel = value.get("selected_conversation") or value.get("selected_channel")
            if channel:
                urls.append(
                    {
                        "block_id": block_id,
                        "action_id": action_id,
                        "channel_id": channel,
                        "response_url": self._platform.response_urls.new(
                            "app", user=person.id, channel=channel
                        ),
                    }
                )
        return urls

    async def _send(self, payload: Json, *, accepts_response: bool = False) -> Ack:
        return await self._platform.transport.deliver(
            Envelope(kind="interactive", payload=payload, accepts_response=accepts_response)
        )


def _all_blocks(message: Message) -> list[Json]:
    attached = [b for attachment in message.attachments for b in attachment.get("blocks", ())]
    return [*message.blocks, *attached]


def _find(blocks: list[Json], wanted: Json) -> Control:
    """Return the one control that is meant."""
    found = [
        control
        for control in controls(blocks)
        if control.element["action_id"] == wanted.get("action_id")
        and wanted.get("block_id") in (None, control.block["block_id"])
    ]
    if len(found) > 1 and "value" in wanted:
        found = [c for c in found if c.element.get("value") == wanted["value"]]
    if not found:
        raise UnknownError(f"no such control: {wanted.get('action_id')}")
    if len(found) > 1:
        raise WrongRequestError("several controls have this action_id: give block_id or value")
    return found[0]


def _by_name(found: Iterable[Control]) -> dict[str, Control]:
    """Return the controls that have values, by the names under which those come.

    Inputs by their block id, and any by its action id; where several share one, as the menus of
    alike rows do, by the block id.
    """
    found = [control for control in found if control.element["type"] in SHAPES]
    often = Counter(control.element["action_id"] for control in found)
    by_name: dict[str, Control] = {}
    for control in found:
        if control.block["type"] == "input":
            by_name[control.block["block_id"]] = control
        elif often[control.element["action_id"]] > 1:
            by_name.setdefault(control.block["block_id"], control)
    for control in found:
        by_name.setdefault(control.element["action_id"], control)
    return by_name


def _remember(values: Values, control: Control, value: Json | None) -> None:
    block_id, action_id = control.path
    if value is not None and action_id in values.get(block_id, {}):
        values[block_id][action_id] = value


def _complaints(view: View) -> dict[str, str]:
    found = {}
    for control in controls(view.blocks):
        if control.block["type"] == "input":
            block_id, action_id = control.path
            text = complaint(control.block, view.values[block_id][action_id])
            if text is not None:
                found[block_id] = text
    return found
