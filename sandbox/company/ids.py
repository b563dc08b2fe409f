"""Ids and secrets that look like the vendor's, always the same for the same seed."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"
_MIXED = _LOWER + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARACTERS = 10


def number(*seed: object) -> int:
    """Return 512 bits that follow from the seed."""
    text = "\x1f".join(str(part) for part in seed)
    return int.from_bytes(hashlib.sha512(text.encode()).digest())


def _spell(value: int, alphabet: str, length: int) -> str:
    letters = []
    for _ in range(length):
        value, index = divmod(value, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)


def pick(options: Sequence[T], *seed: object) -> T:
    """Return one of the options."""
    return options[number(*seed) % len(options)]


def workspace_id(*seed: object) -> str:
    """Return an id such as `w-d2d82aa09155abcd`."""
    return f"w-{_spell(number('w', *seed), _LOWER[:16], 16)}"


def kyuubi_service_id(*seed: object) -> str:
    """Return an id such as `kb-c7141f10c3f549fc9f8b8ae562b8abcd`."""
    return f"kb-{_spell(number('kb', *seed), _LOWER[:16], 32)}"


def kyuubi_token_id(*seed: object) -> str:
    """Return an id such as `tk-zpi0abcdehdv4y`."""
    return f"tk-{_spell(number('tk', *seed), _LOWER, 14)}"


def kyuubi_token_text(*seed: object) -> str:
    """Return token text as Kyuubi makes it: 32 lower-case letters and digits."""
    return _spell(number("text", *seed), _LOWER, 32)


def masked(text: str) -> str:
    """Mask token text as Kyuubi does: `dxj**********wfg`."""
    return f"{text[:3]}{'*' * 10}{text[-3:]}"


def instance_id(*seed: object) -> str:
    """Return an id such as `idaas_ue2jvisn35ea5lmthk267abcde`."""
    return f"idaas_{_spell(number('idaas', *seed), _BASE32, 26)}"


def application_id(*seed: object) -> str:
    """Return an id such as `app_ngtkgrrabcdktg5eao6z4abcde`."""
    return f"app_{_spell(number('app', *seed), _BASE32, 26)}"


def _timed(prefix: str, at: int, *seed: object) -> str:
    stamp = _spell(at, _CROCKFORD, _TIME_CHARACTERS)[::-1]
    return f"{prefix}_{stamp}{_spell(number(prefix, *seed), _CROCKFORD, 19)}"


@lru_cache(maxsize=10_000)  # each list of what is minted has hundreds, most of them once more
def authentication_token_id(at: int, *seed: object) -> str:
    """Return an id such as `atntkn_01kqfvm0s…`, which starts with the time of creation."""
    return _timed("atntkn", at, *seed)


def credential_provider_id(at: int, *seed: object) -> str:
    """Return an id such as `atp_01kr2cmj5g…`."""
    return _timed("atp", at, *seed)


def user_id(*seed: object) -> str:
    """Return a 16-digit id of an Alibaba Cloud user."""
    return f"2{number('uid', *seed) % 10**15:015d}"


def access_key_id(*seed: object) -> str:
    """Return an AccessKey id."""
    return f"LTAI5t{_spell(number('ak', *seed), _MIXED, 18)}"


def access_key_secret(*seed: object) -> str:
    """Return an AccessKey secret: 30 letters and digits."""
    return _spell(number("sk", *seed), _MIXED, 30)


def client_secret(*seed: object) -> str:
    """Return a client secret of an IDaaS application."""
    return f"CS{_spell(number('cs', *seed), _MIXED, 42)}"
