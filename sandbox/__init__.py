"""A Slack workspace and both Alibaba services on loopback, to try and to test the bot.

Imports nothing from `bot` or `handlers`, or it would only agree with itself.
"""
