"""What people do in Slack: one file for each thing that they want. Each has `register(app)`."""

from slack_bolt.async_app import AsyncApp

from handlers import (
    channels,
    connect,
    connections,
    errors,
    export,
    home,
    lifecycle,
    lists,
    notices,
    preview,
    remind,
    share,
    tokens,
    unshare,
)


def register(app: AsyncApp) -> None:
    """Register every listener; the one that answers unknown controls comes last."""
    for module in (
        tokens,
        lists,
        connect,
        connections,
        notices,
        remind,
        share,
        unshare,
        channels,
        preview,
        export,
        home,
        lifecycle,
        errors,
    ):
        module.register(app)
