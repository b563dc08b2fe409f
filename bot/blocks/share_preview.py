"""The preview of a shared list: what will be posted, where, and who will see it."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from bot.blocks import actions
from bot.blocks._elements import button, channel_select, link_button, multi_select, option
from bot.blocks._kit import Block, View, context, divider, field, modal, plain_text, row, section
from bot.blocks._rich import emoji, foreign, line, rich, words
from bot.blocks._shared_rows import HEADS, as_lines
from bot.blocks._upstream import Words
from bot.blocks.share import heading, small_print
from bot.models.share import COLUMNS, Column, Share, SharedList
from bot.models.watch import CHANNEL_COLUMNS
from bot.rules.times import count

TITLE = "Share in a channel"

Kind = Literal["share", "update", "ring"]
"""What is previewed: a new message, another content of one, or what a channel is reminded of."""

_SUBMITS: dict[Kind, str] = {"share": "Share", "update": "Update", "ring": "Remind this channel"}
_SHOWS: dict[Kind, str] = {
    "share": "Sharing shows this",
    "update": "Updating shows this",
    "ring": "Before each of these tokens expires, I shall show its row",
}
_RINGS = (
    "Likewise every token that the filter finds later, and what becomes of it. I remind the "
    "channel 30, 14, 7, 3 and 1 days before, and once expired."
)
_NO_CHANNEL = "Choose a channel, and you see here how many people this will be shown to."
_CHANNEL = "channel"
_COLUMNS = "columns"
_MORE_COLUMNS = "more_columns"
"""The block of the choice where some columns go without saying."""
_SENTENCE = 600
_NAME = 80


def preview_view(
    shown: SharedList,
    *,
    policy: Collection[Column],
    channel: str,
    place: tuple[str, int] | None,
    screen: str,
    zone: str,
    command: str,
    problem: Words | None = None,
    kind: Kind = "share",
) -> View:
    """Return the preview: the choices, who will see it, and the very rows that are posted.

    `channel` is the id of the one that is chosen, `place` its name and how many members it has once
    it is known that the list may be posted there: only then can it be submitted. `screen` comes
    back as its `private_metadata`. A `problem` is what kept it from being posted, or will. An
    "update" keeps its channel and columns; to "ring" is to remind the channel of such tokens.
    """
    ready = place is not None and (bool(shown.rows) or kind == "ring")
    return modal(
        TITLE,
        [
            _problem(problem) if problem else None,
            _where(channel) if kind != "update" else None,
            _columns(policy, shown.columns, kind, ready=ready) if kind != "update" else None,
            _audience(*place, kind) if place and ready else None,
            None if channel else context(_NO_CHANNEL),
            context(_RINGS) if kind == "ring" else None,
            divider(),
            heading(shown, zone, rings=kind == "ring"),
            *as_lines(shown, zone),
            small_print(shown, command, rings=kind == "ring") if shown.rows else _nothing(command),
            row(button("Remind this channel instead…", actions.SHARE_RINGS))
            if kind == "share" and ready
            else None,
        ],
        callback_id=actions.SHARE_VIEW,
        submit=_SUBMITS[kind] if ready else None,
        close="Cancel",
        metadata=screen,
    )


def _problem(problem: Words) -> Block:
    rest = " ".join(filter(None, (problem.why, problem.next_step)))
    return rich(
        line(
            emoji("warning"),
            words(" "),
            foreign(problem.what, _SENTENCE, bold=True),
            words(" ") if rest else None,
            foreign(rest, _SENTENCE) if rest else None,
        )
    )


def _where(channel: str) -> Block:
    menu = channel_select(actions.SHARE_CHANNEL, "Choose a channel", initial=channel or None)
    return section(plain_text("Where?"), accessory=menu) | {"block_id": _CHANNEL}


def _columns(
    policy: Collection[Column], chosen: Collection[Column], kind: Kind, *, ready: bool
) -> Block | None:
    """Return the choice of columns, of which a reminder has some that go without saying."""
    rings = kind == "ring"
    given = CHANNEL_COLUMNS if rings else frozenset()
    options = [option(HEADS[column], column) for column in COLUMNS if column in {*policy} - given]
    if not options:
        return None
    label = "What else of each token?" if rings else "What of each token?"
    name = _MORE_COLUMNS if rings else _COLUMNS
    menu = multi_select(actions.SHARE_COLUMNS, "Choose columns", options, initial=chosen)
    if not ready:  # Slack takes inputs only where they can be submitted
        return section(plain_text(label), accessory=menu) | {"block_id": name}
    # As wide as the form, so that what is chosen takes a line or two and the rows stay in sight.
    return field(label, menu, name=name, optional=rings) | {"dispatch_action": True}


def _audience(channel_name: str, members: int, kind: Kind) -> Block:
    return rich(
        line(
            emoji("eyes"),
            words(f" {_SHOWS[kind]} to all "),
            words(count(members, "member"), bold=True),
            words(" of "),
            foreign(f"#{channel_name}", _NAME, bold=True),
            words(", guests among them, and to whoever joins later:"),
        )
    )


def _nothing(command: str) -> Block:
    return context(f"No token to share. {command} lists what there is.")


def posting_view(*, update: bool = False) -> View:
    """Return the modal while Slack is being asked."""
    text = "Updating…" if update else "Posting…"
    return modal(TITLE, [section(plain_text(text))], callback_id=actions.WAITING_VIEW)


def posted_view(share: Share, command: str, *, update: bool = False) -> View:
    """Say that a list was posted or updated, and how to take it back."""
    done = "Updated" if update else "Shared"
    link = share.permalink
    return modal(
        TITLE,
        [
            rich(
                line(
                    emoji("white_check_mark"),
                    words(f" {done} in "),
                    foreign(f"#{share.channel_name}", _NAME, bold=True),
                    words("."),
                )
            ),
            row(link_button("See it", actions.SHARE_OPEN, link) if link else None),
            context(f"To take it back: Unshare in the message, or {command} unshare."),
        ],
        callback_id=actions.WAITING_VIEW,
    )


def ringing_view(channel_name: str, command: str) -> View:
    """Say that a channel is reminded from now on, and how to end that."""
    return modal(
        TITLE,
        [
            rich(
                line(
                    emoji("bell"),
                    words(" I remind "),
                    foreign(f"#{channel_name}", _NAME, bold=True),
                    words(" from now on. The first message comes at once."),
                )
            ),
            context(f"To end it: Stop in any of the reminders, or {command} unshare."),
        ],
        callback_id=actions.WAITING_VIEW,
    )


class Choice(NamedTuple):
    """What a preview's state says, None for what it does not. Nothing of it is to be trusted."""

    channel: str | None
    columns: tuple[Column, ...] | None


def choice(state: Mapping[str, Any]) -> Choice:
    """Return what was chosen in a preview."""
    values = state.get("values") or {}
    channel = (values.get(_CHANNEL) or {}).get(actions.SHARE_CHANNEL) or {}
    columns = values.get(_COLUMNS) or values.get(_MORE_COLUMNS) or {}
    menu = columns.get(actions.SHARE_COLUMNS)
    selected = channel.get("selected_conversation")
    if menu is None:
        return Choice(selected, None)
    wanted = {option.get("value") for option in menu.get("selected_options") or ()}
    return Choice(selected, tuple(column for column in COLUMNS if column in wanted))
