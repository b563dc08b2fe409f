"""Text that people type and services send: made visible, and made comparable."""

import difflib
import unicodedata
from collections.abc import Iterable

_KEYBOARD: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys([0x60, 0xB4, *range(0x2018, 0x201C)], "'"),
    **dict.fromkeys([0xAB, 0xBB, *range(0x201C, 0x2020), *range(0x300C, 0x3010)], '"'),
    **dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63], "-"),
    0x2264: "<=",
    0x2265: ">=",
}
"""Full-width signs, single and double quotes of all kinds, dashes, and comparisons."""

_INVISIBLE = {"Cc", "Cf", "Cs"}
_CLOSE_ENOUGH = 0.6


def tidy(text: str) -> str:
    """Drop what cannot be seen and write every run of white space as one space.

    Control, format (zero-width, bidirectional) and surrogate characters go: they can hide or
    reorder what a person reads, and a lone surrogate cannot be sent as UTF-8.
    """
    if text.isprintable():  # then all white space in it is plain spaces
        stripped = text.strip()
        return " ".join(stripped.split()) if "  " in stripped else stripped
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    return " ".join("".join(seen).split())


def straighten(text: str) -> str:
    """Undo what keyboards do: curly quotes, long dashes and full-width signs become ASCII."""
    return text if text.isascii() else text.translate(_KEYBOARD)


def fold(text: str) -> str:
    """Return the form in which two texts are compared: case, width and look do not count."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip().lower()
    return unicodedata.normalize("NFKC", straighten(tidy(text))).casefold()


def one_typo(typed: str, meant: str) -> bool:
    """Tell whether one slip leads from one word to the other.

    A slip is one letter too many, too few, wrong, or two neighbours swapped: a
    Damerau-Levenshtein distance of exactly one.
    """
    short, long = sorted((typed, meant), key=len)
    if short == long or len(long) - len(short) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option that was most likely meant; None when none is near."""
    options = list(options)
    slip = next((option for option in options if one_typo(word, option)), None)
    return slip or next(iter(difflib.get_close_matches(word, options, 1, _CLOSE_ENOUGH)), None)
