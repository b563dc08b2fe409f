"""What a message may consist of, however it is posted."""

from dataclasses import dataclass

from sandbox.slack import blocks as block_kit
from sandbox.slack import limits
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.types import Json
from sandbox.slack.validate.message import check_message
from sandbox.slack.workspace import Message


@dataclass(kw_only=True)
class Content:
    """Checked content; None where nothing was given."""

    text: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None

    def apply(self, message: Message) -> None:
        """Write it into a message; what was not given stays."""
        for name in ("text", "blocks", "attachments", "metadata"):
            value = getattr(self, name)
            if value is not None:
                setattr(message, name, value)


def read_content(
    arguments: Arguments, *, refuse_tables: bool, most_text: int = limits.MESSAGE_TEXT
) -> Content:
    """Check the content of a message as Slack does, or raise SlackError."""
    blocks = _list(arguments.parsed("blocks", "invalid_blocks_format"), "invalid_blocks_format")
    attachments = _list(
        arguments.parsed("attachments", "invalid_attachments"), "invalid_attachments"
    )
    text = arguments.text("text") if "text" in arguments.given else None
    markdown = arguments.text("markdown_text")
    if markdown:
        if blocks or text:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > limits.MARKDOWN_TOTAL:
            raise SlackError("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}]
    if len(text or "") > most_text:
        raise SlackError("msg_too_long")
    if not (text or "").strip() and not blocks and not attachments:
        raise SlackError("no_text")
    check_message(blocks or [], attachments or [], refuse_tables=refuse_tables)
    return Content(
        text=text,
        blocks=None if blocks is None else block_kit.tables_last(block_kit.kept(blocks)),
        attachments=None if attachments is None else block_kit.kept_attachments(attachments),
        metadata=_metadata(arguments),
    )


def _list(value: object, error: str) -> list[Json] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SlackError(error)
    return value


def _metadata(arguments: Arguments) -> Json | None:
    metadata = arguments.parsed("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if metadata and not (
        isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_schema")
    return metadata
