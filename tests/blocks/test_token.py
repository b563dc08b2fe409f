from typing import Any

from bot.blocks._rich import line, words
from bot.blocks.token import (
    LABELS,
    MATCHES,
    no_match_message,
    pick_message,
    token_message,
    token_view,
)
from bot.models.listing import Listing
from bot.models.token import Token
from bot.rules.resolve import token_ref
from tests.blocks.checker import check_message, check_view, seen
from tests.blocks.make import COMMAND, FAILED, FRESH, INFO
from tests.blocks.reader import buttons, lines
from tests.rules.make import DAY, HOUR, NOW, idaas, kyuubi

TOKEN = kyuubi(
    "etl nightly",
    id="tk-1",
    masked="dxj••••••wfg",
    created_by="admin",
    expires_at=NOW + 5 * HOUR,
    accounts=("dev-spark", "mei"),
    members=("acs:emr::w-1:member/7311",),
    roles=("spark-role",),
    not_reported=INFO.not_reported,
)


def read(*tokens: Token) -> Listing:
    return Listing(tokens=tokens, coverage=(FRESH, FAILED), now=NOW, via={TOKEN.key: "team key"})


def shown(token: Token) -> list[str]:
    info = INFO if token.source == "kyuubi" else None
    return lines(
        check_message(
            token_message(token=token, listing=read(token), info=info, zone="Europe/Berlin")
        )
    )


def test_everything_reported_about_a_token_is_shown() -> None:
    """Advice first, then every field with its value, the place, and what is not reported."""
    assert shown(TOKEN) == [
        "etl nightly",
        ":red_circle: active, expires in 5 hours, last used: 1 hour ago",
        (
            ":rotating_light: It expires in 5 hours and was used 1 hour ago. Something depends "
            "on it: renew it, or replace it where it is used, before then."
        ),
        "Name: etl nightly",
        "ID: tk-1",
        "Token, masked: dxj••••••wfg",
        "Status: active",
        "Expires: in 5 hours<, 2026-12-01 15:00 CET>",
        "Last used: 1 hour ago<, 2026-12-01 09:00 CET>",
        "Created: 3 months ago<, 2026-08-23 11:00 CEST>",
        "Updated: not given",
        "Created by: admin",
        "Creator type: not given",
        "Consumer: not given",
        "Consumer type: not given",
        "Credential provider: not given",
        "Credential provider ID: not given",
        "RAM accounts: dev-spark, mei",
        "Members: acs:emr::w-1:member/7311",
        "Roles: spark-role",
        "Region: cn-hangzhou",
        "Workspace ID: w-1",
        "Gateway ID: kb-1",
        "Read from EMR Serverless Spark, prod with “team key”, 40 seconds ago.",
        "Not reported there: type.",
    ]


def test_what_is_not_reported_is_never_called_unused_or_none() -> None:
    """A source that says nothing about use, name and accounts has that said of it."""
    token = idaas(provider_id="atp_1", updated_at=NOW - DAY)

    found = shown(token)
    assert found[1] == ":white_circle: active, expires in 3 months, last used: not reported"
    assert "Credential provider ID: atp_1" in found
    assert "Updated: 24 hours ago<, 2026-11-30 10:00 CET>" in found
    assert "Credential provider identifier: jwt_payments" in found
    assert found[-2:] == [
        "Read from idaas, idaas_1 · app_1 · jwt_payments.",
        "Not reported there: name, token, masked, last used, accounts, members, roles.",
    ]


def test_what_means_nothing_to_a_source_is_passed_over() -> None:
    """A source need not excuse itself for what its tokens do not have at all."""
    info = INFO.model_copy(
        update={
            "not_reported": frozenset({"kind", "consumer", "provider"}),
            "inapplicable": frozenset({"consumer", "provider"}),
        }
    )
    token = TOKEN.model_copy(update={"not_reported": info.not_reported | {"roles"}})

    told = token_message(token=token, listing=read(token), info=info, zone="UTC")

    assert lines(check_message(told))[-1] == "Not reported there: type, roles."


def test_a_modal_shows_the_same() -> None:
    """Where a message would be in the way a modal tells everything, and when the token rings."""
    rings = line(words("Next reminder: tomorrow."))
    given_: dict[str, Any] = {"token": TOKEN, "listing": read(TOKEN), "info": INFO, "zone": "UTC"}
    view = check_view(token_view(**given_, reminder=rings))

    told = lines(check_message(token_message(**given_, reminder=rings)))
    assert lines(view) == told
    assert told[2] == "Next reminder: tomorrow."


def test_every_field_of_a_token_is_shown() -> None:
    """A field that is added to the model without a label fails here."""
    elsewhere = {"source", "key", "target", "not_reported"}

    assert set(LABELS) == set(Token.model_fields) - elsewhere


def test_status_and_never_are_words() -> None:
    """Revoked, never used and never expiring are said, and empty lists are none."""
    revoked = shown(kyuubi(revoked=True, last_used_at=None, expires_at=None))

    assert "Status: revoked" in revoked
    assert "Expires: never" in revoked
    assert "Last used: never" in revoked
    assert "RAM accounts: none" in revoked
    assert shown(kyuubi(expires_at=None))[1].startswith(":white_circle: active, never expires")
    silent = idaas(expires_at=None, not_reported=frozenset({"expires_at"}))
    assert shown(silent)[1].startswith(":white_circle: active, expiry not reported")


def test_long_lists_are_cut_and_counted() -> None:
    """Ten accounts are named, the others counted."""
    token = kyuubi(accounts=tuple(f"user{n}" for n in range(30)))

    (accounts,) = [line for line in shown(token) if line.startswith("RAM accounts")]
    assert accounts.endswith("user9 and 20 more")


def test_a_button_leads_back_to_the_page_it_came_from() -> None:
    """From a list one gets back to the same page; from a command there is nowhere to go back."""
    back = token_message(
        token=TOKEN, listing=read(TOKEN), info=INFO, zone="UTC", screen="scr", page=2
    )
    alone = token_message(token=TOKEN, listing=read(TOKEN), info=INFO, zone="UTC")

    assert buttons(back) == {"Back to the list": "scr:2"}
    assert buttons(alone) == {}
    assert alone.text == ("etl nightly is active. It expires in 5 hours and was used 1 hour ago.")


def test_several_matches_are_a_pick_list() -> None:
    """Each match says enough to choose by, what works and ends soonest first; a button has only a reference."""
    tokens = [
        TOKEN,
        kyuubi("etl 3", expires_at=NOW + 3 * DAY),
        kyuubi("etl 4", expires_at=None),
        kyuubi("etl", expires_at=NOW - DAY),
        kyuubi("etl 2", revoked=True),
    ]
    mixed = [tokens[index] for index in (3, 2, 0, 4, 1)]
    message = check_message(pick_message(reference="etl", tokens=mixed, now=NOW, screen="scr"))

    assert lines(message) == [
        "5 tokens fit “etl”. Which one?",
        "etl nightly, expires in 5 hours, kyuubi · prod",
        "etl 3, expires in 3 days, kyuubi · prod",
        "etl 4, never expires, kyuubi · prod",
        "etl, expired 24 hours ago, kyuubi · prod",
        "etl 2, revoked, kyuubi · prod",
    ]
    assert [block["accessory"]["value"] for block in message.blocks if "accessory" in block] == [
        f"scr:{token_ref(token)}" for token in tokens
    ]


def test_too_many_matches_are_counted() -> None:
    """Twenty matches are shown, the others counted with how to narrow them down."""
    tokens = [kyuubi(f"job {n}") for n in range(33)]
    message = check_message(pick_message(reference="job", tokens=tokens, now=NOW, screen="s"))

    assert sum("accessory" in block for block in message.blocks) == MATCHES
    assert "And 13 more: type more of the name or the ID." in seen(message)


def test_no_match_says_where_was_looked() -> None:
    """Nothing found names the reference, how much was looked through, and what was not read."""
    message = check_message(no_match_message(reference="etl", listing=read(TOKEN), command=COMMAND))

    assert lines(message) == [
        "No token's name or ID fits “etl”.",
        (
            "I looked through 1 token. 1 of 2 places could not be read in full. "
            "See them all: /tokens list status:any"
        ),
    ]
    complete = Listing(tokens=(), coverage=(FRESH,), now=NOW)
    assert "could not be read" not in seen(
        no_match_message(reference="etl", listing=complete, command=COMMAND)
    )
