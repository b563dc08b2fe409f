"""What a credential can and cannot read, once it was tried."""

from collections.abc import Mapping, Sequence

from bot.blocks import actions
from bot.blocks._kit import Block, Message, View, context, message, modal, plain_text, section
from bot.blocks._rich import bullets, emoji, foreign, line, rich, words
from bot.blocks._text import Json, where
from bot.blocks.problems import explain
from bot.models.proof import Proof
from bot.rules.times import count

_SHOWN = 20
_NAME = 100
_SENTENCE = 600


def result_view(proofs: Sequence[Proof], *, command: str, titles: Mapping[str, str]) -> View:
    """Return what a credential can and cannot read, once it is stored."""
    return modal(
        "Connected",
        _result(proofs, command, titles),
        callback_id=actions.CONNECT_RESULT_VIEW,
        close="Done",
    )


def result_message(proofs: Sequence[Proof], *, command: str, titles: Mapping[str, str]) -> Message:
    """Return the same for somebody who closed the modal."""
    return message(_read_in_all(proofs), _result(proofs, command, titles))


def _read_in_all(proofs: Sequence[Proof]) -> str:
    good = [proof for proof in proofs if proof.problem is None]
    tokens = count(sum(proof.tokens for proof in good), "token")
    return f"Connected: {tokens} in {count(len(good), 'place')}."


def _result(proofs: Sequence[Proof], command: str, titles: Mapping[str, str]) -> list[Block | None]:
    more = len(proofs) - _SHOWN
    return [
        section(plain_text(_read_in_all(proofs))),
        rich(bullets(_proof(proof, command, titles) for proof in proofs[:_SHOWN]))
        if proofs
        else None,
        context(f"And {count(more, 'more place')}.") if more > 0 else None,
        section(plain_text(f"Type {command} to see your tokens.")),
    ]


def _proof(proof: Proof, command: str, titles: Mapping[str, str]) -> Json:
    name = foreign(where(proof.target), _NAME, bold=True)
    if proof.problem is None:
        number = count(proof.tokens, "token")
        read = f": more than {number}" if proof.truncated else f": {number}"
        return line(emoji("white_check_mark"), words(" "), name, words(read))
    told = explain(proof.problem, command=command, titles=titles)
    reference = f" ({told.reference})" if told.reference else ""
    text = f"{told.what} {told.why} {told.next_step}{reference}"
    return line(emoji("warning"), words(" "), name, words(": "), foreign(text, _SENTENCE))
