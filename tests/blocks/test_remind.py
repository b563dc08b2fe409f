from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import actions
from bot.blocks._elements import OPTIONS
from bot.blocks.remind import HELD, saving_view, settings_view
from bot.blocks.remind_form import Offer
from bot.errors import InputError
from bot.models.ledger import Entry, Snooze
from bot.models.watch import Mode, Watch
from bot.rules.mine import name_ref
from bot.rules.preview import Planned
from bot.rules.resolve import token_ref
from tests.blocks.checker import Json, check_view, objects
from tests.blocks.notices import PLANNED, WATCHES, item, planned, slowly
from tests.blocks.reader import inputs, lines
from tests.rules.make import BROKEN, DAY, HOSTILE, NOW, TOKENS, kyuubi
from tests.rules.reminders import watch

OFFER = Offer(
    names=("admin", "mei"),
    connections=(("c1", "team key"), ("c2", "pam app")),
    zone="Asia/Shanghai",
)


def form(
    of: Watch | None = None,
    *,
    offer: Offer = OFFER,
    mode: Mode = "all",
    held: tuple[Entry, ...] = (),
    upcoming: Planned | None = None,
    problem: InputError | None = None,
) -> Json:
    return check_view(
        settings_view(
            of or watch(zone="Asia/Shanghai"),
            offer,
            mode=mode,
            held=held,
            upcoming=upcoming,
            screen="s1",
            problem=problem,
        )
    )


def chosen(element: Json) -> Any:
    """Return what an input shows when the form opens."""
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    return element.get("initial_value", element.get("initial_user"))


def test_the_form_shows_the_settings() -> None:
    """Every setting of the watch is filled in, and what it does not restrict is empty."""
    of = watch(
        mode="mine",
        mine=("mei", "gone"),
        connections=("c2",),
        query="kyuubi creator:mei",
        thresholds=(60, 30, 7, 0),
        hour=14,
        workdays=frozenset({1, 3}),
        zone="Europe/Berlin",
        own_zone=True,
        fallback="U2",
    )
    fields = {name: chosen(each) for name, each in inputs(form(of, mode="mine")).items()}

    assert fields == {
        "mode": "mine",
        "mine": [name_ref("mei"), name_ref("gone")],
        "connections": ["c2"],
        "query": "kyuubi creator:mei",
        "thresholds": ["30", "7", "0"],
        "other_thresholds": "60",
        "hour": "14",
        "workdays": ["1", "3"],
        "zone": "Europe/Berlin",
        "fallback": "U2",
    }


def test_the_defaults_leave_the_rest_empty() -> None:
    """A new watch restricts nothing, follows Slack's zone and tells nobody else."""
    view = form(watch(mode="unasked", zone="Asia/Shanghai"), mode="mine")
    fields = {name: chosen(each) for name, each in inputs(view).items()}

    assert fields["mode"] == "mine"
    assert [name for name, value in fields.items() if value is None] == [
        *("mine", "connections", "query", "other_thresholds", "zone", "fallback")
    ]
    assert view["private_metadata"] == "s1"
    assert view["submit"]["text"] == "Save"
    assert "Asia/Shanghai" in str(inputs(view)["zone"]["placeholder"])


def test_what_cannot_be_chosen_is_not_asked() -> None:
    """One connection is no choice, and without tokens there are no names."""
    fields = inputs(form(offer=Offer((), (("c1", "team key"),), "UTC")))

    assert "mine" not in fields
    assert "connections" not in fields


def test_names_that_do_not_fit_are_counted() -> None:
    """Slack takes a hundred: those of most tokens, and the chosen ones whatever."""
    of = watch(mode="mine", mine=("zoe",))
    view = form(of, offer=OFFER._replace(names=tuple(f"n{n}" for n in range(OPTIONS + 4))))

    options = inputs(view)["mine"]["options"]
    assert len(options) == OPTIONS
    assert options[0]["text"]["text"] == "zoe"
    assert "The 5 with the fewest tokens are left out." in str(view)


def entry(name: str = "etl", **fields: Any) -> Entry:
    token = kyuubi(name, id=f"tk-{name}", expires_at=NOW + 9 * DAY)
    return Entry(token, token.target.id, NOW, **fields)


def test_what_is_silent_can_be_taken_back() -> None:
    """Snoozed and lapsing tokens are listed with Undo; many of them are counted."""
    snoozed = entry("a", snoozed=Snooze(NOW, NOW + DAY))
    lapsing = entry("b", lapsing=True)
    view = form(held=(snoozed, lapsing))

    assert lines(view)[-3:] == [
        "Silent because you said so",
        "a: snoozed until 2026-12-02 17:00 CST",
        "b: you let it lapse, expires 2026-12-10 17:00 CST",
    ]
    undo = [each for each in objects(view) if each.get("action_id") == actions.REMIND_UNDO]
    assert [each["value"] for each in undo] == [token_ref(snoozed.token), token_ref(lapsing.token)]
    many = form(held=tuple(entry(f"t{n}", lapsing=True) for n in range(HELD + 2)))
    assert lines(many)[-1] == "And 2 more."
    assert not any("Silent" in each for each in lines(form()))


def test_the_next_reminder_stands_on_top() -> None:
    """The form says what comes next, that nothing does, or nothing where nothing rings."""
    soon = planned(*(item(kyuubi(f"t{n}", expires_at=NOW + 9 * DAY)) for n in range(4)))

    assert lines(form(upcoming=soon))[0] == (
        "<Next reminder: 2026-12-02 17:00 CST>, about t0, t1 and 2 more"
    )
    assert lines(form())[0] == "No reminder is in sight."
    assert lines(form(watch(mode="off"), mode="off"))[0] == "Which tokens shall ring?"


def test_a_refusal_stands_on_top() -> None:
    """What was wrong is said above the form, which keeps what was filled in."""
    view = form(watch(query="kyuubi"), problem=InputError("Nobody of that name is here."))

    assert lines(view)[0] == ":warning: Nobody of that name is here."
    assert chosen(inputs(view)["query"]) == "kyuubi"


def test_saving_takes_a_moment() -> None:
    """While it is saved the modal says so."""
    assert lines(check_view(saving_view())) == ["Saving…"]


@slowly
@given(
    WATCHES,
    st.lists(HOSTILE, max_size=130),
    st.lists(HOSTILE, max_size=20),
    TOKENS,
    st.booleans(),
    st.none() | PLANNED,
    BROKEN,
)
def test_any_settings_fit(
    of: Watch,
    names: list[str],
    labels: list[str],
    token: Any,
    lapsing: bool,  # noqa: FBT001  # a drawn value
    upcoming: Planned | None,
    text: str,
) -> None:
    """Whatever tokens, connections and creators are called, the form fits."""
    snoozed = None if lapsing else Snooze(NOW, NOW + DAY)
    held = (Entry(token, "t", NOW, lapsing=lapsing, snoozed=snoozed),) * 25
    offer = Offer(tuple(names), tuple((f"c{n}", label) for n, label in enumerate(labels)), of.zone)
    form(of, offer=offer, held=held, upcoming=upcoming, problem=InputError(text))
