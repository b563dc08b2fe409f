"""What people see: models in, Block Kit and its text for notifications out. Pure.

Foreign text goes only into `plain_text`, `raw_text` and rich text elements, or escaped into
mrkdwn. Whatever the data, the result is within Slack's limits.
"""

from bot.blocks._kit import Block, Message, View

__all__ = ["Block", "Message", "View"]
