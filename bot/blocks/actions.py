"""The names of what can be pressed and submitted. The web API carries them, so they are final."""

import re

LIST_PAGE = "list.page"
LIST_FILTER = "list.filter"
LIST_CLEAR = "list.clear"
LIST_DETAILS = "list.details"
LIST_REFRESH = "list.refresh"
LIST_SHARE = "list.share"
LIST_EXPORT = "list.export"
LIST_AGAIN = "list.again"

TOKEN_SHOW = "token.show"  # noqa: S105  # a button's name
TOKEN_BACK = "token.back"  # noqa: S105  # a button's name

VERB_CORRECTED = "verb.corrected"
VERB_SEARCH = "verb.search"

HELP = "help"

CONNECT_START = "connect.start"
CONNECT_MANAGE = "connect.manage"
CONNECT_TEST = "connect.test"
CONNECT_ADD_TARGET = "connect.add_target"
CONNECT_REPLACE = "connect.replace"
CONNECT_REMOVE = "connect.remove"
CONNECT_REMOVE_TARGET = "connect.remove_target"
FORGET_ME = "forget_me"

NOTICE_RENEWED = "notice.renewed"
NOTICE_SNOOZE = "notice.snooze"
NOTICE_LAPSE = "notice.lapse"
NOTICE_UNDO = "notice.undo"
NOTICE_DETAILS = "notice.details"
NOTICE_WHY = "notice.why"
NOTICE_MORE = "notice.more"
NOTICE_PICK = "notice.pick"

REMIND_MODE = "remind.mode"
REMIND_SETTINGS = "remind.settings"
REMIND_UNDO = "remind.undo"
PREVIEW_PAGE = "preview.page"

EXPORT = "export"
SHARE_CHANNEL = "share.channel"
SHARE_COLUMNS = "share.columns"
SHARE_MINE = "share.mine"
SHARE_REMIND = "share.remind"
SHARE_UPDATE = "share.update"
SHARE_REMOVE = "share.remove"
SHARE_REMOVE_ALL = "share.remove_all"
SHARE_OPEN = "share.open"
SHARE_RINGS = "share.rings"
CHANNEL_MINE = "channel.mine"
CHANNEL_STOP = "channel.stop"
CHANNEL_SETTINGS = "channel.settings"

HOME_DETAILS = "home.details"
HOME_REFRESH = "home.refresh"

FILTER_VIEW = "filter"
CONNECT_SOURCE_VIEW = "connect.source"
CONNECT_FORM_VIEW = "connect.form"
CONNECT_TARGETS_VIEW = "connect.targets"
CONNECT_RESULT_VIEW = "connect.result"
NOTICE_ITEM_VIEW = "notice.item"
NOTICE_TOKEN_VIEW = "notice.token"  # noqa: S105  # a view's name
REMIND_VIEW = "reminders"
CHANNEL_VIEW = "channel.form"
SHARE_VIEW = "share.preview"
WAITING_VIEW = "waiting"


def variants(action_id: str) -> re.Pattern[str]:
    """Match an action id with or without the suffix that keeps it unique within its block."""
    return re.compile(rf"^{re.escape(action_id)}(?:\.[a-z0-9_]+)*$")
