"""`/tokens` and the controls of its list."""

from tests.fixtures.bot import Office, text_of


async def test_bare_command_lists_both_sources(office: Office) -> None:
    """`/tokens` shows Kyuubi and IDaaS tokens in one list, visible to that person only."""
    await office.connect("mei", "kyuubi")
    await office.connect("mei", "idaas")

    answer = await office.types("mei")

    assert answer["ephemeral"]
    assert "3 tokens" in text_of(answer)
    assert [block["type"] for block in answer["blocks"]][-1] == "table"


async def test_nothing_connected_shows_how_to_connect(office: Office) -> None:
    """A newcomer sees how to connect and nothing else."""
    answer = await office.types("priya")

    assert "Connect" in text_of(answer)
    assert office.calls() == 0
