from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.remind import settings_view
from bot.blocks.remind_form import Offer, read_settings, settings_errors
from bot.errors import InputError
from bot.models.watch import MOST_THRESHOLDS, Watch
from bot.rules.mine import name_ref
from tests.blocks.checker import Json
from tests.blocks.notices import WATCHES, slowly
from tests.blocks.reader import inputs
from tests.rules.make import BROKEN
from tests.rules.reminders import watch

OFFER = Offer(("admin", "mei"), (("c1", "team key"), ("c2", "pam app")), "Asia/Shanghai")
SOURCES = ("kyuubi", "idaas")


def untouched(view: Json) -> Json:
    """Return a form that is submitted although nothing was changed."""
    values = {name: {"x": _shown(element)} for name, element in inputs(view).items()}
    return {**view, "state": {"values": values}}


def _shown(element: Json) -> Json:
    return {
        "value": element.get("initial_value"),
        "selected_option": element.get("initial_option"),
        "selected_options": element.get("initial_options", []),
        "selected_user": element.get("initial_user"),
    }


def submitted(of: Watch, offer: Offer = OFFER, **changed: Any) -> Json:
    """Return the submitted form of a watch, with some fields changed.

    A list stands for chosen options, other values for whatever the field takes.
    """
    mode = "all" if of.mode == "unasked" else of.mode
    view = settings_view(of, offer, mode=mode, held=(), upcoming=None, screen="s")
    filled = untouched(view)
    for name, value in changed.items():
        many = isinstance(value, list)
        filled["state"]["values"][name] = {
            "x": {
                "value": None if many else value,
                "selected_option": {"value": value},
                "selected_options": [{"value": each} for each in value] if many else [],
                "selected_user": value,
            }
        }
    return filled


def saved(of: Watch | None = None, offer: Offer = OFFER, **changed: Any) -> Watch:
    """Return a watch after its form was submitted."""
    of = of or watch(zone=offer.zone)
    filled = submitted(of, offer, **changed)
    return read_settings(filled, sources=SOURCES, user=of.owner.user).applied(of, offer)


@slowly
@given(WATCHES.filter(lambda one: one.mode != "unasked"))
def test_a_form_that_nobody_touched_changes_nothing(of: Watch) -> None:
    """What the form shows is what it saves, whatever the settings."""
    of = of.model_copy(update={"query": "kyuubi", "mine": of.mine[:20]})
    offer = OFFER if of.own_zone else OFFER._replace(zone=of.zone)

    again = saved(of, offer)
    assert set(again.mine) == set(of.mine)
    assert again.model_copy(update={"mine": of.mine}) == of


def test_every_setting_can_be_changed() -> None:
    """All fields of the form reach the watch, and nothing else of it changes."""
    before = watch(version=4)
    after = saved(
        before,
        mode="mine",
        mine=[name_ref("mei")],
        connections=["c2"],
        query="kyuubi expiring:1w",
        thresholds=["14", "0"],
        other_thresholds="60, 45 d;21days",
        hour="17",
        workdays=["6", "7"],
        zone="berlin",
        fallback="U2",
    )

    assert after == watch(
        mode="mine",
        mine=("mei",),
        connections=("c2",),
        query="kyuubi expiring:7d",
        thresholds=(60, 45, 21, 14, 0),
        hour=17,
        workdays=frozenset({6, 7}),
        zone="Europe/Berlin",
        own_zone=True,
        fallback="U2",
        version=4,
    )


def test_an_empty_zone_follows_slack() -> None:
    """Without a zone of one's own it is the one of the profile, now and later."""
    after = saved(watch(zone="Europe/Berlin", own_zone=True), zone=None)

    assert (after.zone, after.own_zone) == ("Asia/Shanghai", False)


def test_all_connections_chosen_are_all_that_come() -> None:
    """All or none chosen: a connection that is added later rings too."""
    assert saved(connections=["c1", "c2"]).connections is None
    assert saved(connections=[]).connections is None
    assert saved(connections=["c1", "made up"]).connections == ("c1",)


def test_a_choice_that_the_form_cannot_show_is_kept() -> None:
    """With one connection left the form does not ask, and a restriction to it stays."""
    one = OFFER._replace(connections=(("c1", "team key"),))

    assert saved(watch(connections=("c1",)), one).connections == ("c1",)


def test_nothing_chosen_is_a_choice_however_it_is_sent() -> None:
    """Slack may leave an empty field out of the state: it was asked all the same."""
    of = watch(mine=("mei",), connections=("c1",))
    form = submitted(of)
    for name in ("mine", "connections", "fallback"):
        del form["state"]["values"][name]

    after = read_settings(form, sources=SOURCES, user="U1").applied(of, OFFER)
    assert (after.mine, after.connections, after.fallback) == ((), None, None)


def test_names_are_kept_when_all_ring() -> None:
    """Who goes back to "mine" later finds the names again."""
    after = saved(watch(mode="mine", mine=("mei", "gone")), mode="all")

    assert after.mode == "all"
    assert after.mine == ("mei", "gone")


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"mode": "mine"}, "mine", "Choose your names, so that I know which are yours."),
        ({"mode": "unasked"}, "mode", "Choose which tokens shall ring."),
        ({"query": "statsu:expired"}, "query", "“statsu:” is not a filter. Did you mean"),
        ({"query": "status:dead"}, "query", "“status:” cannot be “dead”."),
        ({"thresholds": []}, "thresholds", "Choose at least one."),
        ({"other_thresholds": "soon"}, "other_thresholds", "“soon” is no number of days"),
        ({"other_thresholds": "0"}, "other_thresholds", "“0” is no number of days from 1 to 365."),
        ({"other_thresholds": "366"}, "other_thresholds", "“366” is no number of days"),
        (
            {"other_thresholds": " ".join(map(str, range(50, 50 + MOST_THRESHOLDS)))},
            "other_thresholds",
            "That is more than 12 in all.",
        ),
        ({"hour": None}, "hour", "Choose an hour."),
        ({"workdays": []}, "workdays", "Choose at least one day."),
        ({"zone": "berln"}, "zone", "I know no time zone “berln”. Did you mean Europe/Berlin?"),
        ({"fallback": "U1"}, "fallback", "You hear of it anyway: choose somebody else."),
    ],
)
def test_a_mistake_is_told_at_its_field(changed: dict[str, Any], field: str, message: str) -> None:
    """What is wrong is said in words below the field that it is in."""
    with pytest.raises(InputError) as caught:
        saved(watch(), **changed)

    errors = settings_errors(caught.value)
    assert list(errors) == [field]
    assert errors[field].startswith(message)
    assert field in inputs(submitted(watch()))


def test_without_names_mine_is_no_choice() -> None:
    """There is nothing to choose from, and the mistake is told at a field that exists."""
    nobody = OFFER._replace(names=())

    with pytest.raises(InputError, match="no token that I read expires") as caught:
        saved(watch(), nobody, mode="mine")
    assert caught.value.field == "mode"


@slowly
@given(WATCHES, st.dictionaries(st.sampled_from([*inputs(submitted(watch()))]), BROKEN))
def test_any_state_gives_a_watch_or_a_mistake(of: Watch, typed: dict[str, str]) -> None:
    """Whatever is sent, the result is a sound watch or an error of a field that the form has."""
    mistake = None
    try:
        after = saved(of, OFFER, **typed)
        assert Watch(**dict(after)) == after
    except InputError as error:
        mistake = error
    if mistake is not None:
        assert list(settings_errors(mistake)) == [mistake.field]
        assert mistake.field in {*inputs(submitted(of)), "mine"}
