"""What a person typed after the slash command: which verb, and the rest."""

import re
from collections.abc import Collection
from typing import NamedTuple

from bot.rules.text import one_typo, straighten, tidy


class Verb(NamedTuple):
    """One thing that the command does."""

    name: str
    usage: str
    does: str
    example: str


VERBS: tuple[Verb, ...] = (
    Verb("list", "[filters]", "your tokens, soonest expiry first", "list kyuubi expiring:30d"),
    Verb("show", "NAME or ID", "everything that is reported about one token", 'show "etl nightly"'),
    Verb("expiring", "[14d]", "what expires soon", "expiring 30d"),
    Verb("unused", "[90d]", "what nobody has used for long", "unused 180d"),
    Verb("share", "[#channel] [filters]", "post a list in a channel, after a preview", "share"),
    Verb("unshare", "", "see and remove the lists that you shared", "unshare"),
    Verb("connect", "", "add, test or change a connection", "connect"),
    Verb("disconnect", "", "remove a connection and delete its key", "disconnect"),
    Verb(
        "remind",
        "[here] [filters]",
        "choose when I ring; here reminds this channel",
        "remind here kyuubi",
    ),
    Verb("preview", "[30d]", "every reminder to come; sends nothing", "preview 30d"),
    Verb("export", "csv or json [filters]", "get a list as a file by DM", "export csv"),
    Verb("help", "", "this text", "help"),
)

_NAMES = frozenset(verb.name for verb in VERBS)
_ASKS_FOR_HELP = {"?", "h", "-h", "-help", "--help"}
_EXPIRING_DAYS = 14
_UNUSED_DAYS = 90
_SHORTEST_SLIP = 3

_MARKUP = re.compile(r"<([^<>]*)>")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^<>]*)?>")
_MENTION = re.compile(r"<[@#]([A-Z0-9]+)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_SPAN = re.compile(r"([0-9]+[a-z]*)(?:\s+(h|d|w)(?:ours?|ays?|eeks?)?)?(?=\s|$)", re.IGNORECASE)


class Command(NamedTuple):
    """A parsed command.

    `did_you_mean` is the verb that was perhaps mistyped; the command is then the list that the
    text asks for if it was not.
    """

    verb: str
    rest: str = ""
    did_you_mean: str | None = None

    @property
    def corrected(self) -> "Command":
        """The command with the verb that was perhaps meant."""
        _, _, rest = self.rest.partition(" ")
        return Command(self.did_you_mean, rest) if self.did_you_mean else self

    def filters(self, unused_days: int = _UNUSED_DAYS) -> str:
        """Return the filters that it asks for, in the grammar of `bot.rules.query`.

        `expiring` and `unused` are short for a filter, `unused` alone for so many days; mentions
        become the name that was typed.
        """
        text = _MENTION.sub(lambda m: m[2] or m[1], self.rest)
        usual = {"expiring": _EXPIRING_DAYS, "unused": unused_days}.get(self.verb)
        if usual is None or re.search(rf"(?:^|\s){self.verb}:", text, re.IGNORECASE):
            return text
        span = _SPAN.match(text)
        if span is None:
            return f"{self.verb}:{usual}d {text}".strip()
        return f"{self.verb}:{span[1]}{span[2] or ''} {text[span.end() :].strip()}".strip()


def normalise(text: str) -> str:
    """Undo what Slack and keyboards do to command text.

    Links and addresses become what was typed, entities become their characters, curly quotes,
    long dashes and full-width signs become ASCII, and invisible characters go. Mentions of people
    and channels stay as `<@U…|name>` and `<#C…|name>`.
    https://docs.slack.dev/messaging/formatting-message-text
    """
    text = _MARKUP.sub(_as_typed, text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return tidy(straighten(text))


def _as_typed(markup: re.Match[str]) -> str:
    inside = markup[1]
    target, _, label = inside.partition("|")
    if _MENTION.fullmatch(markup[0]):
        return markup[0]
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")


def parse_command(text: str, verbs: Collection[str] = _NAMES) -> Command:
    """Read the text after a slash command. `verbs` are those that this installation offers.

    The first word is the verb if it is one. One typo away from a verb, the command carries it as
    `did_you_mean`. Otherwise the whole text is the filters of a list.
    """
    text = normalise(text)
    first, _, rest = text.partition(" ")
    word = first.casefold().rstrip(".,!") or first
    rest = rest.strip()
    if word.rstrip("?") in verbs:
        return Command(word.rstrip("?"), rest)
    if word in _ASKS_FOR_HELP:
        return Command("help", rest)
    meant = next((verb.name for verb in VERBS if verb.name in verbs and _slip(word, verb.name)), "")
    return Command("list", text, meant or None)


def _slip(word: str, verb: str) -> bool:
    return len(word) >= _SHORTEST_SLIP and one_typo(word, verb)


def take_channel(text: str) -> tuple[str | None, str]:
    """Split the first channel mention off a text; return its id and what is left."""
    found = _CHANNEL.search(text)
    if found is None:
        return None, text
    return found[1], tidy(text[: found.start()] + text[found.end() :])
