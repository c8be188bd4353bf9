"""What events announce, what a day admits, what payments cost

Revision: 0002, after 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Columns are added one by one, never by making the table anew: that would lose indexes over expressions
# on SQLite. Column CHECKs are named as the models name them.
_FEES = (("payments", "service_fee"), ("payments", "gateway_fee"), ("refunds", "service_fee"))
_ACCOUNTS = ("gateway", "organization", "fees", "outside", "outside_sales", "payouts")


def upgrade() -> None:
    for table, column in _FEES:
        check = f"CONSTRAINT ck_{table}_{column}_not_negative CHECK ({column} >= 0)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} BIGINT DEFAULT 0 NOT NULL {check}")
    op.execute(
        "ALTER TABLE events ADD COLUMN base_price BIGINT"
        " CONSTRAINT ck_events_base_price_not_negative CHECK (base_price IS NULL OR base_price >= 0)"
    )
    op.execute("ALTER TABLE events ADD COLUMN is_free BOOLEAN DEFAULT FALSE NOT NULL")
    op.execute("ALTER TABLE orders ADD COLUMN promo_code VARCHAR(50) DEFAULT '' NOT NULL")
    with op.batch_alter_table("event_days") as days:
        days.add_column(sa.Column("quota_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
        days.create_index("ix_event_days_quota_id", ["quota_id"])
        days.create_foreign_key(
            "fk_event_days_quota_id", "quotas", ["quota_id"], ["id"], ondelete="SET NULL"
        )
    _accounts((*_ACCOUNTS, "gateway_fees"))


def downgrade() -> None:
    op.execute("DELETE FROM ledger_entries WHERE account = 'gateway_fees'")
    _accounts(_ACCOUNTS)
    with op.batch_alter_table("event_days") as days:
        days.drop_constraint("fk_event_days_quota_id", type_="foreignkey")
        days.drop_index("ix_event_days_quota_id")
        days.drop_column("quota_id")
    op.execute("ALTER TABLE orders DROP COLUMN promo_code")
    op.execute("ALTER TABLE events DROP COLUMN is_free")
    op.execute("ALTER TABLE events DROP COLUMN base_price")
    for table, column in reversed(_FEES):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _accounts(names: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    with op.batch_alter_table("ledger_entries") as entries:
        entries.drop_constraint(op.f("ck_ledger_entries_account_known"), type_="check")
        entries.create_check_constraint(op.f("ck_ledger_entries_account_known"), f"account IN ({listed})")
