"""Rate limits: how often somebody may ask, sign in, pay.

A bucket is a rate and what it is counted for. Counts are shared by all processes: in Redis where it is
configured, else in a file of the machine.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import Storage, storage_from_string

from ticketing.counters import SharedCounters  # (registers its storage scheme, too)
from ticketing.errors import Refusal, TooMany
from ticketing.queries.accounts import by_login
from ticketing.services import devices
from ticketing.services.devices import account_key

#: Refusals that mean: somebody guessed a password.
_WRONG_PASSWORD = ("wrong_credentials", "wrong_password")
#: So many ends of windows are remembered by a process that counts in Redis.
_MOST_ENDS = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """How a bucket stands: its size, what is left, and when it is full again (Unix seconds)."""

    limit: int
    remaining: int
    reset: int


class Limits:
    """The buckets of one application."""

    def __init__(self, app: Flask) -> None:
        config = app.config
        self.enabled: bool = config["RATELIMIT_ENABLED"]
        self._storage = _storage(config["RATELIMIT_STORAGE_URI"])
        self._ends: dict[str, float] = {}
        self.rates = {
            "auth": parse(config["RATELIMIT_AUTH"]),
            "payment": parse(config["RATELIMIT_PAYMENT"]),
            "user": parse(config["RATELIMIT_USER"]),
            "anon": parse(config["RATELIMIT_ANON"]),
            "sign_in": parse(config["RATELIMIT_SIGN_IN"]),
            "failures": parse(config["RATELIMIT_FAILURES"]),
            "account_failures": parse(config["RATELIMIT_ACCOUNT_FAILURES"]),
            "mail": parse(config["RATELIMIT_MAIL"]),
        }
        for name in ("user", "anon"):
            rate = self.rates[name]
            factor = config["RATELIMIT_V1_FACTOR"]
            self.rates[f"v1_{name}"] = type(rate)(rate.amount * factor, rate.multiples)

    def take(self, rate: str, *counted_for: str) -> Count:
        """Count one, and refuse it where the bucket is empty.

        :raises TooMany: it is; with the seconds after which it is full again.
        """
        item = self.rates[rate]
        key = item.key_for(rate, *counted_for)
        try:
            number, ends = self._counted(key, item)
        except self._storage.base_exceptions:
            return self._out_of_order(item)
        return _standing(item, number, ends, full=number > item.amount)

    def look(self, rate: str, *counted_for: str) -> Count:
        """How a bucket stands, counting nothing.

        :raises TooMany: it is empty.
        """
        item = self.rates[rate]
        key = item.key_for(rate, *counted_for)
        try:
            number, ends = self._storage.get(key), self._storage.get_expiry(key)
        except self._storage.base_exceptions:
            return self._out_of_order(item)
        if not number:
            ends = time.time() + item.get_expiry()
        return _standing(item, number, ends, full=number >= item.amount)

    def forget(self, rate: str, *counted_for: str) -> None:
        """Fill a bucket again."""
        key = self.rates[rate].key_for(rate, *counted_for)
        self._ends.pop(key, None)
        try:
            self._storage.clear(key)
        except self._storage.base_exceptions:
            self._out_of_order(self.rates[rate])

    def _counted(self, key: str, item: RateLimitItem) -> tuple[int, float]:
        """Count one; the number in the running window, and when that ends. One statement, one round trip."""
        if isinstance(self._storage, SharedCounters):
            return self._storage.count(key, item.get_expiry())
        number = self._storage.incr(key, item.get_expiry())
        ends = self._ends.get(key, 0.0)
        if number == 1 or ends <= time.time():
            if len(self._ends) >= _MOST_ENDS:
                self._ends.clear()
            ends = self._ends[key] = self._storage.get_expiry(key)
        return number, ends

    def _out_of_order(self, item: RateLimitItem) -> Count:
        """Nobody is turned away because the counters do not answer."""
        current_app.logger.warning("rate limits cannot be counted", exc_info=True)
        return Count(item.amount, item.amount, math.ceil(time.time()) + item.get_expiry())


def _storage(url: str) -> Storage:
    found = storage_from_string(url)
    if not isinstance(found, Storage):
        raise TypeError(f"{url} counts asynchronously")
    return found


def _standing(item: RateLimitItem, number: int, ends: float, *, full: bool) -> Count:
    reset = math.ceil(ends)
    if full:
        raise TooMany(item.amount, reset, max(math.ceil(ends - time.time()), 1))
    return Count(item.amount, max(item.amount - number, 0), reset)


def limits() -> Limits:
    """The current application's buckets."""
    found: Limits = current_app.extensions["limits"]
    return found


def init_app(app: Flask) -> None:
    """Give the application its buckets."""
    app.extensions["limits"] = Limits(app)


def place_of(address: str) -> str:
    """Whom an address stands for: an IPv6 household has 2⁶⁴ of them, which count as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return address


def account_of(login: str) -> str:
    """What the account is called in counters: the same by whichever of its names somebody tries it."""
    user = by_login(login)
    return account_key(login if user is None else user.email)


def admit_sign_in(rate: str, address: str, login: str, device: str | None = None) -> Count | None:
    """Let somebody try to sign in, or not (yet). Call it before the password is looked at.

    Tries are counted for an address and an account together, so that nobody locks an office out. Failures
    are counted for the address alone, so that nobody tries many accounts, and for the account alone, so
    that nobody tries it from many addresses. A device that the account has signed in from before
    (``device`` is its cookie) has a bucket of its own, so that nobody locks its owner out.

    :raises TooMany: not yet.
    """
    if not limits().enabled:
        return None
    account = account_of(login)
    if name := devices.known(device, login):
        return limits().take(rate, "device", name, account)
    place = place_of(address)
    limits().look("failures", place)
    limits().look("account_failures", account)
    return limits().take(rate, place, account)


def note_failure(address: str, login: str | None = None) -> None:
    """A sign-in has failed: one of the address's and of the account's failures is used up."""
    if not limits().enabled:
        return
    with contextlib.suppress(TooMany):
        limits().take("failures", place_of(address))
    if login is not None:
        with contextlib.suppress(TooMany):
            limits().take("account_failures", account_of(login))


def forgive(address: str, login: str) -> None:
    """Whoever guessed is locked out by a new password: its owner may sign in, from there at least."""
    if not limits().enabled:
        return
    account = account_of(login)
    limits().forget("account_failures", account)
    for rate in ("auth", "sign_in"):
        limits().forget(rate, place_of(address), account)


@contextlib.contextmanager
def trying_a_password(
    rate: str, address: str, login: str, device: str | None = None
) -> Iterator[Count | None]:
    """Around everything that looks at a password: admits the try, and notes its failure.

    :raises TooMany: not yet.
    """
    count = admit_sign_in(rate, address, login, device)
    try:
        yield count
    except Refusal as refusal:
        if refusal.code in _WRONG_PASSWORD:
            note_failure(address, login)
        raise


def take_sign_up(address: str) -> None:
    """One more account is to be opened by the form, from this address; many people may share it.

    :raises TooMany: there were very many already.
    """
    if limits().enabled:
        limits().take("anon", "sign-up form", place_of(address))


def take_mail(about: str) -> None:
    """One more mail is asked for about this address or account.

    :raises TooMany: there were many already.
    """
    if limits().enabled:
        limits().take("mail", account_key(about))


def may_mail(about: str) -> bool:
    """Whether one more mail may be asked for; counts it. For answers that must not tell."""
    try:
        take_mail(about)
    except TooMany:
        return False
    return True
