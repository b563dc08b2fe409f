"""One person's mapping to a source."""

from typing import NamedTuple

from bot.models._base import Instant, Model
from bot.models.credential import Credential
from bot.models.target import Target


class Owner(NamedTuple):
    """Whom something belongs to. `scope` is the Slack installation: an enterprise or a team id."""

    scope: str
    user: str


class Connection(Model):
    """A credential with a label, and the targets that it is used for."""

    id: str
    owner: Owner
    source: str
    label: str
    credential: Credential
    targets: tuple[Target, ...]
    created_at: Instant
