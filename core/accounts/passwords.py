"""Passwords: length rules and Argon2id. Hashing and checking take long on purpose: never within a unit of work."""

import secrets
import unicodedata
from functools import cache
from typing import NamedTuple, NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Invalid

MINIMUM_PASSWORD = 12
MAXIMUM_PASSWORD = 256
PasswordHash = NewType("PasswordHash", str)
"""What is stored. A type of its own, so that no function takes the password in its place."""


class NewPassword(NamedTuple):
    """A password made for somebody: what he is told, and what is stored."""

    text: str
    hash: PasswordHash


def make_password() -> NewPassword:
    """A random password for somebody else, who has to change it at his first sign-in."""
    text = secrets.token_urlsafe(12)
    return NewPassword(text, hash_password(text))


def check_password(password: str) -> None:
    """Raise Invalid for a password outside the length rules (NIST SP 800-63B: length, no composition rules)."""
    if not MINIMUM_PASSWORD <= len(_composed(password)) <= MAXIMUM_PASSWORD:
        message = f"A password needs {MINIMUM_PASSWORD} to {MAXIMUM_PASSWORD} characters."
        raise Invalid(message, {"new": message})


def hash_password(password: str) -> PasswordHash:
    """Argon2id with the library's current parameters, of the text in Unicode's normalisation form C."""
    return PasswordHash(_hasher().hash(_composed(password)))


def verify_password(hashed: str, password: str) -> bool:
    """False for a wrong password and for an unreadable hash.

    Systems send the same letters composed (NFC) or decomposed (NFD), and older hashes were made of the text as it came: each
    form is tried, which are several only where the password is not plain ASCII.
    """
    password = password[: 4 * MAXIMUM_PASSWORD]
    forms = dict.fromkeys((_composed(password), password, unicodedata.normalize("NFD", password)))
    return any(_matches(hashed, form) for form in forms)


def verify_or_pretend(hashed: str | None, password: str) -> bool:
    """The same; without a hash it takes as long and is false, so that nobody can tell which accounts exist."""
    return verify_password(hashed or _decoy(), password) and hashed is not None


def is_outdated(hashed: str, password: str) -> bool:
    """True when the hash of this right password should be made anew: old parameters, or not of its composed form."""
    return _hasher().check_needs_rehash(hashed) or (
        not password.isascii() and not _matches(hashed, _composed(password))
    )


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    return hash_password(secrets.token_urlsafe(16))
