"""Rate limits: how often somebody may ask, sign in, pay.

A bucket is a rate and what it is counted for. Counts are shared by all processes: in Redis where it is
configured, else in a file of the machine.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

import ticketing.counters  # noqa: F401 (registers its storage scheme)
from ticketing.errors import TooMany

#: Ways to sign in that have no documented rate of their own.
OTHER_SIGN_IN = "20 per hour"
#: Failed sign-ins from one address, whatever the account: nobody guesses through many.
FAILED_SIGN_INS = "100 per hour"
#: ``/api/v1/`` has no documented rates: so many times the general ones.
V1_FACTOR = 10


@dataclass(frozen=True, slots=True)
class Count:
    """How a bucket stands: its size, what is left, and when it is full again (Unix seconds)."""

    limit: int
    remaining: int
    reset: int


class Limits:
    """The buckets of one application."""

    def __init__(self, app: Flask) -> None:
        self.enabled: bool = app.config["RATELIMIT_ENABLED"]
        self._window = FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"]))
        self.rates = {
            "auth": parse(app.config["RATELIMIT_AUTH"]),
            "payment": parse(app.config["RATELIMIT_PAYMENT"]),
            "user": parse(app.config["RATELIMIT_USER"]),
            "anon": parse(app.config["RATELIMIT_ANON"]),
            "sign_in": parse(OTHER_SIGN_IN),
            "failures": parse(FAILED_SIGN_INS),
        }
        for name in ("user", "anon"):
            rate = self.rates[name]
            self.rates[f"v1_{name}"] = type(rate)(rate.amount * V1_FACTOR, rate.multiples)

    def take(self, rate: str, *counted_for: str) -> Count:
        """Count one, and refuse it where the bucket is empty.

        :raises TooMany: it is; with the seconds after which it is full again.
        """
        item = self.rates[rate]
        fits = self._window.hit(item, rate, *counted_for)
        return self._stand(item, rate, counted_for, fits)

    def look(self, rate: str, *counted_for: str) -> Count:
        """How a bucket stands, counting nothing.

        :raises TooMany: it is empty.
        """
        item = self.rates[rate]
        return self._stand(item, rate, counted_for, self._window.test(item, rate, *counted_for))

    def forget(self, rate: str, *counted_for: str) -> None:
        """Fill a bucket again."""
        self._window.clear(self.rates[rate], rate, *counted_for)

    def _stand(self, item: RateLimitItem, rate: str, counted_for: tuple[str, ...], fits: bool) -> Count:
        stats = self._window.get_window_stats(item, rate, *counted_for)
        count = Count(item.amount, max(int(stats.remaining), 0), math.ceil(stats.reset_time))
        if not fits:
            raise TooMany(count.limit, count.reset, max(count.reset - int(time.time()), 1))
        return count


def limits() -> Limits:
    """The current application's buckets."""
    found: Limits = current_app.extensions["limits"]
    return found


def init_app(app: Flask) -> None:
    """Give the application its buckets."""
    app.extensions["limits"] = Limits(app)


def admit_sign_in(rate: str, address: str, login: str, device: str | None) -> Count | None:
    """Let somebody try to sign in, or not (yet). Call it before the password is looked at.

    Tries are counted for an address and an account together, so that nobody locks an office out; a device
    that the account has signed in from before has a bucket of its own, so that nobody locks its owner out;
    failures are counted for the address alone, so that nobody tries many accounts.

    :raises TooMany: not yet.
    """
    if not limits().enabled:
        return None
    if device is not None:
        return limits().take(rate, "device", device)
    limits().look("failures", address)
    return limits().take(rate, address, account_key(login))


def note_failure(address: str) -> None:
    """A sign-in has failed: one of the address's failures is used up."""
    if limits().enabled:
        try:
            limits().take("failures", address)
        except TooMany:
            return


def account_key(login: str) -> str:
    """The account's part of a bucket's name: no address stands in the counters in clear."""
    return hashlib.sha256(login.strip().lower().encode(errors="replace")).hexdigest()[:32]
