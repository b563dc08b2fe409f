"""What may be used once only: the nonce of a signature, the id of a client assertion."""


class Once:
    """Remembers what was used, for as long as it could be replayed. Times are in one unit."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], int] = {}

    def use(self, owner: str, value: str, *, until: int, wall: int) -> bool:
        """Tell whether this is the first use; forget what has lapsed by `wall`."""
        self._until = {key: end for key, end in self._until.items() if end >= wall}
        first = (owner, value) not in self._until
        self._until[owner, value] = until
        return first
