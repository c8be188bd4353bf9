"""Alembic's entry: runs the migrations on the application's own database."""

from __future__ import annotations

import warnings
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

from ticketing.models.types import UtcDateTime
from ticketing.queries.search import INDEX

config = context.config
db = current_app.extensions["migrate"].db


def _rendered(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types by name."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen_context.imports.add("from ticketing.models.types import UtcDateTime")
        return "UtcDateTime()"
    return False


def _is_described(name: str | None, kind: str, _parents: Any) -> bool:
    """The index of events is made by a migration alone; no model describes its tables."""
    return not (kind == "table" and name and name.startswith(INDEX))


def _no_empty_revision(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


# Batch mode reads tables back, and SQLAlchemy cannot read such an index on SQLite. No batch touches their tables.
warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")


def _run() -> None:
    options = {
        "target_metadata": db.metadata,
        "render_as_batch": True,
        "compare_type": True,
        "render_item": _rendered,
        "include_name": _is_described,
        "process_revision_directives": _no_empty_revision,
    }
    with db.engine.connect() as connection:
        # The engine runs in autocommit; a migration wants all or nothing. SQLite's batch mode recreates
        # tables, which foreign keys would get in the way of.
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text("BEGIN IMMEDIATE"))
        else:
            connection.execute(text("BEGIN"))
            connection.execute(text("SELECT pg_advisory_xact_lock(7413920001)"))
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if is_sqlite:
            connection.execute(text("PRAGMA foreign_keys = ON"))


if context.is_offline_mode():
    context.configure(
        url=db.engine.url, target_metadata=db.metadata, literal_binds=True, render_item=_rendered
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    _run()
