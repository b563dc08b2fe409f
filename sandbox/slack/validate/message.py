"""Messages: their blocks, the blocks of their attachments, and tables in both."""

from sandbox.slack import limits
from sandbox.slack.errors import SlackError
from sandbox.slack.types import Json
from sandbox.slack.validate.document import check_blocks, tables_in


def check_message(blocks: list[Json], attachments: list[Json], *, refuse_tables: bool) -> None:
    """Raise SlackError, in Slack's words, for blocks or attachments that Slack would refuse."""
    _refuse(
        "invalid_blocks",
        check_blocks(blocks, "message", "/blocks", refuse_tables=refuse_tables),
    )
    if len(attachments) > limits.MESSAGE_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    tables = tables_in(blocks)
    for index, attachment in enumerate(attachments):
        inner = attachment.get("blocks", [])
        at = f"/attachments/{index}/blocks"
        _refuse(
            "invalid_attachments",
            check_blocks(inner, "message", at, refuse_tables=refuse_tables),
        )
        tables += tables_in(inner)
    if tables > 1:
        _refuse("invalid_attachments", ["only_one_table_allowed"])


def _refuse(error: str, found: list[str]) -> None:
    if found:
        raise SlackError(error, messages=found, errors=found)
