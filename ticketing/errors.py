"""Refusals: what the house says when it will not do something.

A refusal carries a stable code (for programs), a sentence (for people) and, where one is to blame, the
field. It knows nothing of HTTP: each door turns kinds into its own status and words.
"""

from __future__ import annotations

from typing import Any


class Sentence(str):
    """A sentence with values in it, in English; ``pattern`` and ``values`` are for those who translate it."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, Any]


def said(pattern: str, **values: Any) -> Sentence:
    """``said("At most %(amount)s.", amount="5.00")``: a sentence that doors can say in other languages."""
    sentence = Sentence(pattern % values)
    sentence.pattern, sentence.values = pattern, values
    return sentence


_NOT_SIGNED_IN = said("Authentication credentials were not provided.")
_TRY_AGAIN = said("Please try again in a moment.")
_SILENT = said("The payment provider did not answer. Please try again.")
_MARKED = said("Please correct the marked fields.")


class Refusal(Exception):
    """Something was asked for that will not be done; nothing was changed."""

    def __init__(self, code: str, sentence: str, *, field: str | None = None, **details: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.fields: dict[str, list[str]] = {field: [sentence]} if field else {}
        self.details = details


class Invalid(Refusal):
    """The request contradicts a rule or the state of things."""

    @classmethod
    def in_fields(cls, fields: dict[str, list[str]]) -> Invalid:
        """One refusal that names several fields: ``{field: [sentence, …]}``."""
        sentences = [sentence for group in fields.values() for sentence in group]
        refusal = cls("invalid", sentences[0] if len(sentences) == 1 else _MARKED)
        refusal.fields = fields
        return refusal


class SoldOut(Invalid):
    """There are not enough tickets left; ``details["available"]`` says how many are."""

    def __init__(self, name: str, available: int, *, field: str = "quantity") -> None:
        super().__init__(
            "sold_out",
            said("Only %(available)s tickets available for '%(name)s'", available=available, name=name),
            field=field,
            available=available,
        )


class Conflict(Refusal):
    """The request collides with another one, or with its own earlier form."""


class NotFound(Refusal):
    """There is no such thing, or none that this actor may know of."""

    def __init__(self, what: str = "object", *, field: str | None = None) -> None:
        super().__init__("not_found", f"No such {what}.", field=field)


class NotAllowed(Refusal):
    """The actor is known and may not do this."""

    def __init__(
        self,
        sentence: str = said("You do not have permission to perform this action."),
        code: str = "not_allowed",
    ) -> None:
        super().__init__(code, sentence)


class NotSignedIn(Refusal):
    """This needs an actor with an account, and there is none or its token is no good."""

    def __init__(
        self,
        sentence: str = _NOT_SIGNED_IN,
        code: str = "not_authenticated",
    ) -> None:
        super().__init__(code, sentence)


class Unavailable(Refusal):
    """Not now: a lock, a database or a gateway did not answer in time. Trying again may help."""

    def __init__(self, sentence: str = _TRY_AGAIN, *, retry_after: int = 1) -> None:
        super().__init__("unavailable", sentence)
        self.retry_after = retry_after


class TooMany(Refusal):
    """Asked too often. ``limit`` is the bucket's size, ``reset`` when it is full again (Unix seconds)."""

    def __init__(self, limit: int, reset: int, retry_after: int) -> None:
        super().__init__("too_many_requests", f"Too many requests. Try again in {retry_after} seconds.")
        self.limit, self.reset, self.retry_after = limit, reset, retry_after


class GatewayDown(Unavailable):
    """The payment provider did not answer, or answered nonsense."""

    def __init__(self, sentence: str = _SILENT) -> None:
        super().__init__(sentence, retry_after=5)
        self.code = "gateway_down"


class RecordedRefusal(Refusal):
    """A refusal whose traces stay: ``transaction.py`` commits what was written, then raises it again."""
