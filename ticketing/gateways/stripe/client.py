"""The connection to Stripe. Imported when it is first needed: Stripe's library is no part of the start-up."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
import structlog
from flask import current_app

from ticketing.config import is_loopback
from ticketing.errors import GatewayDown
from ticketing.gateways.stripe.failures import translated
from ticketing.transaction import assert_none_open

_CONNECT = 5.0
_RETRIES = 2
log = structlog.get_logger(__name__)

# It would write an identity of this machine into the home folder, and client secrets into its debug log.
stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)


class Transport(stripe.RequestsClient):
    """Pooled connections, a session a thread, and an end to waiting: a failure is met with another try only
    while the call as a whole is younger than one try may take. So a call lasts at most twice ``timeout``,
    plus the time to connect, and one that hangs is not repeated at all.
    """

    def __init__(self, timeout: float, *, direct: bool) -> None:
        # A proxy of the environment cannot reach this machine's own loopback.
        proxy: Any = {"http": "", "https": ""} if direct else None
        super().__init__(timeout=(min(_CONNECT, timeout), timeout), proxy=proxy)
        self._patience = timeout
        self._call = threading.local()

    def request_with_retries(self, *args: Any, **kwargs: Any) -> Any:
        """See ``stripe.HTTPClient``."""
        self._call.began = time.monotonic()
        return super().request_with_retries(*args, **kwargs)

    def _should_retry(self, *args: Any, **kwargs: Any) -> bool:
        has_time = time.monotonic() - self._call.began < self._patience
        return has_time and bool(super()._should_retry(*args, **kwargs))


@lru_cache(maxsize=8)
def _client(key: str, base: str | None, timeout: float) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else None,
        max_network_retries=_RETRIES,
        http_client=Transport(timeout, direct=base is not None and is_loopback(base)),
    )


# Two processes must not talk over one connection.
os.register_at_fork(after_in_child=_client.cache_clear)


def client() -> stripe.StripeClient:
    """The client for the configured account: the same one for all threads.

    :raises GatewayDown: there is no key, although payments were made with Stripe before.
    """
    settings = current_app.config
    if not settings["STRIPE_SECRET_KEY"]:
        log.error("stripe_is_not_configured", missing="STRIPE_SECRET_KEY")
        raise GatewayDown
    return _client(settings["STRIPE_SECRET_KEY"], settings["STRIPE_API_BASE"], settings["STRIPE_TIMEOUT"])


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """The client, for calls whose failures are told in the words of the house.

    :raises TransactionOpen: locks would be held while waiting.
    :raises GatewayDown: no answer, not in time, or not a sensible one.
    :raises NotFound: Stripe does not know what was asked for.
    :raises Declined: it knows, and will not.
    """
    assert_none_open()
    try:
        yield client()
    except stripe.StripeError as error:
        # Without the original: what it carries is not ours to show.
        raise translated(error) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Without the traceback: a developer's console prints local variables with it.
        log.error("stripe_answered_nonsense", kind=type(error).__name__, error=str(error)[:200])
        raise GatewayDown from None
