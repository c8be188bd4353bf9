"""What stands in bodies, queries and answers: fields that know their bounds and how they are published."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import InstrumentedAttribute

from ticketing import money
from ticketing.queries.keys import Key, parse_key

INT64 = 2**63 - 1
INT32 = 2**31 - 1
#: More tickets than any event has; sums of such numbers still fit a 64-bit column.
MOST_TICKETS = 10**9
_LONGEST_KEY = 300
_YEARS = range(1900, 3000)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


class In(Schema):
    """What a caller sends. Keys that nobody knows are ignored."""

    class Meta:
        unknown = EXCLUDE


class Out(Schema):
    """What a caller gets; it documents and is never run. Every key is always there, unless its field says
    ``optional``."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Publish the field as one that is always there."""
        field_obj.required = not field_obj.metadata.get("x-optional", False)


class Text(fields.String):
    """A string without blanks around it and without NUL, at most as long as its column.

    :param longest: how long, or the column that says so.
    :param blank: whether nothing but blanks is accepted.
    :param also: further checks of what is not blank.
    """

    def __init__(
        self,
        longest: int | InstrumentedAttribute[str],
        *,
        blank: bool = True,
        trimmed: bool = True,
        also: Callable[[str], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.trimmed, self.also = trimmed, also
        most = longest if isinstance(longest, int) else longest.type.length
        super().__init__(validate=validate.Length(None if blank else 1, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text:
            raise ValidationError("Null characters are not allowed.")
        text = text.strip() if self.trimmed else text
        if self.also is not None and text:
            self.also(text)
        return text


class Word(fields.String):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(words), **kwargs)


class Whole(fields.Integer):
    """A whole number within bounds; the text of one counts too (forms), true and 1.5 do not."""

    _DIGITS = re.compile(r"[+-]?[0-9]{1,40}\Z")

    def __init__(self, least: int = 0, most: int = INT64, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and self._DIGITS.match(value.strip()):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Money(fields.Field[Decimal]):
    """An amount in major units: as text with the currency's decimals and at least two (``"19.50"``).

    Read from text or a number; how fine it may be is for the currency to say.
    """

    default_error_messages = {"invalid": "Not a valid amount.", "negative": "Must not be negative."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
            raise self.make_error("invalid")
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation:
            raise self.make_error("invalid") from None
        if not amount.is_finite():
            raise self.make_error("invalid")
        if amount < 0:
            raise self.make_error("negative")
        return amount


class MoneyNumber(fields.Float):
    """An amount in major units, as a JSON number. Answers only."""


class UtcDate(fields.Field[datetime]):
    """A moment. Read with any offset; without one it is UTC, a bare date is its midnight."""

    default_error_messages = {
        "invalid": "Not a valid date and time: use ISO 8601, as in 2030-05-01T19:30:00Z.",
        "range": f"The year must lie between {_YEARS.start} and {_YEARS.stop - 1}.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        # The parser of the standard library overlooks a NUL behind the end.
        if not isinstance(value, str) or len(value) > 64 or not value.isprintable():
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise self.make_error("invalid") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if moment.year not in _YEARS:
            raise self.make_error("range")
        return moment.astimezone(UTC)


class Day(fields.Date):
    """A calendar day: ``2030-05-01``."""

    default_error_messages = {
        "range": f"The year must lie between {_YEARS.start} and {_YEARS.stop - 1}.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="date")
        day = super()._deserialize(value, attr, data, **kwargs)
        if day.year not in _YEARS:
            raise self.make_error("range")
        return day


class TimeOfDay(fields.Time):
    """A time on the wall: ``19:30`` or ``19:30:00``. It has no zone of its own."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="time")
        at = super()._deserialize(value, attr, data, **kwargs)
        return at.replace(microsecond=0)


class Degrees(fields.Field[Decimal]):
    """A coordinate, within ``-most`` and ``most``, to six decimals. Read from text or a number."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(metadata={"type": "number", "minimum": -most, "maximum": most}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
            raise ValidationError("Not a valid number.")
        try:
            degrees = Decimal(str(value).strip())
        except InvalidOperation:
            raise ValidationError("Not a valid number.") from None
        if not degrees.is_finite() or abs(degrees) > self.most:
            raise ValidationError(f"Must lie between -{self.most} and {self.most}.")
        return degrees.quantize(Decimal("0.000001"))


class Slug(Text):
    """A readable key: letters, digits, ``-`` and ``_``; empty where it shall be made."""

    def __init__(self, longest: int | InstrumentedAttribute[str], **kwargs: Any) -> None:
        also = validate.Regexp(r"[-a-zA-Z0-9_]+\Z", error="Use letters, digits, hyphens and underscores.")
        super().__init__(longest, also=also, **kwargs)


class AnyKey(fields.Field[Key]):
    """An id in either form, integer or UUID; a slug where the thing has one."""

    default_error_messages = {"invalid": "Not a valid id."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Key:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.make_error("invalid")
        key = usable_key(value)
        if key is None:
            raise self.make_error("invalid")
        return key


def usable_key(given: int | str) -> Key | None:
    """A key that may be looked up, or nothing for one that no row can have."""
    if isinstance(given, str) and (not given.strip() or len(given) > _LONGEST_KEY or "\0" in given):
        return None
    key = parse_key(given.strip() if isinstance(given, str) else given)
    return None if isinstance(key, int) and not 0 < key <= INT64 else key


def utc_text(moment: datetime | None) -> str | None:
    """``2030-05-01T19:30:00.000000Z``: ISO 8601 in UTC with microseconds."""
    return None if moment is None else moment.isoformat(timespec="microseconds")[:26] + "Z"


def money_number(minor: int, currency: str) -> float | int:
    """Minor units as a JSON number of major ones."""
    return float(money.to_decimal(minor, currency))
