"""Every metric, in one place. No label ever holds an id, a name or anything a person typed."""

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter("tokenbell_commands", "Slash commands by verb.", ["verb"])
CLICKS = Counter("tokenbell_clicks", "Buttons, selects and forms by action.", ["action"])
FAILURES = Counter("tokenbell_failures", "Answers that had to report an error.", ["error"])
REPLAYS = Counter("tokenbell_replays", "Requests refused because they had been seen before.")
READS = Counter("tokenbell_reads", "Targets read, by source and outcome.", ["source", "outcome"])
READ_SECONDS = Histogram(
    "tokenbell_read_seconds",
    "How long a target took to read, the cache included.",
    ["source"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 4, 8, 20),
)
SLACK_REFUSALS = Counter(
    "tokenbell_slack_refusals", "Calls that Slack refused.", ["method", "code"]
)
WORKING = Gauge("tokenbell_working", "Requests being worked on after their ack.")
