"""JSON that can be answered with again."""

import json


def parse(text: str | bytes) -> object:
    """Read JSON, or raise ValueError.

    Python takes more than JSON is: NaN, halves of surrogate pairs and any depth of nesting, which
    could be kept but never be sent.
    """
    try:
        parsed: object = json.loads(text)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return parsed
