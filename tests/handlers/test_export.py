"""`/tokens export`: a list as a file, by direct message, or a clear word why not."""

import csv
import io
import json

import pytest

from bot.blocks import Message
from bot.blocks._elements import button
from bot.blocks._kit import row
from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, owner, text_of
from tests.fixtures.http import loopback_client
from tests.fixtures.world import KEY, put_many, put_token

STEPS = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")


async def download(file: Json) -> bytes:
    """Fetch a file as the page does."""
    async with loopback_client() as client:
        return (await client.get(file["url_private_download"])).content


async def received(office: Office, name: str = "mei") -> tuple[Json, bytes]:
    """Return the latest file in somebody's DM, and what is in it."""
    await office.idle()
    (file,) = office.sandbox.dm(name)[-1]["files"]
    return file, await download(file)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_csv_comes_by_dm(office: Office) -> None:
    """The file holds what the list shows, and only its owner's DM gets it."""
    await office.connect("mei", "kyuubi", label="Spark")
    await office.connect("mei", "idaas", label="Partners")

    answer = await office.types("mei", "export csv")
    file, content = await received(office)

    assert f"I sent you {file['name']} with 3 tokens, by direct message." in text_of(answer)
    assert "*3 tokens* as CSV" in office.sandbox.dm("mei")[-1]["text"]
    assert (file["mimetype"], file["size"]) == ("text/csv", len(content))
    rows = table(content)
    assert rows[0]["name"] == "etl nightly"
    assert {row["source"]: row["connection"] for row in rows} == {
        "kyuubi": "Spark",
        "idaas": "Partners",
    }
    assert office.sandbox.messages("general", "jonas") == []
    assert office.sandbox.dm("jonas") == []


async def test_json_comes_with_its_filters(office: Office) -> None:
    """The filters of a list hold for a file as well, mangled as Slack mangles them."""
    await office.connect("mei")

    await office.types("mei", "export JSON kyuubi expiring:&lt;14d", client="phone")
    answer = await office.types("mei", "export json kyuubi expiring:14d", client="phone")
    _, content = await received(office)

    assert "with 1 token" in text_of(answer)
    found = json.loads(content)
    assert found["filters"] == "kyuubi expiring:14d"
    assert [token["name"] for token in found["tokens"]] == ["etl nightly"]


async def test_the_format_is_asked_for(office: Office) -> None:
    """Without one, two buttons; the chosen file comes and the answer takes their place."""
    await office.connect("mei")
    question = await office.types("mei", "export name:etl")
    assert buttons_of(question) == ["CSV, for spreadsheets", "JSON, for programs"]

    answer = await office.clicks("mei", "export.json", question)

    file, content = await received(office)
    assert file["name"] in text_of(answer)
    assert json.loads(content)["filters"] == "name:etl"


async def test_a_hostile_name_is_no_formula(office: Office) -> None:
    """A token's name reaches the spreadsheet as text, and pings nobody on its way."""
    put_token(office.sandbox.company, '=HYPERLINK("https://evil.example","<!channel>")')
    await office.connect("mei")

    await office.types("mei", 'export csv name:"=HYPERLINK"')
    _, content = await received(office)

    (cells,) = table(content)
    assert cells["name"] == '\'=HYPERLINK("https://evil.example","<!channel>")'
    assert "<!" not in office.sandbox.dm("mei")[-1]["text"]


async def test_no_more_of_a_token_than_the_list_shows(office: Office) -> None:
    """Should Kyuubi ever answer with a whole token, its text is masked in the file."""
    put_token(office.sandbox.company, "leaky", text="dapi-0123456789abcdef0123456789abcdef")
    await office.connect("mei")

    for form in ("csv", "json"):
        await office.types("mei", f"export {form}")
        _, content = await received(office)
        assert "dap••••••def" in content.decode()
        assert b"0123456789" not in content


async def test_what_could_not_be_read_is_told_and_in_the_file(office: Office) -> None:
    """An incomplete file is named so, above it, in it and in the answer."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    office.sandbox.faults.add(Fault(service="idaas", kind="broken"))

    answer = await office.types("mei", "export csv")
    file, content = await received(office)

    assert "Could not read idaas" in text_of(answer)
    assert file["name"].endswith("-incomplete.csv")
    assert "*Not complete*: 1 place could not be read" in office.sandbox.dm("mei")[-1]["text"]
    assert table(content)[-1]["record"] == "place that could not be read"
    assert table(content)[-1]["problem"].startswith("broken_answer")


async def test_an_empty_file_is_not_sent(office: Office) -> None:
    """Where nothing was read or nothing fits, there is an answer instead."""
    await office.connect("mei")

    assert "No token matches" in text_of(await office.types("mei", "export csv nowhere"))
    office.pass_time(61)
    office.sandbox.company.access.disable_key(KEY["access_key_id"])
    refused = text_of(await office.types("mei", "export csv"))

    assert "Nothing could be read, so there is no file." in refused
    assert "The AccessKey is disabled." in refused
    assert office.sandbox.dm("mei") == []


async def test_a_newcomer_is_shown_how_to_connect(office: Office) -> None:
    """With nothing connected there is nothing to send."""
    assert buttons_of(await office.types("priya", "export csv")) == ["Connect", "Help"]


@pytest.mark.parametrize("typed", ["export cvs", "export csv expires:14d"])
async def test_a_mistake_is_named(office: Office, typed: str) -> None:
    """A mistyped format or filter sends nothing, and names the right word."""
    await office.connect("mei")

    assert "For example: /tokens" in text_of(await office.types("mei", typed))
    assert office.sandbox.dm("mei") == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("429", "Slack is limiting how much I post. Try again in 30 seconds."),
        ("500", "Slack refused to do that (http_500)."),
        ("reset", "Slack did not answer."),
    ],
)
async def test_each_step_may_fail(office: Office, step: str, kind: str, said: str) -> None:
    """What failed is said, nothing is half done, and Try again sends it after all."""
    await office.connect("mei")
    fault = Fault(service="slack", kind=kind, match=step, seconds=30)  # type: ignore[arg-type]  # one of its kinds
    office.sandbox.faults.add(fault)

    failure = await office.types("mei", "export csv")

    assert said in text_of(failure)
    assert buttons_of(failure) == ["Try again"]
    assert office.sandbox.dm("mei") == []
    office.sandbox.faults.clear()
    answer = await office.clicks("mei", "export.csv", failure)
    assert "I sent you" in text_of(answer)
    assert len(table((await received(office))[1])) == 2
    assert len(office.sandbox.dm("mei")) == 1


async def test_a_lost_answer_says_so(office: Office) -> None:
    """When Slack took the file and its answer was lost, nobody is told that it was not sent."""
    await office.connect("mei")
    office.sandbox.faults.add(
        Fault(service="slack", kind="reset", match="files.complete", accepted=True, times=1)
    )

    answer = await office.types("mei", "export csv")

    assert "may have arrived all the same" in text_of(answer)
    assert len(office.sandbox.dm("mei")) == 1


async def test_a_missing_scope_is_named(office: Office) -> None:
    """An app that was installed before exports existed says what it lacks."""
    await office.connect("mei")
    app = office.sandbox.platform.app
    app.scopes = tuple(scope for scope in app.scopes if scope != "files:write")

    answer = text_of(await office.types("mei", "export csv"))

    assert "It is called files:write." in answer
    assert "install the app again" in answer
    assert office.sandbox.dm("mei") == []


async def test_no_dm_no_file(office: Office) -> None:
    """When the DM cannot be opened, that is what is told."""
    await office.connect("mei")
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="conversations.open"))

    assert "http_500" in text_of(await office.types("mei", "export csv"))
    assert office.sandbox.calls("files.getUploadURLExternal") == []


async def test_an_old_button_says_so(office: Office) -> None:
    """After half an hour, or with a crafted id, nothing is sent."""
    await office.connect("mei")
    question = await office.types("mei", "export")
    await office.bot.desk.screens.forget_owner(owner("mei"))

    assert "This list is old" in text_of(await office.clicks("mei", "export.csv", question))
    assert office.sandbox.dm("mei") == []


async def test_somebody_elses_button_is_refused(office: Office) -> None:
    """A button's id works for whom it was made for: nobody is sent another's rows."""
    await office.connect("mei")
    await office.types("mei", "export")
    (screen,) = [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]
    block = row(button("Press", "export.csv", screen.rpartition(":")[2]))
    assert block is not None
    posted = await office.bot.desk.slack.dm(*owner("jonas"), Message("x", [block]))
    (message,) = [each for each in office.sandbox.dm("jonas") if each["ts"] == posted.ts]

    answer = await office.asks("jonas", "export.csv", message)

    assert "This belongs to somebody else." in text_of(answer)
    assert office.sandbox.calls("files.getUploadURLExternal") == []


async def test_two_thousand_tokens_in_sixty_places(office: Office) -> None:
    """All of a big list is in the file, not only what a message has room for."""
    await office.connect("mei", "kyuubi", *put_many(office.sandbox.company))

    answer = await office.types("mei", "export csv")
    _, content = await received(office)

    assert "with 2,040 tokens" in text_of(answer)
    assert len({each["key"] for each in table(content)}) == 2040
