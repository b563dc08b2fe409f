"""One token of a reminder in a modal: why it rang, and what can be answered."""

from datetime import datetime

from bot.blocks import actions
from bot.blocks._kit import View, divider, modal
from bot.blocks._reminders import Told, paragraph
from bot.blocks._reminders_controls import answers
from bot.blocks._rich import bullets, foreign, line, rich, words
from bot.models.listing import Limits
from bot.models.notice import Item, Notice
from bot.rules.findings import USUAL
from bot.rules.why import explain

_SENTENCE = 600


def item_view(
    notice: Notice,
    item: Item,
    *,
    now: datetime,
    zone: str,
    title: str = "Why this?",
    note: str = "",
    limits: Limits = USUAL,
) -> View:
    """Return an item of a reminder as it stands, its answers, and why it rang."""
    told = Told(notice, item, now, zone, note, limits)
    reasons = (line(foreign(sentence, _SENTENCE)) for sentence in explain(item, notice.watch))
    return modal(
        title,
        [
            paragraph(told),
            answers(told),
            divider(),
            rich(line(words("Why this rang", bold=True)), bullets(reasons)),
        ],
        callback_id=actions.NOTICE_ITEM_VIEW,
    )
