"""How somebody goes through the form of a source."""

from sandbox.slack.types import Json
from tests.fixtures.bot import Office, owner
from tests.fixtures.world import Place


def filled(values: dict[str, str], place: Place | None = None) -> Json:
    """Return what somebody fills into the form of a source."""
    own = {f"credential.{name}": value or None for name, value in values.items()}
    return own | {f"target.{name}": value for name, value in (place or {}).items()}


async def form_of(office: Office, name: str, source: str, kind: str) -> Json:
    """Let somebody with nothing connected go to the form of a source."""
    ack = await office.sandbox.command(name, "general", "/tokens", "connect")
    assert ack.error is None
    choice = await office.modal(name, "Connect", "What do you want to connect?")
    submission = await office.sandbox.submit(name, choice, {"source": f"{source}:{kind}"})
    assert submission.errors == {}
    return await office.modal(name, "Connect", "The one permission it needs")


async def stored(office: Office, name: str) -> int:
    """Return how many connections somebody has."""
    return len((await office.bot.desk.connections.all(owner(name))).readable)
