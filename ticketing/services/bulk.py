"""Many deeds at once, each by itself: what can be done is done, the rest is told with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ticketing.errors import Invalid, Refusal, said
from ticketing.policy import Actor
from ticketing.queries.keys import Key
from ticketing.transaction import assert_none_open

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and what was not, with the refusal."""

    done: list[Key]
    refused: list[tuple[Key, Refusal]]


def each(actor: Actor, keys: Sequence[Key], command: Callable[[Actor, Key], object]) -> Outcome:
    """Do it to each, in a transaction of its own. One that is refused holds up none of the others.

    :raises Invalid: there are none, or more than ``MOST``.
    """
    assert_none_open()
    if not keys:
        raise Invalid("none_chosen", "Choose at least one.")
    if len(keys) > MOST:
        raise Invalid("too_many_chosen", said("Choose %(most)s at most.", most=MOST))
    outcome = Outcome([], [])
    for key in dict.fromkeys(keys):
        try:
            command(actor, key)
        except Refusal as refusal:
            outcome.refused.append((key, refusal))
        else:
            outcome.done.append(key)
    return outcome
