"""Tokenbell: the authentication tokens of Alibaba Cloud in Slack, and a bell before they expire."""

__version__ = "0.1.0"
