"""Every metric, in one place. No label ever holds an id, a name or anything a person typed."""

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter("tokenbell_commands", "Slash commands by verb.", ["verb"])
CLICKS = Counter("tokenbell_clicks", "Buttons, selects and forms by action.", ["action"])
FAILURES = Counter("tokenbell_failures", "Answers that had to report an error.", ["error"])
REPLAYS = Counter("tokenbell_replays", "Requests refused because they had been seen before.")
READS = Counter("tokenbell_reads", "Targets read, by source and outcome.", ["source", "outcome"])
READ_SECONDS = Histogram(
    "tokenbell_read_seconds",
    "How long a target took to read of which nothing fresh was kept.",
    ["source"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 4, 8, 20),
)
SLACK_REFUSALS = Counter(
    "tokenbell_slack_refusals", "Calls that Slack refused.", ["method", "code"]
)
WORKING = Gauge("tokenbell_working", "Requests being worked on after their ack.")
WAKES = Counter("tokenbell_wakes", "Watches looked after, by how that ended.", ["outcome"])
WAKE_SECONDS = Histogram(
    "tokenbell_wake_seconds",
    "How long looking after a watch took.",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 8, 30),
)
DUE_LAG = Histogram(
    "tokenbell_due_lag_seconds",
    "How long after it was due a watch was claimed.",
    buckets=(0.1, 1, 5, 30, 120, 600, 3600, 6 * 3600),
)
CLAIMED = Gauge("tokenbell_claimed", "Watches that this worker is looking after.")
RECOVERED = Counter("tokenbell_recovered", "Claims taken back from workers that died or hung.")
PARKED = Counter("tokenbell_parked", "Watches put aside for a day: they failed too often.")
ADDED = Counter("tokenbell_added", "Watches that the sweep found without a due entry.")
NOTICES = Counter("tokenbell_notices", "Notices by what became of posting them.", ["outcome"])
EDITS = Counter("tokenbell_edits", "Edits of older notices by outcome.", ["outcome"])
ANSWERS = Counter("tokenbell_answers", "Answers to notices, by kind.", ["kind"])
