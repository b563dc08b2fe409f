"""What somebody has shared, with what can be done about it: as a message, and for Home."""

from collections.abc import Sequence

from bot.blocks import actions
from bot.blocks._elements import button, confirm, link_button
from bot.blocks._kit import Block, Message, context, header, message, plain_text, row, section
from bot.blocks._rich import channel, date, emoji, foreign, line, rich, verbatim, words
from bot.blocks.channel_notice import settings_button, stop_button
from bot.blocks.problems import explain
from bot.blocks.share import remove_button
from bot.errors import SlackError
from bot.models.share import Share
from bot.models.watch import Watch
from bot.rules.times import count
from bot.rules.why import when_it_rings

Ringing = tuple[Watch, str]
"""A watch that rings in a channel, and why its last reminder did not arrive, in Slack's word."""

SHOWN = 10
"""How many shared lists fit one message."""

SHOWN_AT_HOME = 5

FROM_LIST = ".list"
FROM_HOME = ".home"
"""What a button of a list of shares, or one on Home, has behind its action id."""

_NAME = 80
_QUERY = 150


def shares_message(
    shares: Sequence[Share],
    watches: Sequence[Ringing] = (),
    *,
    zone: str,
    command: str,
) -> Message:
    """Return what somebody has shared, the latest first, and which channels they have reminded."""
    if not shares and not watches:
        return _nothing(command)
    text = f"You share {count(len(shares), 'list')}."
    if watches:
        text = f"{text} {count(len(watches), 'channel')} reminded."
    question = confirm(
        "Take all of them down?",
        f"{count(len(shares), 'message')} in your channels will be deleted.",
        "Take them down",
    )
    return message(
        text,
        [
            header(text),
            *_blocks(shares[:SHOWN], zone, FROM_LIST),
            _more(len(shares) - SHOWN, command),
            *_ringing(watches[:SHOWN], FROM_LIST),
            row(
                button("Unshare all", actions.SHARE_REMOVE_ALL, style="danger", confirm=question)
                if len(shares) > 1
                else None
            ),
        ],
    )


def shares_blocks(
    shares: Sequence[Share],
    watches: Sequence[Ringing] = (),
    *,
    zone: str,
    command: str,
) -> list[Block | None]:
    """Return the same for Home; nothing for who shares nothing."""
    if not shares and not watches:
        return []
    return [
        header("What you share"),
        *_blocks(shares[:SHOWN_AT_HOME], zone, FROM_HOME),
        _more(len(shares) - SHOWN_AT_HOME, command),
        *_ringing(watches[:SHOWN_AT_HOME], FROM_HOME),
        _more(len(watches) - SHOWN_AT_HOME, command),
    ]


def _blocks(shares: Sequence[Share], zone: str, suffix: str) -> list[Block | None]:
    blocks: list[Block | None] = []
    for share in shares:
        blocks += [_described(share, zone), _controls(share, suffix)]
    return blocks


def _ringing(watches: Sequence[Ringing], suffix: str) -> list[Block | None]:
    blocks: list[Block | None] = []
    for watch, undeliverable in watches:
        failed = f"The last reminder did not arrive: {_why(undeliverable)}" if undeliverable else ""
        described = line(
            emoji("bell"),
            words(" "),
            channel(watch.channel or ""),
            words(f" is reminded {when_it_rings(watch)}"),
            words(" · ") if watch.query else None,
            verbatim(watch.query, _QUERY) if watch.query else None,
        )
        blocks += [
            rich(described),
            context(failed) if failed else None,
            row(settings_button(watch), stop_button(watch, suffix)),
        ]
    return blocks


def _why(code: str) -> str:
    told = explain(SlackError("chat.postMessage", code), command="", titles={})
    return " ".join(filter(None, (told.what, told.next_step)))


def _described(share: Share, zone: str) -> Block:
    query = share.shown.query
    state = " · rows taken down" if share.outdated else ""
    unsure = "" if share.ts else " · Slack did not tell me whether it was posted"
    return rich(
        line(
            foreign(f"#{share.channel_name}", _NAME, bold=True),
            words(f" · {count(share.shown.total, 'token')}"),
            words(" · ") if query else None,
            verbatim(query, _QUERY) if query else None,
            date(share.posted_at, zone, lead=" · "),
            words(f"{state}{unsure}") if state or unsure else None,
        )
    )


def _controls(share: Share, suffix: str) -> Block | None:
    link = share.permalink
    return row(
        link_button("See it", actions.SHARE_OPEN, link) if link else None,
        button("Update", actions.SHARE_UPDATE, share.id) if share.ts else None,
        remove_button(share.id, suffix=suffix),
    )


def _more(number: int, command: str) -> Block | None:
    return context(f"And {number:,} more: {command} unshare") if number > 0 else None


def _nothing(command: str) -> Message:
    text = f"You share no list. To share one: {command} share"
    return message(text, [section(plain_text(text))])


def removed_message(*, gone: bool) -> Message:
    """Say that a shared list was removed, also where Slack has not deleted its message yet."""
    text = "Taken down."
    if not gone:
        text = (
            "I keep nothing of it any more, but Slack does not let me delete the message now. "
            "I shall try again for 30 days; you can delete it in Slack too, where you may."
        )
    return message(text, [section(plain_text(text))])
