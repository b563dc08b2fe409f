"""Views: docs.slack.dev/reference/views."""

import json
from collections.abc import Iterator

from sandbox.slack import limits
from sandbox.slack.errors import SlackError
from sandbox.slack.types import Json
from sandbox.slack.validate.block import Surface
from sandbox.slack.validate.composition import plain
from sandbox.slack.validate.document import check_blocks
from sandbox.slack.validate.schema import Check, boolean, fields, problem, text, union

_COMMON: dict[str, Check] = {
    "private_metadata": text(limits.PRIVATE_METADATA, least=0),
    "callback_id": text(limits.ID, least=0),
    "external_id": text(limits.ID, least=0),
}


def _unchecked(_value: object, _at: str) -> Iterator[str]:
    yield from ()


_MODAL = fields(
    {"title": plain(limits.VIEW_TITLE), "blocks": _unchecked},
    {
        **_COMMON,
        "submit": plain(limits.VIEW_BUTTON),
        "close": plain(limits.VIEW_BUTTON),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = fields({"blocks": _unchecked}, _COMMON)
_VIEW = union({"modal": _MODAL, "home": _HOME})


def check_view(view: object, *, kind: Surface | None, refuse_tables: bool) -> Json:
    """Return a view that Slack accepts as a `kind`, any for None; else raise SlackError."""
    found = list(_VIEW(view, "/view"))
    if not found and isinstance(view, dict):
        if kind is not None and view["type"] != kind:
            found = [problem(f"unsupported type: {view['type']}", "/view/type")]
        else:
            found = check_blocks(
                view["blocks"], view["type"], "/view/blocks", refuse_tables=refuse_tables
            ) or list(_submittable(view))
    if found or not isinstance(view, dict):
        raise SlackError("invalid_arguments", messages=found)
    if len(json.dumps(view, ensure_ascii=False).encode()) > limits.VIEW_BYTES:
        raise SlackError("view_too_large")
    return view


def _submittable(view: Json) -> Iterator[str]:
    if view["type"] == "home" or view.get("submit"):
        return
    for index, block in enumerate(view["blocks"]):
        if block["type"] == "input":
            yield problem(
                "must define `submit` to use an `input` block in modals",
                f"/view/blocks/{index}/input",
            )
