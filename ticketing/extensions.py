"""The Flask extensions, made once and bound to the application in ``create_app``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_babel import Babel
from flask_compress import Compress
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_login import LoginManager
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

#: Every constraint has a name that can be foretold, so that migrations and error messages can use it.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class _Base(DeclarativeBase):
    """What every table's class has."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=_Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Base = _Base
else:
    Base = db.Model
migrate = Migrate(render_as_batch=True, compare_type=True, compare_server_default=False)
login = LoginManager()
jwt = JWTManager()
csrf = CSRFProtect()
babel = Babel()
mail = Mail()
compress = Compress()


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """SQLite: foreign keys on, WAL, patience. PostgreSQL: waits that end."""
    module = type(connection).__module__
    if module.startswith("sqlite3"):
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 5000")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.close()
    elif module.startswith("psycopg"):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'; SET statement_timeout = '30s'; SET timezone = 'UTC'")


def init_app(app: Flask) -> None:
    """Bind every extension to the application."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"))
    login.init_app(app)
    jwt.init_app(app)
    csrf.init_app(app)
    babel.init_app(app)
    mail.init_app(app)
    compress.init_app(app)
    if app.config["CORS_ORIGINS"]:
        CORS(
            app,
            resources={r"/api/.*": {"origins": app.config["CORS_ORIGINS"]}},
            supports_credentials=True,
            expose_headers=[
                "Link",
                "Retry-After",
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
            ],
        )
