import pytest
from hypothesis import given

from bot.blocks import Block
from bot.blocks._kit import home
from bot.blocks.reminders import reminder_blocks, saved_view, token_line
from bot.models.watch import Watch
from bot.rules.preview import Planned
from tests.blocks.checker import Json, check_view
from tests.blocks.make import COMMAND
from tests.blocks.notices import PLANNED, WATCHES, item, planned, slowly
from tests.blocks.reader import buttons, lines
from tests.rules.make import BROKEN, DAY, NOW, kyuubi
from tests.rules.reminders import watch

NEXT = planned(item())


def tab(
    of: Watch,
    upcoming: Planned | None = NEXT,
    *,
    code: str = "",
    workers: int = 1,
    looked: bool = True,
) -> Json:
    blocks: list[Block | None] = reminder_blocks(
        of, upcoming, undeliverable=code, workers=workers, looked=looked
    )
    return check_view(home(blocks))


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (
            watch(),
            [
                "All tokens ring.",
                "30, 14, 7, 3 and 1 days before, and once expired, at 09:00, Mon-Fri, in UTC.",
            ],
        ),
        (
            watch(
                mode="mine",
                mine=("mei",),
                query="kyuubi",
                thresholds=(1,),
                zone="Asia/Shanghai",
                workdays=frozenset({1, 2, 3, 4, 5, 6, 7}),
            ),
            [
                "The tokens of mei that match kyuubi ring.",
                "1 day before, at 09:00, every day, in Asia/Shanghai.",
            ],
        ),
        (watch(mode="off"), ["Reminders are off: nothing rings."]),
    ],
)
def test_saving_repeats_what_rings(of: Watch, said: list[str]) -> None:
    """After saving the modal says in words what rings, when, and what is next."""
    view = check_view(saved_view(of, NEXT, COMMAND))

    found = lines(view)
    assert found[: len(said)] == said
    assert any("Next reminder" in each for each in found) == (of.mode != "off")
    assert found[-1] == "See all that is to come: /tokens preview"
    assert "submit" not in view
    assert buttons(view) == {}


def test_home_tells_what_rings_and_what_is_next() -> None:
    """The tab has the settings in words, the next reminder, and the way to change it."""
    assert lines(tab(watch())) == [
        "Reminders",
        "All tokens ring.",
        "30, 14, 7, 3 and 1 days before, and once expired, at 09:00, Mon-Fri, in UTC.",
        "<Next reminder: 2026-12-02 09:00 UTC>, about etl nightly",
    ]
    assert list(buttons(tab(watch()))) == ["Settings"]
    assert lines(tab(watch(), None))[-1] == "No reminder is in sight."
    assert lines(tab(watch(), None, looked=False))[-1].startswith("I have not looked yet")


def test_home_asks_who_has_not_chosen() -> None:
    """Until somebody chose, the tab says what rings meanwhile, and offers the choice."""
    view = tab(watch(mode="unasked"))

    assert lines(view)[2] == (
        "7, 3 and 1 days before, and once expired, at 09:00, Mon-Fri, in UTC, "
        "until you choose what rings."
    )
    assert list(buttons(view)) == ["Choose what rings"]


def test_home_tells_what_keeps_reminders_from_coming() -> None:
    """A refused message and a missing worker are told where they can still be read."""
    assert lines(tab(watch(), code="user_disabled", workers=0))[-2:] == [
        (
            ":warning: My last reminder did not reach you: Slack refused it (user_disabled). "
            "Look here until that is mended, or choose who else is told."
        ),
        ":warning: No worker is running, so nothing rings. Tell whoever runs the bot.",
    ]


def test_a_token_knows_when_it_rings() -> None:
    """The line of a token tells the slot and the rule, or why there is none."""
    soon = planned(item(), item(kyuubi("other", expires_at=NOW + DAY), threshold=1))
    key = kyuubi("other").key

    def said(upcoming: Planned | None, of: str) -> str:
        view = home([{"type": "rich_text", "elements": [token_line(upcoming, of, "why", "UTC")]}])
        return lines(check_view(view))[0]

    assert said(soon, key) == ("<Next reminder: 2026-12-02 09:00 UTC>, 1 day before it expires.")
    assert said(soon, "unknown") == "No reminder is in sight: why."
    assert said(None, key) == "No reminder is in sight: why."


@slowly
@given(WATCHES, PLANNED, BROKEN)
def test_any_state_fits(of: Watch, upcoming: Planned, text: str) -> None:
    """Whatever is watched and to come, Home and the modal take it."""
    tab(of, upcoming, code=text, workers=0)
    check_view(saved_view(of, upcoming, COMMAND))
