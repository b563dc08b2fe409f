"""A person's connections: what is connected, whether it works, and what can be done with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.blocks import actions
from bot.blocks._elements import Style, button, confirm, option, select
from bot.blocks._kit import (
    Block,
    Message,
    context,
    header,
    message,
    plain_text,
    row,
    section,
)
from bot.blocks._rich import bullets, date, emoji, foreign, line, rich, verbatim, words
from bot.blocks._text import Json, place, plain, title
from bot.blocks.problems import problem_line
from bot.models.connection import Connection
from bot.models.health import Health
from bot.models.listing import Coverage
from bot.models.target import Target
from bot.rules.times import count

SHOWN = 15
"""How many connections fit one message."""

REMOVABLE = 40
"""How many of them do when each is one line."""

_SHOWN_UNREADABLE = 5
_SHOWN_TARGETS = 8
_NAME = 100
_REASON = 400


def connections_message(
    connections: Sequence[Connection],
    *,
    unreadable: Sequence[str] = (),
    coverage: Iterable[Coverage] = (),
    health: Mapping[str, Health] | None = None,
    zone: str = "UTC",
    command: str,
    titles: Mapping[str, str],
) -> Message:
    """Return all connections with their buttons. `coverage` tells which targets could be read.

    `unreadable` are the ids of those that cannot be opened; `health` tells of the others when
    they were last read well.
    """
    number = count(len(connections) + len(unreadable), "connection")
    return message(
        f"You have {number}.",
        [
            *connection_blocks(
                connections,
                unreadable,
                coverage=coverage,
                health=health,
                zone=zone,
                command=command,
                titles=titles,
            ),
            row(
                button("Connect another", actions.CONNECT_START, style="primary"),
                forget_button() if connections or unreadable else None,
            ),
        ],
    )


def connection_blocks(
    connections: Sequence[Connection],
    unreadable: Sequence[str],
    *,
    coverage: Iterable[Coverage],
    health: Mapping[str, Health] | None = None,
    zone: str = "UTC",
    command: str,
    titles: Mapping[str, str],
) -> list[Block | None]:
    """Return all connections with their buttons, for a message or for Home.

    The value of a button is the connection's id; of an option of "Remove a place"
    `connection id:target id`.
    """
    coverage, known = tuple(coverage), health or {}
    more = len(connections) - SHOWN
    blocks: list[Block | None] = [header("Your connections")]
    for connection in connections[:SHOWN]:
        blocks += [
            connection_block(
                connection,
                coverage,
                health=known.get(connection.id),
                zone=zone,
                command=command,
                titles=titles,
            ),
            _buttons(connection),
        ]
    return [
        *blocks,
        context(f"And {more:,} more: remove one to see them.") if more > 0 else None,
        *_unreadable(unreadable),
    ]


def _unreadable(connection_ids: Sequence[str]) -> Iterator[Block]:
    """Yield connections that cannot be opened, which nothing can be done with but remove them."""
    text = "A connection that I cannot open: the bot's key was changed or lost. Connect it again."
    question = confirm("Remove this connection?", "Its key cannot be read any more.", "Remove")
    for connection_id in connection_ids[:_SHOWN_UNREADABLE]:
        yield section(
            plain_text(text),
            accessory=button("Remove", actions.CONNECT_REMOVE, connection_id, confirm=question),
        )


def connection_block(
    connection: Connection,
    coverage: Iterable[Coverage],
    *,
    health: Health | None = None,
    zone: str = "UTC",
    command: str,
    titles: Mapping[str, str],
) -> Block:
    """Return a connection and its targets, each with how it was last read; what failed first."""
    read = {each.target.id: each for each in coverage if each.connection_id == connection.id}
    targets = sorted(connection.targets, key=lambda target: not _failed(read.get(target.id)))
    lines, told = [], set()
    for target in targets[:_SHOWN_TARGETS]:
        problem = read[target.id].problem if target.id in read else None
        reason = problem_line(problem, command=command, titles=titles) if problem else ""
        # One refused key fails everywhere: its reason is told once.
        same = problem and (problem.kind, problem.code)
        lines.append(_target(target, read.get(target.id), "" if same in told else reason))
        told.add(same)
    more = len(targets) - len(lines)
    if more:
        lines.append(line(words(f"and {count(more, 'more place')}")))
    heading = line(
        foreign(connection.label, _NAME, bold=True),
        *(words(f" · {name}") for name in _source(connection, titles)),
        words(" · "),
        verbatim(connection.credential.public_id, _NAME),
        *_last_read(read.values(), health, zone),
    )
    return rich(heading, *((bullets(lines),) if lines else (line(words("No places yet.")),)))


def _source(connection: Connection, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the source is called; nothing when the connection is called that already."""
    name = plain(title(connection.source, titles), _NAME)
    return () if name == plain(connection.label, _NAME) else (name,)


def _failed(coverage: Coverage | None) -> bool:
    return coverage is not None and coverage.problem is not None


def _last_read(coverage: Iterable[Coverage], health: Health | None, zone: str) -> tuple[Json, ...]:
    """Return when a connection was last read well, by the place where that is longest ago."""
    times = [each.read_at for each in coverage if each.read_at is not None]
    known = min(times, default=health.read_at if health else None)
    return () if known is None else (words(" · "), date(known, zone, lead="last read "))


def _target(target: Target, coverage: Coverage | None, reason: str) -> Json:
    name = foreign(place(target), _NAME)
    if coverage is None:
        return line(name)
    rest = [words(": "), foreign(reason, _REASON)] if reason else []
    return line(emoji(_sign(coverage)), words(" "), name, *rest)


def _sign(coverage: Coverage) -> str:
    if coverage.problem is not None:
        return "warning"
    # Neither fresh nor in trouble: it is being read at this moment.
    return "white_check_mark" if coverage.state == "fresh" else "hourglass_flowing_sand"


def _buttons(connection: Connection) -> Block | None:
    several = len(connection.targets) > 1
    return row(
        button("Test", actions.CONNECT_TEST, connection.id),
        button("Add a place", actions.CONNECT_ADD_TARGET, connection.id),
        button("Replace the key", actions.CONNECT_REPLACE, connection.id),
        _remove_place(connection) if several else None,
        remove_button(connection, "Remove"),
        name=f"connection.{connection.id}",
    )


def _remove_place(connection: Connection) -> Json:
    options = (
        option(place(target), f"{connection.id}:{target.id}") for target in connection.targets
    )
    question = confirm(
        "Remove this place?", "Its tokens leave your lists. The key stays.", "Remove"
    )
    return select(actions.CONNECT_REMOVE_TARGET, "Remove a place", options, confirm=question)


def remove_button(connection: Connection, label: str, style: Style = "danger") -> Json:
    """Return the button that removes a connection, which asks first."""
    question = confirm(
        "Remove this connection?",
        f"I delete the key of {plain(connection.label, _NAME)} at once, with its "
        f"{count(len(connection.targets), 'place')}. Nothing changes at Alibaba Cloud.",
        "Remove",
    )
    return button(label, actions.CONNECT_REMOVE, connection.id, style=style, confirm=question)


def forget_button() -> Json:
    """Return the button that deletes all that is kept about a person, which asks first."""
    question = confirm(
        "Delete all that I keep about you?",
        "Your connections with their keys, your settings and what you shared. "
        "This cannot be undone. Nothing changes at Alibaba Cloud.",
        "Delete all",
    )
    return button("Delete my data", actions.FORGET_ME, style="danger", confirm=question)


def disconnect_message(
    connections: Sequence[Connection],
    *,
    unreadable: Sequence[str] = (),
    command: str,
    titles: Mapping[str, str],
) -> Message:
    """Return the connections to remove, with the ids of those that cannot be opened."""
    if not connections and not unreadable:
        text = f"Nothing is connected, so there is nothing to remove. To begin: {command} connect"
        return message(text, [section(plain_text(text))])
    text = "Which connection shall I remove?"
    more = len(connections) - REMOVABLE
    return message(
        text,
        [
            section(plain_text(text)),
            *(_removable(connection, titles) for connection in connections[:REMOVABLE]),
            context(f"And {more:,} more: remove one to see them.") if more > 0 else None,
            *_unreadable(unreadable),
            row(forget_button()),
        ],
    )


def _removable(connection: Connection, titles: Mapping[str, str]) -> Block:
    places = count(len(connection.targets), "place")
    text = " · ".join((plain(connection.label, _NAME), *_source(connection, titles), places))
    return section(plain_text(text), accessory=remove_button(connection, "Remove"))


def removed_message(label: str, command: str) -> Message:
    """Say that a connection is gone; one that could not be opened has no label."""
    text = f"Removed {plain(label, _NAME) if label else 'it'} and deleted its key."
    advice = f"If nothing else uses the key, delete it at Alibaba Cloud too. {command} connect"
    return message(text, [section(plain_text(text)), context(f"{advice} starts anew.")])


def forgotten_message(command: str) -> Message:
    """Say that everything about a person is gone."""
    text = "I have deleted all that I kept about you."
    return message(text, [section(plain_text(text)), context(f"To begin anew: {command} connect")])
