"""How often somebody may call: every answer below ``/api/`` says how their bucket stands."""

from __future__ import annotations

from enum import Enum, auto

from flask import Flask, Response, g, request

from ticketing.api.errors import PREFIX, answer_refusal
from ticketing.api.identity import current_actor
from ticketing.errors import TooMany
from ticketing.services.throttle import Count, limits, place_of

_V1 = "/api/v1/"
_UNCOUNTED = object()


class Counted(Enum):
    """Which bucket the calls of a route are taken from."""

    #: The account's; without one, the address's.
    GENERALLY = auto()
    #: The address's for opening accounts (EasyTicket 003: 5 an hour).
    SIGN_UP = auto()
    #: The account's for starting payments (EasyTicket 003: 10 an hour).
    PAYMENT = auto()
    #: The handler takes from one, because it depends on what the call says.
    BY_HANDLER = auto()
    #: None: others call back when they have to.
    NOT_AT_ALL = auto()


def count_call(counted: Counted) -> None:
    """Count a call whose caller is known.

    :raises TooMany: the bucket is empty.
    """
    if not limits().enabled:
        return
    if counted is Counted.GENERALLY:
        user_id = current_actor().user_id
        if user_id is None:
            take("anon", _address())
        else:
            count_account(user_id)
    elif counted is Counted.SIGN_UP:
        take("auth", "signup", _address())
    elif counted is Counted.PAYMENT:
        take("payment", str(current_actor().user_id))
    elif counted is Counted.NOT_AT_ALL:
        g.api_count = _UNCOUNTED


def count_account(user_id: int) -> None:
    """Count a call for an account that proved itself otherwise than by an access token.

    :raises TooMany: its bucket is empty.
    """
    if limits().enabled:
        take("user", str(user_id))


def take(rate: str, *counted_for: str) -> None:
    """Count one, and let the answer say how the bucket stands.

    :raises TooMany: it is empty.
    """
    if rate in ("user", "anon") and request.path.startswith(_V1):
        rate = f"v1_{rate}"
    note(limits().take(rate, *counted_for))


def note(count: Count | None) -> None:
    """Let the answer say how this bucket stands."""
    if count is not None:
        g.api_count = count


def _address() -> str:
    return place_of(request.remote_addr or "")


def _finish(answer: Response) -> Response:
    """Write the headers. What nothing has counted is an anonymous call: an early error, a document."""
    if not limits().enabled or request.method == "OPTIONS" or not request.path.startswith(PREFIX):
        return answer
    if "api_count" not in g:
        try:
            take("anon", _address())
        except TooMany as refusal:
            refused = answer_refusal(refusal)
            # A client whose token has just expired must learn that, or it never asks for a fresh one.
            answer = answer if answer.status_code == 401 else refused
    if g.api_count is not _UNCOUNTED:
        count: Count = g.api_count
        answer.headers["X-RateLimit-Limit"] = str(count.limit)
        answer.headers["X-RateLimit-Remaining"] = str(count.remaining)
        answer.headers["X-RateLimit-Reset"] = str(count.reset)
    return answer


def init_limits(app: Flask) -> None:
    """Count the calls of the application's API."""
    app.after_request(_finish)
