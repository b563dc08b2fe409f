"""Every Redis key: what it is called, what is in it, who owns it and how long it lives.

All keys of one installation carry the hash tag `{scope}`, so that on a Cluster they share a slot
and a script may touch several of them; the due index is spread over the tags `{due:00}` and so on.
Text from outside is escaped: no id breaks out of its key.
https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
"""

from datetime import timedelta

from bot.store._key_table import TABLE, Key, key, part, scoped

CACHE_TTL = timedelta(hours=24)
INDEX_TTL = timedelta(hours=25)
PURGES_TTL = timedelta(hours=1)
LOCK_TTL = timedelta(minutes=1)
HEALTH_TTL = timedelta(days=30)
PERSON_TTL = timedelta(hours=24)
SCREEN_TTL = timedelta(hours=24)
SEEN_TTL = timedelta(hours=24)
FLAG_TTL = timedelta(days=7)
NOTICE_TTL = timedelta(days=402)
SHARE_TTL = timedelta(days=98)
RATE_TTL = timedelta(days=7)
WORKERS_TTL = timedelta(minutes=2)
SWEEP_TTL = timedelta(hours=1)

KEYS = TABLE
"""Every pattern that may occur, by the name of the function that makes its keys."""


def everything(scope: str) -> str:
    """Return the SCAN pattern of all keys of an installation; escaped text has no wildcards."""
    return f"tb:{{{part(scope)}}}:*"


@key("tb:scopes", "set", "scopes", "the scopes of which anything permanent is stored", longest=None)
def scopes() -> str:
    """Return the key of the registry of scopes."""
    return "tb:scopes"


@key(
    "tb:{<scope>}:installation",
    "string",
    "installations",
    "the Slack installation with its bot token",
    longest=None,
    sealed=True,
)
def installation(scope: str) -> str:
    """Return the key of a scope's Slack installation."""
    return scoped(scope, "installation")


@key("tb:{<scope>}:owners", "set", "connections", "the users that have connections", longest=None)
def owners(scope: str) -> str:
    """Return the key of the registry of the people who connected something."""
    return scoped(scope, "owners")


@key(
    "tb:{<scope>}:connections:<user>",
    "hash",
    "connections",
    "connection id to connection",
    longest=None,
    sealed=True,
)
def connections(scope: str, user: str) -> str:
    """Return the key of a person's connections."""
    return scoped(scope, "connections", user)


@key(
    "tb:{<scope>}:health:<user>",
    "hash",
    "health",
    "connection id to how its last reading went",
    longest=HEALTH_TTL,
    sealed=True,
)
def health(scope: str, user: str) -> str:
    """Return the key of how a person's connections are doing."""
    return scoped(scope, "health", user)


@key(
    "tb:{<scope>}:reading:<fingerprint>:<target>:<extent>",
    "string",
    "readings",
    "one target's tokens, as last read with one credential",
    longest=CACHE_TTL,
    sealed=True,
)
def reading(scope: str, fingerprint: str, target: str, extent: str) -> str:
    """Return the key of a cached reading; `extent` is `all`, or `live` without what ended."""
    return scoped(scope, "reading", fingerprint, target, extent)


@key(
    "tb:{<scope>}:access_token:<fingerprint>",
    "string",
    "access_tokens",
    "the access token issued for a credential",
    longest=CACHE_TTL,
    sealed=True,
)
def access_token(scope: str, fingerprint: str) -> str:
    """Return the key of a cached access token."""
    return scoped(scope, "access_token", fingerprint)


@key(
    "tb:{<scope>}:cached:<credential>",
    "set",
    "cache",
    "the keys of all that was cached with a credential",
    longest=INDEX_TTL,
)
def cached(scope: str, credential: str) -> str:
    """Return the key of the index by which a credential's cached entries are found."""
    return scoped(scope, "cached", credential)


@key(
    "tb:{<scope>}:purges",
    "string",
    "cache",
    "an id that changes with every purge, so that a fetch under way is not cached after it",
    longest=PURGES_TTL,
)
def purges(scope: str) -> str:
    """Return the key of the mark of the last purge of a scope."""
    return scoped(scope, "purges")


@key(
    "tb:{<scope>}:lock:<name>",
    "string",
    "flight",
    "who is doing what only one process should do",
    longest=LOCK_TTL,
)
def lock(scope: str, name: str) -> str:
    """Return the key of the lock of a flight."""
    return scoped(scope, "lock", name)


@key(
    "tb:{<scope>}:person:<user>",
    "string",
    "people",
    "who someone is in Slack",
    longest=PERSON_TTL,
    sealed=True,
)
def person(scope: str, user: str) -> str:
    """Return the key of a person's record."""
    return scoped(scope, "person", user)


@key(
    "tb:{<scope>}:screen:<id>",
    "string",
    "screens",
    "what a message or form on somebody's screen stands for",
    longest=SCREEN_TTL,
    sealed=True,
)
def screen(scope: str, screen_id: str) -> str:
    """Return the key of what a message or form stands for."""
    return scoped(scope, "screen", screen_id)


@key(
    "tb:{<scope>}:screens:<user>",
    "set",
    "screens",
    "the ids of a person's screens, so that they can be deleted",
    longest=SCREEN_TTL,
)
def screens(scope: str, user: str) -> str:
    """Return the key of the index of a person's screens."""
    return scoped(scope, "screens", user)


@key(
    "tb:{<scope>}:seen:<id>",
    "string",
    "seen",
    "that something from Slack was already handled",
    longest=SEEN_TTL,
)
def seen(scope: str, seen_id: str) -> str:
    """Return the key that marks something as handled."""
    return scoped(scope, "seen", seen_id)


@key(
    "tb:{<scope>}:command",
    "string",
    "command_names",
    "what the slash command is called, unless as usual",
    longest=None,
)
def command_name(scope: str) -> str:
    """Return the key of the slash command's name."""
    return scoped(scope, "command")


@key(
    "tb:{<scope>}:flag:<name>",
    "string",
    "flags",
    "that something was found out about a workspace",
    longest=FLAG_TTL,
)
def flag(scope: str, name: str) -> str:
    """Return the key of a flag."""
    return scoped(scope, "flag", name)


@key("tb:{<scope>}:watches", "set", "watches", "the ids of all watches", longest=None)
def watches(scope: str) -> str:
    """Return the key of the registry of watches."""
    return scoped(scope, "watches")


@key(
    "tb:{<scope>}:watch:<watch>",
    "hash",
    "watches",
    "a watch's settings and ledger, what is being sent for it, and which messages are behind",
    longest=None,
    sealed=True,
)
def watch(scope: str, watch_id: str) -> str:
    """Return the key of a watch."""
    return scoped(scope, "watch", watch_id)


@key(
    "tb:{<scope>}:notice:<id>",
    "hash",
    "watches",
    "a notice, where it was posted, and whether it was",
    longest=NOTICE_TTL,
    sealed=True,
)
def notice(scope: str, notice_id: str) -> str:
    """Return the key of a notice."""
    return scoped(scope, "notice", notice_id)


@key(
    "tb:{<scope>}:notices:<watch>",
    "zset",
    "watches",
    "the ids of a watch's notices by when they end, so that they can be deleted",
    longest=NOTICE_TTL,
)
def notices(scope: str, watch_id: str) -> str:
    """Return the key of the index of a watch's notices."""
    return scoped(scope, "notices", watch_id)


@key(
    "tb:{<scope>}:share:<id>",
    "hash",
    "shares",
    "a list that was shared, whose it is and where its message is",
    longest=SHARE_TTL,
    sealed=True,
)
def share(scope: str, share_id: str) -> str:
    """Return the key of a share."""
    return scoped(scope, "share", share_id)


@key(
    "tb:{<scope>}:shares:<user>",
    "set",
    "shares",
    "the ids of a person's shares",
    longest=SHARE_TTL,
)
def shares(scope: str, user: str) -> str:
    """Return the key of the index of a person's shares."""
    return scoped(scope, "shares", user)


@key(
    "tb:{<scope>}:channels:<user>",
    "set",
    "channel_watches",
    "the ids of the watches that ring in a channel and are a person's",
    longest=None,
)
def channel_watches(scope: str, user: str) -> str:
    """Return the key of the index of a person's channel watches."""
    return scoped(scope, "channels", user)


@key("tb:{<scope>}:ageing", "zset", "shares", "the ids of shares by when they age", longest=None)
def ageing(scope: str) -> str:
    """Return the key of what is to be done about shares, and when."""
    return scoped(scope, "ageing")


@key(
    "tb:{<scope>}:takedowns",
    "zset",
    "shares",
    "messages that have to be taken down, by when to try",
    longest=None,
)
def takedowns(scope: str) -> str:
    """Return the key of the messages that have to be taken down."""
    return scoped(scope, "takedowns")


@key(
    "tb:{<scope>}:rate:<name>",
    "hash",
    "rates",
    "when the next call of a kind may be made in a workspace",
    longest=RATE_TTL,
)
def rate(scope: str, name: str) -> str:
    """Return the key of a rate."""
    return scoped(scope, "rate", name)


@key("tb:workers", "zset", "heartbeats", "workers by their last sign of life", longest=WORKERS_TTL)
def workers() -> str:
    """Return the key of the workers that are alive."""
    return "tb:workers"


@key("tb:sweep", "string", "heartbeats", "that the sweep of this hour was begun", longest=SWEEP_TTL)
def sweep() -> str:
    """Return the key that lets one worker sweep, once an hour."""
    return "tb:sweep"


@key("tb:{due:<shard>}:wakes", "zset", "due", "what sleeps, by when it is due", longest=None)
def wakes(shard: str) -> str:
    """Return the key of what sleeps in a shard of the due index."""
    return _due(shard, "wakes")


@key("tb:{due:<shard>}:leases", "zset", "due", "what is claimed, by when that ends", longest=None)
def leases(shard: str) -> str:
    """Return the key of what is claimed in a shard."""
    return _due(shard, "leases")


@key(
    "tb:{due:<shard>}:claims",
    "hash",
    "due",
    "of what is claimed, or has failed: generation, attempts, when due, when to wake again",
    longest=None,
)
def claims(shard: str) -> str:
    """Return the key of the claims in a shard."""
    return _due(shard, "claims")


@key("tb:{due:<shard>}:parked", "zset", "due", "what failed too often, by since when", longest=None)
def parked(shard: str) -> str:
    """Return the key of what is parked in a shard."""
    return _due(shard, "parked")


def _due(shard: str, name: str) -> str:
    return f"tb:{{due:{part(shard)}}}:{name}"


def fingerprint_in(name: str) -> str:
    """Return the part of a cached entry's key that says with which credential it was fetched."""
    return name.split(":")[3]


def of(name: str) -> Key | None:
    """Return what is known about a key, None when nobody owns it."""
    return next((known for known in KEYS.values() if known.matches(name)), None)
