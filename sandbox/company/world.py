"""What both services know: an empty one for small tests, or the furnished `Company`."""

from dataclasses import dataclass, field

from sandbox.company.access import Access
from sandbox.company.idaas import Idaas
from sandbox.company.kyuubi import Kyuubi


@dataclass(frozen=True, kw_only=True)
class DemoCredential:
    """A credential of the demo as its owner would fill it in.

    `connect` tells whether the demo connects it at the start or only offers it to be tried.
    `values` and `targets` hold form fields by name.
    """

    user: str
    connect: bool
    source: str
    kind: str
    label: str
    values: dict[str, str] = field(repr=False)
    targets: tuple[dict[str, str], ...]


class World:
    """Everything the two services answer from. `epoch` is the moment the data counts from, in ms."""

    def __init__(self, epoch_ms: int) -> None:
        self.epoch = epoch_ms
        self.kyuubi = Kyuubi()
        self.idaas = Idaas()
        self.access = Access()
        self.demo: list[DemoCredential] = []
