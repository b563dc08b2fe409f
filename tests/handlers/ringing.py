"""A bot that rings, and the people whose tokens those are."""

from bot.clock import Clock
from bot.models.watch import Watch
from sandbox.company.timeline import DAY
from sandbox.slack.types import Json
from tests.fixtures.bot import Office, controls_of, owner
from tests.fixtures.world import put_token

SLOWLY = 11.0
"""Seconds after which a look for renewals looks anew."""


async def first_look(office: Office, name: str = "mei") -> Json:
    """Connect somebody, and return what the bot then tells them by DM."""
    await office.connect(name)
    return await office.next_dm(name)


async def until(office: Office, message: Json, words: str, name: str = "mei") -> Json:
    """Return a message as somebody sees it, once it says so."""

    def said() -> Json | None:
        now = office.now(name, message)
        return now if words in read(now) else None

    return await office.wait(said, f"the message to say {words!r}")


async def next_slot(office: Office, name: str = "mei") -> None:
    """Move the clock to the next reminder that somebody gets."""
    status = await office.bot.desk.reminders.status(owner(name))
    assert status is not None
    assert status.next is not None
    clock: Clock = office.clock
    office.pass_time(max((status.next.when - clock.now()).total_seconds(), 0) + 1)
    office.bot.worker.nudge()


def read(shown: object) -> str:
    """Return all words of a message or view, those of its dates included."""
    if isinstance(shown, dict):
        own = [str(shown[key]) for key in ("text", "fallback") if isinstance(shown.get(key), str)]
        return " ".join([*own, *(read(value) for value in shown.values())])
    return " ".join(map(read, shown)) if isinstance(shown, list) else ""


def renew(office: Office, name: str = "etl nightly") -> None:
    """Give a token of the company another ninety days."""
    now = office.sandbox.clock.now()
    put_token(office.sandbox.company, name, expires_at=now + 90 * DAY)


def action_of(shown: Json, label: str) -> Json:
    """Return the first button of a message or view that says so, as one presses it."""
    found = next(e for e in controls_of(shown) if e["type"] == "button" and says(e, label))
    return {"action_id": found["action_id"], "value": found.get("value")}


def says(control: Json, label: str) -> bool:
    """Tell whether a control is labelled so."""
    words: Json = control.get("text") or control.get("placeholder") or {}
    return words.get("text") == label


def choice_of(shown: Json, label: str, option: str) -> Json:
    """Return the choice of an option in the first menu that says so; dots say nothing."""
    for block in shown.get("view", shown)["blocks"]:
        for control in controls_of(block):
            offered = {o["text"]["text"]: o["value"] for o in control.get("options", ())}
            if option in offered and (
                says(control, label) if label else "placeholder" not in control
            ):
                return {
                    "action_id": control["action_id"],
                    "block_id": block["block_id"],
                    "selected": offered[option],
                }
    raise AssertionError(f"no menu {label!r} offers {option!r}")


async def break_watch(office: Office) -> None:
    """Let all watches look as if they were sealed with a key that was lost."""
    redis = office.bot.redis
    async for key in redis.scan_iter("tb:*:watch:*"):
        fields = await redis.hgetall(key)
        assert "watch" in fields
        forged = fields["watch"][:-8] + "AAAAAAAA"
        await redis.register_script("redis.call('HSET', KEYS[1], 'watch', ARGV[1])")(
            keys=[key], args=[forged]
        )


async def watch_of(office: Office, name: str = "mei") -> Watch:
    """Return somebody's watch."""
    watch = await office.bot.desk.reminders.watch(owner(name))
    assert watch is not None
    return watch
