from pydantic import SecretStr

from bot.blocks import actions
from bot.blocks.connections import (
    REMOVABLE,
    SHOWN,
    connections_message,
    disconnect_message,
    forgotten_message,
    removed_message,
)
from bot.models.connection import Connection, Owner
from bot.models.credential import AccessKey
from bot.models.listing import Coverage
from bot.models.target import Target
from tests.blocks.checker import check_message, objects
from tests.blocks.make import COMMAND, FAILED, FRESH, SECRET, TITLES
from tests.blocks.reader import buttons, lines, menu
from tests.rules.make import KYUUBI, NOW

STAGING = KYUUBI.model_copy(update={"coordinates": {"workspace_id": "w-2"}, "label": "staging"})


def connection(*targets: Target, label: str = "team key", id_: str = "c1") -> Connection:
    return Connection(
        id=id_,
        owner=Owner("T1", "U1"),
        source="kyuubi",
        label=label,
        credential=AccessKey(access_key_id="LTAI5tExample", access_key_secret=SecretStr(SECRET)),
        targets=targets,
        created_at=NOW,
    )


def test_connections_show_whether_they_work() -> None:
    """Each place says whether it was read; if not, it comes first and says why and what to do."""
    failing = FAILED.model_copy(update={"target": STAGING})
    unread = Coverage(
        connection_id="c1",
        connection_label="x",
        target=Target(source="k", coordinates={}),
        state="failed",
    )
    other = FRESH.model_copy(update={"connection_id": "c2", "target": STAGING})
    message = check_message(
        connections_message(
            [connection(KYUUBI, STAGING, unread.target)],
            coverage=[FRESH, failing, unread, other],
            command=COMMAND,
            titles=TITLES,
        )
    )

    assert lines(message) == [
        "Your connections",
        "team key · EMR Serverless Spark · LTAI5tExample · <last read 2026-12-01 08:59 UTC>",
        (
            ":warning: staging: The secret does not belong to the ID. Replace it: /tokens connect. "
            "(SignatureDoesNotMatch, request REQ-1)"
        ),
        ":white_check_mark: prod",
        ":hourglass_flowing_sand: -",
    ]
    assert SECRET not in str(message)


def test_one_refused_key_is_told_once() -> None:
    """When a key fails in every place, each place is marked and the reason said once."""
    places = (KYUUBI, STAGING)
    failing = [FAILED.model_copy(update={"target": place}) for place in places]
    message = connections_message(
        [connection(*places)], coverage=failing, command=COMMAND, titles=TITLES
    )

    assert lines(message)[2].startswith(":warning: prod: The secret does not belong to the ID.")
    assert lines(message)[3] == ":warning: staging"


def test_each_connection_has_its_buttons() -> None:
    """Buttons carry the connection's id, and a place is removed by both ids."""
    message = connections_message([connection(KYUUBI, STAGING)], command=COMMAND, titles=TITLES)

    assert buttons(message) == {
        "Test": "c1",
        "Add a place": "c1",
        "Replace the key": "c1",
        "Remove": "c1",
        "Connect another": "",
        "Delete my data": "",
    }
    assert menu(message, actions.CONNECT_REMOVE_TARGET) == [
        ("prod", f"c1:{KYUUBI.id}"),
        ("staging", f"c1:{STAGING.id}"),
    ]


def test_a_connection_called_as_its_source_is_called_so_once() -> None:
    """Who gives no name of their own does not read the source's twice."""
    unnamed = connection(KYUUBI).model_copy(update={"label": TITLES["kyuubi"]})
    shown = lines(connections_message([unnamed], command=COMMAND, titles=TITLES))
    removable = lines(disconnect_message([unnamed], command=COMMAND, titles=TITLES))

    assert sum(line.count(TITLES["kyuubi"]) for line in shown) == 1
    assert f"{TITLES['kyuubi']} · 1 place" in removable


def test_the_last_place_goes_with_its_connection() -> None:
    """With one place there is nothing to remove but the connection."""
    message = connections_message([connection(KYUUBI)], command=COMMAND, titles=TITLES)

    assert "Remove a place" not in str(message.blocks)


def test_what_destroys_asks_first() -> None:
    """Every red button and the removal of a place ask, and say what happens."""
    message = connections_message([connection(KYUUBI, STAGING)], command=COMMAND, titles=TITLES)
    dangerous = [
        each
        for each in objects(message.blocks)
        if each.get("style") == "danger" and "action_id" in each
    ]

    assert len(dangerous) == 2
    assert all("confirm" in each for each in dangerous)
    assert "I delete the key of team key at once, with its 2 places." in str(dangerous[0])


def test_a_connection_without_places_says_so() -> None:
    """Somebody who removed the last place sees that none is left."""
    message = connections_message([connection()], command=COMMAND, titles=TITLES)

    assert lines(message)[2] == "No places yet."


def test_what_cannot_be_opened_can_be_removed() -> None:
    """A connection that lost its key is counted, and can be removed wherever others can."""
    shown = check_message(
        connections_message([], unreadable=["c8", "c9"], command=COMMAND, titles=TITLES)
    )
    removable = check_message(
        disconnect_message([], unreadable=["c9"], command=COMMAND, titles=TITLES)
    )

    assert shown.text == "You have 2 connections."
    assert buttons(shown) == {"Remove": "c9", "Connect another": "", "Delete my data": ""}
    assert buttons(removable) == {"Remove": "c9", "Delete my data": ""}
    assert lines(removed_message("", COMMAND))[0] == "Removed it and deleted its key."


def test_many_are_counted() -> None:
    """What does not fit is counted: places of a connection, and connections."""
    targets = [Target(source="kyuubi", coordinates={"w": str(n)}) for n in range(11)]
    many = [connection(*targets, id_=f"c{n}") for n in range(50)]

    shown = lines(check_message(connections_message(many, command=COMMAND, titles=TITLES)))
    assert shown.count("and 3 more places") == SHOWN
    assert f"And {50 - SHOWN} more: remove one to see them." in shown
    removable = lines(check_message(disconnect_message(many, command=COMMAND, titles=TITLES)))
    assert f"And {50 - REMOVABLE} more: remove one to see them." in removable


def test_disconnecting_offers_each_connection() -> None:
    """Each connection has one button that asks first; with none there is nothing to remove."""
    message = check_message(
        disconnect_message([connection(KYUUBI)], command=COMMAND, titles=TITLES)
    )

    assert lines(message) == [
        "Which connection shall I remove?",
        "team key · EMR Serverless Spark · 1 place",
    ]
    assert buttons(message) == {"Remove": "c1", "Delete my data": ""}
    assert "Nothing is connected" in disconnect_message([], command=COMMAND, titles=TITLES).text


def test_what_was_done_is_confirmed() -> None:
    """Removing says what was deleted and what is left to do."""
    assert lines(removed_message("team key", "/keys")) == [
        "Removed team key and deleted its key.",
        (
            "If nothing else uses the key, delete it at Alibaba Cloud too. "
            "/keys connect starts anew."
        ),
    ]
    assert "/keys connect" in lines(forgotten_message("/keys"))[1]


def test_nobody_with_nothing_is_asked_to_delete_it() -> None:
    """An empty list of connections offers to connect, not to delete."""
    message = check_message(connections_message([], command=COMMAND, titles=TITLES))

    assert buttons(message) == {"Connect another": ""}
    assert message.text == "You have 0 connections."
