"""When a channel is reminded, as a form: what it sees stays as it was previewed."""

from bot.blocks import actions
from bot.blocks._kit import View, context, modal, plain_text, section
from bot.blocks._rich import rich
from bot.blocks.channel_notice import whose_line
from bot.blocks.remind import when_fields
from bot.models.watch import Watch
from bot.rules.why import when_it_rings

TITLE = "Channel reminders"


def channel_settings_view(watch: Watch, zone: str) -> View:
    """Return the form, filled with a watch. `zone` is that of whose reminders they are in Slack."""
    return modal(
        TITLE,
        [
            rich(whose_line(watch)),
            context("To show other columns or another filter, stop these and set up new ones."),
            *when_fields(watch, zone),
        ],
        callback_id=actions.CHANNEL_VIEW,
        submit="Save",
        close="Cancel",
        metadata=watch.id,
    )


def channel_saved_view(watch: Watch) -> View:
    """Say when a channel is reminded from now on."""
    text = f"Saved. I remind {when_it_rings(watch)}."
    return modal(TITLE, [section(plain_text(text))], callback_id=actions.WAITING_VIEW)
