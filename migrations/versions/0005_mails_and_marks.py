"""When an order's buyer was reminded, and what an organizer's tickets look like

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from ticketing.models.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("reminded_at", UtcDateTime(), nullable=True))
    op.add_column("organizations", sa.Column("logo", sa.String(length=255), nullable=True))
    op.add_column(
        "organizations", sa.Column("accent", sa.String(length=7), nullable=False, server_default="")
    )


def downgrade() -> None:
    for table, column in (("organizations", "accent"), ("organizations", "logo"), ("orders", "reminded_at")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
