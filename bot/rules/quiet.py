"""Why nothing will ring for a token."""

from datetime import datetime

from bot.models.token import Token
from bot.models.watch import Watch
from bot.rules.matches import Matches, includes

_ALL_SAID = "none of your thresholds lies ahead"


def why_quiet(
    token: Token, watch: Watch | None, now: datetime, *, matches: Matches, lapsing: bool
) -> str:
    """Return why no reminder of a token is in sight, as part of a sentence.

    `matches` is the filter of the watch, `lapsing` tells that its owner let it lapse.
    """
    if watch is None:
        return "nothing is watched"
    ends = token.expires_at
    silent = "it never expires" if token.reports("expires_at") else "its expiry is not reported"
    reasons = (
        (watch.mode == "off", "reminders are off"),
        (token.revoked, "it is revoked"),
        (ends is None, silent),
        (token.short_lived, "it lives a day or less"),
        (lapsing, "you let it lapse"),
        (not includes(watch, token, now, matches), "your settings leave it out"),
        (ends is not None and ends <= now, "it has expired, and there is nothing more to say"),
    )
    return next((words for applies, words in reasons if applies), _ALL_SAID)
