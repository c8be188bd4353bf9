"""Invitations, followers, messages to everybody, files made in the background, and what events and orders
need for them

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from ticketing.models.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TEXTS = ("terms", "refund_policy", "imprint")
_WORK = "status IN ('waiting', 'running', 'done', 'failed')"


def upgrade() -> None:
    for column in _TEXTS:
        op.add_column("organizations", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "organizations", sa.Column("widget_origins", _DOCUMENT, nullable=False, server_default="[]")
    )
    op.execute(
        "ALTER TABLE events ADD COLUMN tickets_per_account INTEGER"
        " CONSTRAINT ck_events_tickets_per_account_positive"
        " CHECK (tickets_per_account IS NULL OR tickets_per_account >= 1)"
    )
    op.add_column("events", sa.Column("moved_at", UtcDateTime(), nullable=True))
    op.drop_index("ix_orders_organization_id", "orders")
    op.create_index(
        "ix_orders_organization_id_confirmed_at", "orders", ["organization_id", "confirmed_at"]
    )
    _people()
    _work()


def _people() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_id", _ID, nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('OWNER', 'MANAGER', 'MEMBER')", name=op.f("ck_invitations_role_known")),
        _points("invitations", "organization_id", "organizations", "CASCADE"),
        _points("invitations", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_invitations_uuid")),
    )
    op.create_index("ix_invitations_organization_id", "invitations", ["organization_id"])
    op.create_index("ix_invitations_actor_id", "invitations", ["actor_id"])
    is_open = sa.text("accepted_at IS NULL AND revoked_at IS NULL")
    op.create_index(
        "uq_invitations_one_open",
        "invitations",
        ["organization_id", sa.text("lower(email)")],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "follows",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _points("follows", "user_id", "users", "CASCADE"),
        _points("follows", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("user_id", "organization_id", name=op.f("uq_follows_user_id_organization_id")),
    )
    op.create_index("ix_follows_organization_id", "follows", ["organization_id"])


def _work() -> None:
    op.create_table(
        "circulars",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("actor_id", _ID, nullable=True),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("audience", _DOCUMENT, nullable=False),
        sa.Column("last_order", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        *_progress(),
        sa.CheckConstraint(_WORK, name=op.f("ck_circulars_status_known")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_circulars_total_not_negative")),
        sa.CheckConstraint("done >= 0", name=op.f("ck_circulars_done_not_negative")),
        sa.CheckConstraint("last_order >= 0", name=op.f("ck_circulars_last_order_not_negative")),
        _points("circulars", "event_id", "events", "CASCADE"),
        _points("circulars", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circulars")),
        sa.UniqueConstraint("uuid", name=op.f("uq_circulars_uuid")),
    )
    op.create_table(
        "exports",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("actor_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("asked", _DOCUMENT, nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        *_progress(),
        sa.CheckConstraint(_WORK, name=op.f("ck_exports_status_known")),
        sa.CheckConstraint("kind IN ('attendees', 'orders')", name=op.f("ck_exports_kind_known")),
        sa.CheckConstraint("form IN ('csv', 'xlsx')", name=op.f("ck_exports_form_known")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_exports_total_not_negative")),
        sa.CheckConstraint("done >= 0", name=op.f("ck_exports_done_not_negative")),
        _points("exports", "event_id", "events", "CASCADE"),
        _points("exports", "actor_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("uuid", name=op.f("uq_exports_uuid")),
    )
    for name in ("circulars", "exports"):
        op.create_index(f"ix_{name}_event_id", name, ["event_id"])
        op.create_index(f"ix_{name}_actor_id", name, ["actor_id"])
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"])
    op.create_table(
        "desk_orders",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("order_id", _ID, nullable=False),
        sa.Column("actor_id", _ID, nullable=True),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('complimentary', 'door')", name=op.f("ck_desk_orders_kind_known")),
        sa.CheckConstraint("method IN ('', 'cash', 'card')", name=op.f("ck_desk_orders_method_known")),
        _points("desk_orders", "order_id", "orders", "CASCADE"),
        _points("desk_orders", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_orders")),
        sa.UniqueConstraint("order_id", name=op.f("uq_desk_orders_order_id")),
    )
    op.create_index("ix_desk_orders_actor_id", "desk_orders", ["actor_id"])


def _progress() -> tuple[sa.Column, ...]:
    return (
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )


def _points(table: str, column: str, at: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{at}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def downgrade() -> None:
    for table in ("desk_orders", "exports", "circulars", "follows", "invitations"):
        op.drop_table(table)
    op.drop_index("ix_orders_organization_id_confirmed_at", "orders")
    op.create_index("ix_orders_organization_id", "orders", ["organization_id"])
    for column in ("moved_at", "tickets_per_account"):
        op.execute(f"ALTER TABLE events DROP COLUMN {column}")
    for column in ("widget_origins", *_TEXTS):
        op.execute(f"ALTER TABLE organizations DROP COLUMN {column}")
