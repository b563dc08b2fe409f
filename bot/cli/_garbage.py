"""What a process that serves people does not look through for garbage, and how often for the rest."""

import gc

_NEW_OBJECTS = 50_000


def spare_the_collector() -> None:
    """Leave what a start has built alone, and look for garbage among the rest less often.

    Once all is built: modules, handlers and models are there for good, and a full collection that
    looks through them stops everything for some 50 ms. By default the collector comes every 700 new
    objects. A list makes thousands of dicts that go as soon as it is posted: what is looked for
    among them is not there, and it took a seventh of the time of a reply. Reference counts free
    them as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
