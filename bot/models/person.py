"""A member of a Slack workspace, as far as the bot cares."""

from bot.models._base import Model


class Person(Model):
    """Who someone is in one scope. `zone` is an IANA name, `UTC` when Slack does not say."""

    user: str
    scope: str
    zone: str = "UTC"
    insider: bool = False
    guest: bool = False
    admin: bool = False
    deleted: bool = False
