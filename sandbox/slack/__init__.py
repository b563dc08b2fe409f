"""A Slack workspace, as strict as the real one."""
