from datetime import timedelta

from bot.rules.observe import observe
from tests.rules.make import DAY, HOUR, IDAAS, NOW, idaas
from tests.rules.reminders import coverage, look, only, seen, watch

MINUTE = timedelta(minutes=1)
LATER = NOW + HOUR


class TestSourceThatHidesWhatIsOver:
    """IDaaS lists neither expired nor revoked tokens unless asked for everything."""

    def test_a_vanished_token_asks_for_an_explanation(self) -> None:
        """It may have been revoked: only a reading of everything can tell."""
        ledger = seen(look(idaas("a"), idaas("b")))
        default = look(idaas("b"), now=LATER, everything=False)

        observed = observe(ledger, default, watch(), LATER)

        assert observed.explain == {IDAAS.id}
        assert observed.ledger.entries[idaas("a").key].presence == "missing"

        revoked = idaas("a", revoked=True)
        explained = observe(observed.ledger, look(revoked, idaas("b"), now=LATER), watch(), LATER)
        assert not explained.explain
        assert explained.ledger.entries[revoked.key].token.revoked

    def test_readings_that_hide_something_never_make_a_token_gone(self) -> None:
        """However many there are."""
        ledger = seen(look(idaas("a"), idaas("b")))
        for hours in range(1, 10):
            hidden = look(idaas("b"), now=NOW + hours * HOUR, everything=False)
            ledger = seen(hidden, ledger=ledger)

        assert ledger.entries[idaas("a").key].presence == "missing"

    def test_an_empty_answer_asks_for_an_explanation(self) -> None:
        """All of them may have been revoked."""
        ledger = seen(look(idaas("a")))
        empty = look(now=LATER, read=[coverage(IDAAS, LATER)], everything=False)

        observed = observe(ledger, empty, watch(), LATER)
        assert observed.explain == {IDAAS.id}
        assert only(observed.ledger).presence == "unreadable"

        revoked = look(idaas("a", revoked=True), now=LATER)
        explained = observe(observed.ledger, revoked, watch(), LATER)
        assert only(explained.ledger).silenced
        assert explained.ledger.targets[IDAAS.id].problem is None

    def test_a_revoked_token_that_is_hidden_needs_no_explanation(self) -> None:
        """It is known to be revoked."""
        ledger = seen(look(idaas("a", revoked=True), idaas("b")))

        observed = observe(ledger, look(idaas("b"), now=LATER, everything=False), watch(), LATER)

        assert not observed.explain
        assert observed.ledger.entries[idaas("a").key].presence == "ended"

    def test_a_token_that_vanishes_at_its_expiry_has_expired(self) -> None:
        """It is not gone: `expired` is still to be said, and a renewal to be seen."""
        short = idaas("a", expires_at=NOW + 30 * MINUTE)
        ledger = seen(look(short, idaas("b")))
        for hours in (1, 2):
            hidden = look(idaas("b"), now=NOW + hours * HOUR, everything=False)
            observed = observe(ledger, hidden, watch(), hidden.listing.now)
            ledger = observed.ledger
            assert not observed.explain

        entry = ledger.entries[short.key]
        assert (entry.presence, entry.rung, entry.silenced) == ("ended", None, False)

        renewed = idaas("a", expires_at=NOW + 90 * DAY)
        back = seen(look(renewed, idaas("b"), now=NOW + 3 * HOUR), ledger=ledger)
        assert back.entries[short.key].since == NOW + 3 * HOUR

    def test_what_has_ended_stays_so_while_its_target_fails(self) -> None:
        """Nothing more can be learned of it."""
        short = idaas("a", expires_at=NOW + 30 * MINUTE)
        failed = [coverage(IDAAS, LATER, state="failed")]
        ledger = seen(
            look(short, idaas("b")),
            look(idaas("b"), now=LATER, everything=False),
            look(now=LATER + HOUR, read=failed),
        )

        assert ledger.entries[short.key].presence == "ended"
        assert ledger.entries[idaas("b").key].presence == "unreadable"
