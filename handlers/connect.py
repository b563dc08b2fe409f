"""Connecting: the forms that take a credential, and what comes of trying it."""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import metrics
from bot.blocks import View, actions
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
from bot.blocks.problems import problem_message, problem_view
from bot.blocks.proofs import result_message, result_view
from bot.clients import Source
from bot.errors import GoneError, InputError, NotAllowedError, SlackError, UpstreamError
from bot.models.credential import CREDENTIAL, Credential
from bot.models.listing import Problem
from bot.models.target import Target
from bot.services.connections import Outcome
from handlers import home
from handlers._desk import Desk, Json, scope_of
from handlers._listeners import opens
from handlers._modal import Modal, submit_modal
from handlers._turn import Turn

_OFFER = "offer"
_OFFER_TTL = timedelta(minutes=10)
_TITLE = "Connect"


class Form(NamedTuple):
    """Which form it is. It travels with the view: what it says is checked, and is no secret."""

    purpose: Purpose
    source: str
    kind: str
    connection_id: str = ""

    @classmethod
    def read(cls, text: object, sources: Mapping[str, Source]) -> "Form":
        """Read what a view carries; raise `GoneError` when this version has no such form."""
        purpose, source, kind, connection_id = (*str(text).split(":"), "", "", "", "")[:4]
        known = sources.get(source)
        kinds = [form.kind for form in known.info.credential_forms] if known else []
        if purpose not in get_args(Purpose) or kind not in kinds:
            raise GoneError
        return cls(purpose, source, kind, connection_id)  # type: ignore[arg-type]  # checked above

    @property
    def text(self) -> str:
        """The form as a view carries it."""
        return ":".join(self)


class Asked(NamedTuple):
    """What a form asks for. Without a credential the connection's own is meant.

    Without a target the credential's are to be offered, save where only the credential changes.
    """

    form: Form
    given: Filled
    credential: Credential | None
    target: Target | None


def register(app: AsyncApp) -> None:
    """Register the buttons that open a form, and the forms."""
    app.action(actions.CONNECT_START)(opens(_TITLE, start))
    app.action(actions.CONNECT_ADD_TARGET)(opens(_TITLE, add_target))
    app.action(actions.CONNECT_REPLACE)(opens(_TITLE, replace_credential))
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


async def start(turn: Turn, modal: Modal, _action: Json) -> None:
    """Offer the choice of a source."""
    _check_allowed(turn.desk)
    await modal.show(_first_view(turn.desk))


async def choose_source(ack: AsyncAck, view: Json, context: Json, desk: Desk) -> None:
    """Turn to the form of the source that was chosen."""
    source, kind = chosen_source(view.get("state") or {})
    try:
        form = Form.read(f"connect:{source}:{kind}", desk.sources)
    except GoneError:
        await ack(response_action="update", view=_first_view(desk))
        return
    await ack(response_action="update", view=_form(desk, form, desk.command(scope_of(context))))


async def add_target(turn: Turn, modal: Modal, action: Json) -> None:
    """Offer the form for another place of a connection."""
    await _show_form(turn, modal, "add_target", action)


async def replace_credential(turn: Turn, modal: Modal, action: Json) -> None:
    """Offer the form for another credential of a connection."""
    await _show_form(turn, modal, "replace", action)


async def _show_form(turn: Turn, modal: Modal, purpose: Purpose, action: Json) -> None:
    _check_allowed(turn.desk)
    connection = await turn.desk.connections.get(turn.owner, str(action.get("value")))
    form = Form(purpose, connection.source, connection.credential.kind, connection.id)
    # Read as it will be when it comes back: its source may have gone with another version.
    form = Form.read(form.text, turn.desk.sources)
    await modal.show(_form(turn.desk, form, turn.command))


async def submit_form(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Check what was filled in, then try it while the modal says so."""
    try:
        form = Form.read(view.get("private_metadata"), desk.sources)
    except GoneError as error:
        told = desk.told(error, scope_of(context))
        await ack(response_action="update", view=problem_view(title=_TITLE, **told))
        return
    source = desk.sources[form.source]
    try:
        asked = _asked(form, source, view)
    except InputError as error:
        errors = form_errors(error, source.info, form.kind, form.purpose)
        await ack(response_action="errors", errors=errors)
        return
    await ack(response_action="update", view=proving_view(form.purpose))
    metrics.CLICKS.labels(submit_form.__name__).inc()

    async def attempt(turn: Turn, modal: Modal) -> None:
        _check_allowed(desk)
        await _tell(turn, modal, form, asked.given, _do(turn, modal, asked))

    await submit_modal(desk, body, context, _TITLE, attempt)


def _asked(form: Form, source: Source, view: Json) -> Asked:
    """Read a form. Raises `InputError` with the field that is wrong."""
    given = read_form(view.get("state") or {}, source.info, form.kind)
    credential, target = None, None
    if form.purpose != "add_target":
        credential = source.credential(form.kind, given.credential)
    if form.purpose != "replace" and (given.names_a_target or not source.info.discovers):
        target = source.target(given.target).labelled(given.target_label)
    return Asked(form, given, credential, target)


async def _do(turn: Turn, modal: Modal, asked: Asked) -> Outcome | Problem | None:
    """Do what a form asks for. None means that the modal now offers places to choose from."""
    service, owner = turn.desk.connections, turn.owner
    form, given, credential, target = asked
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
    """Offer what a credential can list. Until something is chosen, it is kept for ten minutes."""
    region = given.target.get("region", "")
    targets = await turn.desk.connections.discover(turn.owner, form.source, credential, region)
    secrets = {
        each.name
        for each in turn.desk.sources[form.source].info.credential_form(form.kind).fields
        if each.secret
    }
    offer = {
        "form": form.text,
        # Otherwise it is the connection's own, which need not be kept twice.
        "credential": credential.model_dump(mode="json", context={"reveal": True})
        if form.purpose == "connect"
        else None,
        "targets": [target.model_dump(mode="json") for target in targets],
        "given": {
            **given._asdict(),
            "credential": {k: v for k, v in given.credential.items() if k not in secrets},
        },
    }
    screen = await turn.keep(_OFFER, offer, _OFFER_TTL) if targets else ""
    await modal.show(targets_view(targets, metadata=screen))


async def submit_targets(ack: AsyncAck, view: Json, body: Json, context: Json, desk: Desk) -> None:
    """Connect the places that were chosen among those that the credential can list."""
    await ack(response_action="update", view=proving_view())
    metrics.CLICKS.labels(submit_targets.__name__).inc()

    async def attempt(turn: Turn, modal: Modal) -> None:
        _check_allowed(desk)
        offer = await turn.take(str(view.get("private_metadata")), _OFFER)
        if offer is None:
            raise GoneError
        form, given, credential, offered = _read_offer(offer, desk)
        chosen = chosen_targets(view.get("state") or {}, offered)
        if credential is not None:
            doing = desk.connections.connect(
                turn.owner,
                source_name=form.source,
                credential=credential,
                targets=chosen,
                label=given.label,
            )
        else:
            doing = desk.connections.add_targets(turn.owner, form.connection_id, chosen)
        await _tell(turn, modal, form, given, doing)

    await submit_modal(desk, body, context, _TITLE, attempt)


def _read_offer(offer: Json, desk: Desk) -> tuple[Form, Filled, Credential | None, list[Target]]:
    """Read what was offered; raise GoneError for the offer of another version."""
    try:
        kept = offer["credential"]
        return (
            Form.read(offer["form"], desk.sources),
            Filled(**offer["given"]),
            None if kept is None else CREDENTIAL.validate_python(kept),
            [Target.model_validate(target) for target in offer["targets"]],
        )
    except (TypeError, ValidationError):
        raise GoneError from None


async def _tell(
    turn: Turn,
    modal: Modal,
    form: Form,
    given: Filled,
    doing: Awaitable[Outcome | Problem | None],
) -> None:
    """Show what comes of it in the modal, or by message to someone who has closed it."""
    outcome: Outcome | Problem | InputError | UpstreamError | None
    try:
        outcome = await doing
    except (InputError, UpstreamError) as error:
        outcome = error
    words: dict[str, Any] = {"command": turn.command, "titles": turn.desk.titles}
    if isinstance(outcome, Outcome):
        if not await modal.show(result_view(outcome.proofs, **words)):
            await turn.reply(result_message(outcome.proofs, **words))
        await home.refresh(turn)
    elif outcome is not None:
        view = _form(turn.desk, form, turn.command, given=given, problem=outcome)
        if not await modal.show(view):
            await turn.reply(problem_message(outcome, **words))


def _first_view(desk: Desk) -> View:
    return source_view([source.info for source in desk.sources.values()], metadata="")


def _form(
    desk: Desk,
    form: Form,
    command: str,
    *,
    given: Filled | None = None,
    problem: Problem | InputError | UpstreamError | None = None,
) -> View:
    return form_view(
        desk.sources[form.source].info,
        form.kind,
        command=command,
        metadata=form.text,
        purpose=form.purpose,
        given=given,
        problem=problem,
    )


def _check_allowed(desk: Desk) -> None:
    if not desk.connect_allowed:
        raise NotAllowedError(
            "Connecting is switched off here. Ask whoever runs the bot (TOKENBELL_CONNECT)."
        )
