"""Who may use the bot, and who sees what."""

import pytest

from bot.blocks import Message
from bot.blocks._elements import button
from bot.blocks._kit import row
from sandbox.company.access import AccessKey
from sandbox.slack import payloads
from sandbox.slack.errors import RefusedError
from sandbox.slack.types import Json
from tests.fixtures.bot import IDS, Office, owner, text_of
from tests.fixtures.canaries import CANARY
from tests.fixtures.world import ACCOUNT, ETL, KEY, REPORTS, put_token

REFUSED = "Tokenbell is for full members of this workspace"


async def test_a_guest_is_refused_everywhere(office: Office) -> None:
    """A guest gets no list, no form and no Home, whatever they press or submit."""
    for text in ("", "list", "connect", "show x", "lst"):
        assert REFUSED in text_of(await office.types("sam", text))
    assert REFUSED in text_of(await office.sandbox.open_home("sam"))
    assert office.sandbox.journal.calls("kyuubi") == []
    assert (await office.bot.desk.connections.all(owner("sam"))).readable == ()


async def visible(office: Office, action: str, value: str = "") -> Json:
    """Post a button that everybody in a shared channel can press, as a share would."""
    office.planted.add(action)
    block = row(button("Press", action, value))
    assert block is not None
    posted = await office.bot.desk.slack.post(
        owner("mei").scope, "C07ACMEEXT5", Message("x", [block])
    )
    return {"channel": posted.channel, "ts": posted.ts}


@pytest.mark.parametrize("action", ["list.refresh", "list.again", "help", "connect.manage", "x.y"])
async def test_a_stranger_is_refused(office: Office, action: str) -> None:
    """Somebody of another organisation who presses a visible button is told why nothing happens."""
    with pytest.raises(RefusedError):
        await office.sandbox.command("dana", "ext-acme-port", "/tokens", "")
    message = await visible(office, action, "x:0")

    answer = await office.asks("dana", action, message)

    assert REFUSED in text_of(answer)
    assert answer["ephemeral"]


async def test_a_stranger_gets_no_form(office: Office) -> None:
    """A button that opens a form opens one that says why not."""
    message = await visible(office, "connect.start")

    await office.presses("dana", "connect.start", message)

    await office.modal("dana", "Connect", REFUSED)


async def test_a_visible_button_acts_for_who_presses_it(office: Office) -> None:
    """A button in a channel shows everyone their own tokens, to themselves only."""
    await office.connect("mei", "kyuubi", ETL)
    await office.connect("aiko", "kyuubi", REPORTS)
    put_token(office.sandbox.company, "only at reports", at=REPORTS)
    message = await visible(office, "list.again")

    await office.presses("aiko", "list.again", message)
    await office.idle()

    seen = [text_of(each) for each in office.sandbox.messages("ext-acme-port", "aiko")]
    assert any("only at reports" in each for each in seen)
    assert not any("etl nightly" in each for each in seen)


async def test_somebody_elses_list_is_refused(office: Office) -> None:
    """The buttons of a list are its owner's: another who presses one is told, and sees nothing."""
    await office.connect("mei")
    await office.types("mei")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    screen_id = screen.rpartition(":")[2]
    for action, value in (("list.refresh", f"{screen_id}:0"), ("token.back", f"{screen_id}:0")):
        message = await visible(office, action, value)

        answer = text_of(await office.asks("aiko", action, message))

        assert "This list belongs to somebody else." in answer
        assert "etl nightly" not in answer
    message = await visible(office, "list.filter", screen_id)
    await office.presses("aiko", "list.filter", message)
    await office.modal("aiko", "Filter tokens", "This belongs to somebody else.")


async def test_rows_stay_with_their_readers(office: Office) -> None:
    """What one person's key reads is never in another's list, though places and ids are alike."""
    put_token(office.sandbox.company, "only at reports", at=REPORTS)
    await office.connect("mei", "kyuubi", ETL)
    await office.connect("jonas", "kyuubi", REPORTS)

    for _ in range(2):
        mine, theirs = text_of(await office.types("mei")), text_of(await office.types("jonas"))
        assert "etl nightly" in mine
        assert "only at reports" not in mine
        assert "only at reports" in theirs
        assert "etl nightly" not in theirs


async def test_one_key_id_with_two_secrets_shares_nothing(office: Office) -> None:
    """Whoever knows only the id of a key sees nothing of what it lists, cached or not."""
    mine = await office.connect("mei")
    await office.types("mei")
    wrong = f"{CANARY.access_key_secret[:-1]}0"
    office.sandbox.company.access.put_key(
        AccessKey(
            access_key_id=KEY["access_key_id"],
            secret=wrong,
            account_id=ACCOUNT,
            user_name="x",
            allowed=frozenset({"*"}),
        )
    )
    # Connected while its secret was right; then the key's own secret is what it was before.
    await office.connect("jonas", values=KEY | {"access_key_secret": wrong})
    office.sandbox.company.access.put_key(
        AccessKey(
            access_key_id=KEY["access_key_id"],
            secret=CANARY.access_key_secret,
            account_id=ACCOUNT,
            user_name="x",
            allowed=frozenset({"*"}),
        )
    )

    theirs = text_of(await office.types("jonas"))

    assert "etl nightly" not in theirs
    assert "The secret does not belong to the ID" in theirs
    assert "etl nightly" in text_of(await office.types("mei"))
    assert (await office.bot.desk.connections.all(owner("mei"))).readable == (mine,)


async def test_the_same_key_is_read_once_for_both(office: Office) -> None:
    """Two people with the very same key share what it read, each under their own labels."""
    await office.connect("mei", label="Mine")
    await office.connect("jonas", label="Theirs")
    before = office.calls()

    assert "2 tokens" in text_of(await office.types("mei"))
    assert "2 tokens" in text_of(await office.types("jonas"))

    assert office.calls() == before + 1
    assert "with “Theirs”" in text_of(await office.types("jonas", "show dashboards"))


async def test_a_member_of_another_team_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that comes from a workspace without the app is told so, and does nothing."""
    monkeypatch.setattr(payloads, "TEAM_ID", "T07SOMEBODYELSE")
    await office.connect("mei")
    before = office.calls()

    assert "not installed in your workspace" in text_of(await office.types("mei"))

    assert office.calls() == before


async def test_rights_are_asked_of_slack_once_a_day(office: Office) -> None:
    """Who someone is comes from Slack, and is remembered."""
    await office.types("mei")
    await office.types("mei")

    assert len(office.sandbox.calls("users.info")) == 1
    (key,) = [key async for key in office.bot.redis.scan_iter(f"tb:*:person:{IDS['mei']}")]
    assert 0 < await office.bot.redis.pttl(key) <= 86_400_000
