"""Help: one message that fits, and what is said when a command was not understood."""

from collections.abc import Collection, Mapping

from bot.blocks import actions
from bot.blocks._elements import button
from bot.blocks._kit import Message, context, header, message, row
from bot.blocks._rich import bullets, line, rich, verbatim, words
from bot.blocks._text import Json, plain
from bot.rules.command import VERBS, Command

_TYPED = 100

_FILTERS = (
    ("status:expired", "active, expired, revoked or any"),
    ("expiring:14d", "what ends within that time: hours (12h), days (14d) or weeks (2w)"),
    ("unused:90d", "what was not used for that long"),
    ("name:etl  creator:mei  consumer:app_1  type:jwt", "part of what is reported"),
    ("shared:>5", "by how many may use it"),
    ("life:short", "tokens that live a day or less; life:long for the others"),
    ("sort:used", "expiry, used, name or created"),
    ('"etl nightly"', "any words, searched for everywhere"),
)


def help_message(command: str, *, verbs: Collection[str], titles: Mapping[str, str]) -> Message:
    """Return all that can be typed, by the name that the command was called by.

    `verbs` are those that this installation offers.
    """
    offered = [verb for verb in VERBS if verb.name in verbs]
    text = "What you can type"
    sources = [_line(name, title) for name, title in titles.items()]
    return message(
        f"{text}: {', '.join(f'{command} {verb.name}' for verb in offered)}",
        [
            header(text),
            rich(bullets(_line(f"{command} {v.name} {v.usage}".strip(), v.does) for v in offered)),
            rich(
                line(words("Filters", bold=True), words(f", after {command} or {command} list")),
                bullets([*sources, *(_line(typed, does) for typed, does in _FILTERS)]),
            ),
            rich(
                line(words("Examples", bold=True)),
                bullets(
                    line(verbatim(f"{command} {verb.example}"))
                    for verb in offered
                    if " " in verb.example
                ),
            ),
            context(f"Plain {command} lists your tokens. Only you see what I answer."),
        ],
    )


def _line(typed: str, does: str) -> Json:
    return line(verbatim(typed), words("  "), words(plain(does, _TYPED)))


def did_you_mean_message(command: str, asked: Command, *, screen: str) -> Message:
    """Ask whether a verb was meant. `screen` keeps what was typed."""
    meant = asked.did_you_mean or asked.verb
    word = plain(asked.rest.partition(" ")[0], _TYPED)
    text = f"Did you mean {command} {meant}?"
    return message(
        text,
        [
            rich(
                line(
                    words("Did you mean "),
                    verbatim(f"{command} {meant}"),
                    words(f"? There is no command “{word}”."),
                )
            ),
            row(
                button(f"Yes, {meant}", actions.VERB_CORRECTED, screen, style="primary"),
                button(f"Search for “{plain(word, 40)}”", actions.VERB_SEARCH, screen),
                button("Help", actions.HELP),
            ),
        ],
    )


def secret_message(what: str, command: str) -> Message:
    """Tell somebody that they typed a secret into Slack. `what` is its kind, as `find_secret` says."""
    text = f"That looks like {what}. I did not use it, and I keep no copy."
    advice = (
        "Slack keeps what is typed, and others may read it: replace it at Alibaba Cloud now. "
        f"Then connect with {command} connect, which has a form for it."
    )
    return message(
        f"{text} {advice}",
        [
            rich(line(words(text, bold=True), words(" "), words(advice))),
            row(button("Connect", actions.CONNECT_START, style="primary")),
        ],
    )
