"""What all factories share."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from operator import attrgetter
from typing import Any

from factory import LazyAttribute, LazyFunction
from factory.alchemy import SQLAlchemyModelFactory

from ticketing import clock
from ticketing.extensions import db


def in_days(number: float) -> Any:
    """A moment so many days from now."""
    return LazyFunction(lambda: clock.now() + timedelta(days=number))


def id_of(relation: str) -> Any:
    """The foreign key beside a relation, so that both are there before the row is read again."""
    return LazyAttribute(lambda row: getattr(getattr(row, relation), "id", None))


def row_of(model: type, path: str) -> Any:
    """The row that a foreign key leads to. Following the relation would fail where it is not loaded."""

    def found(row: Any) -> Any:
        key = attrgetter(path)(row)
        return None if key is None else db.session.get(model, key)

    return LazyAttribute(found)


def digest(text: str) -> str:
    """A SHA-256 that stands for something secret."""
    return hashlib.sha256(text.encode()).hexdigest()


class Factory(SQLAlchemyModelFactory):
    """Adds to the session of the test and commits: a savepoint, unless the test is ``committed``."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: db.session  # noqa: E731 (looked up when a row is made)
        sqlalchemy_session_persistence = "commit"
