"""files.*: docs.slack.dev/messaging/working-with-files, the two-step upload."""

from sandbox.slack.api import Method
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.files import File
from sandbox.slack.methods import targets
from sandbox.slack.platform import Platform
from sandbox.slack.rates import Tier
from sandbox.slack.types import Json
from sandbox.slack.workspace import Message


def get_upload_url(platform: Platform, arguments: Arguments) -> Json:
    """Prepare an upload."""
    name, length = arguments.required("filename"), arguments.integer("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", messages=["length must be positive"])
    file, url = platform.files.expect(name, length)
    return {"upload_url": url, "file_id": file.id}


def complete_upload(platform: Platform, arguments: Arguments) -> Json:
    """Share uploaded files in one conversation, or keep them private without one."""
    files = _uploaded(platform, arguments)
    ref = arguments.text("channel_id") or arguments.text("channels")
    if ref:
        conversation = targets.visible_conversation(platform, ref)
        if not conversation.bot or conversation.archived:
            raise SlackError("posting_to_channel_denied")
        platform.workspace.post(
            Message(
                ts=platform.workspace.timestamps.new(),
                channel=conversation.id,
                user=platform.app.bot_user_id,
                bot_id=platform.app.bot_id,
                text=arguments.text("initial_comment"),
                files=[platform.files.as_json(file) for file in files],
                thread_ts=arguments.text("thread_ts") or None,
            )
        )
        for file in files:
            file.shared = True
    return {"files": [platform.files.as_json(file) for file in files]}


def _uploaded(platform: Platform, arguments: Arguments) -> list[File]:
    entries = arguments.parsed("files", "invalid_arguments")
    if not isinstance(entries, list) or not entries:
        raise SlackError("invalid_arguments", messages=["missing required field: files"])
    found = []
    for entry in entries:
        file = platform.files.find(entry.get("id")) if isinstance(entry, dict) else None
        if file is None or file.content is None or file.shared:
            raise SlackError("file_not_found")
        file.title = str(entry.get("title") or file.name)
        found.append(file)
    return found


_WRITE = ("files:write",)
METHODS = {
    "files.getUploadURLExternal": Method(handler=get_upload_url, scopes=_WRITE, tier=Tier.FOUR),
    "files.completeUploadExternal": Method(handler=complete_upload, scopes=_WRITE, tier=Tier.FOUR),
}
