"""What the form tests share."""

from collections.abc import Mapping

import pytest

from bot.clients import Source
from bot.errors import InputError
from tests.fixtures.canaries import leaks


def refused(source: Source, kind: str, values: Mapping[str, str]) -> InputError:
    """Return why a form is refused, having made sure that it quotes nothing."""
    with pytest.raises(InputError) as caught:
        source.credential(kind, values)
    error = caught.value
    text = f"{error!r} {error.suggestion} {error.__context__!r} {error.__cause__!r}"
    assert not leaks(text)
    assert not any(value in text for value in values.values() if len(value) > 5)
    return error
