"""How often a process that serves people looks for garbage."""

import gc

_NEW_OBJECTS = 50_000


def collect_less_often() -> None:
    """Let the cyclic collector come less often than its default, every 700 new objects.

    A list makes thousands of dicts that go as soon as it is posted: what is looked for among them
    is not there, and it took a seventh of the time of a reply. Reference counts free them as ever.
    """
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
