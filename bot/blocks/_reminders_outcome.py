"""What became of one token of a reminder."""

from bot.blocks._rich import date, emoji, foreign, struck, words
from bot.blocks._text import Json
from bot.models.ledger import ItemState
from bot.models.notice import Edit, Item

_NAME = 60

_SIGNS: dict[ItemState, str] = {
    "snoozed": "zzz",
    "lapsing": "no_bell",
    "renewed": "white_check_mark",
    "moved": "arrow_right",
    "revoked": "no_entry_sign",
    "gone": "wastebasket",
    "unwatched": "no_bell",
    "superseded": "arrow_down",
}
_BECAME: dict[ItemState, str] = {
    "snoozed": "Snoozed",
    "lapsing": "Letting it lapse: I say nothing more about this expiry.",
    "renewed": "Renewed",
    "moved": "Its expiry was brought forward",
    "revoked": "Revoked: nothing more to do.",
    "gone": "Gone: it is no longer listed.",
    "unwatched": "No longer watched: its place was removed, or the settings leave it out.",
    "superseded": "A later reminder tells of it.",
}
_ENDS_KNOWN: frozenset[ItemState] = frozenset({"renewed", "moved"})


def outcome(item: Item, edit: Edit, zone: str) -> list[Json]:
    """Return what became of an item: its name, crossed out unless it may ring again."""
    name = item.token.display_name
    shown = foreign(name, _NAME, bold=True) if edit.state == "snoozed" else struck(name, _NAME)
    return [emoji(_SIGNS[edit.state]), words(" "), shown, words(" "), *_became(edit, zone)]


def _became(edit: Edit, zone: str) -> list[Json]:
    text = _BECAME[edit.state]
    if edit.state in _ENDS_KNOWN:
        if edit.new_expiry is None:
            return [words(f"{text}: it never expires now.")]
        was = date(edit.expiry, zone, lead=" (was ")
        return [date(edit.new_expiry, zone, lead=f"{text}: now expires "), was, words(").")]
    if edit.state == "snoozed":
        until = [date(edit.until, zone, lead=f"{text} until ")] if edit.until else [words(text)]
        return [*until, words(". A last notice would still ring.")]
    return [words(text)]
