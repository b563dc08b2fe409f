from typing import Any

import pytest

from bot.blocks import actions
from bot.blocks.connect import (
    chosen_source,
    chosen_targets,
    connect_card,
    form_view,
    loading_view,
    proving_view,
    source_view,
    targets_view,
)
from bot.blocks.forms import Filled, form_errors, read_form
from bot.blocks.proofs import result_message, result_view
from bot.errors import InputError, UnknownTargetError
from bot.models.proof import Proof
from bot.models.target import Target
from tests.blocks.checker import check_message, check_view
from tests.blocks.make import COMMAND, INFO, REFUSED, SECRET, TITLES
from tests.blocks.reader import buttons, inputs, lines, menu
from tests.rules.make import IDAAS, KYUUBI

GIVEN = Filled(
    {"access_key_id": "LTAI5tExample", "access_key_secret": SECRET},
    {"region": "cn-hangzhou", "workspace_id": "w-1", "kyuubi_service_id": ""},
    "team key",
    "prod",
)


def state(**values: object) -> dict[str, Any]:
    return {"values": {name: {name: {"value": value}} for name, value in values.items()}}


def test_somebody_with_nothing_gets_three_steps_and_one_button() -> None:
    """The first thing a person sees is what to do, with one primary button."""
    card = check_message(connect_card("/keys"))

    assert lines(card) == [
        "Know which tokens expire before something stops working",
        "Make a key that can only list tokens. The form names the one permission it needs.",
        "Connect it. I try it at once and tell you what it can read.",
        "Type /keys. You see your tokens, soonest expiry first. Nobody else does.",
        "I only read. /keys disconnect deletes your key at once, any time.",
    ]
    assert list(buttons(card)) == ["Connect", "Help"]
    assert str(card.blocks).count("'primary'") == 1


def test_a_source_is_chosen_with_its_way_to_prove_oneself() -> None:
    """Each way to prove oneself to each source is one option."""
    view = check_view(source_view([INFO], metadata="m"))

    assert menu(view, "source") == [
        ("EMR Serverless Spark: AccessKey", "kyuubi:access_key"),
        ("EMR Serverless Spark: Application", "kyuubi:oauth_client"),
    ]
    assert (view["callback_id"], view["private_metadata"]) == (actions.CONNECT_SOURCE_VIEW, "m")
    assert inputs(view)["source"]["initial_option"]["value"] == "kyuubi:access_key"


def test_many_ways_are_a_menu() -> None:
    """More ways than radio buttons can hold become a menu."""
    infos = [INFO.model_copy(update={"name": f"s{n}"}) for n in range(6)]

    assert inputs(source_view(infos, metadata="m"))["source"]["type"] == "static_select"


def test_the_choice_of_a_source_is_read() -> None:
    """A chosen option gives source and kind, none gives nothing."""
    chosen = {
        "values": {"source": {"source": {"selected_option": {"value": "idaas:bearer_token"}}}}
    }

    assert chosen_source(chosen) == ("idaas", "bearer_token")
    assert chosen_source({}) == ("", "")


def test_the_form_asks_for_credential_place_and_names() -> None:
    """The form is what the source declares; where places can be found only the region is needed."""
    view = check_view(form_view(INFO, "access_key", command=COMMAND, metadata="m"))
    required = [block["block_id"] for block in view["blocks"] if not block.get("optional", True)]

    assert list(inputs(view)) == [
        "credential.access_key_id",
        "credential.access_key_secret",
        "credential.pem",
        "target.region",
        "target.workspace_id",
        "target.kyuubi_service_id",
        "target_label",
        "label",
    ]
    assert required == [
        "credential.access_key_id",
        "credential.access_key_secret",
        "target.region",
    ]
    assert inputs(view)["credential.pem"]["multiline"] is True


def test_the_form_warns_and_names_the_least_permission() -> None:
    """It says plainly what Slack keeps, which one permission is needed, and that nothing is written."""
    text = "\n".join(lines(form_view(INFO, "access_key", command="/keys", metadata="m")))

    assert (
        "The one permission it needs: emr-serverless-spark:ListKyuubiToken. "
        "Give it no more: I only read." in text
    )
    assert "Slack shows what you type here, and may keep it." in text
    assert "delete it when you type /keys disconnect" in text


def test_choices_are_menus() -> None:
    """A field with choices is a menu, with its usual choice made."""
    view = check_view(form_view(INFO, "oauth_client", command=COMMAND, metadata="m"))

    assert menu(view, "credential.authentication") == [("Basic", "basic"), ("Post", "post")]
    assert inputs(view)["credential.authentication"]["initial_option"]["text"]["text"] == "Basic"


def test_a_source_that_discovers_nothing_needs_its_ids() -> None:
    """Where places cannot be found, all ids are required and no pick-list is promised."""
    info = INFO.model_copy(update={"discovers": False})
    view = form_view(info, "access_key", command=COMMAND, metadata="m")
    required = [block["block_id"] for block in view["blocks"] if not block.get("optional", True)]

    assert "target.kyuubi_service_id" in required
    assert "Leave the IDs empty" not in "\n".join(lines(view))


@pytest.mark.parametrize(
    ("purpose", "title", "present", "absent"),
    [
        ("add_target", "Add a place", "target.region", "credential.access_key_id"),
        ("replace", "Replace the key", "credential.access_key_id", "target.region"),
    ],
)
def test_a_form_asks_only_for_what_it_is_for(
    purpose: Any, title: str, present: str, absent: str
) -> None:
    """Adding a place asks for no key, replacing a key for no place, and neither for a name."""
    view = check_view(form_view(INFO, "access_key", command=COMMAND, metadata="m", purpose=purpose))

    assert view["title"]["text"] == title
    assert present in inputs(view)
    assert absent not in inputs(view)
    assert "label" not in inputs(view)


def test_after_a_failure_fields_are_kept_and_secrets_emptied() -> None:
    """The form comes back with the reason on top, everything typed but the secrets."""
    view = check_view(
        form_view(INFO, "access_key", command=COMMAND, metadata="m", given=GIVEN, problem=REFUSED)
    )
    fields = inputs(view)

    assert lines(view)[0] == (
        ":warning: EMR Serverless Spark refused the credential. The secret does not belong to the "
        "ID. Check it, part by part. (SignatureDoesNotMatch, request REQ-1) "
        "Secrets have to be typed again."
    )
    assert fields["credential.access_key_id"]["initial_value"] == "LTAI5tExample"
    assert fields["target.region"]["initial_value"] == "cn-hangzhou"
    assert (fields["label"]["initial_value"], fields["target_label"]["initial_value"]) == (
        "team key",
        "prod",
    )
    assert "initial_value" not in fields["credential.access_key_secret"]
    assert SECRET not in str(view)


def test_secrets_are_mentioned_only_where_they_are_asked_for() -> None:
    """A place that could not be added has nothing to do with secrets."""
    view = form_view(
        INFO,
        "access_key",
        command=COMMAND,
        metadata="m",
        purpose="add_target",
        problem=UnknownTargetError("kyuubi"),
    )
    twice = form_view(
        INFO,
        "access_key",
        command=COMMAND,
        metadata="m",
        purpose="add_target",
        problem=InputError("You have this place already."),
    )

    assert lines(view)[0] == (
        ":warning: EMR Serverless Spark knows no such place. It was deleted, an ID is mistyped, "
        "or the credential may not see it. Check the IDs."
    )
    assert lines(twice)[0] == ":warning: You have this place already."


def test_what_was_filled_in_is_read() -> None:
    """Every field of the form is read by name, as typed; names are tidied."""
    filled = read_form(
        state(
            **{
                "credential.access_key_id": " LTAI5tExample ",
                "credential.access_key_secret": SECRET,
                "credential.pem": None,
                "target.region": "cn-hangzhou",
                "label": " team\u200b key ",
            }
        ),
        INFO,
        "access_key",
    )

    assert filled.credential == {
        "access_key_id": " LTAI5tExample ",
        "access_key_secret": SECRET,
        "pem": "",
    }
    assert filled.target == {
        "region": "cn-hangzhou",
        "workspace_id": "",
        "kyuubi_service_id": "",
    }
    assert (filled.label, filled.target_label) == ("team key", "")
    assert not filled.names_a_target
    assert GIVEN.names_a_target


def test_what_was_filled_in_is_not_printed() -> None:
    """A filled form in a log or a traceback shows field names only."""
    assert SECRET not in repr(GIVEN)
    assert "LTAI5tExample" not in f"{GIVEN} {GIVEN!r}"


@pytest.mark.parametrize(
    ("field", "purpose", "block"),
    [
        ("access_key_secret", "connect", "credential.access_key_secret"),
        ("workspace_id", "connect", "target.workspace_id"),
        ("", "connect", "credential.access_key_id"),
        ("access_key_id", "add_target", "target.region"),
        ("region", "replace", "credential.access_key_id"),
    ],
)
def test_an_error_is_shown_below_its_input(field: str, purpose: Any, block: str) -> None:
    """An error goes to the input it is about, or to the first one that the form has."""
    errors = form_errors(InputError("No.", field=field), INFO, "access_key", purpose)

    assert errors == {block: "No."}
    view = form_view(INFO, "access_key", command=COMMAND, metadata="m", purpose=purpose)
    assert set(errors) <= set(inputs(view))


def test_discovered_places_are_offered_with_their_ids() -> None:
    """A few places are chosen beforehand, their labels shown with the ids below."""
    view = check_view(targets_view([KYUUBI, IDAAS], metadata="m"))
    element = inputs(view)["targets"]

    assert menu(view, "targets") == [
        ("prod", KYUUBI.id),
        ("idaas_1 · app_1 · jwt_payments", IDAAS.id),
    ]
    assert element["options"][0]["description"]["text"] == "cn-hangzhou · w-1 · kb-1"
    assert element["initial_options"] == element["options"]
    assert lines(view)[0] == "This key can list 2 places."


def test_many_places_are_left_to_choose() -> None:
    """More than ten are not chosen beforehand, and what exceeds a menu is counted."""
    targets = [Target(source="kyuubi", coordinates={"w": str(n)}) for n in range(130)]
    view = check_view(targets_view(targets, metadata="m"))

    assert "initial_options" not in inputs(view)["targets"]
    assert lines(view)[-1] == "And 30 more: add those by their IDs later."


def test_no_place_says_how_to_go_on() -> None:
    """A key that can list nothing there leads to typing the ids."""
    view = check_view(targets_view([], metadata="m"))

    assert "type the IDs instead" in lines(view)[0]
    assert "submit" not in view


def test_only_offered_places_can_be_chosen() -> None:
    """The chosen ids are held against what was offered."""
    options = [{"value": IDAAS.id}, {"value": "made-up"}]
    chosen = {"values": {"targets": {"targets": {"selected_options": options}}}}

    assert chosen_targets(chosen, [KYUUBI, IDAAS]) == (IDAAS,)
    assert chosen_targets({}, [KYUUBI]) == ()


def test_the_result_says_what_can_and_cannot_be_read() -> None:
    """Counts for what was read, reason and next step for what was not."""
    proofs = [
        Proof(target=KYUUBI, tokens=12),
        Proof(target=KYUUBI, tokens=5000, truncated=True),
        Proof(target=IDAAS, problem=REFUSED),
    ]
    expected = [
        "Connected: 5,012 tokens in 2 places.",
        ":white_check_mark: kyuubi · prod: 12 tokens",
        ":white_check_mark: kyuubi · prod: more than 5,000 tokens",
        (
            ":warning: idaas · idaas_1 · app_1 · jwt_payments: EMR Serverless Spark refused the "
            "credential. The secret does not belong to the ID. Replace it: /tokens connect. "
            "(SignatureDoesNotMatch, request REQ-1)"
        ),
        "Type /tokens to see your tokens.",
    ]

    view = check_view(result_view(proofs, command=COMMAND, titles=TITLES))
    message = check_message(result_message(proofs, command=COMMAND, titles=TITLES))
    assert lines(view) == lines(message) == expected
    assert message.text == expected[0]


def test_many_results_are_counted() -> None:
    """Twenty places are told one by one, the others counted."""
    proofs = [Proof(target=KYUUBI, tokens=1)] * 25

    assert "And 5 more places." in lines(result_view(proofs, command=COMMAND, titles=TITLES))


def test_waiting_is_said() -> None:
    """A modal opens at once and says that it waits, and whoever closes it gets a message."""
    assert lines(loading_view()) == ["Loading…"]
    waiting = proving_view("replace")
    assert (waiting["title"]["text"], waiting["notify_on_close"]) == ("Replace the key", True)
    assert lines(waiting)[0].startswith("Testing…")
