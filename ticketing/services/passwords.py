"""Passwords: how they are kept, and which are refused."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from ticketing.errors import said

MIN_LENGTH = 8
MAX_LENGTH = 1024
#: The commonest that are at least eight characters and not all digits; the strength score knows many more.
#: Short on purpose: what the documents use in their examples has to stay acceptable.
_COMMON = frozenset(
    """
    password qwertyui qwertyuiop 1q2w3e4r 1q2w3e4r5t q1w2e3r4 zaq12wsx iloveyou princess sunshine
    football baseball superman trustno1 jennifer michelle whatever starwars computer corvette qwerty123
    qwerty12 abcd1234 asdfghjk asdfghjkl letmein1 welcome1 passw0rd password1 mustang1 access14 aa123456
    abc12345 charlie1 dragon12 monkey12 shadow12 master12 michael1 liverpool internet samantha ashley12
    1qaz2wsx qazwsxedc 123qweasd 123456ab a1234567 qwer1234
    """.split()  # noqa: SIM905 (a list of words reads better than a column of strings)
)


@functools.lru_cache(maxsize=4)
def _hasher(time_cost: int, memory_cost: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism)


def hasher() -> PasswordHasher:
    """argon2id with the configured cost (``ARGON2``)."""
    return _hasher(**current_app.config["ARGON2"])


def hash_password(password: str) -> str:
    """The password's argon2id hash, as it is stored."""
    return hasher().hash(password)


def matches(password: str, stored: str) -> bool:
    """Whether this is the password that was hashed."""
    try:
        return hasher().verify(stored, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False


@functools.lru_cache(maxsize=4)
def _decoy(time_cost: int, memory_cost: int, parallelism: int) -> str:
    return _hasher(time_cost, memory_cost, parallelism).hash("nobody has this password")


def waste_time(password: str) -> None:
    """Take as long as a real comparison, so that the clock does not tell which addresses have accounts."""
    matches(password, _decoy(**current_app.config["ARGON2"]))


def weaknesses(password: str, personal: Iterable[str] = ()) -> list[str]:
    """Why a password is refused, in sentences; empty when it is accepted.

    ``personal`` are the e-mail address and the names, which a password must not be like.
    """
    found: list[str] = []
    if len(password) < MIN_LENGTH:
        found.append(said("This password is too short: use at least %(least)s characters.", least=MIN_LENGTH))
    if len(password) > MAX_LENGTH:
        found.append(said("This password is too long: use at most %(most)s characters.", most=MAX_LENGTH))
    if password.isdigit():
        found.append(said("This password is all digits."))
    if password.lower() in _COMMON:
        found.append(said("This password is too common."))
    if _is_like(password.lower(), personal):
        found.append(said("This password is too much like your name or e-mail address."))
    return found


def _is_like(password: str, personal: Iterable[str]) -> bool:
    parts = {part for text in personal for part in (text.lower(), text.lower().split("@")[0])}
    return any(len(part) > 3 and (part in password or password in part) for part in parts)
