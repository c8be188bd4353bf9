"""What can go wrong between two servers, to be ordered beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.stripe_standin.books import Refused
from tests.support.stripe_standin.requests import Answer


@dataclass
class Trouble:
    """For the next ``times`` requests whose ``POST /v1/refunds`` holds ``at``: before the work it may hang
    or fail instead; after it, twice done perhaps, the answer may get lost.
    """

    at: str = ""
    times: int = 1
    hang: float = 0
    instead: Answer | None = None
    is_done_twice: bool = False
    is_dropped: bool = False


@dataclass
class Queue:
    """Orders, oldest first."""

    waiting: list[Trouble] = field(default_factory=list)

    def next_for(self, line: str) -> Trouble:
        """The trouble that this request meets: none, mostly."""
        for trouble in self.waiting:
            if trouble.at in line:
                trouble.times -= 1
                if not trouble.times:
                    self.waiting.remove(trouble)
                return trouble
        return Trouble()


def failing(status: int, body: bytes | None) -> Answer:
    """An answer of that status, in Stripe's form or with another body."""
    if body is not None:
        return Answer(status, body)
    if status == 429:
        return Answer.refusing(Refused(429, "Too many requests.", code="rate_limit"))
    if status == 409:
        message = "There is currently another in-progress request using this idempotency key."
        return Answer.refusing(Refused(409, message, type="idempotency_error", code="idempotency_key_in_use"))
    return Answer.refusing(Refused(status, "Sorry, something went wrong on Stripe's end.", type="api_error"))
