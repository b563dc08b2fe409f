"""HTTP: what Slack sends, health and metrics."""
