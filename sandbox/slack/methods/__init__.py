"""The Web API's methods, one file a family."""

from sandbox.slack.api import Method
from sandbox.slack.methods import apps, chat, conversations, files, oauth, users, views

METHODS: dict[str, Method] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **oauth.METHODS,
    **users.METHODS,
    **views.METHODS,
}
