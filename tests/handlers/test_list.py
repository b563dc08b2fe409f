"""`/tokens` and the controls of its list."""

from sandbox.faults import Fault
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, buttons_of, controls_of, text_of
from tests.fixtures.world import ETL, REPORTS, put_token


def names(message: Json) -> list[str]:
    """Return the first cell of each row of a list."""
    (table,) = [block for block in message["blocks"] if block["type"] == "table"]
    return [text_of(row[0]) for row in table["rows"][1:]]


async def test_bare_command_lists_both_sources(office: Office) -> None:
    """`/tokens` shows Kyuubi and IDaaS tokens in one list, visible to that person only."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")

    answer = await office.types("mei")

    assert answer["ephemeral"]
    assert "3 tokens" in text_of(answer)
    assert [name.split()[-1] for name in names(answer)] == ["nightly", "…illing", "dashboards"]
    assert answer["blocks"][-1]["type"] == "table"
    assert len(office.sandbox.messages("general", "jonas")) == 0


async def test_nothing_connected_shows_how_to_connect(office: Office) -> None:
    """A newcomer sees how to connect and nothing else."""
    answer = await office.types("priya")

    assert buttons_of(answer) == ["Connect", "Help"]
    assert office.calls() == 0


async def test_pages_turn_and_stay_within_the_list(office: Office) -> None:
    """Next and Previous turn the page in place; a page that is no longer there is the last one."""
    for number in range(40):
        put_token(office.sandbox.company, f"job {number:02}", at=REPORTS)
    await office.connect("mei", "kyuubi", REPORTS)
    first = await office.types("mei")
    assert "1 to 20 of 40" in text_of(first)

    second = await office.clicks("mei", "list.page.next", first)
    assert "21 to 40 of 40" in text_of(second)
    assert buttons_of(second)[0] == "Previous"
    assert "Next" not in buttons_of(second)
    again = await office.clicks("mei", "list.page.previous", second)
    assert names(again) == names(first)

    second = await office.clicks("mei", "list.page.next", again)
    kept = [f"job {number:02}" for number in range(5)]
    for token in list(office.sandbox.company.kyuubi.tokens.values()):
        if token.kyuubi_service_id == REPORTS["kyuubi_service_id"] and token.name not in kept:
            office.sandbox.company.kyuubi.remove_token(token.token_id)
    last = await office.clicks("mei", "list.refresh", second)
    assert sorted(names(last)) == kept
    assert office.now("mei", first)["ts"] == last["ts"]


async def test_a_list_is_read_once_a_minute(office: Office) -> None:
    """Within a minute the list comes from the cache; later, or on Refresh, it is read anew."""
    await office.connect("mei")
    before = office.calls()
    first = await office.types("mei")
    await office.types("mei")
    assert office.calls() == before + 1

    put_token(office.sandbox.company, "brand new")
    fresh = await office.clicks("mei", "list.refresh", first)
    assert "brand new" in text_of(fresh)
    assert office.calls() == before + 2

    office.pass_time(61)
    await office.types("mei")
    assert office.calls() == before + 3


async def test_what_is_shown_follows_the_clock_of_the_tokens(office: Office) -> None:
    """When days go by, times left and ages are told from the new day."""
    await office.connect("mei")
    assert "1 expires within 7 days" in text_of(await office.types("mei"))

    office.pass_time(2 * 86_400)
    later = text_of(await office.types("mei"))
    assert "expires in 24 hours" in later
    assert "Read just now" in later

    office.pass_time(2 * 86_400)
    assert "1 has expired" in text_of(await office.types("mei"))


async def test_details_and_back(office: Office) -> None:
    """A chosen token takes the list's place, and a button leads back to the same page."""
    await office.connect("mei", label="Data")
    listed = await office.types("mei")
    (menu,) = [each for each in controls_of(listed) if each["action_id"] == "list.details"]
    choice = {"action_id": "list.details", "selected": menu["options"][1]["value"]}

    details = await office.clicks("mei", choice, listed)
    assert "dashboards" in text_of(details)
    assert "with “Data”" in text_of(details)
    back = await office.clicks("mei", "token.back", details)
    assert names(back) == names(listed)


async def test_a_token_that_has_gone_says_so(office: Office) -> None:
    """Details of a token that is no longer listed say that it is gone."""
    await office.connect("mei")
    listed = await office.types("mei")
    (menu,) = [each for each in controls_of(listed) if each["action_id"] == "list.details"]
    for token_id in list(office.sandbox.company.kyuubi.tokens):
        office.sandbox.company.kyuubi.remove_token(token_id)
    office.pass_time(61)

    choice = {"action_id": "list.details", "selected": menu["options"][0]["value"]}
    answer = await office.asks("mei", choice, listed)

    assert "is no longer there" in text_of(answer)


async def test_a_workspace_without_tables_gets_paragraphs(office: Office) -> None:
    """Where Slack refuses tables the rows are paragraphs, at once from the second time on."""
    await office.connect("mei")
    await office.sandbox.happen("refuse_tables")

    first = await office.types("mei")
    assert "table" not in [block["type"] for block in first["blocks"]]
    assert "etl nightly" in text_of(first)
    refused = [call for call in office.sandbox.calls("response_url") if call.status != 200]
    assert len(refused) == 1

    second = await office.types("mei")
    assert "dashboards" in text_of(second)
    refused = [call for call in office.sandbox.calls("response_url") if call.status != 200]
    assert len(refused) == 1


async def test_a_used_up_answer_goes_to_the_direct_message(office: Office) -> None:
    """When Slack takes no more answers to a click, the answer comes as a DM."""
    await office.connect("mei")
    listed = await office.types("mei")
    office.sandbox.platform.response_urls._seconds = -1.0

    await office.presses("mei", "list.refresh", listed)

    answer = await office.next_dm("mei")
    assert "2 tokens" in text_of(answer)


async def test_one_source_fails_and_the_other_lists(office: Office) -> None:
    """What could be read is listed; what could not is named with its reason and its reference."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas", label="Partners")
    office.sandbox.faults.add(Fault(service="idaas", kind="500"))

    answer = text_of(await office.types("mei"))

    assert "2 tokens" in answer
    assert "Could not read idaas" in answer
    assert "Partners" in answer
    assert "HTTP 500" in answer
    assert "request " in answer


async def test_a_throttled_source_shows_what_it_last_said(office: Office) -> None:
    """While a source throttles, its last reading stands in, with its age and the reason."""
    await office.connect("mei")
    await office.types("mei")
    office.pass_time(3600)
    office.sandbox.faults.add(Fault(service="kyuubi", kind="429", seconds=60))

    answer = text_of(await office.types("mei"))

    assert "2 tokens" in answer
    assert "As of 60 minutes ago" in answer or "As of 1 hour ago" in answer
    assert "Too many were made" in answer


async def test_a_slow_source_gets_one_line_and_then_the_list(office: Office) -> None:
    """Whoever waits is told once what is being read, and gets the list when it is there."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")
    office.bot.desk.tokens.slow = 1.0
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=2.0))

    line = await office.types("mei")
    assert "Still reading kyuubi" in text_of(line)
    assert "idaas" not in text_of(line)
    listed = await office.next("mei", after=1)
    assert "3 tokens" in text_of(listed)
    await office.idle()
    assert len(office.sandbox.messages("general", "mei")) == 2


async def test_the_deadline_shows_what_answered(office: Office) -> None:
    """A source that hangs does not keep the other back; once it answers, the next list has it."""
    await office.connect("mei", "kyuubi", ETL)
    await office.connect("mei", "idaas")
    office.bot.desk.tokens.slow = office.bot.desk.tokens.deadline = 1.5
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=4.0))
    before = office.calls()

    await office.types("mei")
    late = text_of(await office.next("mei", after=1))
    assert "1 token" in late
    assert "Could not read kyuubi" in late
    assert "(deadline)" in late

    office.bot.desk.tokens.slow = office.bot.desk.tokens.deadline = 10.0
    assert "3 tokens" in text_of(await office.types("mei"))
    # The reading that was late went on: each place was asked once.
    assert office.calls() == before + 2


async def test_a_click_gets_no_extra_line(office: Office) -> None:
    """A list that is on the screen stays until the new one takes its place."""
    await office.connect("mei")
    listed = await office.types("mei")
    office.bot.desk.tokens.slow = 0.01
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.3))
    put_token(office.sandbox.company, "brand new")

    await office.clicks("mei", "list.refresh", listed)

    assert len(office.sandbox.messages("general", "mei")) == 1


async def test_the_list_comes_though_nobody_could_be_told_that_it_is_slow(office: Office) -> None:
    """That Slack refuses the extra line is no reason not to list."""
    await office.connect("mei")
    office.bot.desk.tokens.slow = 0.01
    office.sandbox.faults.add(Fault(service="kyuubi", kind="slow", seconds=0.2))
    office.sandbox.faults.add(Fault(service="slack", kind="500", match="response_url", times=1))

    answer = await office.types("mei")

    assert "2 tokens" in text_of(answer)


async def test_show_all_leaves_the_filter(office: Office) -> None:
    """A filter that fits nothing offers the whole list, in the same message."""
    await office.connect("mei")
    empty = await office.types("mei", "name:nothing")
    assert "No token matches" in text_of(empty)

    whole = await office.clicks("mei", "list.clear", empty)

    assert "2 tokens" in text_of(whole)


async def test_an_old_list_offers_a_new_one(office: Office) -> None:
    """A button whose list is forgotten says so in its place, with a way on."""
    await office.connect("mei")
    listed = await office.types("mei")
    for key in [key async for key in office.bot.redis.scan_iter("tb:*:screen:*")]:
        await office.bot.redis.unlink(key)

    old = await office.clicks("mei", "list.refresh", listed)
    assert "This list is old" in text_of(old)
    new = await office.clicks("mei", "list.again", old)
    assert "2 tokens" in text_of(new)
