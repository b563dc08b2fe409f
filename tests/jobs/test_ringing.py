"""What people hear over weeks, from a real worker through a real Slack."""

from datetime import timedelta

from tests.fixtures.bot import owner, text_of
from tests.fixtures.world import ETL, KEY, REPORTS
from tests.jobs.site import ALL_WEEK, DAY, HOUR, Site


async def test_every_threshold_rings_once(site: Site) -> None:
    """After the first look: 7, 3 and 1 days before and once expired, each in its slot."""
    site.token("loader", 10 * DAY)
    await site.connect("mei")
    await site.settle()
    (first,) = site.heard("mei")
    assert "I watch 1 token" in text_of(first)
    await site.settings("mei", zone="UTC", hour=9)

    await site.live(14 * DAY)

    rung = site.heard("mei")[1:]
    assert len(rung) == 4
    assert all("loader" in text_of(message) for message in rung)
    assert "expired" in rung[-1]["text"]
    for message in rung:
        assert int(float(message["ts"])) % 86_400 // 3600 == 9
    assert (await site.record("mei")).outbox == ()


async def test_a_renewal_ends_it_and_says_so(site: Site) -> None:
    """What is renewed rings no more, and the message that rang shows it."""
    site.token("loader", 7 * DAY + HOUR)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei")
    await site.live(5 * DAY)
    before = len(site.heard("mei"))

    site.token("loader", 85 * DAY)
    await site.live(20 * DAY)

    assert len(site.heard("mei")) == before
    (last,) = site.heard("mei")[-1:]
    assert "Nothing is left to do here" in text_of(last)


async def test_old_tokens_are_one_number(site: Site) -> None:
    """A first look at 200 tokens that expired long ago sends one summary, and then keeps silent."""
    for number in range(200):
        site.token(f"old {number}", -50 * DAY)
    await site.connect("mei")

    await site.settle()
    await site.settings("mei")
    await site.live(8 * DAY)

    (summary,) = site.heard("mei")
    assert "200 have expired already" in text_of(summary)


async def test_an_outage_is_told_once_and_marked_late(site: Site) -> None:
    """Ten days without a worker across 14, 7 and 3 days: one notice, late, of the tightest."""
    site.token("loader", 13 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(14, 7, 3, 0))

    await site.jump(10 * DAY + HOUR)
    await site.live(25 * HOUR)

    (late,) = site.heard("mei")[1:]
    assert "loader" in text_of(late)
    assert "I am late" in str(late["blocks"])


async def test_two_people_hear_of_one_target_each_for_themselves(site: Site) -> None:
    """What one of them answers silences nobody else."""
    site.token("loader", 9 * DAY)
    for name in ("mei", "jonas"):
        await site.connect(name)
    await site.settle()
    for name in ("mei", "jonas"):
        await site.settings(name, thresholds=(7, 3, 1, 0), zone="UTC")
    await site.live(3 * DAY)
    record = await site.record("mei")
    assert record.ledger is not None
    ((key, entry),) = record.ledger.entries.items()
    assert entry.open is not None

    await site.bot.services.reminders.lapse(owner("mei"), entry.open.notice_id, [key])
    await site.live(10 * DAY)

    assert [len(site.heard(name)) for name in ("mei", "jonas")] == [2, 5]


async def test_a_token_seen_through_two_connections_rings_once(site: Site) -> None:
    """It is one token, whichever key read it."""
    site.token("loader", 9 * DAY)
    for label in ("one", "two"):
        await site.connect("mei", values=KEY, label=label)
    await site.settle()
    await site.settings("mei", thresholds=(7,))

    await site.live(4 * DAY)

    (rung,) = site.heard("mei")[1:]
    assert text_of(rung).count("loader") <= 2
    record = await site.record("mei")
    assert record.ledger is not None
    assert len(record.ledger.entries) == 1


async def test_a_target_that_cannot_be_read_still_rings(site: Site) -> None:
    """Silence of the service is told after a day, and what was known rings all the same."""
    site.token("loader", 9 * DAY)
    await site.connect("mei", "kyuubi", ETL, REPORTS)
    await site.settle()
    await site.settings("mei", thresholds=(7, 0))
    site.fault("500", "GET", times=None)
    site.sandbox.faults.active[0].service = "kyuubi"

    await site.live(4 * DAY)

    words = " ".join(text_of(message) for message in site.heard("mei")[1:])
    assert "loader" in words
    assert "could not look" in words.lower() or "cannot look" in words.lower()


async def test_nobody_waits_for_a_watch_that_is_off(site: Site) -> None:
    """Who has chosen to hear nothing hears nothing, and can change that."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", mode="off")
    await site.live(5 * DAY)
    assert len(site.heard("mei")) == 1

    await site.settings("mei", workdays=ALL_WEEK)
    await site.live(5 * DAY)

    assert len(site.heard("mei")) > 1


async def test_an_unanswered_last_notice_goes_to_the_fallback_person_too(site: Site) -> None:
    """Whoever was chosen hears at one day what its reader did not answer before."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7, 1), fallback=owner("jonas").user)

    await site.live(9 * DAY - 2 * HOUR)

    (copy,) = site.heard("jonas")
    assert "loader" in text_of(copy)
    assert len(site.heard("mei")) == 3


async def test_somebody_who_moves_is_told_in_the_new_morning(site: Site) -> None:
    """Slots follow the zone, thresholds do not ring twice."""
    site.token("loader", 9 * DAY)
    await site.connect("mei")
    await site.settle()
    await site.settings("mei", thresholds=(7, 3))
    await site.live(3 * DAY)

    await site.bot.services.reminders.zone_changed(owner("mei"), "America/Los_Angeles")
    await site.live(5 * DAY)

    seven, three = site.heard("mei")[1:]
    assert (await site.record("mei")).watch.zone == "America/Los_Angeles"
    apart = timedelta(seconds=float(three["ts"]) - float(seven["ts"]))
    assert apart % DAY > HOUR
