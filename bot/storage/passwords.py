"""Passwords and their hashes."""

import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import BotError

SHORTEST: Final = 12
"""Characters a password has at least. Its length is all that is asked of it."""

_hasher: Final = PasswordHasher()
# One hash takes 64 MiB and several cores for a moment: guessers at once shall not take the machine's memory.
_one_at_a_time: Final = threading.Lock()


class PasswordTooShort(BotError):
    """The password that was chosen is too short."""


def check_length(password: str) -> None:
    """Raise PasswordTooShort unless a password may be chosen."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(f"The password has fewer than {SHORTEST} characters: choose a longer one.")


def hashed(password: str) -> str:
    """Return what is stored of a password. Raises PasswordTooShort."""
    check_length(password)
    with _one_at_a_time:
        return _hasher.hash(_bytes(password))


def fits(password: str, password_hash: str) -> bool:
    """Whether a password is the one of the hash. Takes as long for an empty hash, which no password fits."""
    with _one_at_a_time:
        try:
            return _hasher.verify(password_hash or _nobodys_hash(), _bytes(password)) and password_hash != ""
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than a new one would be."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("the password of nobody")


def _bytes(password: str) -> bytes:
    # The same letters may be typed in two ways, for example with accents apart, on a phone and on a laptop.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
