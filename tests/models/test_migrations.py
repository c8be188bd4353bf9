"""The migrations lead from nothing to what the models say, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, inspect, text

from ticketing.extensions import db as extension
from ticketing.queries.search import INDEX

# SQLite: SQLAlchemy does not read such indexes back. The last test compares them as text.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*expression-based index", "ignore:.*Skipped unsupported reflection of expression"
)

INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    f" AND tablename <> '{INDEX}'",
}


def is_described(name: str) -> bool:
    """Migrations alone know Alembic's own table and those of the index that events are found by."""
    return name != "alembic_version" and not name.startswith(INDEX)


@pytest.fixture
def empty_app(app_on: Callable[[str], Flask], empty_database: str) -> Iterator[Flask]:
    """The application on a database that has no tables yet."""
    app = app_on(empty_database)
    with app.app_context():
        yield app
        extension.session.remove()
        extension.engine.dispose()


def tables() -> set[str]:
    return set(filter(is_described, inspect(extension.engine).get_table_names()))


def test_the_migrations_lead_up_and_back_and_up_again(empty_app: Flask) -> None:
    upgrade()
    assert tables() == set(extension.metadata.tables)
    downgrade(revision="base")
    assert set(inspect(extension.engine).get_table_names()) == {"alembic_version"}
    upgrade()
    upgrade()
    assert tables() == set(extension.metadata.tables)


def test_the_models_ask_for_no_further_migration(db: SQLAlchemy) -> None:
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: kind != "table" or is_described(name),
    }
    context = MigrationContext.configure(db.session.connection(), opts=options)
    assert compare_metadata(context, db.metadata) == []


def described(connection: Connection) -> dict[str, Any]:
    """All that the database knows of its tables, CHECKs and partial indexes included."""
    inspector = inspect(connection)
    found: dict[str, Any] = {}
    for table in sorted(filter(is_described, inspector.get_table_names())):
        columns = inspector.get_columns(table)
        found[f"{table} columns"] = {each["name"]: (str(each["type"]), each["nullable"]) for each in columns}
        for what in ("pk_constraint", "foreign_keys", "unique_constraints", "check_constraints"):
            found[f"{table} {what}"] = by_name(getattr(inspector, f"get_{what}")(table))
    rows = connection.execute(text(INDEXES[connection.dialect.name]))
    found["indexes"] = {name: " ".join(definition.split()) for name, definition in rows}
    found["indexes"].pop("alembic_version_pkc", None)
    return found


def by_name(constraints: Any) -> Any:
    if isinstance(constraints, dict):
        return constraints
    return sorted(constraints, key=lambda each: str(each["name"]))


def test_migrated_tables_are_those_of_the_models(db: SQLAlchemy, empty_app: Flask, app: Flask) -> None:
    extension.create_all()
    with extension.engine.connect() as connection:
        wanted = described(connection)
    with app.app_context():
        migrated = described(extension.session.connection())
        extension.session.remove()
    assert migrated == wanted
