"""Where tokens are listed."""

import hashlib
from functools import lru_cache

from bot.models._base import Model

_ID_CHARACTERS = 16


class Target(Model):
    """One listable place: a source, and the coordinates that its API asks for.

    `coordinates` holds what the source declares (`SourceInfo.target_fields`), such as `region` or
    `workspace_id`. `label` is the person's own name for it, if any.
    """

    source: str
    coordinates: dict[str, str]
    label: str = ""

    def __getitem__(self, name: str) -> str:
        return self.coordinates[name]

    def labelled(self, label: str) -> "Target":
        """Return the same place under a person's own name for it."""
        return self.model_copy(update={"label": label})

    @property
    def id(self) -> str:
        """A short stable id of the place, whatever its label: safe in a key and in a button."""
        return _id(self.source, tuple(sorted(self.coordinates.items())))


# A list asks for it with each of its tokens. Not kept in the model: copies with other coordinates
# would keep it too.
@lru_cache(maxsize=10_000)
def _id(source: str, coordinates: tuple[tuple[str, str], ...]) -> str:
    parts = [source, *(part for pair in coordinates for part in pair)]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_CHARACTERS]
