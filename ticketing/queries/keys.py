"""Finding one row by whichever key a door was given: a number, a UUID, a slug."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm.interfaces import ORMOption

from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.policy import Permission

#: An integer primary key, a UUID, or a natural key (slug, number).
Key = int | UUID | str
M = TypeVar("M")

_BIGGEST = 2**63 - 1
#: The column that a textual key names, by table.
_NATURAL = {"events": "slug", "organizations": "slug", "event_categories": "slug", "orders": "number"}


def parse_key(text: str | int) -> Key:
    """A key as it stands in a path, a query or a body; what fits no form stays a textual one."""
    if isinstance(text, int):
        return text
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return UUID(text)
    except ValueError:
        return text


def find(
    model: type[M], key: Key, *options: ORMOption, lock: bool = False, where: Sequence[Any] = ()
) -> M | None:
    """The row with that key, fresh from the database, or nothing.

    With ``lock`` the row is kept for this transaction (``FOR NO KEY UPDATE``, so that rows which refer to
    it can still be inserted by others).
    """
    condition = _condition(model, key)
    if condition is None:
        return None
    statement = select(model).where(condition, *where).options(*options)
    if lock:
        statement = statement.with_for_update(key_share=True, of=model)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def load(model: type[M], key: Key, *options: ORMOption, lock: bool = False, field: str | None = None) -> M:
    """The row with that key.

    :raises NotFound: there is none.
    :raises Invalid: there is none, and ``field`` of a request named it.
    """
    row = find(model, key, *options, lock=lock)
    if row is not None:
        return row
    raise unknown(model, field=field)


def unknown(model: Any, *, field: str | None = None) -> Invalid | NotFound:
    """What is said of a key that leads nowhere; ``field`` of a request named it."""
    if field:
        return Invalid("unknown_" + field, f"There is no such {field.replace('_', ' ')}.", field=field)
    return NotFound(_singular(model))


def permission_to_see(key: Key) -> Permission:
    """What it takes to see an event that is named by this key. A number is guessed in no time: it does not
    lead strangers to what is on no list."""
    return Permission.EVENT_FIND if isinstance(key, int) else Permission.EVENT_SEE


def condition_for(model: Any, key: Key) -> ColumnElement[bool]:
    """Which row a key names; none for a key that no row can have."""
    condition = _condition(model, key)
    return false() if condition is None else condition


def _condition(model: Any, key: Key) -> Any:
    if isinstance(key, bool):
        return None
    if isinstance(key, int):
        return model.id == key if 0 < key <= _BIGGEST else None
    if isinstance(key, UUID):
        return model.uuid == key if hasattr(model, "uuid") else None
    column = _NATURAL.get(model.__tablename__)
    return getattr(model, column) == key if column and "\0" not in key else None


def _singular(model: Any) -> str:
    names = {"EventCategory": "category", "TicketType": "ticket type", "Offer": "ticket"}
    return names.get(model.__name__, model.__name__.lower())
