"""Messages."""

from sandbox.slack.types import Json


def check_message(blocks: list[Json], attachments: list[Json], *, refuse_tables: bool) -> None:
    """Raise SlackError if Slack would refuse."""
