"""Connecting: the forms that take a credential, and what comes of trying it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, get_args

from pydantic import JsonValue
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import actions
from bot.blocks.connect import (
    chosen_source,
    chosen_targets,
    connect_card,
    form_view,
    proving_view,
    source_view,
    targets_view,
)
from bot.blocks.forms import Filled, Purpose, form_errors, read_form
from bot.blocks.problems import problem_message
from bot.blocks.proofs import result_message, result_view
from bot.errors import GoneError, InputError, NotAllowedError, SlackError, UpstreamError
from bot.models.credential import CREDENTIAL, Credential
from bot.models.listing import Problem
from bot.models.source import SourceInfo
from bot.models.target import Target
from bot.services.connections import Outcome
from handlers import home
from handlers._desk import Desk, Turn
from handlers._modal import Modal, open_modal, submitted_modal

Json = Mapping[str, Any]

_OFFER = "offer"
_OFFER_TTL = timedelta(minutes=10)
_TITLE = "Connect"
_Outcome = Outcome | Problem | InputError | UpstreamError


class Form(NamedTuple):
    """Which form it is. It travels with the view: what it says is checked, and is no secret."""

    purpose: Purpose
    source: str
    kind: str
    connection_id: str = ""

    @classmethod
    def read(cls, text: object, desk: Desk) -> "Form":
        """Read what a view carries; raise `GoneError` when this version has no such form."""
        purpose, source, kind, connection_id = (*str(text).split(":"), "", "", "", "")[:4]
        known = desk.sources.get(source)
        kinds = [form.kind for form in known.info.credential_forms] if known else []
        if purpose not in get_args(Purpose) or kind not in kinds:
            raise GoneError
        return cls(purpose, source, kind, connection_id)  # type: ignore[arg-type]  # checked above

    @property
    def text(self) -> str:
        """The form as a view carries it."""
        return ":".join(self)


def register(app: AsyncApp) -> None:
    """Register the buttons that open a form, and the forms."""
    app.action(actions.CONNECT_START)(start)
    app.action(actions.CONNECT_ADD_TARGET)(add_target)
    app.action(actions.CONNECT_REPLACE)(replace_credential)
    app.view(actions.CONNECT_SOURCE_VIEW)(choose_source)
    app.view(actions.CONNECT_FORM_VIEW)(submit_form)
    app.view(actions.CONNECT_TARGETS_VIEW)(submit_targets)


async def open_from_command(turn: Turn) -> None:
    """Open the form at once; when the command took too long for that, offer its button."""
    _check_allowed(turn.desk)
    try:
        await turn.desk.slack.open_view(turn.owner.scope, turn.trigger_id, _first_view(turn.desk))
    except SlackError as error:
        if error.code != "expired_trigger_id":
            raise
        await turn.reply(connect_card(turn.command))


async def start(ack: AsyncAck, body: Json, context: Json, desk: Desk) -> None:
    """Open the choice of a source."""
    await ack()
    async with open_modal(desk, body, context, _TITLE) as modal:
        await desk.admit(body, context)
        _check_allowed(desk)
        await modal.show(_first_view(desk))


async def choose_source(ack: AsyncAck, view: Json, context: Json, desk: Desk) -> None:
    """Turn to the form of the source that was chosen."""
    source, kind = chosen_source(view.get("state") or {})
    try:
        form = Form.read(f"connect:{source}:{kind}", desk)
    except GoneError:
        await ack(response_action="update", view=_first_view(desk))
        return
    await ack(response_action="update", view=_form(desk, form, context))


async def add_target(ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk) -> None:
    """Open the form for another place of a connection."""
    await ack()
    await _open_form("add_target", action, body, context, desk)


async def replace_credential(
    ack: AsyncAck, action: Json, body: Json, context: Json, desk: Desk
) -> None:
    """Open the form for another credential of a connection."""
    await ack()
    await _open_form("replace", action, body, context, desk)


async def _open_form(purpose: Purpose, action: Json, body: Json, context: Json, desk: Desk) -> None:
    async with open_modal(desk, body, context, _TITLE) as modal:
        turn = await desk.admit(body, context)
        _check_allowed(desk)
        connection = await desk.connections.get(turn.owner, str(action.get("value")))
        form = Form(purpose, connection.source, connection.credential.kind, connection.id)
        await modal.show(_form(desk, form, context))


async def submit_form(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Check what was filled in, then try it while the modal says so."""
    form = Form.read(view.get("private_metadata"), desk)
    source = desk.sources[form.source]
    given = read_form(view.get("state") or {}, source.info, form.kind)
    credential: Credential | None = None
    target: Target | None = None
    try:
        if form.purpose != "add_target":
            credential = source.credential(form.kind, given.credential)
        if form.purpose != "replace" and not _asks_for_offer(source.info, given):
            target = source.target(given.target).labelled(given.target_label)
    except InputError as error:
        errors = form_errors(error, source.info, form.kind, form.purpose)
        await ack(response_action="errors", errors=errors)
        return
    await ack(response_action="update", view=proving_view(form.purpose))
    async with submitted_modal(desk, body, context, _TITLE) as modal:
        turn = await desk.admit(body, context)
        _check_allowed(desk)
        outcome: _Outcome | None
        try:
            outcome = await _try(turn, modal, form, given, credential, target)
        except (InputError, UpstreamError) as error:
            outcome = error
        if outcome is not None:
            await _tell(turn, modal, outcome, form, given)


async def submit_targets(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Connect the places that were chosen among those that the credential can list."""
    await ack(response_action="update", view=proving_view())
    async with submitted_modal(desk, body, context, _TITLE) as modal:
        turn = await desk.admit(body, context)
        _check_allowed(desk)
        offer = await turn.screen(str(view.get("private_metadata")), _OFFER)
        if offer is None:
            raise GoneError
        form = Form.read(offer["form"], desk)
        targets = [Target.model_validate(target) for target in offer["targets"]]
        chosen = chosen_targets(view.get("state") or {}, targets)
        outcome = (
            await desk.connections.connect(
                turn.owner,
                source_name=form.source,
                credential=CREDENTIAL.validate_python(offer["credential"]),
                targets=chosen,
                label=offer["label"],
            )
            if form.purpose == "connect"
            else await desk.connections.add_targets(turn.owner, form.connection_id, chosen)
        )
        await _tell(turn, modal, outcome, form, None)


async def _try(
    turn: Turn,
    modal: Modal,
    form: Form,
    given: Filled,
    credential: Credential | None,
    target: Target | None,
) -> Outcome | Problem | None:
    """Do what the form asks for. None means that the modal now offers places to choose from."""
    service, owner = turn.desk.connections, turn.owner
    if form.purpose == "replace" and credential is not None:
        return await service.replace_credential(owner, form.connection_id, credential)
    if credential is None:
        credential = (await service.get(owner, form.connection_id)).credential
    if target is None:
        await _offer(turn, modal, form, given, credential)
        return None
    if form.purpose == "add_target":
        return await service.add_targets(owner, form.connection_id, [target])
    return await service.connect(
        owner,
        source_name=form.source,
        credential=credential,
        targets=[target],
        label=given.label,
    )


async def _offer(
    turn: Turn, modal: Modal, form: Form, given: Filled, credential: Credential
) -> None:
    targets = await turn.desk.connections.discover(
        turn.owner, form.source, credential, given.target.get("region", "")
    )
    offer: dict[str, JsonValue] = {
        "form": form.text,
        "credential": credential.model_dump(mode="json", context={"reveal": True}),
        "targets": [target.model_dump(mode="json") for target in targets],
        "label": given.label,
    }
    screen = await turn.desk.screens.put(turn.owner, _OFFER, offer, _OFFER_TTL)
    await modal.show(targets_view(targets, metadata=screen))


async def _tell(
    turn: Turn,
    modal: Modal,
    outcome: _Outcome,
    form: Form,
    given: Filled | None,
) -> None:
    """Show what came of it in the modal, or by message to someone who has closed it."""
    command, titles = turn.command, turn.desk.titles
    if isinstance(outcome, Outcome):
        proofs = outcome.proofs
        if not await modal.show(result_view(proofs, command=command, titles=titles)):
            await turn.reply(result_message(proofs, command=command, titles=titles))
        await home.refresh(turn)
        return
    view = form_view(
        turn.desk.sources[form.source].info,
        form.kind,
        command=command,
        metadata=form.text,
        purpose=form.purpose,
        given=given,
        problem=outcome,
    )
    if not await modal.show(view):
        await turn.reply(problem_message(outcome, command=command, titles=titles))


def _first_view(desk: Desk) -> dict[str, Any]:
    return source_view([source.info for source in desk.sources.values()], metadata="")


def _form(desk: Desk, form: Form, context: Json) -> dict[str, Any]:
    return form_view(
        desk.sources[form.source].info,
        form.kind,
        command=desk.command_in(context),
        metadata=form.text,
        purpose=form.purpose,
    )


def _asks_for_offer(info: SourceInfo, given: Filled) -> bool:
    return info.discovers and not given.names_a_target


def _check_allowed(desk: Desk) -> None:
    if not desk.connect_allowed:
        raise NotAllowedError(
            "Connecting is switched off here. Ask whoever runs the bot (TOKENBELL_CONNECT)."
        )
