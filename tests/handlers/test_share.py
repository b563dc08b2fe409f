"""Sharing a list: the preview, the one message, and its buttons."""

from tests.fixtures.bot import Office, buttons_of, text_of
from tests.handlers.shares import confirmed, posted, preview, rows_of


async def test_a_list_is_previewed_and_posted_once(office: Office) -> None:
    """`/tokens share` previews the list of a person, and confirming posts exactly one message."""
    await office.connect("mei")

    view = await preview(office, "mei")
    assert "Sharing shows this to all 5 members of #general" in text_of(view)
    assert "etl nightly" in text_of(view)
    assert posted(office) == []
    await confirmed(office, "mei", view, "Shared in #general")

    (message,) = posted(office)
    assert "2 tokens, 1 expires within 7 days" in text_of(message)
    assert [row[0].split()[-2:] for row in rows_of(message)] == [["etl", "nightly"], ["dashboards"]]
    assert buttons_of(message) == ["Mine", "Remind me", "Update", "Unshare"]
