"""Column types and small pieces that every table shares."""

from __future__ import annotations

import uuid as uuid_module
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from ticketing import clock
from ticketing.extensions import Base

#: 64 bits on PostgreSQL; SQLite only counts up an ``INTEGER`` primary key.
BigId = BigInteger().with_variant(Integer, "sqlite")
#: A JSON document; binary where the database has that.
Document = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; on SQLite as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


intpk = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]
#: Minor units of the row's currency.
minor = Annotated[int, mapped_column(BigInteger)]
text = Annotated[str, mapped_column(Text, default="")]
moment = Annotated[datetime, mapped_column(UtcDateTime)]
document = Annotated[dict[str, Any], mapped_column(Document, default=dict)]


def table(model: type[Base]) -> Table:
    """The model's table, for statements that need no objects."""
    return cast(Table, model.__table__)


def short(length: int, default: str = "") -> Mapped[str]:
    """A line of text, empty unless told."""
    return mapped_column(String(length), default=default)


def link(column: str, *, ondelete: str | None = None, index: bool = True) -> Mapped[Any]:
    """A foreign key to ``table.id`` whose index serves the way back."""
    return mapped_column(BigId, ForeignKey(column, ondelete=ondelete), index=index)


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """CHECK: the column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def not_negative(*columns: str) -> list[CheckConstraint]:
    """CHECK: none of these columns falls below zero."""
    return [CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns]


def only_where(condition: str) -> dict[str, Any]:
    """The keywords that make an index partial, the same on both databases."""
    return {"sqlite_where": sql(condition), "postgresql_where": sql(condition)}


class PublicId:
    """A UUID beside the integer key, for the doors that show one."""

    uuid: Mapped[uuid_module.UUID] = mapped_column(Uuid, unique=True, default=uuid_module.uuid4)


class Created:
    """When the row was made."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Timestamps(Created):
    """When the row was made and last changed."""

    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
