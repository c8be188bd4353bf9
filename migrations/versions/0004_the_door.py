"""Who scans at a door, and what a ticket has been used for

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from ticketing.models.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE tickets ADD COLUMN admissions INTEGER DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_tickets_admissions_not_negative CHECK (admissions >= 0)"
    )
    op.execute("ALTER TABLE tickets ADD COLUMN admitted_on DATE")
    op.execute("ALTER TABLE tickets ADD COLUMN is_inside BOOLEAN DEFAULT FALSE NOT NULL")
    op.create_table(
        "scanner_links",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("gate", sa.String(length=60), nullable=False),
        sa.Column(
            "ticket_type_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_id", _ID, nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_scanner_links_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_scanner_links_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scanner_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_scanner_links_secret_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_scanner_links_uuid")),
    )
    op.create_index("ix_scanner_links_event_id", "scanner_links", ["event_id"])
    op.create_index("ix_scanner_links_actor_id", "scanner_links", ["actor_id"])
    op.create_table(
        "scanner_passes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["scanner_links.id"], name=op.f("fk_scanner_passes_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scanner_passes")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_scanner_passes_secret_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_scanner_passes_uuid")),
    )
    op.create_index("ix_scanner_passes_link_id", "scanner_passes", ["link_id"])
    with op.batch_alter_table("check_ins") as scans:
        scans.add_column(sa.Column("direction", sa.String(length=10), nullable=False, server_default="entry"))
        scans.add_column(sa.Column("claimed", sa.String(length=10), nullable=False, server_default=""))
        scans.add_column(sa.Column("scan_id", sa.Uuid(), nullable=True))
        scans.add_column(sa.Column("scanner_id", _ID, nullable=True))
        scans.create_check_constraint(op.f("ck_check_ins_direction_known"), "direction IN ('entry', 'exit')")
        scans.create_unique_constraint(op.f("uq_check_ins_scan_id"), ["scan_id"])
        scans.create_index("ix_check_ins_scanner_id", ["scanner_id"])
        scans.create_foreign_key(
            "fk_check_ins_scanner_id", "scanner_passes", ["scanner_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("check_ins") as scans:
        scans.drop_constraint("fk_check_ins_scanner_id", type_="foreignkey")
        scans.drop_index("ix_check_ins_scanner_id")
        scans.drop_constraint(op.f("uq_check_ins_scan_id"), type_="unique")
        scans.drop_constraint(op.f("ck_check_ins_direction_known"), type_="check")
        for column in ("scanner_id", "scan_id", "claimed", "direction"):
            scans.drop_column(column)
    op.drop_table("scanner_passes")
    op.drop_table("scanner_links")
    for column in ("is_inside", "admitted_on", "admissions"):
        op.execute(f"ALTER TABLE tickets DROP COLUMN {column}")
